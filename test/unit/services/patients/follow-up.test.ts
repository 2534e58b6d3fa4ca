import { expect, onTestFinished, test } from 'vitest';
import { recordEncounterOutcome } from '../../../../electron/db/queries/encounter-outcomes';
import { currentReferral } from '../../../../electron/db/queries/referrals';
import { rescreenDay } from '../../../../electron/db/queries/rescreens';
import type { Profile } from '../../../../electron/db/profile/profile';
import { addSlip, addSlipPrint } from '../../../../electron/db/queries/slips';
import { transaction } from '../../../../electron/db/sql';
import { closeCallBack, logContact } from '../../../../electron/services/patients/contacts';
import { daySummary, daySummaryCsv } from '../../../../electron/services/patients/day-summary';
import { followOutcome, openCallBack } from '../../../../electron/services/patients/follow-up';
import { followUpLists, importReferralNotes, noteReferral } from '../../../../electron/services/patients/follow-up-lists';
import { hospitalCsv, hospitalRows, referToHospital, saveHospital } from '../../../../electron/services/patients/hospitals';
import { todaysWorklist } from '../../../../electron/services/patients/worklist';
import { siteDay } from '../../../../electron/shared/clinical/days';
import { LOCAL_ACTOR, type PatientResult } from '../../../../electron/shared/domain/codes';
import { arrive, newProfile, takeIn } from '../../../helpers/desk';

type Arrived = Awaited<ReturnType<typeof arrive>>;

/** Stores what was concluded and what follows from it, as an examination does. */
function conclude(
  profile: Profile,
  who: Arrived,
  result: PatientResult,
  { urgent = false, source = 'ai', basis = {} }: { urgent?: boolean; source?: 'ai' | 'doctor'; basis?: Record<string, string> } = {},
): string {
  const { database, site } = profile;
  return transaction(database, () => {
    const { id } = recordEncounterOutcome(database, {
      siteId: site.id,
      encounterId: who.encounterId,
      patientId: who.patientId,
      eye: null,
      source,
      actorId: 'local',
      result,
      urgent,
      reasons: ['score'],
      basis,
    });
    followOutcome(database, site.id, LOCAL_ACTOR, who.encounterId);
    return id;
  });
}

/** Hands over a slip with what is in force. */
function handOver(profile: Profile, who: Arrived, outcomeId: string): void {
  const { database, site } = profile;
  transaction(database, () => {
    const paper = addSlip(database, {
      siteId: site.id,
      actorId: 'local',
      kind: 'slip',
      encounterId: who.encounterId,
      patientId: who.patientId,
      outcomeId,
      advice: 'doctor-will-read',
      day: null,
      hospitalId: null,
      language: 'en',
    });
    addSlipPrint(database, { siteId: site.id, slipId: paper.id, way: 'printed', actorId: 'local' });
  });
}

function today(profile: Profile): string {
  return siteDay(Date.now(), profile.site.timeZone);
}

test('a refer is followed as a referral and a no is a day to come again, until a doctor says otherwise', async () => {
  const profile = await newProfile();
  const { database } = profile;
  const who = await arrive(profile);
  conclude(profile, who, 'no-refer');
  expect(rescreenDay(database, who.encounterId)?.slice(0, 4)).toBe(String(Number(today(profile).slice(0, 4)) + 1));
  conclude(profile, who, 'refer', { urgent: true });
  expect(rescreenDay(database, who.encounterId)).toBeNull();
  expect(currentReferral(database, who.encounterId)).toMatchObject({ urgent: true, dueDay: today(profile), hospitalId: null });
  expect((await followUpLists(LOCAL_ACTOR, profile)).referrals).toHaveLength(1);
  conclude(profile, who, 'no-refer', { source: 'doctor', basis: { rescreenBy: '2030-01-02' } });
  expect(rescreenDay(database, who.encounterId)).toBe('2030-01-02');
  expect((await followUpLists(LOCAL_ACTOR, profile)).referrals).toHaveLength(0);
});

