import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { encounterIntake } from '../../../../electron/db/queries/intakes';
import { all, sql } from '../../../../electron/db/sql';
import { accessCopy } from '../../../../electron/services/patients/access-copy';
import { patientCard } from '../../../../electron/services/patients/card';
import { erasePatient } from '../../../../electron/services/patients/erase';
import { findPatients, similarPatients } from '../../../../electron/services/patients/hits';
import { identityOf } from '../../../../electron/services/patients/identity';
import { mergePatients, unmergePatients } from '../../../../electron/services/patients/merge';
import {
  correctIdentity,
  giveConsent,
  registerPatient,
  requireScreeningConsent,
  setRequiredFields,
  startEncounter,
  withdrawConsent,
} from '../../../../electron/services/patients/registration';
import { setWorklistFilter, todaysWorklist } from '../../../../electron/services/patients/worklist';
import type { Workspace } from '../../../../electron/services/workspace';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { ALL_ALLOWED, arrive, HEALTHY, identity, newProfile, takeIn } from '../../../helpers/desk';

async function names(profile: Awaited<ReturnType<typeof newProfile>>, query: string): Promise<(string | null)[]> {
  return (await findPatients(LOCAL_ACTOR, profile, query)).map((hit) => hit.identity?.name ?? null);
}

test('a patient is found by id, phone, village, and a name that is misspelt or written in another script', async () => {
  const profile = await newProfile();
  const { shortId } = await arrive(profile, { name: 'Lakshmi Devi' });
  await arrive(profile, { name: 'சாவித்திரி', phone: '90000 11111', village: 'Theni', yearOfBirth: 1955 });
  await arrive(profile, { name: 'Mohammed Iqbal', phone: null, village: 'Dindigul', yearOfBirth: 1980 });
  for (const query of [
    'laxmi',
    'Lakshmy dewi',
    'lakhsmi',
    'லக்ஷ்மி',
    'लक्ष्मी देवी',
    '12345',
    'madurai lak',
    shortId,
    `${shortId.slice(0, 4)}-${shortId.slice(4)}`,
    `netra:${shortId}`,
  ]) {
    expect([query, (await names(profile, query))[0]]).toEqual([query, 'Lakshmi Devi']);
  }
  expect(await names(profile, 'Savithri')).toEqual(['சாவித்திரி']);
  expect(await names(profile, 'muhammad ekbal')).toEqual(['Mohammed Iqbal']);
  expect(await names(profile, 'dindigul 1980')).toEqual(['Mohammed Iqbal']);
  expect(await names(profile, 'Venkatesan')).toEqual([]);
});

test('who may be the same person is said before a second record is made, and nobody of another sex, age or village', async () => {
  const profile = await newProfile();
  await arrive(profile, { name: 'Lakshmi Devi', yearOfBirth: 1970, phone: null });
  const like = async (change: Parameters<typeof identity>[0]) =>
    (await similarPatients(LOCAL_ACTOR, profile, identity({ name: 'Laxmi Devi', phone: null, ...change }), null)).length;
  expect(await like({ yearOfBirth: 1971 })).toBe(1);
  expect(await like({ yearOfBirth: 1990 })).toBe(0);
  expect(await like({ sex: 'male' })).toBe(0);
  expect(await like({ village: 'Chennai' })).toBe(0);
  expect(await like({ name: 'Kamala' })).toBe(0);
});

test('a merge shows two as one, finds them by both names, and is taken back without a trace in either', async () => {
  const profile = await newProfile();
  const kept = await arrive(profile, { name: 'Lakshmi Devi' });
  const other = await arrive(profile, { name: 'Kamala Rani', phone: '90000 22222' });
  mergePatients(LOCAL_ACTOR, profile, kept.patientId, other.patientId);
  expect((await findPatients(LOCAL_ACTOR, profile, 'kamala')).map((hit) => hit.patientId)).toEqual([kept.patientId]);
  const card = await patientCard(LOCAL_ACTOR, profile, kept.patientId);
  expect(card.visits.map((visit) => visit.encounterId).sort()).toEqual([kept.encounterId, other.encounterId].sort());
  expect(card.merges.map((merge) => merge.person.patientId)).toEqual([other.patientId]);
  expect(() => mergePatients(LOCAL_ACTOR, profile, kept.patientId, other.patientId)).toThrow('patient-merged');
  unmergePatients(LOCAL_ACTOR, profile, card.merges[0]?.mergeId ?? '');
  expect((await findPatients(LOCAL_ACTOR, profile, 'kamala')).map((hit) => hit.patientId)).toEqual([other.patientId]);
  expect((await patientCard(LOCAL_ACTOR, profile, kept.patientId)).visits).toHaveLength(1);
});

