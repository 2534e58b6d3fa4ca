import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';

import { runDocumentSchema } from '../../electron/shared/domain/run-document';
import { buildCli, runCli } from '../helpers/cli';
import { photoTest } from '../helpers/photos';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();

function readRows(path: string): Record<string, string>[] {
  return parse(readFileSync(path), { columns: true });
}

test('without a path the painted demonstration camp is screened, apart from the site’s own data', async () => {
  const home = temporaryFolder();
  const [csv, json, out] = [join(home, 'o.csv'), join(home, 'o.json'), join(home, 'report')];
  const end = await runCli(cli, ['screen', '--csv', csv, '--json', json, '--out', out], { home });
  expect(end.code, end.err).toBe(0);
  const rows = readRows(csv);
  expect(rows).toHaveLength(23);
  expect(rows.every((row) => row['error'] === '' && row['patient'] !== '' && row['eye'] !== '')).toBe(true);
  const { patients } = runDocumentSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
  expect(patients).toHaveLength(12);
  // Patient 107 has one eye photographed, 108 a page instead of an eye: nobody is cleared on half an examination.
  for (const half of ['107', '108'])
    expect(['refer', 'ungradable', 'incomplete']).toContain(patients.find(({ patient }) => patient === half)?.result);
  expect(readdirSync(out).sort()).toEqual(['patients.csv', 'report.html']);
  expect(existsSync(join(home, '.local/share/netra/profile'))).toBe(false);

  // Said before anything is believed: model, backend in use, and what is not guaranteed.
  expect(end.err).toMatch(/Model: \S.* \([0-9a-f]{12}\)/);
  expect(end.err).toMatch(/Backend: (onnx|tensorflow|wasm) \(.+\)/);
  expect(end.err).toContain('Not protected');
  expect(end.err).toContain('Not validated here');
  expect(end.err).toContain('Demonstration');
  // The words of the slips, with counts; a doctor reads before anyone is told to come again.
  expect(end.out).toMatch(/See an eye doctor: \d+/);
  expect(end.out).toMatch(/a doctor reads the photographs before anyone is told to come again/);
  expect(end.out).toMatch(/Take the photo again: \d+/);
  expect(end.out).toMatch(/Incomplete: \d+/);
  expect(end.out).toContain('not a decision about the patient');

  const again = await runCli(cli, ['screen', '--csv', csv], { home });
  expect(again.out).toContain('23 of them from earlier runs');
  expect(readRows(csv).map((row) => [row['file'], row['p2'], row['result']])).toEqual(
    rows.map((row) => [row['file'], row['p2'], row['result']]),
  );
});

test('speaks Hindi where the terminal does', async () => {
  const home = temporaryFolder();
  const end = await runCli(cli, ['screen', '--backend', 'onnx'], { home, environment: { LANG: 'hi_IN.UTF-8' } });
  expect(end.code).toBe(0);
  expect(end.out).toMatch(/[\u0900-\u097f]{4}/);
});

photoTest(
  'real photographs get the same results from the three backends',
  ['eyepacs'],
  async (folder) => {
    const home = temporaryFolder();
    const camp = join(home, 'camp');
    mkdirSync(camp);
    for (const name of readdirSync(folder).slice(0, 12)) cpSync(join(folder, name), join(camp, name));
    const runs = new Map<string, Record<string, string>[]>();
    for (const backend of ['onnx', 'tensorflow', 'wasm']) {
      const csv = join(home, `${backend}.csv`);
      // One profile: a stored result of another backend must not serve.
      const end = await runCli(cli, ['screen', camp, '--backend', backend, '--profile', join(home, 'p'), '--csv', csv], { home });
      expect(end.code, end.err).toBe(0);
      expect(end.out).toContain('0 of them from earlier runs');
      runs.set(backend, readRows(csv));
    }
    const reference = runs.get('onnx') ?? [];
    for (const [backend, rows] of runs) {
      expect(rows).toHaveLength(12);
      for (const [index, row] of rows.entries()) {
        expect(row['backend']).toBe(backend);
        for (const p of ['p1', 'p2', 'p3', 'p4']) expect(Math.abs(Number(row[p]) - Number(reference[index]?.[p]))).toBeLessThan(1e-3);
        expect([row['gradable'], row['quality']]).toEqual([reference[index]?.['gradable'], reference[index]?.['quality']]);
      }
    }
  },
  180_000,
);
