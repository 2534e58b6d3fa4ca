import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Page } from '@playwright/test';
import { EMPTY_INTAKE } from '../../electron/shared/clinical/intake';
import { EMPTY_IDENTITY } from '../../electron/shared/domain/patients';
import type { EncounterView } from '../../electron/shared/ipc/capture';
import { exited, type Netra, quit, ready, start, until } from '../../test/e2e/helpers/netra';
import { WORDS } from '../../test/e2e/helpers/words';

/**
 * A camp of 30 patients with 60 real photographs through the real window: what each photograph and each patient took, as JSON, then 200 files at once
 * into the camera's folder: `node scripts/window/run.mjs camp-run PHOTOS`. PHOTOS is the folder with index.csv of the development photographs. Six patients'
 * right eyes are photographs of DRIMDB that nobody can read.
 */
const photos = process.argv[2];
if (photos === undefined) throw new Error('usage: node scripts/window/run.mjs camp-run PHOTOS');
const PATIENTS = 30;
const UNREADABLE = 6;
const BURST = 200;
const ASK_EVERY_MS = 25;

interface Camper {
  right: string;
  left: string;
}

function campers(folder: string): Camper[] {
  const rows = parse<Record<string, string>>(readFileSync(join(folder, 'index.csv'), 'utf8'), { columns: true });
  const eyes = new Map<string, Partial<Camper>>();
  for (const { file = '', source, patient = '', eye = '' } of rows) {
    if (source !== 'eyepacs-1024') continue;
    eyes.set(patient, { ...eyes.get(patient), [eye]: resolve(folder, file) });
  }
  const pairs = [...eyes.values()].filter((each): each is Camper => each.right !== undefined && each.left !== undefined);
  const every = Math.floor(pairs.length / PATIENTS);
  const bad = readdirSync(join(folder, 'drimdb'))
    .filter((name) => name.includes('bad'))
    .sort();
  return Array.from({ length: PATIENTS }, (_, index) => {
    const pair = pairs[index * every];
    if (pair === undefined) throw new Error('not enough patients with both eyes');
    const unreadable = index < UNREADABLE ? bad[index] : undefined;
    return unreadable === undefined ? pair : { ...pair, right: resolve(folder, 'drimdb', unreadable) };
  });
}

async function arrive(netra: Netra, name: string): Promise<string> {
  const { patientId } = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name } });
  const answers = { screening: true, contact: true, sharing: true, training: false };
  await netra.ask('giveConsent', { patientId, consent: { answers, language: 'en', how: 'signature', givenBy: 'patient' } });
  const { encounterId } = await netra.ask('startEncounter', { patientId });
  const good = { unaided: '6/6' as const, glasses: null, pinhole: null };
  const no = Object.fromEntries(Object.keys(EMPTY_INTAKE.answers).map((key) => [key, false])) as Record<
    keyof typeof EMPTY_INTAKE.answers,
    false
  >;
  const facts = { vision: { right: good, left: good }, eyes: EMPTY_INTAKE.eyes, answers: no, aiRefused: false };
  await netra.ask('saveIntake', { encounterId, facts });
  return encounterId;
}

/** From the press on the button to the answer on the screen, milliseconds. */
async function photograph(netra: Netra, page: Page, eye: string, path: string): Promise<number> {
  await netra.app.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] });
  }, path);
  const group = page.getByRole('group', { name: eye, exact: true });
  const startedAt = performance.now();
  await group.getByRole('button', { name: WORDS.capture_choose_files }).click();
  await group.getByText(/^Checked/).waitFor({ state: 'visible' });
  return performance.now() - startedAt;
}

/**
 * Begins to look every few milliseconds at the processor time that the main thread has used: the most between two looks is its longest piece of
 * work at one go, whatever else keeps the machine busy. Linux only.
 */