test('whoever went home on a better result is called back, stands at the head of the list, and stays on it until reached', async () => {
  const profile = await newProfile();
  const who = await arrive(profile, {}, { contact: false });
  const other = await arrive(profile, { name: 'Sudha', phone: null });
  takeIn(profile, other.encounterId);
  handOver(profile, who, conclude(profile, who, 'no-refer'));
  conclude(profile, other, 'refer', { urgent: true });
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks).toEqual([]);

  conclude(profile, who, 'refer', { source: 'doctor' });
  const list = await todaysWorklist(LOCAL_ACTOR, profile);
  expect(list.callBacks).toMatchObject([{ reason: 'later-read', urgent: false, overdue: false, closed: null }]);
  expect(list.rows.map((row) => [row.person.patientId, row.state])[0]).toEqual([who.patientId, 'called-back']);
  conclude(profile, who, 'refer', { source: 'doctor', urgent: true });
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks.map((each) => each.urgent)).toEqual([true, false]);

  for (const { callBackId } of list.callBacks) {
    // It is care: it needs no consent to contact.
    logContact(LOCAL_ACTOR, profile, {
      patientId: who.patientId,
      subject: 'call-back',
      subjectId: callBackId,
      way: 'phone',
      result: 'no-answer',
      note: 'daughter Meena answers in the evening',
    });
    const [entry] = (await todaysWorklist(LOCAL_ACTOR, profile)).callBacks.filter((each) => each.callBackId === callBackId);
    expect(entry?.contacts).toMatchObject([{ result: 'no-answer', note: 'daughter Meena answers in the evening' }]);
  }
  for (const { callBackId } of (await todaysWorklist(LOCAL_ACTOR, profile)).callBacks)
    closeCallBack(LOCAL_ACTOR, profile, callBackId, 'reached');
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks).toEqual([]);
  expect(profile.database.serialize().includes(Buffer.from('Meena'))).toBe(false);
});

test('a result that gets better, or worse before the patient has left, calls nobody back', async () => {
  const profile = await newProfile();
  const who = await arrive(profile);
  conclude(profile, who, 'no-refer');
  conclude(profile, who, 'refer');
  handOver(profile, who, conclude(profile, who, 'refer', { urgent: true }));
  conclude(profile, who, 'no-refer', { source: 'doctor' });
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks).toEqual([]);
});

test('one call-back for each encounter, and an urgent one beside one that was not', async () => {
  const profile = await newProfile();
  const { database, site } = profile;
  const who = await arrive(profile);
  const open = (urgent: boolean): void =>
    transaction(database, () => {
      openCallBack(database, LOCAL_ACTOR, {
        siteId: site.id,
        patientId: who.patientId,
        encounterId: who.encounterId,
        outcomeId: null,
        reason: 'model-recall',
        urgent,
      });
    });
  open(false);
  open(false);
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks).toHaveLength(1);
  open(true);
  open(true);
  expect((await todaysWorklist(LOCAL_ACTOR, profile)).callBacks).toHaveLength(2);
});

test('four weeks begin with the referral: a hospital that is named later does not begin them anew, becoming urgent does', async () => {
  const profile = await newProfile();
  const { database } = profile;
  const realNow = Date.now;
  onTestFinished(() => {
    Date.now = realNow;
  });
  const atDaysAgo = (days: number, work: () => void): void => {
    Date.now = () => realNow() - days * 86_400_000;
    work();
    Date.now = realNow;
  };
  const who = await arrive(profile);
  atDaysAgo(60, () => conclude(profile, who, 'refer'));
  atDaysAgo(40, () => conclude(profile, who, 'refer', { urgent: true }));
  saveHospital(LOCAL_ACTOR, profile, { hospitalId: null, name: 'Aravind', address: '', phone: '', closed: false });
  referToHospital(LOCAL_ACTOR, profile, who.encounterId, hospitalRows(LOCAL_ACTOR, profile)[0]?.hospitalId ?? '');
  const daysAgo = Math.round((realNow() - (currentReferral(database, who.encounterId)?.referredAt ?? 0)) / 86_400_000);
  expect(daysAgo).toBe(40);
  expect((await followUpLists(LOCAL_ACTOR, profile)).urgentAttendance).toEqual({ attended: 0, referred: 1 });
});

