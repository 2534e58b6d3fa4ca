import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { type CliEnd, buildCli, runCli, startCli } from '../helpers/cli';
import { smallDiskTest } from '../helpers/small-disk';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();
const home = mkdtempSync(join(tmpdir(), 'netra-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const isRoot = process.getuid?.() === 0;

type Row = Record<string, string>;

function readRows(path: string): Row[] {
  return parse(readFileSync(path), { columns: true });
}

async function screen(args: readonly string[], options: { uid?: number } = {}): Promise<CliEnd> {
  return runCli(cli, ['screen', '--backend', 'onnx', ...args], { home, ...options });
}

/** A small photograph, the same for the same seed. */
const photographs = new Map<number, Promise<Uint8Array>>();
function photograph(seed: number): Promise<Uint8Array> {
  let painted = photographs.get(seed);
  if (painted === undefined) photographs.set(seed, (painted = paintFundus({ seed, sizePx: 400, grade: 0 })));
  return painted;
}

describe('a folder of bad files', () => {
  const camp = mkdtempSync(join(tmpdir(), 'netra-bad-'));
  const csv = join(home, 'bad.csv');
  let end: CliEnd;
  let rows: Map<string, Row>;
  afterAll(() => rmSync(camp, { recursive: true, force: true }));

  beforeAll(async () => {
    const good = await photograph(1);
    const path = (name: string): string => join(camp, name);
    writeFileSync(path('good_left.jpg'), good);
    writeFileSync(path('truncated.jpg'), good.subarray(0, Math.floor(good.length / 2)));
    writeFileSync(path('empty.jpg'), '');
    writeFileSync(path('text.png'), 'Dear doctor, the photographs follow by post.\n');
    writeFileSync(
      path('vector.jpg'),
      '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="30"/></svg>',
    );
    writeFileSync(path('noise.tif'), Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251)));
    writeFileSync(path('bomb.png'), await bomb());
    const raw = await sharp(Buffer.from(await photograph(2))).toBuffer();
    writeFileSync(path('sixteen.png'), await sharp(raw).toColourspace('rgb16').png().toBuffer());
    writeFileSync(path('grey.jpg'), await sharp(raw).greyscale().jpeg().toBuffer());
    writeFileSync(path('cmyk.jpg'), await sharp(raw).toColourspace('cmyk').jpeg().toBuffer());
    writeFileSync(path('new\nline_right.jpg'), await photograph(3));
    writeFileSync(path('आँख_बाईं.jpg'), await photograph(4));
    writeFileSync(Buffer.concat([Buffer.from(`${camp}/`), Buffer.from([0x66, 0xfc, 0x6e]), Buffer.from('.jpg')]), await photograph(5));
    writeFileSync(path('copy of good.jpg'), good);
    symlinkSync(path('loop.jpg'), path('loop.jpg'));
    symlinkSync(camp, path('linked-folder'));
    mkdirSync(path('below'));
    symlinkSync('..', path('below/up'));
    execFileSync('mkfifo', [path('pipe.jpg')]);
    writeFileSync(path('letter.docx'), 'x');
    end = await screen([camp, '--csv', csv, '--profile', join(home, 'bad-profile')]);
    rows = new Map(readRows(csv).map((row) => [row['file'] ?? '', row]));
  });

  test('is finished with exit code 0, one row each, other files counted and linked folders not followed', () => {
    expect(end).toMatchObject({ code: 0 });
    expect(rows.size).toBe(16);
    expect(end.out).toContain('other files: 1');
    expect(end.out).toContain('Linked folders, not followed: 2');
  });

  for (const [file, code] of [
    ['truncated.jpg', 'image-truncated'],
    ['empty.jpg', 'image-empty'],
    ['text.png', 'image-unsupported-format'],
    ['vector.jpg', 'image-unsupported-format'],
    ['noise.tif', 'image-unsupported-format'],
    ['bomb.png', 'image-too-large'],
    ['loop.jpg', 'image-unreadable'],
    ['pipe.jpg', 'image-unreadable'],
  ] as const) {
    test(`says ${code} of ${file}, with a sentence, and nothing about an eye`, () => {
      expect(rows.get(file)).toMatchObject({ result: 'error', error: code, gradable: '', quality: '', p1: '', p2: '', grade: '' });
      expect(end.out).toMatch(new RegExp(`${file.replace('.', '\\.')}: [A-Z].{20,} \\(${code}\\)`));
    });
  }

  for (const file of ['sixteen.png', 'grey.jpg', 'cmyk.jpg', 'new\nline_right.jpg', 'आँख_बाईं.jpg', 'f\uFFFDn.jpg', 'good_left.jpg']) {
    test(`looks at ${JSON.stringify(file)} like at any other`, () => {
      const row = rows.get(file);
      expect(row).toMatchObject({ error: '', backend: 'onnx' });
      expect(row?.['gradable']).toMatch(/^(yes|no)$/);
      expect(Number(row?.['quality'])).toBeGreaterThanOrEqual(0);
    });
  }

  test('takes two names of one content as one photograph, screened once', () => {
    const [first, second] = [rows.get('good_left.jpg'), rows.get('copy of good.jpg')];
    expect([second?.['p2'], second?.['eye']]).toEqual([first?.['p2'], '']);
  });

  test('never lets a name write to the terminal', () => {
    expect(end.out + end.err).not.toMatch(/new\nline/);
  });
});