async function watchMain(netra: Netra): Promise<void> {
  await netra.app.evaluate(() => {
    const { readFileSync: read } = process.getBuiltinModule('node:fs');
    const usedMs = (): number => Number(read('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
    const watched = globalThis as unknown as { pieces: number[] };
    watched.pieces = [];
    let before = usedMs();
    setInterval(() => {
      const now = usedMs();
      watched.pieces.push(now - before);
      before = now;
    }, 5);
  });
}

async function burst(netra: Netra, folder: string, sources: readonly string[]): Promise<Record<string, number>> {
  const camera = join(folder, 'camera');
  mkdirSync(camera);
  await netra.ask('setHotFolder', { folder: camera, polling: false });
  await until(async () => (await netra.ask('captureStatus', {})).hotFolder.state === 'watching');
  const contents = sources.map((source) => readFileSync(source));
  if (process.platform === 'linux') await watchMain(netra);
  const startedAt = performance.now();
  for (let index = 0; index < BURST; index += 1) {
    // Bytes after the end of a JPEG are no part of the picture: each file is a photograph of its own.
    writeFileSync(
      join(camera, `IMG_${index}.jpg`),
      Buffer.concat([contents[index % contents.length] ?? Buffer.alloc(0), Buffer.from(String(index))]),
    );
  }
  const answers: number[] = [];
  await until(async () => {
    const askedAt = performance.now();
    const { waiting } = await netra.ask('captureStatus', {});
    answers.push(performance.now() - askedAt);
    await new Promise((wait) => setTimeout(wait, ASK_EVERY_MS));
    return waiting >= BURST;
  }, 300_000);
  const pieces = await netra.app.evaluate(() => (globalThis as unknown as { pieces?: number[] }).pieces ?? []);
  return {
    files: BURST,
    seconds: round((performance.now() - startedAt) / 1000),
    answers: answers.length,
    medianMs: round(percentile(answers, 0.5)),
    p95Ms: round(percentile(answers, 0.95)),
    p99Ms: round(percentile(answers, 0.99)),
    longestMs: round(Math.max(...answers)),
    mainPieceP99Ms: round(percentile(pieces, 0.99)),
    mainPieceLongestMs: round(Math.max(...pieces)),
  };
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const folder = mkdtempSync(join(tmpdir(), 'netra-camp-'));
let running: Netra | null = null;
try {
  const netra = await start({ profile: join(folder, 'profile') });
  running = netra;
  const { page } = netra;
  await ready(netra);
  const camp = campers(photos);
  const eyeMs: number[] = [];
  const checkedMs: number[] = [];
  const patientMs: number[] = [];
  const results = new Map<string, number>();
  for (const [index, camper] of camp.entries()) {
    const encounterId = await arrive(netra, `Camper ${index + 1}`);
    const startedAt = performance.now();
    await page.evaluate((id) => {
      location.hash = `#/room/capture/${id}`;
    }, encounterId);
    await page.getByRole('heading', { level: 1, name: `Camper ${index + 1}`, exact: true }).waitFor();
    eyeMs.push(await photograph(netra, page, WORDS.window_right_eye, camper.right));
    eyeMs.push(await photograph(netra, page, WORDS.window_left_eye, camper.left));
    patientMs.push(performance.now() - startedAt);
    const view: EncounterView = await netra.ask('encounterView', { encounterId });
    checkedMs.push(...view.eyes.flatMap(({ photos: own }) => own.flatMap(({ arrivalMs }) => arrivalMs ?? [])));
    const result = view.result === null ? 'none' : view.result.urgent ? 'refer urgently' : view.result.result;
    results.set(result, (results.get(result) ?? 0) + 1);
  }
  const atOnce = await burst(
    netra,
    folder,
    camp.slice(UNREADABLE, UNREADABLE + 10).flatMap(({ right, left }) => [right, left]),
  );
  const status = await netra.ask('status', {});
  console.log(
    JSON.stringify(
      {
        machine: { processor: cpus()[0]?.model, cores: cpus().length },
        engine: status.engine,
        model: status.model?.name,
        patients: PATIENTS,
        photographs: 2 * PATIENTS,
        pressToAnswerMs: { median: round(percentile(eyeMs, 0.5)), p95: round(percentile(eyeMs, 0.95)), longest: round(Math.max(...eyeMs)) },
        arrivalToStoredMs: {
          median: round(percentile(checkedMs, 0.5)),
          p95: round(percentile(checkedMs, 0.95)),
          longest: round(Math.max(...checkedMs)),
        },
        patientMs: {
          median: round(percentile(patientMs, 0.5)),
          p95: round(percentile(patientMs, 0.95)),
          longest: round(Math.max(...patientMs)),
        },
        results: Object.fromEntries(results),
        atOnce,
      },
      null,
      2,
    ),
  );
  await quit(netra);
  await exited(netra);
} finally {
  running?.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
