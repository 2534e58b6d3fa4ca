import { encounterOutcome, recordEncounterOutcome } from '../../db/queries/encounter-outcomes';
import type { NewOutcome, Outcome } from '../../db/queries/outcomes';
import type { WritableDatabase } from '../../db/sql';
import { imageResult, isUrgent } from '../../shared/clinical/outcome';
import type { Actor } from '../../shared/domain/codes';
import { followOutcome } from '../patients/follow-up';
import { type EncounterCase, evidenceOfImage, readCase } from './encounter-case';

interface ConcludeOptions {
  /** Photographs have left or changed their eye: what a doctor read of them before no longer holds. */
  corrected?: boolean;
  /** A correction has touched it: what was concluded is superseded even by the same words, and every paper of it is void. */
  anew?: boolean;
}

/**
 * Stores what follows for both eyes and the patient of an encounter from everything stored of it, inside the caller's transaction. What a doctor has
 * read stays in force until somebody adds what the doctor has not seen and it refers, or the photographs turn out to be somebody else's.
 */
export function concludeEncounter(
  db: WritableDatabase,
  actor: Actor,
  encounterId: string,
  { corrected = false, anew = corrected }: ConcludeOptions = {},
): Outcome {
  const known = readCase(db, encounterId);
  const before = encounterOutcome(db, encounterId, null);
  if (before?.source === 'doctor' && !corrected && !refersSince(known, before.createdAt)) return before;
  const common = {
    siteId: known.site.id,
    encounterId,
    patientId: known.encounter.patientId,
    actorId: actor.userId,
    basis: basisOf(known),
    anew,
  };
  for (const { eye, result, reasons } of known.row.eyes) {
    recordEncounterOutcome(db, { ...common, eye, source: 'ai', result, urgent: false, reasons });
  }
  const outcome = recordEncounterOutcome(db, {
    ...common,
    eye: null,
    source: known.row.reasons.includes('raised') ? 'technician' : 'ai',
    result: known.row.result,
    urgent: known.row.urgent,
    reasons: known.row.reasons,
  });
  followOutcome(db, known.site.id, actor, encounterId);
  return outcome;
}

/** Whether anything that came after an instant refers by itself. */
function refersSince({ images, raises, intake, point }: EncounterCase, since: number): boolean {
  if (raises.some((raise) => raise.createdAt > since)) return true;
  const later = images.filter((image) => image.assignedAt > since).map((image) => evidenceOfImage(image, intake.aiRefused));
  return later.some((image) => imageResult(image, point) === 'refer' || isUrgent(image, point));
}

/** What it rests on: the newest score and the thresholds in force. */
function basisOf({ images, point }: EncounterCase): NewOutcome['basis'] {
  const newest = images
    .flatMap(({ quality, prediction }) => (quality === null || prediction === null ? [] : [{ quality, prediction }]))
    .sort((a, b) => b.prediction.createdAt - a.prediction.createdAt)[0];
  if (newest === undefined) return {};
  const { quality, prediction } = newest;
  return {
    modelId: prediction.modelId,
    preprocessing: quality.preprocessing,
    gate: quality.gate,
    backend: prediction.backend,
    referThreshold: point.refer,
    urgentThreshold: point.urgent,
  };
}