test('of a merged person the newest answer counts, whoever of the two gave it', async () => {
  const profile = await newProfile();
  const kept = await arrive(profile, {}, { contact: true });
  const other = await arrive(profile, { name: 'Kamala' }, { contact: false });
  const may = () => all(profile.database, sql`SELECT patient_id FROM patient_may_contact`, z.object({ patient_id: z.string() })).length;
  expect(may()).toBe(1);
  mergePatients(LOCAL_ACTOR, profile, kept.patientId, other.patientId);
  expect(may()).toBe(0);
});

test('erasure leaves no name anywhere, in memory or in the file, and the history whole', async () => {
  const profile = await newProfile();
  const { patientId, shortId, encounterId } = await arrive(profile);
  takeIn(profile, encounterId);
  await correctIdentity(LOCAL_ACTOR, profile, patientId, identity({ name: 'Lakshmi Devi Raman' }));
  await expect(erasePatient(LOCAL_ACTOR, profile, patientId, 'AAAA-AAAA')).rejects.toThrow('erase-not-confirmed');
  expect(identityOf(profile, patientId)?.name).toBe('Lakshmi Devi Raman');
  const [key] = all(profile.database, sql`SELECT wrapped FROM patient_key`, z.object({ wrapped: z.instanceof(Uint8Array) }));
  // The pages in clear, to know that the search below could find something.
  expect(profile.database.serialize().includes(Buffer.from(key?.wrapped ?? []))).toBe(true);
  await erasePatient(LOCAL_ACTOR, profile, patientId, shortId);
  expect(identityOf(profile, patientId)).toBeNull();
  expect(await names(profile, 'lakshmi')).toEqual([]);
  const file = profile.database.serialize();
  expect(file.includes(Buffer.from(key?.wrapped ?? []))).toBe(false);
  expect(readFileSync(join(profile.folder, 'netra.db-wal')).byteLength).toBe(0);
  const card = await patientCard(LOCAL_ACTOR, profile, patientId);
  expect(card).toMatchObject({ person: { erased: true, identity: null, shortId }, visits: [{ encounterId }] });
  expect(card.consentHistory).toHaveLength(1);
  await expect(correctIdentity(LOCAL_ACTOR, profile, patientId, identity())).rejects.toThrow('patient-erased');
  expect(() => startEncounter(LOCAL_ACTOR, profile, patientId)).toThrow('patient-erased');
});

test('nobody is photographed without consent to screening, and a withdrawal in one action counts at once', async () => {
  const profile = await newProfile();
  const patient = await registerPatient(LOCAL_ACTOR, profile, identity());
  expect(() => startEncounter(LOCAL_ACTOR, profile, patient.id)).toThrow('consent-missing');
  const given = { language: 'ta', how: 'signature', givenBy: 'patient' } as const;
  giveConsent(LOCAL_ACTOR, profile, patient.id, { ...given, answers: { ...ALL_ALLOWED, screening: false } });
  expect(() => startEncounter(LOCAL_ACTOR, profile, patient.id)).toThrow('consent-missing');
  giveConsent(LOCAL_ACTOR, profile, patient.id, { ...given, answers: ALL_ALLOWED });
  const encounter = startEncounter(LOCAL_ACTOR, profile, patient.id);
  expect(startEncounter(LOCAL_ACTOR, profile, patient.id).id).toBe(encounter.id);
  requireScreeningConsent(profile, encounter.id);
  withdrawConsent(LOCAL_ACTOR, profile, patient.id, ['training', 'contact']);
  const may = (what: 'train' | 'contact' | 'share') =>
    all(
      profile.database,
      {
        train: sql`SELECT * FROM patient_may_train`,
        contact: sql`SELECT * FROM patient_may_contact`,
        share: sql`SELECT * FROM patient_may_share`,
      }[what],
      z.unknown(),
    ).length;
  expect([may('train'), may('contact'), may('share')]).toEqual([0, 0, 1]);
  withdrawConsent(LOCAL_ACTOR, profile, patient.id, ['screening']);
  expect(() => requireScreeningConsent(profile, encounter.id)).toThrow('consent-missing');
});

