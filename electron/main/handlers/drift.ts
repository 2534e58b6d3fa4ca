import { driftReport } from '../../services/drift/drift';
import { setAuditReaders, topUpAudit } from '../../services/drift/running-audit';
import type { Handlers } from '../../shared/ipc/contract';
import type { DriftOutputs } from '../../shared/ipc/drift';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** The running audit, and how the figures of this site move. */
export function driftHandlers(desktop: Desktop): Handlers<AskedBy, keyof DriftOutputs> {
  return {
    driftReport: async () => {
      const actor = desktop.actor();
      return driftReport(actor, (await desktop.desk()).workspace, Date.now());
    },
    setAuditReaders: async (readers) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      setAuditReaders(actor, workspace, readers);
      await topUpAudit(workspace, Date.now());
      return null;
    },
  };
}
