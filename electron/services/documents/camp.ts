import type { Profile } from '../../db/profile/profile';
import { blindedPatients } from '../../db/queries/blinding';
import { currentReferral } from '../../db/queries/referrals';
import { listEncountersBetween } from '../../db/queries/encounters';
import { getEncounterFacts } from '../../db/queries/encounter-images';
import { currentSlip } from '../../db/queries/slips';
import { getOwnSite } from '../../db/queries/sites';
import { type Day, siteDay } from '../../shared/clinical/days';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { CampPaper, PaperState } from '../../shared/ipc/papers';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { recordRead } from '../audit/record-read';
import { identityOf } from '../patients/identity';
import { hospitalOf, mayShare } from './case-file';
import { encounterAdvice } from './encounter-advice';
import { papersOf } from './papers';

const DAY_MS = 86_400_000;

/** Everybody of a day at the site who has a result, the most urgent first: whose papers can be printed in one go. @param day null: today */
export function campPapers(actor: Actor, profile: Profile, day: Day | null): { day: Day; rows: CampPaper[] } {
  requireRole(actor, 'technician', 'doctor');
  const { database: db } = profile;
  const { timeZone } = getOwnSite(db);
  const wanted = day ?? siteDay(Date.now(), timeZone);
  const noon = Date.parse(`${wanted}T12:00:00Z`);
  const hidden = blindedPatients(db, actor.userId);
  const rows = listEncountersBetween(db, noon - 2 * DAY_MS, noon + 2 * DAY_MS)
    .filter((encounter) => siteDay(encounter.startedAt, timeZone) === wanted && !hidden.has(encounter.patientId))
    .flatMap((encounter): CampPaper[] => {
      const advice = encounterAdvice(db, encounter.id);
      const facts = getEncounterFacts(db, encounter.id);
      if (advice === null || facts === undefined) return [];
      const slip = currentSlip(db, encounter.id, 'slip');
      return [
        {
          encounterId: encounter.id,
          shortId: facts.shortId,
          name: identityOf(profile, encounter.patientId)?.name ?? null,
          advice: advice.code,
          day: advice.day,
          slip: slip === undefined ? 'none' : slip.void !== null ? 'void' : slip.givenAt === null ? 'prepared' : 'given',
        },
      ];
    });
  return { day: wanted, rows: rows.sort((a, b) => URGENCY.indexOf(a.advice) - URGENCY.indexOf(b.advice)) };
}

const URGENCY: readonly CampPaper['advice'][] = [
  'see-doctor-now',
  'see-doctor-by',
  'could-not-see',
  'take-photo-again',
  'incomplete',
  'doctor-will-read',
  'come-again',
];

/** What can be printed of an encounter, and what was. @throws AppError not-found */
export function paperState(actor: Actor, profile: Profile, encounterId: string): PaperState {
  requireRole(actor, ...ROLES);
  const { database: db } = profile;
  const encounter = getEncounterFacts(db, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  const hidden = blindedPatients(db, actor.userId).has(encounter.patientId);
  if (!hidden) recordRead(profile, actor, 'patient', encounter.patientId);
  const advice = hidden ? null : encounterAdvice(db, encounterId);
  const hospitalId = currentReferral(db, encounterId)?.hospitalId ?? null;
  return {
    advice: advice === null ? null : { code: advice.code, day: advice.day, source: advice.outcome.source },
    papers: hidden ? [] : papersOf(actor, profile, encounterId),
    patientLanguage: identityOf(profile, encounter.patientId)?.language ?? null,
    hospital: hospitalId === null ? null : (hospitalOf(db, hospitalId)?.name ?? null),
    mayShare: mayShare(db, encounter.patientId),
  };
}
