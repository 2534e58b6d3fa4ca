import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { verifyAuditChain } from '../../../electron/db/audit';
import { openProfileAs } from '../../../electron/services/accounts/open-as';
import { hashFile } from '../../../electron/services/backup/copy-work';
import { BACKUP_PREFIX, listSnapshots } from '../../../electron/services/backup/manifest';
import { paintFundus } from '../../../electron/services/demo/paint-fundus';
import { EMPTY_IDENTITY } from '../../../electron/shared/domain/patients';
import type { EncounterView } from '../../../electron/shared/ipc/capture';
import { HEALTHY_INTAKE } from '../../helpers/healthy-intake';
import { passwordOf } from '../../helpers/staffed-clinic';
import { exited, finished, type Netra, ready, signIn, until } from './netra';

/** What a technician waits for a screen to acknowledge, in the order of a patient's visit. */
export const ACTS = ['register', 'import', 'result', 'print', 'backup'] as const;
export type Act = (typeof ACTS)[number];

/** What the window said of a patient, each the moment it said it. */
interface Promised {
  name: string;
  patientId?: string;
  consent?: true;
  encounterId?: string;
  vision?: true;
  photographs: { eye: string; imageId: string; gradable: boolean | null }[];
  outcomeIds: string[];
  /** Where the slip was saved to. */
  slip?: string;
}

export interface Kill {
  act: Act;
  /** Milliseconds after the act began. */
  afterMs: number;
  /** Whether the act had been acknowledged whole by then. */
  acknowledged: boolean;
}

/** Days at one desk that end with kill -9, one after the other, on one profile and one stick. */
export interface KilledDays {
  kills: Kill[];
  people: Promised[];
  /** When the backups that were acknowledged began, UTC milliseconds. */
  backups: number[];
}

const HEIGHT_PX = 400;
const SEEN = { unaided: '6/6' as const, glasses: null, pinhole: '6/9' as const };
const INTAKE = { ...HEALTHY_INTAKE, vision: { right: SEEN, left: SEEN } };
/** Until each act has been timed once. */
const FIRST_GUESS_MS = 600;

/**
 * Kills the whole program at a random moment of each act named, starts it again and looks whether everything that the window had acknowledged before
 * is there: in the window, in the database, in the files of photographs, on the stick.
 *
 * @param launch starts the program on the staffed profile of `folder`
 */
export async function killedDays(
  launch: () => Promise<Netra>,
  folder: string,
  acts: readonly Act[],
  told: (kill: Kill) => void = () => undefined,
): Promise<KilledDays> {
  const days: KilledDays = { kills: [], people: [], backups: [] };
  const stick = join(folder, 'stick');
  mkdirSync(stick, { recursive: true });
  const takesMs = new Map<Act, number>();
  let netra = await begin(launch);
  for (const act of acts) {
    const desk = { netra, folder, stick, days, person: { name: `Person ${days.people.length + 1}`, photographs: [], outcomeIds: [] } };
    days.people.push(desk.person);
    for (const before of ACTS.slice(0, ACTS.indexOf(act))) {
      const startedAt = performance.now();
      await DO[before](desk);
      takesMs.set(before, performance.now() - startedAt);
    }
    const afterMs = Math.random() * (takesMs.get(act) ?? FIRST_GUESS_MS);
    let acknowledged = false;
    const startedAt = performance.now();
    const doing = DO[act](desk).then(
      () => {
        acknowledged = true;
        takesMs.set(act, performance.now() - startedAt);
      },
      // The program is gone: it cannot answer.
      () => undefined,
    );
    await Promise.race([doing, new Promise((wait) => setTimeout(wait, afterMs))]);
    netra.process.kill('SIGKILL');
    const killedMs = Math.round(performance.now() - startedAt);
    await exited(netra);
    await doing;
    const kill = { act, afterMs: killedMs, acknowledged };
    days.kills.push(kill);
    if (!acknowledged) takesMs.set(act, Math.max(takesMs.get(act) ?? FIRST_GUESS_MS, FIRST_GUESS_MS) * 1.5);
    await expectOnDisk(netra.profile, stick);
    netra = await begin(launch);
    await expectInWindow(netra, days);
    told(kill);
  }
  netra.process.kill('SIGKILL');
  await exited(netra);
  return days;
}

interface Desk {
  netra: Netra;
  folder: string;
  stick: string;
  days: KilledDays;
  person: Promised;
}

async function begin(launch: () => Promise<Netra>): Promise<Netra> {
  const netra = await launch();
  await signIn(netra, 'technician');
  await ready(netra);
  return netra;
}

