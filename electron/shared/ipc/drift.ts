import { z } from 'zod';
import type { DriftReport } from '../domain/drift';

const id = z.string().min(1).max(64);

export const driftInputs = {
  driftReport: z.strictObject({}),
  setAuditReaders: z.strictObject({ readerIds: z.array(id).min(2).max(50), adjudicatorId: id, consentDeclared: z.boolean() }),
} as const satisfies Record<keyof DriftOutputs, z.ZodType>;

/** What the window gets of the running audit, and of how the figures of this site move. */
export interface DriftOutputs {
  driftReport: DriftReport;
  setAuditReaders: null;
}
