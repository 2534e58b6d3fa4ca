import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { ROOT } from './netra';

/** A disc with marks or without: enough to be found as a retina and to differ from the next one. */
async function paint(seed: number, ill: boolean): Promise<Buffer> {
  const marks = Array.from(
    { length: ill ? 6 : 0 },
    (_, mark) => `<circle cx="${45 + ((seed * 37 + mark * 53) % 110)}" cy="${50 + ((seed * 17 + mark * 29) % 100)}" r="7" fill="#3a0505"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200"/><circle cx="100" cy="100" r="94" fill="rgb(${150 + (seed % 50)},${70 + (seed % 30)},40)"/><circle cx="70" cy="100" r="14" fill="#ffd9a0"/>${marks.join('')}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toBuffer();
}

/** Labelled photographs of 60 patients from two sources, and a recipe that is done in seconds. */
export async function writeTraining(folder: string): Promise<{ list: string; recipe: string }> {
  mkdirSync(folder, { recursive: true });
  const rows = ['file,patient,source,grade,method'];
  for (let patient = 0; patient < 60; patient += 1) {
    const ill = patient % 2 === 0;
    rows.push(`${patient}.jpg,p${patient},${patient % 4 < 2 ? 'one' : 'two'},${ill ? 2 + (patient % 3) : 0},consensus`);
    writeFileSync(join(folder, `${patient}.jpg`), await paint(patient, ill));
  }
  rows.push('without-label.jpg,p99,one,,');
  const list = join(folder, 'list.csv');
  writeFileSync(list, rows.join('\n'));
  const recipe = join(folder, 'tiny.json');
  writeRecipe(recipe, 'netra-1', { epochs: 5, headOnlySteps: 1, trained: 'all' });
  return { list, recipe };
}

/** A shipped recipe made small: one stage at 64 px that is done in seconds. */
export function writeRecipe(
  file: string,
  name: 'netra-1' | 'netra-head',
  stage: { epochs: number; headOnlySteps: number; trained: 'all' | 'head' },
  changes: Record<string, unknown> = {},
): void {
  const shipped = JSON.parse(readFileSync(join(ROOT, `resources/recipes/${name}.json`), 'utf8')) as Record<string, unknown>;
  const tiny = {
    ...shipped,
    name: 'tiny',
    summary: 'For tests.',
    drawsPerEpoch: 48,
    batchSize: 8,
    validationImages: 60,
    calibrationShare: 0.5,
    stages: [{ sizePx: 64, learningRate: 3e-4, warmUpSteps: 2, ...stage }],
    ...changes,
  };
  writeFileSync(file, JSON.stringify(tiny));
}