const DO: Record<Act, (desk: Desk) => Promise<void>> = {
  register: async ({ netra, person }) => {
    const registered = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name: person.name, village: 'Madurai' } });
    person.patientId = registered.patientId;
    const { patientId } = registered;
    const answers = { screening: true, contact: true, sharing: true, training: true };
    await netra.ask('giveConsent', { patientId, consent: { answers, language: 'ta', how: 'read-aloud', givenBy: 'patient' } });
    person.consent = true;
    const { encounterId } = await netra.ask('startEncounter', { patientId });
    person.encounterId = encounterId;
    await netra.ask('saveIntake', { encounterId, facts: INTAKE });
    person.vision = true;
  },
  import: async (desk) => {
    const { netra, folder, days, person } = desk;
    const camera = join(folder, `card-${days.people.length}`);
    mkdirSync(camera, { recursive: true });
    for (const [index, eye] of (['right', 'left'] as const).entries()) {
      const file = join(camera, `${eye}.jpg`);
      writeFileSync(file, await paintFundus({ seed: days.people.length * 2 + index, eye, sizePx: HEIGHT_PX }));
      const target = { encounterId: person.encounterId ?? '', eye, field: null };
      await netra.ask('captureFiles', { paths: [file], way: 'files', chosenFor: target });
    }
    await until(async () => {
      seePhotographs(person, await viewOf(desk));
      return person.photographs.length >= 2;
    });
  },
  result: async (desk) => {
    const { netra, person } = desk;
    const encounterId = person.encounterId ?? '';
    const concluded = await viewOf(desk);
    if (concluded.result !== null) person.outcomeIds.push(concluded.result.outcomeId);
    const raised = await netra.ask('raiseResult', { encounterId, urgent: true, reason: 'saw-something' });
    if (raised.result !== null) person.outcomeIds.push(raised.result.outcomeId);
  },
  print: async ({ netra, folder, days, person }) => {
    const file = join(folder, `slip-${days.people.length}.pdf`);
    await netra.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, file);
    const encounterId = person.encounterId ?? '';
    await netra.ask('makePapers', { encounterIds: [encounterId], kind: 'slip', language: null, way: 'save' });
    person.slip = file;
  },
  backup: async ({ netra, stick, days }) => {
    const startedAt = Date.now();
    const { taskId } = await netra.ask('startBackup', { folder: stick });
    const task = await finished(netra, taskId);
    expect(task).toMatchObject({ state: 'done', error: null });
    days.backups.push(startedAt);
  },
};

function viewOf({ netra, person }: Pick<Desk, 'netra' | 'person'>): Promise<EncounterView> {
  return netra.ask('encounterView', { encounterId: person.encounterId ?? '' });
}

function seePhotographs(person: Promised, view: EncounterView): void {
  person.photographs = view.eyes.flatMap(({ eye, photos }) => photos.map(({ imageId, gradable }) => ({ eye, imageId, gradable })));
}

/** Everything that the window had said is said by it again. */
async function expectInWindow(netra: Netra, { people, backups }: KilledDays): Promise<void> {
  for (const person of people) {
    const { patientId, encounterId, name } = person;
    if (patientId === undefined) continue;
    const card = await netra.ask('patientCard', { patientId });
    expect(card.person.identity, name).toMatchObject({ name, village: 'Madurai' });
    if (person.consent === true) expect(card.consent?.answers, name).toMatchObject({ screening: true, contact: true });
    if (encounterId === undefined) continue;
    const visit = card.visits.find((each) => each.encounterId === encounterId);
    expect(visit, name).toBeDefined();
    if (person.vision === true) expect(visit?.intake?.vision, name).toEqual(INTAKE.vision);
    const view = await viewOf({ netra, person });
    const photographs = view.eyes.flatMap(({ eye, photos }) => photos.map(({ imageId, gradable }) => ({ eye, imageId, gradable })));
    for (const photograph of person.photographs) expect(photographs, name).toContainEqual(photograph);
    const outcomes = [view.result, ...view.earlier].map((result) => result?.outcomeId);
    for (const outcomeId of person.outcomeIds) expect(outcomes, name).toContain(outcomeId);
    if (person.slip === undefined) continue;
    const { papers } = await netra.ask('paperState', { encounterId });
    expect(
      papers.some(({ kind, givenAt }) => kind === 'slip' && givenAt !== null),
      name,
    ).toBe(true);
    expect(readFileSync(person.slip).subarray(-7).toString('latin1'), name).toContain('%%EOF');
  }
  const last = backups.at(-1);
  if (last !== undefined) expect((await netra.ask('backupStatus', {})).lastAt).toBeGreaterThanOrEqual(last);
}

/** The database whole, the audit log unbroken, every photograph what its name says, and what counts as a backup complete. */
async function expectOnDisk(folder: string, stick: string): Promise<void> {
  const { profile } = await openProfileAs(folder, { login: 'technician', password: passwordOf('technician') });
  try {
    const { database } = profile;
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(verifyAuditChain(database).ok).toBe(true);
    const images = database.prepare('SELECT lower(hex(sha256)) FROM image').pluck().all() as string[];
    for (const sha256 of images) {
      expect(
        createHash('sha256')
          .update(await profile.blobs.get('original', sha256))
          .digest('hex'),
      ).toBe(sha256);
      await profile.blobs.get('thumbnail', sha256);
    }
  } finally {
    profile.close();
  }
  for (const name of readdirSync(stick).filter((each) => each.startsWith(BACKUP_PREFIX))) {
    for (const { folder: snapshot, content } of await listSnapshots(join(stick, name))) {
      const { sha256, bytes } = content.database;
      expect(await hashFile(join(snapshot, 'netra.db'))).toEqual({ sha256, bytes });
      expect(await hashFile(join(snapshot, 'vault.json'))).toEqual(content.vault);
      for (const [path, hash, size] of content.blobs) {
        expect(await hashFile(join(stick, name, 'blobs', path))).toEqual({ sha256: hash, bytes: size });
      }
    }
  }
}
