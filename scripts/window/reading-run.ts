import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { withoutMetadata } from '../../electron/services/bare-jpeg';
import { GRADES, type Grade } from '../../electron/shared/domain/reading';
import { imageUrl } from '../../electron/shared/ipc/images';
import { confusionMatrix, quadraticKappa } from '../../electron/shared/statistics/kappa';
import { seededRandom, shuffled } from '../../electron/shared/statistics/random';
import { finished, type Netra, quit, ready, signIn, start, startRun } from '../../test/e2e/helpers/netra';

/**
 * Three hundred real photographs read in the real window by two simulated readers (the true grade plus noise) by key, through adjudication by a third:
 * how long a reader waits from the key to the next photograph, how many photographs an hour the program allows, and how the labels come out, as JSON:
 * `node scripts/window/run.mjs reading-run PHOTOS`. PHOTOS is the folder with index.csv of the development photographs.
 */
const photos = process.argv[2];
if (photos === undefined) throw new Error('usage: node scripts/window/run.mjs reading-run PHOTOS');
const PATIENTS = 150;
/** How often a simulated reader is off by one grade. */
const NOISE = 0.15;
const random = seededRandom(2026);

interface Photograph {
  path: string;
  truth: Grade;
}

/** Both eyes of patients drawn at random. */
function choose(folder: string): Photograph[] {
  const rows = parse<Record<string, string>>(readFileSync(join(folder, 'index.csv'), 'utf8'), { columns: true });
  const patients = new Map<string, Photograph[]>();
  for (const { file = '', source, patient = '', grade } of rows) {
    const truth = GRADES.find((each) => String(each) === grade);
    if (source === 'eyepacs' && truth !== undefined) {
      patients.set(patient, [...(patients.get(patient) ?? []), { path: resolve(folder, file), truth }]);
    }
  }
  const both = [...patients.values()].filter((eyes) => eyes.length === 2);
  return shuffled(both, random).slice(0, PATIENTS).flat();
}

function noisy(truth: Grade): Grade {
  if (random() >= NOISE) return truth;
  const moved = truth + (random() < 0.5 ? -1 : 1);
  return GRADES.find((grade) => grade === moved) ?? (truth === 0 ? 1 : 3);
}

/** What stands behind an address of the reader's, found by its pixels: the window itself says nothing. */
async function truthOf({ page }: Netra, assignmentId: string, truths: ReadonlyMap<string, Grade>): Promise<Grade> {
  const hash = await page.evaluate(
    async (url) => {
      const bytes = await (await fetch(url)).arrayBuffer();
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    imageUrl(assignmentId, 'full'),
  );
  const truth = truths.get(hash);
  if (truth === undefined) throw new Error('a photograph that nobody chose');
  return truth;
}

interface Sitting {
  waitsMs: number[];
  /** Assigned photograph by its true grade, and what was said. */
  given: { truth: Grade; grade: Grade }[];
}

async function read(
  netra: Netra,
  campaignId: string,
  truths: ReadonlyMap<string, Grade>,
  answer: (truth: Grade) => Grade,
): Promise<Sitting> {
  const { page } = netra;
  await page.evaluate((id) => {
    location.hash = `#/room/reading/${id}`;
  }, campaignId);
  await page.locator('canvas[data-state="ready"]').first().waitFor();
  const given: Sitting['given'] = [];
  for (;;) {
    await page.locator('[data-saving="0"]').waitFor();
    const [next] = (await netra.ask('readingQueue', { campaignId, limit: 1 })).items;
    if (next === undefined) break;
    if (next.task === 'decide' && next.answered) {
      await page.locator('table').first().waitFor();
      await page.keyboard.press('Space');
      await page.waitForTimeout(50);
      continue;
    }
    const truth = await truthOf(netra, next.assignmentId, truths);
    const grade = answer(truth);
    given.push({ truth, grade });
    const before = await page.evaluate(() => performance.getEntriesByName('reading-key-to-painted').length);
    await page.keyboard.press(String(grade));
    await page.keyboard.press(String(grade));
    if (given.length < truths.size && next.task === 'read') {
      await page
        .waitForFunction((count) => performance.getEntriesByName('reading-key-to-painted').length > count, before, { timeout: 5000 })
        .catch(() => undefined);
    }
  }
  const waitsMs = await page.evaluate(() => performance.getEntriesByName('reading-key-to-painted').map((entry) => entry.duration));
  return { waitsMs, given };
}

function share(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? NaN) * 10) / 10;
}

function kappa({ given }: Sitting): number | null {
  const table = confusionMatrix(
    given.map(({ truth }) => truth),
    given.map(({ grade }) => grade),
    GRADES.length,
  );
  return quadraticKappa(table)?.value ?? null;
}

const folder = mkdtempSync(join(tmpdir(), 'netra-reading-'));
try {
  const chosen = choose(photos);
  const camp = join(folder, 'photographs');
  mkdirSync(camp);
  const truths = new Map<string, Grade>();
  for (const { path, truth } of chosen) {
    copyFileSync(path, join(camp, basename(path)));
    const bare = withoutMetadata(readFileSync(path));
    if (bare !== null) truths.set(createHash('sha256').update(bare).digest('hex'), truth);
  }
  const netra = await start({ profile: join(folder, 'profile'), accounts: 'staffed' });
  await signIn(netra, 'admin');
  await ready(netra);
  const { id } = await startRun(netra, camp);
  await finished(netra, id, 600_000);
  const { readers } = await netra.ask('campaignChoices', {});
  const idOf = (name: string): string => readers.find((reader) => reader.name.includes(name))?.userId ?? '';
  const { campaignId } = await netra.ask('createCampaign', {
    selection: 'all',
    runIds: [],
    size: null,
    consentDeclared: true,
    title: '',
    readerIds: [idOf('Rao'), idOf('Leela')],
    readersPerImage: 2,
    adjudication: 'senior',
    adjudicatorId: idOf('Mathew'),
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: false,
  });
  await signIn(netra, 'doctor');
  const first = await read(netra, campaignId, truths, noisy);
  await signIn(netra, 'doctor-two');
  const second = await read(netra, campaignId, truths, noisy);
  await signIn(netra, 'doctor-three');
  const third = await read(netra, campaignId, truths, (truth) => truth);
  await signIn(netra, 'admin');
  const { labels, images } = await netra.ask('campaignDetail', { campaignId });
  const waits = [...first.waitsMs, ...second.waitsMs];
  const meanMs = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const figures = {
    images,
    answers: first.given.length + second.given.length,
    keyToNextPhotographMs: { median: share(waits, 0.5), p95: share(waits, 0.95), worst: share(waits, 1) },
    imagesAnHourTheProgramAllows: Math.round(3_600_000 / meanMs),
    quadraticKappaWithTruth: [kappa(first), kappa(second)],
    decidedBySenior: third.given.length,
    labels,
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
  };
  process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
  await quit(netra);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
