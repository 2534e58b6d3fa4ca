import { stringify } from 'csv-stringify/sync';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { getEncounter } from '../../db/queries/encounters';
import { currentReferral, listReferrals, recordReferral } from '../../db/queries/referrals';
import { addHospital, changeHospital, getHospital, type Hospital, listHospitals } from '../../db/queries/hospitals';
import { personOf } from '../../db/queries/persons';
import { transaction } from '../../db/sql';
import { siteDay } from '../../shared/clinical/days';
import { aiReferBy, guidelineTable } from '../../shared/clinical/guideline';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { formatShortId } from '../../shared/domain/short-id';
import { AppError } from '../../shared/errors';
import type { HospitalRow } from '../../shared/ipc/patients';
import { requireRole } from '../actor';
import { personHit } from './hits';

/** Where this site sends patients, by name; the closed ones last. */
export function hospitalRows(actor: Actor, profile: Profile): HospitalRow[] {
  requireRole(actor, ...ROLES);
  return listHospitals(profile.database)
    .map(({ id, ...hospital }) => ({ hospitalId: id, ...hospital }))
    .sort((a, b) => Number(a.closed) - Number(b.closed));
}

/** @param hospitalId null adds one @throws AppError not-found */
export function saveHospital(
  actor: Actor,
  profile: Profile,
  { hospitalId, ...facts }: Omit<Hospital, 'id'> & { hospitalId: string | null },
): void {
  requireRole(actor, 'admin');
  const { database, site } = profile;
  transaction(database, () => {
    if (hospitalId !== null && getHospital(database, hospitalId) === undefined) throw new AppError('not-found');
    const id = hospitalId ?? addHospital(database, site.id, facts);
    changeHospital(database, { id, ...facts });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: hospitalId === null ? 'hospital.added' : 'hospital.changed',
      recordType: 'hospital',
      recordId: id,
      details: { closed: facts.closed },
    });
  });
}

/**
 * Sends an encounter's patient to a hospital, or (null) to any eye doctor. How soon stays as it was concluded; where nothing was, the day is the
 * guideline's for what a photograph cannot exclude.
 *
 * @throws AppError not-found
 */
export function referToHospital(actor: Actor, profile: Profile, encounterId: string, hospitalId: string | null): void {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const encounter = getEncounter(database, encounterId);
  const hospital = hospitalId === null ? null : getHospital(database, hospitalId);
  if (encounter === undefined || hospital === undefined) throw new AppError('not-found');
  const day = siteDay(encounter.startedAt, site.timeZone);
  const table = guidelineTable(site.guideline);
  transaction(database, () => {
    const before = currentReferral(database, encounterId);
    recordReferral(database, {
      siteId: site.id,
      patientId: encounter.patientId,
      encounterId,
      hospitalId,
      urgent: before?.urgent ?? false,
      dueDay: before?.dueDay ?? (table === null ? day : aiReferBy(table, day)),
      actorId: actor.userId,
    });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'encounter.referred',
      recordType: 'encounter',
      recordId: encounterId,
      details: { hospital: hospitalId },
    });
  });
}

const HOSPITAL_COLUMNS = ['id', 'name', 'year_of_birth', 'sex', 'phone', 'village', 'urgent', 'see_by', 'referred_on'] as const;

/** Everybody sent to a hospital who allowed that their name is shared with it: by the query, so that nobody else can get onto the list. */
export function hospitalCsv(actor: Actor, profile: Profile, hospitalId: string): { fileName: string; csv: string; patients: number } {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  if (getHospital(database, hospitalId) === undefined) throw new AppError('not-found');
  const records = listReferrals(database, 'may-share')
    .filter((referral) => referral.hospitalId === hospitalId)
    .map((referral) => {
      const { shortId, identity } = personHit(profile, personOf(database, referral.patientId));
      return [
        formatShortId(shortId),
        identity?.name ?? '',
        identity?.yearOfBirth ?? '',
        identity?.sex ?? '',
        identity?.phone ?? '',
        identity?.village ?? '',
        referral.urgent ? 'yes' : 'no',
        referral.dueDay,
        siteDay(referral.referredAt, site.timeZone),
      ];
    });
  transaction(database, () => {
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'hospital.list-saved',
      recordType: 'hospital',
      recordId: hospitalId,
      details: { patients: records.length },
    });
  });
  // A cell that begins like a formula would be one in a spreadsheet.
  const csv = stringify([[...HOSPITAL_COLUMNS], ...records], { record_delimiter: 'windows', escape_formulas: true });
  return { fileName: `referrals-${siteDay(Date.now(), site.timeZone)}.csv`, csv, patients: records.length };
}
