import { campaignAgreement, figuresCsv, readingsCsv } from '../../services/agreement/agreement';
import { saveFile } from '../../services/report/atomic-file';
import type { AgreementOutputs } from '../../shared/ipc/agreement';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import type { SaveDialog } from './accounts';

/** How readers agree. */
export function agreementHandlers(desktop: Desktop, { chooseFileToSave }: SaveDialog): Handlers<AskedBy, keyof AgreementOutputs> {
  return {
    campaignAgreement: async ({ campaignId }) => {
      const actor = desktop.actor();
      return campaignAgreement(actor, (await desktop.desk()).workspace, campaignId);
    },
    exportAgreement: async ({ campaignId, what }, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const text =
        what === 'figures'
          ? figuresCsv(await campaignAgreement(actor, workspace, campaignId))
          : readingsCsv(actor, workspace.profile, campaignId);
      const path = await chooseFileToSave(askedBy, `netra-${what}.csv`);
      if (path === null) return { saved: false };
      await saveFile(path, Buffer.from(text));
      return { saved: true };
    },
  };
}