test("a child's photographs train nothing without a guardian", async () => {
  const profile = await newProfile();
  const child = await registerPatient(LOCAL_ACTOR, profile, identity({ yearOfBirth: new Date().getFullYear() - 10 }));
  const given = { answers: ALL_ALLOWED, language: 'ta', how: 'signature' } as const;
  expect(() => giveConsent(LOCAL_ACTOR, profile, child.id, { ...given, givenBy: 'patient' })).toThrow('consent-guardian-needed');
  giveConsent(LOCAL_ACTOR, profile, child.id, { ...given, givenBy: 'guardian' });
  const { id } = startEncounter(LOCAL_ACTOR, profile, child.id);
  takeIn(profile, id);
  expect(encounterIntake(profile.database, id)).toMatchObject({ doctorMustRead: true, raised: false, reasons: ['under-18'] });
});

test('what the site asks for is demanded, and only an admin says what that is', async () => {
  const profile = await newProfile();
  setRequiredFields(LOCAL_ACTOR, profile, ['phone']);
  await expect(registerPatient(LOCAL_ACTOR, profile, identity({ phone: null }))).rejects.toThrow('patient-field-missing');
  expect(() => setRequiredFields({ userId: 'u', roles: ['technician'] }, profile, [])).toThrow('not-permitted');
});

test('the worklist shows the most urgent first, counts the day, and keeps its filter', async () => {
  const profile = await newProfile();
  const calm = await arrive(profile, { name: 'First' });
  const blurred = await arrive(profile, { name: 'Second' });
  const sudden = await arrive(profile, { name: 'Third' });
  takeIn(profile, calm.encounterId);
  takeIn(profile, blurred.encounterId, { vision: { ...HEALTHY.vision, left: { unaided: '6/60', glasses: null, pinhole: '6/18' } } });
  takeIn(profile, sudden.encounterId, { answers: { ...HEALTHY.answers, suddenLoss: true } });
  const list = await todaysWorklist(LOCAL_ACTOR, profile);
  expect(list.rows.map((row) => [row.person.identity?.name, row.state, row.result, row.urgent])).toEqual([
    ['Third', 'waiting', 'refer', true],
    ['Second', 'waiting', 'refer', false],
    ['First', 'waiting', null, false],
  ]);
  expect(list).toMatchObject({ total: 3, urgent: 1, counts: { waiting: 3, retake: 0 } });
  setWorklistFilter(LOCAL_ACTOR, profile, ['retake']);
  expect(await todaysWorklist(LOCAL_ACTOR, profile)).toMatchObject({ rows: [], total: 3, filter: ['retake'] });
  expect((await todaysWorklist({ userId: 'other', roles: ['technician'] }, profile)).rows).toHaveLength(3);
});

test('a copy of the record tells the patient everything that is held, in words', async () => {
  const profile = await newProfile();
  const { patientId, encounterId } = await arrive(profile, { name: 'Lakshmi <Devi>' });
  takeIn(profile, encounterId, { answers: { ...HEALTHY.answers, pregnancy: true } });
  await correctIdentity(LOCAL_ACTOR, profile, patientId, identity({ name: 'Lakshmi Raman' }));
  const workspace = { profile, pool: { pictures: () => Promise.resolve([]) } } as unknown as Workspace;
  const { page } = await accessCopy(LOCAL_ACTOR, workspace, patientId, { locale: 'en', resourcesFolder: 'resources' });
  for (const held of [
    'Lakshmi &lt;Devi&gt;',
    'Lakshmi Raman',
    '98400 12345',
    'Pregnant? Yes',
    'Right eye, Pinhole: 6/6',
    'Screening: Yes',
  ]) {
    expect(page).toContain(held);
  }
  await expect(
    accessCopy({ userId: 'u', roles: ['technician'] }, workspace, patientId, { locale: 'en', resourcesFolder: 'resources' }),
  ).rejects.toThrow('not-permitted');
});
