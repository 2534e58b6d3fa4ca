import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { writeBundle } from '../../electron/engine/bundle/write';
import { roundToHalf } from '../../electron/engine/network/float16';
import type { Network } from '../../electron/engine/network/layers-topology';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { isLocked } from '../../electron/services/train/partitions';
import { tinyBundle } from './tiny-model';

/** Read, not imported: the runner of the window's tests imports no JSON. */
const gate = JSON.parse(readFileSync(resolve('resources/quality/gate-2.json'), 'utf8')) as { version: string };

const names = Array.from({ length: 2000 }, (_, index) => `p${index}`);
/** Names of locked test patients. */
const LOCKED = names.filter(isLocked);
const OPEN = names.filter((name) => !isLocked(name));

export const REFERABLE = 75;
const HEALTHY = 105;
const PAINTINGS = 6;

/**
 * A network of three numbers a grade: all that "ill" means here is that the retina is greener than it should be, so that what a model must do is known
 * and a real network, a real quality gate and real files do it.
 *
 * @param green how much a green retina says; 0 gives a model that sees nothing
 */
function colourNetwork(green: number): Network {
  const size = 32;
  const identity = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const head = Float32Array.from([-0.65 * green, green, 0].flatMap((weight) => [weight, weight, weight, weight]));
  return {
    graph: {
      nodes: [
        { op: 'input', name: 'image', inputs: [], height: size, width: size, channels: 3 },
        {
          op: 'conv',
          name: 'top',
          inputs: ['image'],
          kernel: 'top/kernel',
          bias: null,
          strides: [1, 1],
          padding: 'same',
          activation: 'linear',
        },
        { op: 'global-average', name: 'pool', inputs: ['top'] },
        { op: 'dense', name: 'head', inputs: ['pool'], kernel: 'head/kernel', bias: 'head/bias', activation: 'linear' },
      ],
      input: 'image',
      featureMap: 'top',
      embedding: 'pool',
      logits: 'head',
    },
    weights: new Map([
      ['top/kernel', { shape: [1, 1, 3, 3], values: identity }],
      ['head/kernel', { shape: [3, 4], values: roundToHalf(head) }],
      ['head/bias', { shape: [4], values: roundToHalf(new Float32Array(4).fill(green === 0 ? -5 : (44.45 / 128) * green)) }],
    ]),
  };
}

/** A bundle on disk, trained on nothing. */
export async function writeColourModel(folder: string, name: string, green: number): Promise<void> {
  const empty = createHash('sha256').update('').digest('hex');
  const card = { name, gate: gate.version, dataset: { description: 'none', manifestSha256: empty } };
  await writeBundle(folder, tinyBundle(card, colourNetwork(green)).files);
  await mkdir(`${folder}.work`);
  await writeFile(join(`${folder}.work`, 'manifest.txt'), '');
}

/**
 * Photographs of invented patients, each content its own, and their list: 75 that need a doctor are green, 105 are not.
 * @param part `open` patients are 8 of each
 * @returns the list
 */
export async function writeColourPatients(folder: string, part: 'locked' | 'open' = 'locked'): Promise<string> {
  await mkdir(folder, { recursive: true });
  const [ills, healthy] = part === 'locked' ? [REFERABLE, HEALTHY] : [8, 8];
  const patients = part === 'locked' ? LOCKED : OPEN;
  const paintings = await Promise.all(Array.from({ length: PAINTINGS }, (_, seed) => paintFundus({ seed: seed + 100, sizePx: 300 })));
  const lines = ['file,patient,grade,method'];
  for (const [index, patient] of patients.slice(0, ills + healthy).entries()) {
    const ill = index < ills;
    const colour = ill ? [0.8, 1.35, 1] : [1, 1, 1];
    const light = 1 + 0.001 * (index - 90);
    const painting = paintings[index % PAINTINGS] ?? new Uint8Array();
    await sharp(painting)
      .linear(
        colour.map((gain) => gain * light),
        [0, 0, 0],
      )
      .jpeg({ quality: 92 })
      .toFile(join(folder, `${patient}.jpg`));
    lines.push(`${patient}.jpg,${patient},${ill ? 3 : 0},adjudicated`);
  }
  const data = join(folder, 'list.csv');
  await writeFile(data, lines.join('\n'));
  return data;
}

/** A healthy test patient's photograph, by place among them. */
export function healthyFile(place: number): string {
  return `${LOCKED[REFERABLE + place] ?? ''}.jpg`;
}
