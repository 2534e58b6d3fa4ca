import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { addConsent } from '../../electron/db/queries/consents';
import { addEncounter } from '../../electron/db/queries/encounters';
import { recordEncounterOutcome } from '../../electron/db/queries/encounter-outcomes';
import { recordReferral } from '../../electron/db/queries/referrals';
import { recordRescreen } from '../../electron/db/queries/rescreens';
import { addPatient } from '../../electron/db/queries/patients';
import { transaction } from '../../electron/db/sql';
import { openWithPassword } from '../../electron/services/accounts/open-vault';
import { Throttle } from '../../electron/services/accounts/throttle';
import { writeIdentity } from '../../electron/services/patients/identity';
import { addToDay, siteDay } from '../../electron/shared/clinical/days';
import { LOCAL_ACTOR, type PatientResult } from '../../electron/shared/domain/codes';
import { EMPTY_IDENTITY } from '../../electron/shared/domain/patients';
import { formatShortId } from '../../electron/shared/domain/short-id';
import { makeStaffedClinic, passwordOf } from '../helpers/staffed-clinic';
import { exited, expect, type Netra, quit, signIn, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

/** What becomes of patients after the camp, by what stands on the screen. */

const DAY_MS = 86_400_000;

interface Visit {
  daysAgo: number;
  result: PatientResult;
  urgent?: boolean;
  sharing?: boolean;
  /** Days from now until they are to come again. */
  rescreenInDays?: number;
}

const VISITS = {
  'Anbu Selvan': { daysAgo: 40, result: 'refer', urgent: true },
  'Banu Priya': { daysAgo: 35, result: 'refer', urgent: true, sharing: false },
  'Chitra Devi': { daysAgo: 2, result: 'refer' },
  'Devi Bala': { daysAgo: 370, result: 'no-refer', rescreenInDays: -5 },
  'Elango Raj': { daysAgo: 350, result: 'no-refer', rescreenInDays: 10 },
} as const satisfies Record<string, Visit>;
type Name = keyof typeof VISITS;

interface Visited {
  shortId: string;
  patientId: string;
}

/** A clinic whose patients came on earlier days: each on the day when the clock said so. @returns by name */
async function makeWorkedClinic(folder: string): Promise<{ visited: Record<Name, Visited>; today: string }> {
  await makeStaffedClinic(folder);
  const { vault } = await openWithPassword(folder, new Throttle(folder), 'admin', passwordOf('admin'));
  const profile = await createOrOpenProfile(folder, vault);
  const { database, site } = profile;
  const visited: Partial<Record<Name, Visited>> = {};
  const realNow = Date.now;
  const today = siteDay(realNow(), site.timeZone);
  try {
    for (const [name, visit] of Object.entries(VISITS) as [Name, Visit][]) {
      Date.now = () => realNow() - visit.daysAgo * DAY_MS;
      transaction(database, () => {
        const { id: patientId, shortId } = addPatient(database, site.id);
        const by = { siteId: site.id, patientId, actorId: LOCAL_ACTOR.userId };
        writeIdentity(profile, { ...by, actor: LOCAL_ACTOR, identity: { ...EMPTY_IDENTITY, name, phone: '98400 12345' } });
        const answers = { screening: true, contact: true, sharing: visit.sharing ?? true, training: true };
        const how = { language: 'en', how: 'read-aloud', givenBy: 'patient', noticeVersion: '1', withdrawal: false } as const;
        addConsent(database, { ...by, ...how, answers });
        const { id: encounterId } = addEncounter(database, by);
        const seen = { source: 'doctor', result: visit.result, urgent: visit.urgent ?? false, reasons: ['score'], basis: {} } as const;
        recordEncounterOutcome(database, { ...by, ...seen, reasons: [...seen.reasons], encounterId, eye: null });
        if (visit.rescreenInDays === undefined) {
          const dueDay = siteDay(Date.now(), site.timeZone);
          recordReferral(database, { ...by, encounterId, hospitalId: null, urgent: seen.urgent, dueDay });
        } else {
          recordRescreen(database, { ...by, encounterId, dueDay: addToDay(today, visit.rescreenInDays, 'day') });
        }
        visited[name] = { shortId, patientId };
      });
    }
  } finally {
    Date.now = realNow;
    profile.close();
  }
  return { visited: visited as Record<Name, Visited>, today };
}

async function goTo(page: Page, ...parts: string[]): Promise<void> {
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#/room/${parts.join('/')}`,
  );
}

/** The system's dialogs cannot be operated: they answer with this file. */
async function answerDialogs(netra: Netra, path: string): Promise<void> {
  await netra.app.evaluate(({ dialog }, file) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: file });
  }, path);
}

