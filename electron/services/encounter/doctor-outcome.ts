import { recordEncounterOutcome } from '../../db/queries/encounter-outcomes';
import { getEncounterFacts } from '../../db/queries/encounter-images';
import type { NewOutcome, Outcome } from '../../db/queries/outcomes';
import type { WritableDatabase } from '../../db/sql';
import type { Actor, Eye, PatientResult } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { followOutcome } from '../patients/follow-up';

export interface DoctorResult {
  encounterId: string;
  eyes: readonly { eye: Eye; result: PatientResult; reasons: readonly string[] }[];
  result: PatientResult;
  urgent: boolean;
  reasons: readonly string[];
  /** The read it rests on, and days of its own: `referBy`, `rescreenBy` as `YYYY-MM-DD`. */
  basis: NewOutcome['basis'];
}

/**
 * A doctor's signed read as the outcome in force, inside the caller's transaction: it supersedes what the model and the technician said, up or down, and
 * whoever went home on a better result is called back.
 *
 * @throws AppError not-found, not-permitted
 */
export function recordDoctorOutcome(db: WritableDatabase, siteId: string, actor: Actor, read: DoctorResult): Outcome {
  requireRole(actor, 'doctor');
  const { encounterId, basis } = read;
  const patientId = getEncounterFacts(db, encounterId)?.patientId;
  if (patientId === undefined) throw new AppError('not-found', { what: 'encounter' });
  const common = { siteId, encounterId, patientId, source: 'doctor' as const, actorId: actor.userId, basis };
  for (const { eye, result, reasons } of read.eyes) recordEncounterOutcome(db, { ...common, eye, result, urgent: false, reasons });
  const outcome = recordEncounterOutcome(db, { ...common, eye: null, result: read.result, urgent: read.urgent, reasons: read.reasons });
  followOutcome(db, siteId, actor, encounterId);
  return outcome;
}
