import { clinicalQueue, correctCase, openCase, putBackCase, signedCase, signedCases } from '../../services/reading/clinical-queue';
import { previewCase, signCase } from '../../services/reading/sign-case';
import type { ClinicalOutputs } from '../../shared/ipc/clinical';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** The queue in which a doctor answers for patients. */
export function clinicalHandlers(desktop: Desktop): Handlers<AskedBy, keyof ClinicalOutputs> {
  return {
    clinicalQueue: async () => {
      const actor = desktop.actor();
      return clinicalQueue(actor, (await desktop.desk()).workspace);
    },
    openCase: async ({ encounterId }) => {
      const actor = desktop.actor();
      return openCase(actor, (await desktop.desk()).workspace, encounterId);
    },
    putBackCase: async ({ encounterId }) => {
      const actor = desktop.actor();
      putBackCase(actor, (await desktop.desk()).workspace, encounterId);
      return null;
    },
    previewCase: async (read) => {
      const actor = desktop.actor();
      return previewCase(actor, (await desktop.desk()).workspace, read);
    },
    signCase: async (read) => {
      const actor = desktop.actor();
      signCase(actor, (await desktop.desk()).workspace, read);
      return null;
    },
    signedCase: async ({ encounterId }) => {
      const actor = desktop.actor();
      return signedCase(actor, (await desktop.desk()).workspace, encounterId);
    },
    signedCases: async () => {
      const actor = desktop.actor();
      return signedCases(actor, (await desktop.desk()).workspace);
    },
    correctCase: async ({ encounterId }) => {
      const actor = desktop.actor();
      return correctCase(actor, (await desktop.desk()).workspace, encounterId);
    },
  };
}
