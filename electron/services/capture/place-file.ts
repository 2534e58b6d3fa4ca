import { findEncounterByShortId, isPatientShortId } from '../../db/queries/encounter-images';
import { findClaimedElsewhere } from '../../db/queries/capture-files';
import type { ReadableDatabase } from '../../db/sql';
import type { WaitingReason } from '../../shared/domain/capture';
import type { Eye } from '../../shared/domain/codes';
import type { ReadName } from './read-name';

/** Whom a person is photographing, as long as nobody says otherwise. */
export interface CaptureTarget {
  encounterId: string;
  eye: Eye | null;
  /** The protocol's name of the field that is being photographed, where there are several. */
  field: string | null;
}

/** Where a file belongs, or why nobody can tell. */
export type Placed =
  { encounterId: string; eye: Eye | null; field: string | null; basis: string } | { encounterId: null; waitsBecause: WaitingReason };

interface PlaceOptions {
  /** null when no patient is at the camera, or the file is older than that. */
  target: CaptureTarget | null;
  /** The file was there before the patient was. */
  older: boolean;
  /** Encounters before it are not of today. */
  dayStart: number;
}

/**
 * Whose photograph a file from a camera is: the patient whose short id stands in its name, else the patient at the camera. What contradicts itself,
 * or names somebody who is not here today, waits in the tray. Never a guess.
 */
export function placeByName(db: ReadableDatabase, name: ReadName, { target, older, dayStart }: PlaceOptions): Placed {
  if (name.shortIds.length > 1) return { encounterId: null, waitsBecause: 'names-another-patient' };
  const [shortId] = name.shortIds;
  if (shortId !== undefined) {
    const encounter = findEncounterByShortId(db, shortId, dayStart);
    if (encounter !== undefined) {
      const own = target?.encounterId === encounter.id ? target : null;
      return { encounterId: encounter.id, eye: eyeOf(name.eye, own), field: own?.field ?? null, basis: 'short-id' };
    }
    return { encounterId: null, waitsBecause: isPatientShortId(db, shortId) ? 'no-encounter-today' : 'patient-unknown' };
  }
  if (target === null) return { encounterId: null, waitsBecause: older ? 'older-than-patient' : 'no-patient-named' };
  // A camera numbers its own patients: one number that has been two people's today is nobody's.
  if (name.patient !== null && findClaimedElsewhere(db, name.patient, target.encounterId, dayStart)) {
    return { encounterId: null, waitsBecause: 'names-another-patient' };
  }
  return { encounterId: target.encounterId, eye: eyeOf(name.eye, target), field: target.field, basis: 'at-camera' };
}

/** A name and a person who contradict each other leave the eye unknown. */
function eyeOf(named: Eye | null, target: CaptureTarget | null): Eye | null {
  const said = target?.eye ?? null;
  if (named === null || said === null) return named ?? said;
  return named === said ? named : null;
}
