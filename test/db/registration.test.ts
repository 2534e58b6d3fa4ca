import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assignImage } from '../../electron/db/queries/assignments';
import { addConsent } from '../../electron/db/queries/consents';
import { addEncounter } from '../../electron/db/queries/encounters';
import { addCallBack, addCallBackClosure } from '../../electron/db/queries/call-backs';
import { addContactAttempt } from '../../electron/db/queries/contact-attempts';
import { addReferralEvent, recordReferral } from '../../electron/db/queries/referrals';
import { recordRescreen } from '../../electron/db/queries/rescreens';
import {
  addIdentity,
  addPatientKey,
  erasePatientKey,
  patientKey,
  rewrapPatientKeys,
  sealedIdentity,
} from '../../electron/db/queries/identities';
import { recordIntake } from '../../electron/db/queries/intakes';
import { clearOutsideNames } from '../../electron/db/queries/outside-names';
import { addPatient, findOrAddPatientByReference } from '../../electron/db/queries/patients';
import { addMerge, addUnmerge, patientIdsOf, personOf } from '../../electron/db/queries/persons';
import { ensureOwnSite } from '../../electron/db/queries/sites';
import { all, run, sql, sqlId, type WritableDatabase } from '../../electron/db/sql';
import { EMPTY_INTAKE } from '../../electron/shared/clinical/intake';
import { ALL_ALLOWED } from '../helpers/desk';
import { addTestImage, addTestSource, newDatabase, newScreening } from '../helpers/database';

const DAY = '2026-03-01';
const KEY = new Uint8Array(32).fill(7);

/** One row in each table that must never change. */
function fill(): WritableDatabase {
  const db = newDatabase();
  const siteId = ensureOwnSite(db).id;
  const by = { siteId, actorId: 'local' };
  const patientId = addPatient(db, siteId).id;
  const other = addPatient(db, siteId).id;
  const encounterId = addEncounter(db, { siteId, patientId }).id;
  const whom = { ...by, patientId, encounterId };
  addPatientKey(db, KEY, patientId, KEY);
  addIdentity(db, { ...by, patientId, sealed: new Uint8Array([1]) });
  addConsent(db, {
    ...by,
    patientId,
    answers: ALL_ALLOWED,
    withdrawal: false,
    noticeVersion: '1',
    language: 'en',
    how: 'signature',
    givenBy: 'patient',
  });
  recordIntake(db, { ...whom, facts: EMPTY_INTAKE });
  recordReferral(db, { ...whom, hospitalId: null, urgent: true, dueDay: DAY });
  addReferralEvent(db, { ...by, encounterId, what: 'attended', day: DAY, source: 'phone' });
  recordRescreen(db, { ...whom, dueDay: DAY });
  const callBackId = addCallBack(db, { ...whom, outcomeId: null, reason: 'correction', urgent: false, dueDay: DAY });
  addContactAttempt(db, { ...by, patientId, subject: 'call-back', subjectId: callBackId, way: 'phone', result: 'reached', note: null });
  addCallBackClosure(db, { ...by, callBackId, how: 'reached' });
  addUnmerge(db, { ...by, mergeId: addMerge(db, { ...by, keptId: patientId, mergedId: other }) });
  erasePatientKey(db, { ...by, patientId });
  return db;
}

describe.each([
  ['patient_erasure', "actor_id = 'x'"],
  ['patient_identity', "actor_id = 'x'"],
  ['patient_merge', "actor_id = 'x'"],
  ['patient_unmerge', "actor_id = 'x'"],
  ['consent', 'training = 1'],
  ['intake', 'ai_refused = 0'],
  ['referral', 'urgent = 0'],
  ['referral_event', "what = 'treated'"],
  ['rescreen_due', 'due_day = NULL'],
  ['call_back', 'urgent = 0'],
  ['call_back_closure', "how = 'died'"],
  ['contact_attempt', "result = 'no-answer'"],
])('%s', (table, change) => {
  test('refuses UPDATE and DELETE', () => {
    const db = fill();
    expect(() => db.exec(`UPDATE ${table} SET ${change}`)).toThrow(`append-only: ${table}`);
    expect(() => run(db, sql`DELETE FROM ${sqlId(table)}`)).toThrow(`append-only: ${table}`);
  });
});

