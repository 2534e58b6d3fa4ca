import { adjudicationCase, decideAdjudication } from '../../services/reading/adjudicate';
import { sendAlert } from '../../services/reading/alerts';
import { leaveOut } from '../../services/reading/leave-out';
import { lastRead, myReading, practiceFeedback, readingQueue } from '../../services/reading/reading-queue';
import { saveRead } from '../../services/reading/save-read';
import type { Handlers } from '../../shared/ipc/contract';
import type { ReadingOutputs } from '../../shared/ipc/reading';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** The reader's side of the reading room. */
export function readingHandlers(desktop: Desktop): Handlers<AskedBy, keyof ReadingOutputs> {
  return {
    myReading: async () => {
      const actor = desktop.actor();
      return myReading(actor, (await desktop.desk()).workspace);
    },
    readingQueue: async ({ campaignId, limit }) => {
      const actor = desktop.actor();
      return readingQueue(actor, (await desktop.desk()).workspace, campaignId, limit);
    },
    saveRead: async (read) => {
      const actor = desktop.actor();
      return saveRead(actor, (await desktop.desk()).workspace, read);
    },
    lastRead: async ({ campaignId }) => {
      const actor = desktop.actor();
      return lastRead(actor, (await desktop.desk()).workspace, campaignId);
    },
    sendAlert: async ({ assignmentId }) => {
      const actor = desktop.actor();
      sendAlert(actor, (await desktop.desk()).workspace, assignmentId);
      return null;
    },
    leaveOut: async ({ assignmentId }) => {
      const actor = desktop.actor();
      return { leftOut: await leaveOut(actor, (await desktop.desk()).workspace, assignmentId) };
    },
    adjudicationCase: async ({ assignmentId }) => {
      const actor = desktop.actor();
      return adjudicationCase(actor, (await desktop.desk()).workspace, assignmentId);
    },
    decideAdjudication: async ({ assignmentId, answer }) => {
      const actor = desktop.actor();
      decideAdjudication(actor, (await desktop.desk()).workspace, assignmentId, answer);
      return null;
    },
    practiceFeedback: async ({ assignmentId }) => {
      const actor = desktop.actor();
      return practiceFeedback(actor, (await desktop.desk()).workspace, assignmentId);
    },
  };
}
