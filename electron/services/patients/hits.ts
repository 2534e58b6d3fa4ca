import type { Profile } from '../../db/profile/profile';
import { listEncounters } from '../../db/queries/encounters';
import { isErased } from '../../db/queries/identities';
import { getPatient } from '../../db/queries/patients';
import { patientIdsOf } from '../../db/queries/persons';
import { siteDay } from '../../shared/clinical/days';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { parseShortId } from '../../shared/domain/short-id';
import type { Identity } from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';
import type { PatientHit } from '../../shared/ipc/patients';
import { findPatientByShortId } from '../../db/queries/patients';
import { personOf } from '../../db/queries/persons';
import { requireRole } from '../actor';
import { identityOf } from './identity';
import { type IndexHit, patientIndex, persons } from './patient-index';

/** Rows of an answer to a search: more is typed instead of scrolled. */
const SHOWN = 30;
/** A warning that names ten people warns of nobody. */
const SIMILAR_SHOWN = 5;
/** What a code reader types around the id: the sign of our codes, and on a slip its number and version. */
const AROUND_ID = /^netra:|:\d{6}-\d+$/gi;

/** A person as lists show one. @throws AppError not-found */
export function personHit(profile: Profile, personId: string): PatientHit {
  const { database, site } = profile;
  const patient = getPatient(database, personId);
  if (patient === undefined) throw new AppError('not-found');
  const identity = identityOf(profile, personId);
  const last = listEncounters(database, patientIdsOf(database, personId))[0];
  const thisYear = Number(siteDay(Date.now(), site.timeZone).slice(0, 4));
  return {
    patientId: personId,
    shortId: patient.shortId,
    identity,
    erased: isErased(database, personId),
    age: identity === null || identity.yearOfBirth === null ? null : Math.max(0, thisYear - identity.yearOfBirth),
    lastVisit: last === undefined ? null : siteDay(last.startedAt, site.timeZone),
  };
}

/**
 * By id (typed or read from a code), name in any script and spelling, telephone number, village or year of birth; every word must fit. Whoever was
 * merged is found by the old words and shown as who they are now.
 */
export async function findPatients(actor: Actor, profile: Profile, query: string): Promise<PatientHit[]> {
  requireRole(actor, ...ROLES);
  const typed = query.trim().replaceAll(AROUND_ID, '');
  const shortId = parseShortId(typed);
  const byId = shortId === null ? undefined : findPatientByShortId(profile.database, shortId);
  if (byId !== undefined) return [personHit(profile, personOf(profile.database, byId.id))];
  const index = await patientIndex(profile);
  return shown(profile, index.find(typed), SHOWN);
}

/** Who may be the same person as the one described, other than `exceptId`. */
export async function similarPatients(actor: Actor, profile: Profile, identity: Identity, exceptId: string | null): Promise<PatientHit[]> {
  requireRole(actor, ...ROLES);
  const index = await patientIndex(profile);
  const self = exceptId === null ? null : personOf(profile.database, exceptId);
  const others = index.similar(identity).filter((hit) => self === null || personOf(profile.database, hit.patientId) !== self);
  return shown(profile, others, SIMILAR_SHOWN);
}

function shown(profile: Profile, hits: readonly IndexHit[], limit: number): PatientHit[] {
  return persons(profile, hits, limit).map(({ personId }) => personHit(profile, personId));
}