test('referrals, hospitals and the recall list are followed in the window; the day’s filter and counts outlive it', async ({
  launch,
  folder,
}) => {
  const place = join(folder, 'profile');
  const { visited, today } = await makeWorkedClinic(place);
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;

  // An administrator enters a hospital; a technician refers to it from the patient's card.
  await signIn(netra, 'admin');
  await goTo(page, 'follow-up', 'hospitals');
  await page.getByRole('button', { name: WORDS.hospital_new }).click();
  await page.getByLabel(WORDS.hospital_name, { exact: true }).fill('Aravind, Madurai');
  await page.getByLabel(WORDS.hospital_phone).fill('0452 435 6100');
  await page.getByRole('button', { name: WORDS.patients_save }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Aravind, Madurai' })).toBeVisible();

  await signIn(netra, 'technician');
  for (const name of ['Anbu Selvan', 'Banu Priya'] as const) {
    await goTo(page, 'patients', visited[name].patientId);
    await page.getByLabel(WORDS.hospital_refer_to).click();
    await page.getByRole('option', { name: 'Aravind, Madurai' }).click();
    await expect(page.getByLabel(WORDS.hospital_refer_to)).toContainText('Aravind, Madurai');
  }
  await goTo(page, 'follow-up', 'hospitals');
  await expect(page.getByRole('button', { name: WORDS.hospital_new })).toHaveCount(0);
  const list = join(folder, 'list.csv');
  await answerDialogs(netra, list);
  await page.getByRole('button', { name: WORDS.follow_up_save_list, exact: true }).click();
  await expect(page.getByText(/^Saved: /)).toBeVisible();
  expect(readFileSync(list, 'utf8')).toContain('Anbu Selvan');
  expect(readFileSync(list, 'utf8')).not.toContain('Banu');

  // By telephone: nobody answers, then she has been treated.
  await goTo(page, 'follow-up');
  const share = (attended: number): string => WORDS.follow_up_attendance.replace('{attended}', String(attended)).replace('{referred}', '2');
  await expect(page.getByText(share(0))).toBeVisible();
  const anbu = page.getByRole('row').filter({ hasText: 'Anbu Selvan' });
  await expect(anbu.getByText(/^overdue since/)).toBeVisible();
  await anbu.getByRole('button', { name: WORDS.call_back_log }).click();
  await page.getByRole('radio', { name: WORDS.contact_no_answer }).check();
  await page.getByRole('button', { name: WORDS.contact_store }).click();
  await expect(anbu.getByText(/No answer/)).toBeVisible();
  await anbu.getByRole('button', { name: WORDS.follow_up_note }).click();
  await page.getByRole('radio', { name: WORDS.follow_up_attended }).check();
  await page.getByLabel(WORDS.follow_up_day).fill(addToDay(today, -30, 'day'));
  await page.getByRole('dialog').getByRole('button', { name: WORDS.contact_store }).click();
  await expect(page.getByText(share(1))).toBeVisible();
  await expect(anbu.getByText(/^overdue since/)).toHaveCount(0);

  // A hospital's list: what does not fit is named, all of it, and nothing is stored; put right, it is taken over.
  const id = (name: Name): string => formatShortId(visited[name].shortId);
  const file = join(folder, 'hospital.csv');
  const good = [`${id('Banu Priya')},attended,${addToDay(today, -20, 'day')}`, `${id('Chitra Devi')},treated,${today}`];
  await answerDialogs(netra, file);
  writeFileSync(file, ['id,result,day', good[0], `${id('Chitra Devi')},cured,${today}`, `AAAA-AAAA,attended,${today}`, good[1]].join('\n'));
  await page.getByRole('button', { name: WORDS.follow_up_import }).click();
  await expect(page.getByRole('alert')).toContainText(/\b3, 4\b/);
  await expect(page.getByText(share(1))).toBeVisible();
  writeFileSync(file, ['id,result,day', ...good].join('\r\n'));
  await page.getByRole('button', { name: WORDS.follow_up_import }).click();
  await expect(page.getByText(WORDS.follow_up_imported.replace('{count}', '2'))).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByText(share(2))).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Chitra Devi' })).toContainText(WORDS.follow_up_treated);

  // Who is to come again: overdue and due, then contacted, then here.
  await page.getByRole('link', { name: WORDS.follow_up_rescreens }).click();
  const devi = page.getByRole('row').filter({ hasText: 'Devi Bala' });
  const elango = page.getByRole('row').filter({ hasText: 'Elango Raj' });
  await expect(devi).toContainText(WORDS.rescreen_overdue);
  await expect(elango).toContainText(WORDS.rescreen_due);
  await devi.getByRole('button', { name: WORDS.call_back_log }).click();
  await page.getByRole('radio', { name: WORDS.contact_will_come, exact: true }).check();
  await page.getByRole('button', { name: WORDS.contact_store }).click();
  await expect(devi).toContainText(WORDS.rescreen_contacted);
  await netra.ask('startEncounter', { patientId: visited['Elango Raj'].patientId });
  // Loaded again, the window is where it was.
  await page.reload();
  await expect(elango).toContainText(WORDS.rescreen_attended);

  // The day: a filter that outlives the program, and counts without anybody in them.
  await goTo(page, 'today');
  await expect(page.getByRole('row').filter({ hasText: 'Elango Raj' })).toBeVisible();
  for (const as of ['csv', 'pdf'] as const) {
    const summary = join(folder, `day.${as}`);
    await answerDialogs(netra, summary);
    await page.getByRole('button', { name: as === 'csv' ? WORDS.day_summary_csv : WORDS.day_summary_pdf }).click();
    await until(() => {
      try {
        return readFileSync(summary).length > 0;
      } catch {
        return false;
      }
    });
    const text = readFileSync(summary, 'latin1');
    expect(text.startsWith(as === 'pdf' ? '%PDF-' : '')).toBe(true);
    for (const secret of ['Elango', visited['Elango Raj'].shortId, id('Elango Raj'), '98400']) expect(text).not.toContain(secret);
  }
  await page.getByRole('button', { name: new RegExp(`^${WORDS.worklist_state_referred}`) }).click();
  await expect(page.getByText(WORDS.worklist_none_in_filter)).toBeVisible();
  await quit(netra);
  await exited(netra);
  const again = await launch({ accounts: 'staffed' });
  await signIn(again, 'technician');
  await goTo(again.page, 'today');
  await expect(again.page.getByText(WORDS.worklist_none_in_filter)).toBeVisible();
  await expect(again.page.getByRole('button', { name: new RegExp(`^${WORDS.worklist_state_referred}`) })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
});
