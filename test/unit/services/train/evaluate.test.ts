import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../../../electron/engine/bundle/read';
import { superviseEngine } from '../../../../electron/engine/client/supervisor';
import { evaluate, type EvaluateOptions, type Evaluation } from '../../../../electron/services/evaluate/evaluate';
import { writeEvaluationReport } from '../../../../electron/services/evaluate/report';
import { isLocked } from '../../../../electron/services/train/partitions';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { toAppError } from '../../../../electron/shared/errors';
import { rejectionOf } from '../../../helpers/errors';
import { fakeEngine, fakePhotograph, type FakePhotograph } from '../../../helpers/fake-engine';
import { temporaryFolder } from '../../../helpers/temporary';

const patients = Array.from({ length: 100 }, (_, index) => `p${index}`);
const locked = patients.filter(isLocked);
const open = patients.filter((patient) => !isLocked(patient));

interface Row {
  file: string;
  patient: string;
  grade: number;
  /** null: the file does not exist. */
  photograph: FakePhotograph | null;
}

async function measure(rows: readonly Row[], changes: Partial<Pick<EvaluateOptions, 'patients' | 'onScreened'>> = {}): Promise<Evaluation> {
  const folder = temporaryFolder();
  const data = join(folder, 'list.csv');
  await writeFile(data, ['file,patient,grade', ...rows.map(({ file, patient, grade }) => `${file},${patient},${grade}`)].join('\n'));
  for (const { file, photograph } of rows) if (photograph) await writeFile(join(folder, file), fakePhotograph(photograph));
  const bundle = await readBundle(resolve(import.meta.dirname, '../../../../resources/models/starter'));
  const engine = superviseEngine({ spawn: fakeEngine().spawn });
  try {
    await engine.load({ bundle: bundle.files, backend: 'onnx', order: [], threads: 1 });
    return await evaluate(LOCAL_ACTOR, {
      data,
      images: null,
      patients: 'all',
      bundle,
      engine,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...changes,
    });
  } finally {
    await engine.close();
  }
}

function rowsOf(names: readonly string[], photographOf: (ill: boolean) => FakePhotograph | null): Row[] {
  return names.map((patient, index) => ({
    file: `${patient}.jpg`,
    patient,
    grade: index % 2 ? 3 : 0,
    photograph: photographOf(index % 2 === 1),
  }));
}

describe('an evaluation', () => {
  it('keeps locked test patients apart from those that a training may have seen', async () => {
    const found = await measure([...rowsOf(locked, (ill) => ({ p2: ill ? 0.9 : 0.01 })), ...rowsOf(open, () => ({ p2: 0.5 }))]);
    expect(found.parts.map((part) => [part.locked, part.patients])).toEqual([
      [true, locked.length],
      [false, open.length],
    ]);
    expect(found.parts[0]?.groups[0]?.figures.auc?.value).toBe(1);
    expect(found.parts[1]?.groups[0]?.figures.auc?.value).toBe(0.5);
  });

  it('opens only locked test patients when asked to', async () => {
    const found = await measure([...rowsOf(locked, () => ({})), ...rowsOf(open, () => null)], { patients: 'locked' });
    expect(found.unreadable).toEqual([]);
    expect(found.images).toHaveLength(locked.length);
  });

  it('leaves the locked test patients alone when asked for the open ones', async () => {
    const seen: string[] = [];
    const found = await measure([...rowsOf(locked, () => null), ...rowsOf(open, () => ({}))], {
      patients: 'open',
      onScreened: ({ file }, { prediction }) => void (prediction !== null && seen.push(file)),
    });
    expect(found.unreadable).toEqual([]);
    expect(seen.sort()).toEqual(open.map((patient) => `${patient}.jpg`).sort());
  });

  it('names what could not be read, counts what is no retina as sent on, and lists the missed, worst first', async () => {
    const [first = '', second = '', third = '', fourth = ''] = open;
    const found = await measure([
      { file: 'gone.jpg', patient: first, grade: 0, photograph: null },
      { file: 'street.jpg', patient: second, grade: 0, photograph: { kind: 'not-fundus' } },
      { file: 'moderate.jpg', patient: third, grade: 2, photograph: { p2: 0 } },
      { file: 'proliferative.jpg', patient: fourth, grade: 4, photograph: { p2: 0.001 } },
    ]);
    expect(found.unreadable).toEqual([{ file: 'gone.jpg', code: 'image-vanished' }]);
    expect(found.parts[0]?.groups[0]?.figures).toMatchObject({ cases: 3, notScored: 1, screening: { falsePositives: 1 } });
    expect(found.missed.map(({ file }) => file)).toEqual(['proliferative.jpg', 'moderate.jpg']);
  });

  it('writes a report that shows a file name as text and loads nothing', async () => {
    const found = await measure([
      ...rowsOf(open.slice(0, 6), () => ({})),
      { file: '<img src=x>.jpg', patient: 'p0', grade: 4, photograph: { p2: 0 } },
    ]);
    const path = join(temporaryFolder(), 'report.html');
    await writeEvaluationReport(path, found, 'en');
    const text = await readFile(path, 'utf8');
    expect(text).toContain('&lt;img src=x&gt;.jpg');
    expect(text).not.toMatch(/<img|<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('says which row and column of the list is wrong', async () => {
    const error = toAppError(await rejectionOf(measure([{ file: 'a.jpg', patient: 'x', grade: 7, photograph: {} }])));
    expect(error.toData()).toEqual({ code: 'label-list-invalid', params: { row: 2, column: 'grade', problem: 'grade-unknown' } });
  });
});
