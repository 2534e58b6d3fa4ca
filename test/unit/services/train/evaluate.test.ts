import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBundle } from '../../../../electron/engine/bundle/read';
import { superviseEngine } from '../../../../electron/engine/client/supervisor';
import {
  evaluate,
  type EvaluatedImage,
  type EvaluateOptions,
  type Evaluation,
  groupsOf,
} from '../../../../electron/services/evaluate/evaluate';
import { countLook } from '../../../../electron/services/evaluate/count-look';
import { WorstPictures } from '../../../../electron/services/evaluate/worst-pictures';
import { createOrOpenProfile } from '../../../../electron/db/profile/profile';
import { countUses } from '../../../../electron/db/queries/promotions';
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
    await writeEvaluationReport(path, found, new WorstPictures(0.5), 'en');
    const text = await readFile(path, 'utf8');
    expect(text).toContain('&lt;img src=x&gt;.jpg');
    expect(text).not.toMatch(/<img|<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('says which row and column of the list is wrong', async () => {
    const error = toAppError(await rejectionOf(measure([{ file: 'a.jpg', patient: 'x', grade: 7, photograph: {} }])));
    expect(error.toData()).toEqual({ code: 'label-list-invalid', params: { row: 2, column: 'grade', problem: 'grade-unknown' } });
  });
});

describe('the evaluation beside the figures of all', () => {
  function image(changes: Partial<EvaluatedImage>): EvaluatedImage {
    return {
      file: 'a.jpg',
      sha256: 'a'.repeat(64),
      camera: null,
      patient: 'p',
      eye: 'left',
      source: 'one',
      grade: 0,
      referable: false,
      locked: true,
      gradable: true,
      p: [0.1, 0.1, 0.1, 0.1],
      ...changes,
    };
  }
  const thresholds = { screening: 0.5, confirm: null };

  it('shows cameras, eyes, readable and unreadable photographs apart, and says where they are too few', () => {
    const images = [
      image({ camera: 'Remidio' }),
      image({ eye: 'right', referable: true, grade: 3, p: [0.9, 0.9, 0.9, 0.1] }),
      image({ patient: 'q', gradable: false }),
    ];
    const groups = groupsOf(images, thresholds);
    expect(groups.map(({ name }) => name)).toEqual([
      'all',
      'one',
      'camera Remidio',
      'all, gradable',
      'all, ungradable',
      'all, by eye',
      'all, by patient',
      'all, by patient, gradable',
    ]);
    expect(groups.every(({ tooFew }) => tooFew)).toBe(true);
    expect(groups.find(({ kind }) => kind === 'eye')?.figures.cases).toBe(3);
  });

  it('counts a patient whose eye nobody could read as sent on, and one with another readable photograph of that eye not', () => {
    const byPatient = (images: EvaluatedImage[]): number =>
      groupsOf(images, thresholds).find(({ kind }) => kind === 'patient')?.figures.screening.falsePositives ?? NaN;
    expect(byPatient([image({ gradable: false })])).toBe(1);
    expect(byPatient([image({ gradable: false }), image({ file: 'b.jpg' })])).toBe(0);
    expect(byPatient([image({ gradable: false }), image({ file: 'b.jpg', eye: 'right' })])).toBe(1);
  });

  it('keeps photograph and heat map of the worst errors only', async () => {
    const pictures = new WorstPictures(0.5);
    const screened = {
      facts: { format: 'jpeg' as const, width: 200, height: 100, takenAt: null, camera: null },
      retina: { centreX: 100, centreY: 50, radius: 40 },
      prediction: {
        logits: [0, 0, 0, 0],
        p: [0.1, 0.1, 0.1, 0.1] as const,
        heatMap: { rows: 1, columns: 2, values: Float32Array.of(1, 2) },
      },
      thumbnail: Uint8Array.of(1, 2, 3),
    } as unknown as Parameters<WorstPictures['see']>[1];
    pictures.see(image({ file: 'right.jpg' }), screened);
    pictures.see(image({ file: 'missed.jpg', referable: true, grade: 4 }), screened);
    pictures.see(image({ file: 'alarm.jpg', p: [0.9, 0.9, 0.1, 0.1] }), screened);
    const drawn = await pictures.drawn();
    expect([...drawn.keys()]).toEqual(['missed.jpg', 'alarm.jpg']);
    expect(drawn.get('missed.jpg')?.heat).toMatchObject({ left: 0.3, top: 0.1, width: 0.4, height: 0.8 });
  });

  it('counts a look at locked patients as a use of the test set', async () => {
    const profile = await createOrOpenProfile(temporaryFolder());
    onTestFinished(() => profile.close());
    const [locked, open_] = ['b'.repeat(64), 'c'.repeat(64)];
    const images = [image({ sha256: locked }), image({ sha256: open_, locked: false })];
    countLook(LOCAL_ACTOR, profile, { modelId: 'd'.repeat(64), images } as Evaluation);
    countLook(LOCAL_ACTOR, profile, { modelId: 'd'.repeat(64), images } as Evaluation);
    expect(countUses(profile.database, locked)).toBe(2);
    expect(countUses(profile.database, open_)).toBe(0);
  });
});
