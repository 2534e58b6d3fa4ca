import { endAlert, listAlerts, openAlert } from '../../services/reading/alerts';
import { campaignChoices, campaignDetail, listCampaigns } from '../../services/reading/campaign-views';
import { setClinicalLead } from '../../services/reading/clinical-lead';
import { closeCampaign, createCampaign, previewCampaign, withdrawReader } from '../../services/reading/create-campaign';
import { paced } from '../../services/pace';
import { createPractice } from '../../services/reading/practice';
import type { CampaignOutputs } from '../../shared/ipc/campaigns';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** The lead's side of the reading room. */
export function campaignHandlers(desktop: Desktop): Handlers<AskedBy, keyof CampaignOutputs> {
  return {
    listCampaigns: async () => {
      const actor = desktop.actor();
      return listCampaigns(actor, (await desktop.desk()).workspace);
    },
    campaignDetail: async ({ campaignId }) => {
      const actor = desktop.actor();
      return campaignDetail(actor, (await desktop.desk()).workspace, campaignId);
    },
    campaignChoices: async () => {
      const actor = desktop.actor();
      return campaignChoices(actor, (await desktop.desk()).workspace);
    },
    previewCampaign: async (request) => {
      const actor = desktop.actor();
      return previewCampaign(actor, (await desktop.desk()).workspace, request);
    },
    createCampaign: async (request) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      return new Promise<CampaignOutputs['createCampaign']>((made, failed) => {
        desktop.tasks.start({
          kind: 'campaign',
          subject: request.title,
          work: async ({ signal, steps, record }) => {
            const watch = { signal, onProgress: paced(steps) };
            const making = createCampaign(actor, workspace, { ...request, images: null }, watch);
            making.then(made, failed);
            record((await making).campaignId);
          },
        });
      });
    },
    closeCampaign: async ({ campaignId }) => {
      const actor = desktop.actor();
      closeCampaign(actor, (await desktop.desk()).workspace, campaignId);
      return null;
    },
    withdrawReader: async ({ campaignId, readerId }) => {
      const actor = desktop.actor();
      withdrawReader(actor, (await desktop.desk()).workspace, campaignId, readerId);
      return null;
    },
    createPractice: async (request) => {
      const actor = desktop.actor();
      return createPractice(actor, (await desktop.desk()).workspace, { ...request, known: null });
    },
    listAlerts: async () => {
      const actor = desktop.actor();
      return listAlerts(actor, (await desktop.desk()).workspace);
    },
    openAlert: async ({ alertId }) => {
      const actor = desktop.actor();
      return openAlert(actor, (await desktop.desk()).workspace, alertId);
    },
    endAlert: async ({ alertId, action }) => {
      const actor = desktop.actor();
      endAlert(actor, (await desktop.desk()).workspace, alertId, action);
      return null;
    },
    setClinicalLead: async ({ userId }) => {
      const actor = desktop.actor();
      setClinicalLead(actor, (await desktop.desk()).workspace, userId);
      return null;
    },
  };
}