describe("a patient's key", () => {
  test('is deleted by erasure and cannot come back', () => {
    const db = fill();
    const [erased] = all(db, sql`SELECT patient_id AS id FROM patient_erasure`, z.object({ id: z.string() }));
    expect(patientKey(db, KEY, erased?.id ?? '')).toBeNull();
    expect(sealedIdentity(db, erased?.id ?? '')).toBeUndefined();
    expect(() => {
      addPatientKey(db, KEY, erased?.id ?? '', KEY);
    }).toThrow('erased');
  });

  test('opens under the profile key of its own patient only, and under a new one after a rewrap', () => {
    const db = newDatabase();
    const siteId = ensureOwnSite(db).id;
    const [one, two] = [addPatient(db, siteId).id, addPatient(db, siteId).id];
    const own = new Uint8Array(32).fill(9);
    addPatientKey(db, KEY, one, own);
    expect(patientKey(db, KEY, one)).toEqual(own);
    run(db, sql`INSERT INTO patient_key SELECT ${two}, wrapped, 0 FROM patient_key WHERE patient_id = ${one}`);
    expect(() => patientKey(db, KEY, two)).toThrow('profile-damaged');
    run(db, sql`DELETE FROM patient_key WHERE patient_id = ${two}`);
    const next = new Uint8Array(32).fill(8);
    rewrapPatientKeys(db, KEY, next);
    expect(patientKey(db, next, one)).toEqual(own);
    expect(() => patientKey(db, KEY, one)).toThrow('profile-damaged');
  });
});

describe('a merge', () => {
  test('follows a chain to one person, never a circle, and is undone link by link', () => {
    const db = newDatabase();
    const siteId = ensureOwnSite(db).id;
    const by = { siteId, actorId: 'local' };
    const [a, b, c] = [addPatient(db, siteId).id, addPatient(db, siteId).id, addPatient(db, siteId).id];
    addMerge(db, { ...by, keptId: b, mergedId: a });
    const second = addMerge(db, { ...by, keptId: c, mergedId: b });
    expect([a, b, c].map((id) => personOf(db, id))).toEqual([c, c, c]);
    expect(patientIdsOf(db, c).sort()).toEqual([a, b, c].sort());
    const view = all(
      db,
      sql`SELECT patient_id, person_id FROM patient_person ORDER BY patient_id`,
      z.object({ patient_id: z.string(), person_id: z.string() }),
    );
    expect(view.map((row) => row.person_id)).toEqual([c, c, c]);
    expect(() => addMerge(db, { ...by, keptId: a, mergedId: c })).toThrow('merged already');
    addUnmerge(db, { ...by, mergeId: second });
    expect([a, b, c].map((id) => personOf(db, id))).toEqual([b, b, c]);
  });
});

test('what the outside called an erased patient is gone, and of others it stays', () => {
  const { db, site, run: screening } = newScreening();
  const mine = addTestImage(db, site.id, 1);
  const theirs = addTestImage(db, site.id, 2);
  const folder = Buffer.from('/camp/lakshmi devi');
  addTestSource(db, screening, '/camp/lakshmi devi/1.jpg', { imageId: mine.id, folder });
  addTestSource(db, screening, '/camp/lakshmi devi/2.jpg', { folder });
  addTestSource(db, screening, '/camp/13.jpg', {
    imageId: theirs.id,
    claim: { patientKey: '13', patientBasis: 'number-side', eye: 'left', eyeBasis: 'number-side' },
  });
  const patient = findOrAddPatientByReference(db, { siteId: site.id, scope: 'run', runId: screening.id, folder, identifier: '12' });
  assignImage(db, {
    siteId: site.id,
    imageId: mine.id,
    patientId: patient.id,
    encounterId: null,
    eye: 'left',
    field: null,
    basis: 'number-side',
    runId: screening.id,
    actorId: 'local',
  });
  clearOutsideNames(db, patient.id);
  const rows = all(
    db,
    sql`SELECT CAST(path AS TEXT) AS path, CAST(folder AS TEXT) AS folder, claimed_patient FROM image_source ORDER BY seq`,
    z.object({ path: z.string(), folder: z.string(), claimed_patient: z.string().nullable() }),
  );
  expect(rows).toEqual([
    { path: 'erased/1', folder: 'erased', claimed_patient: null },
    { path: 'erased/2', folder: 'erased', claimed_patient: null },
    { path: '/camp/13.jpg', folder: '/camp', claimed_patient: '13' },
  ]);
  expect(all(db, sql`SELECT * FROM patient_reference`, z.unknown())).toEqual([]);
});