test("a hospital's list holds those who allowed sharing and nobody else", async () => {
  const profile = await newProfile();
  saveHospital(LOCAL_ACTOR, profile, { hospitalId: null, name: 'District hospital', address: '', phone: '', closed: false });
  const [hospital] = hospitalRows(LOCAL_ACTOR, profile);
  const hospitalId = hospital?.hospitalId ?? '';
  const shared = await arrive(profile, { name: 'Shared', phone: '+91 98400 12345' });
  const silent = await arrive(profile, { name: 'Silent' }, { sharing: false });
  for (const who of [shared, silent]) {
    conclude(profile, who, 'refer');
    referToHospital(LOCAL_ACTOR, profile, who.encounterId, hospitalId);
  }
  const { csv, patients } = hospitalCsv(LOCAL_ACTOR, profile, hospitalId);
  expect(patients).toBe(1);
  expect(csv).toContain('Shared');
  expect(csv).not.toContain('Silent');
  // A number that begins with + is a formula to a spreadsheet.
  expect(csv).toContain("'+91 98400 12345");
});

test('calls about referrals and coming again go only to those who allowed contact', async () => {
  const profile = await newProfile();
  const silent = await arrive(profile, {}, { contact: false });
  conclude(profile, silent, 'refer', { urgent: true });
  expect(await followUpLists(LOCAL_ACTOR, profile)).toMatchObject({ referrals: [], notContactable: 1 });
  const contact = {
    patientId: silent.patientId,
    subject: 'referral',
    subjectId: silent.encounterId,
    way: 'phone',
    result: 'reached',
    note: '',
  } as const;
  expect(() => logContact(LOCAL_ACTOR, profile, contact)).toThrow('contact-not-allowed');
});

test("a hospital's answers are taken over whole or not at all", async () => {
  const profile = await newProfile();
  const who = await arrive(profile);
  conclude(profile, who, 'refer', { urgent: true });
  const day = today(profile);
  const good = `${who.shortId},attended,${day}`;
  for (const bad of ['AAAAAAAA,attended,2026-01-01', `${who.shortId},cured,${day}`, `${who.shortId},attended,2026-02-30`]) {
    expect(() => importReferralNotes(LOCAL_ACTOR, profile, `id,result,day\n${good}\n${bad}\n`)).toThrow('referral-list-invalid');
  }
  expect((await followUpLists(LOCAL_ACTOR, profile)).referrals[0]?.last).toBeNull();
  expect(importReferralNotes(LOCAL_ACTOR, profile, `\uFEFFid,result,day\r\n${good}\r\n`)).toBe(1);
  expect((await followUpLists(LOCAL_ACTOR, profile)).referrals[0]?.last).toEqual({ what: 'attended', day });
  noteReferral(LOCAL_ACTOR, profile, who.encounterId, 'treated', day);
  expect((await followUpLists(LOCAL_ACTOR, profile)).referrals[0]?.last).toEqual({ what: 'treated', day });
});

test('the summary of the day counts, and names nobody', async () => {
  const profile = await newProfile();
  const who = await arrive(profile, { name: 'Lakshmi', village: 'Madurai' });
  conclude(profile, who, 'refer', { urgent: true });
  const csv = daySummaryCsv(await daySummary(LOCAL_ACTOR, profile, null));
  expect(csv).toContain('arrived,1\r\n');
  expect(csv).toContain('result-urgent,1\r\n');
  for (const secret of ['Lakshmi', 'Madurai', who.shortId, who.patientId]) expect(csv).not.toContain(secret);
});
