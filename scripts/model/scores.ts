import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { EvaluatedImage, Evaluation } from '../../electron/services/evaluate/evaluate';

/**
 * Scores of photographs that a model was not trained on, as `netra evaluate --json` found them: no pixels, small enough to lie in the repository. One
 * file a set, `docs/model/scores/<set>.csv`; its first line names the model. The set `shipped` belongs to resources/models/starter.
 */
/** A photograph with what fairness is measured by, where known. */
export interface ScoredImage extends EvaluatedImage {
  age: number | null;
  sex: string;
}

export interface ScoreSet {
  name: string;
  modelId: string;
  thresholds: Evaluation['thresholds'];
  images: ScoredImage[];
}

export const SHIPPED = 'shipped';

const figure = z.string().transform((text) => (text === '' ? null : Number(text)));
const row = z.object({
  file: z.string(),
  patient: z.string(),
  source: z.string(),
  eye: z.string().default(''),
  age: figure.default(null),
  sex: z.string().default(''),
  grade: figure,
  referable: z.enum(['0', '1']),
  locked: z.enum(['0', '1']),
  gradable: z.enum(['0', '1']),
  p1: figure,
  p2: figure,
  p3: figure,
  p4: figure,
});

/** Seven digits say more than two backends agree on. */
const DIGITS = 7;

export async function writeScores(file: string, { modelId, thresholds, images }: Omit<ScoreSet, 'name'>): Promise<void> {
  const rows = [...images]
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ p, referable, locked, gradable, ...image }) => ({
      ...image,
      referable: referable ? '1' : '0',
      locked: locked ? '1' : '0',
      gradable: gradable ? '1' : '0',
      ...Object.fromEntries(
        [0, 1, 2, 3].map((index) => [`p${index + 1}`, p === null ? '' : Number((p[index] ?? NaN).toPrecision(DIGITS))]),
      ),
    }));
  const columns = ['file', 'patient', 'source', 'eye', 'age', 'sex', 'grade', 'referable', 'locked', 'gradable', 'p1', 'p2', 'p3', 'p4'];
  const head = `# model ${modelId} screening ${thresholds.screening} confirm ${thresholds.confirm ?? ''}\n`;
  await writeFile(file, head + stringify(rows, { header: true, columns }));
}

export async function readScores(file: string): Promise<ScoreSet> {
  const text = await readFile(file, 'utf8');
  const [, modelId = '', screening = '', confirm = ''] = /^# model ([0-9a-f]{64}) screening (\S+) confirm (\S*)/.exec(text) ?? [];
  if (modelId === '') throw new Error(`${file}: the first line does not name the model`);
  const images = z
    .array(row)
    .parse(parse(text, { columns: true, comment: '#' }))
    .map((each): ScoredImage => ({
      file: each.file,
      sha256: '',
      camera: null,
      patient: each.patient,
      source: each.source,
      eye: each.eye,
      age: each.age,
      sex: each.sex,
      grade: each.grade,
      referable: each.referable === '1',
      locked: each.locked === '1',
      gradable: each.gradable === '1',
      p: each.p2 === null ? null : [each.p1, each.p2, each.p3, each.p4].map((value) => value ?? NaN),
    }));
  const thresholds = { screening: Number(screening), confirm: confirm === '' ? null : Number(confirm) };
  return { name: basename(file, '.csv'), modelId, thresholds, images };
}

/** All sets of a folder, the shipped one first. */
export async function readScoreSets(folder: string): Promise<ScoreSet[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.csv')).sort();
  const sets = await Promise.all(files.map((name) => readScores(join(folder, name))));
  return sets.sort((a, b) => Number(b.name === SHIPPED) - Number(a.name === SHIPPED));
}

/** The images by what `keyOf` says of them. */
export function grouped(images: readonly ScoredImage[], keyOf: (image: ScoredImage) => string): Map<string, ScoredImage[]> {
  const groups = new Map<string, ScoredImage[]>();
  for (const image of images) groups.set(keyOf(image), [...(groups.get(keyOf(image)) ?? []), image]);
  return groups;
}