/** 30,000 x 30,000 grey pixels in a few hundred kilobytes. */
async function bomb(): Promise<Buffer> {
  return sharp({ create: { width: 30_000, height: 30_000, channels: 3, background: { r: 90, g: 40, b: 20 } }, limitInputPixels: false })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

describe('the command line', () => {
  test('takes a folder without a photograph as exit code 3', async () => {
    const camp = temporaryFolder();
    writeFileSync(join(camp, 'notes.txt'), 'x');
    expect(await screen([camp, '--profile', join(camp, 'p')])).toMatchObject({
      code: 3,
      err: expect.stringContaining('(nothing-to-screen)') as string,
    });
  });

  test('takes a path that is not there as exit code 2', async () => {
    const folder = temporaryFolder();
    expect(await screen([join(folder, 'gone'), '--profile', join(folder, 'p')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('(path-not-found)') as string,
    });
  });

  test('takes an unknown option, backend or command as exit code 2', async () => {
    expect((await screen(['--fast'])).code).toBe(2);
    expect((await runCli(cli, ['screen', '--backend', 'magic'], { home })).code).toBe(2);
    expect((await runCli(cli, ['sreen'], { home })).code).toBe(2);
  });

  test('takes a wrong patient list as exit code 2 and names the row', async () => {
    const camp = temporaryFolder();
    writeFileSync(join(camp, 'a.jpg'), await photograph(1));
    writeFileSync(join(camp, 'list.csv'), 'file,patient,eye\na.jpg,7,middle\n');
    const end = await screen([camp, '--patients', join(camp, 'list.csv'), '--profile', join(camp, 'p')]);
    expect(end).toMatchObject({ code: 2, err: expect.stringContaining('(patient-list-invalid)') as string });
    expect(end.err).toContain('2');
  });

  test('takes a damaged model as exit code 1 and says so', async () => {
    const folder = temporaryFolder();
    cpSync(join(import.meta.dirname, '../../resources/models/starter'), join(folder, 'model'), { recursive: true });
    writeFileSync(join(folder, 'model/weights.bin'), 'x');
    writeFileSync(join(folder, 'a.jpg'), await photograph(1));
    expect(await screen([folder, '--model', join(folder, 'model'), '--profile', join(folder, 'p')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('(bundle-damaged)') as string,
    });
  });
});

describe('trouble on the way', () => {
  test('a folder that vanishes: what was found gets its rows, what is done is kept', async () => {
    const folder = temporaryFolder();
    const camp = join(folder, 'camp');
    mkdirSync(camp);
    for (let index = 0; index < 60; index += 1) copyOf(await photograph(10 + (index % 4)), join(camp, `${index}_left.jpg`), index);
    const csv = join(folder, 'out.csv');
    const run = startCli(cli, ['screen', '--backend', 'onnx', camp, '--csv', csv, '--profile', join(folder, 'p')], { home });
    await run.says(/^[1-9]\d* of 60|0 of 60/m);
    renameSync(camp, join(folder, 'taken-away'));
    expect(await run.ended).toMatchObject({ code: 0 });
    const rows = readRows(csv);
    expect(rows).toHaveLength(60);
    expect(new Set(rows.map((row) => row['error']))).toEqual(
      new Set(rows.some((row) => row['error'] === '') ? ['', 'image-vanished'] : ['image-vanished']),
    );
    expect(rows.some((row) => row['error'] === 'image-vanished')).toBe(true);
  });

  smallDiskTest('a full disk ends the run with its code; what was stored before is still there', 8, async ({ folder }) => {
    const camp = temporaryFolder();
    for (let index = 0; index < 60; index += 1) copyOf(await photograph(10 + (index % 4)), join(camp, `${index}_left.jpg`), index, 200_000);
    const profile = join(folder, 'profile');
    const end = await screen([camp, '--profile', profile]);
    expect(end).toMatchObject({ code: 1, err: expect.stringContaining('(disk-full)') as string });
    // With room again the same command goes on where it stopped.
    const roomy = temporaryFolder();
    cpSync(profile, join(roomy, 'profile'), { recursive: true });
    const csv = join(roomy, 'out.csv');
    expect(await screen([camp, '--profile', join(roomy, 'profile'), '--csv', csv])).toMatchObject({ code: 0 });
    expect(readRows(csv).filter((row) => row['error'] === '')).toHaveLength(60);
  });

  smallDiskTest('a full disk under the CSV is told; the results are stored all the same', 1, async ({ folder }) => {
    const camp = temporaryFolder();
    writeFileSync(join(camp, 'a_left.jpg'), await photograph(1));
    writeFileSync(join(folder, 'filler'), Buffer.alloc(1024 * 1024 - 8192, 1));
    try {
      writeFileSync(join(folder, 'filler2'), Buffer.alloc(64 * 1024, 1));
    } catch {
      // Full is what it should be.
    }
    const end = await screen([camp, '--profile', join(camp, 'p'), '--csv', join(folder, 'out.csv')]);
    expect(end).toMatchObject({ code: 1, err: expect.stringContaining('(disk-full)') as string });
    expect(existsSync(join(folder, 'out.csv'))).toBe(false);
  });

  smallDiskTest('a read-only profile is refused with its code', 16, async ({ folder, makeReadOnly }) => {
    const camp = temporaryFolder();
    writeFileSync(join(camp, 'a_left.jpg'), await photograph(1));
    const profile = join(folder, 'profile');
    expect((await screen([camp, '--profile', profile])).code).toBe(0);
    makeReadOnly();
    expect(await screen([camp, '--profile', profile])).toMatchObject({
      code: 1,
      err: expect.stringContaining('(profile-read-only)') as string,
    });
  });

  test('a second process on the same profile is refused with its code, the first is not disturbed', async () => {
    const folder = temporaryFolder();
    const camp = join(folder, 'camp');
    mkdirSync(camp);
    for (let index = 0; index < 40; index += 1) copyOf(await photograph(10 + (index % 4)), join(camp, `${index}_left.jpg`), index);
    const profile = join(folder, 'p');
    const first = startCli(cli, ['screen', '--backend', 'onnx', camp, '--profile', profile], { home });
    await first.says(/0 of 40/);
    expect(await screen([camp, '--profile', profile])).toMatchObject({
      code: 1,
      err: expect.stringContaining('(profile-locked)') as string,
    });
    expect(await first.ended).toMatchObject({ code: 0 });
  });

  test('Ctrl-C ends with 130, and the same command goes on where it stopped', async () => {
    const folder = temporaryFolder();
    const camp = join(folder, 'camp');
    mkdirSync(camp);
    for (let index = 0; index < 60; index += 1) copyOf(await photograph(10 + (index % 4)), join(camp, `${index}_left.jpg`), index);
    const csv = join(folder, 'out.csv');
    const args = ['screen', '--backend', 'onnx', camp, '--profile', join(folder, 'p'), '--csv', csv];
    const run = startCli(cli, args, { home });
    await run.says(/0 of 60/);
    await new Promise((settle) => setTimeout(settle, 400));
    run.process.kill('SIGINT');
    const end = await run.ended;
    expect(end).toMatchObject({ code: 130, err: expect.stringContaining('(cancelled)') as string });
    expect(existsSync(csv)).toBe(false);
    expect(await runCli(cli, args, { home })).toMatchObject({ code: 0 });
    expect(readRows(csv).filter((row) => row['error'] === '')).toHaveLength(60);
  });

  test.skipIf(!isRoot)('an unreadable file and an unreadable folder are told, the others are screened (needs root)', async (context) => {
    const nobody = 65534;
    if (!mayRead(nobody, cli)) context.skip('another user may not read this checkout');
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const camp = join(folder, 'camp');
    mkdirSync(join(camp, 'closed'), { recursive: true });
    writeFileSync(join(camp, '1_left.jpg'), await photograph(1));
    writeFileSync(join(camp, '2_left.jpg'), await photograph(2));
    chmodSync(join(camp, '2_left.jpg'), 0o000);
    copyFileSync(join(camp, '1_left.jpg'), join(camp, 'closed', '3_left.jpg'));
    chmodSync(join(camp, 'closed'), 0o000);
    const own = join(folder, 'own');
    mkdirSync(own);
    chownSync(own, nobody, nobody);
    const csv = join(own, 'out.csv');
    const end = await runCli(cli, ['screen', '--backend', 'onnx', camp, '--profile', join(own, 'p'), '--csv', csv], {
      home: own,
      uid: nobody,
    });
    expect(end).toMatchObject({ code: 0, out: expect.stringContaining('(folder-unreadable)') as string });
    expect(readRows(csv).map((row) => [row['file'], row['error']])).toEqual([
      ['1_left.jpg', ''],
      ['2_left.jpg', 'image-unreadable'],
    ]);
  });
});

/** The same picture with other bytes: JPEG ignores what follows its end. */
function copyOf(photograph: Uint8Array, path: string, salt: number, padding = 0): void {
  writeFileSync(path, Buffer.concat([photograph, Buffer.from(`salt ${salt}`), Buffer.alloc(padding, salt)]));
}

function mayRead(uid: number, path: string): boolean {
  try {
    execFileSync(process.execPath, ['-e', `require('fs').readFileSync(${JSON.stringify(path)})`], {
      uid,
      gid: uid,
      stdio: 'ignore',
      cwd: '/',
    });
    return true;
  } catch {
    return false;
  }
}
