import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { writeBundle } from '../../electron/engine/bundle/write';
import { roundToHalf } from '../../electron/engine/network/float16';
import type { Network } from '../../electron/engine/network/layers-topology';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { buildCli, type CliEnd, runCli } from '../helpers/cli';
import { LOCKED } from '../helpers/candidate';
import { temporaryFolder } from '../helpers/temporary';
import { tinyBundle } from '../helpers/tiny-model';

const cli = await buildCli();
const REFERABLE = 75;
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

async function writeModel(folder: string, name: string, green: number): Promise<void> {
  const empty = createHash('sha256').update('').digest('hex');
  const card = { name, gate: GATE_VERSION, dataset: { description: 'none', manifestSha256: empty } };
  await writeBundle(folder, tinyBundle(card, colourNetwork(green)).files);
  await mkdir(`${folder}.work`);
  await writeFile(join(`${folder}.work`, 'manifest.txt'), '');
}

/** Photographs of invented patients, each content its own. */
async function writePatients(folder: string): Promise<string> {
  const paintings = await Promise.all(Array.from({ length: PAINTINGS }, (_, seed) => paintFundus({ seed: seed + 100, sizePx: 300 })));
  const lines = ['file,patient,grade,method'];
  for (const [index, patient] of LOCKED.slice(0, REFERABLE + HEALTHY).entries()) {
    const ill = index < REFERABLE;
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

test('on invented adjudicated patients a model that sees nothing is refused, one that sees is promoted, screens, and is rolled back', async () => {
  const home = temporaryFolder();
  const profile = ['--profile', join(home, 'profile')];
  const models = (...args: string[]): Promise<CliEnd> => runCli(cli, ['models', ...args, ...profile], { home });
  const photographs = join(home, 'photographs');
  mkdirSync(photographs);
  const data = await writePatients(photographs);
  await writeModel(join(home, 'blind'), 'Sees nothing', 0);
  await writeModel(join(home, 'seeing'), 'Sees green', 32);

  const refused = await models('promote', join(home, 'blind'), '--data', data, '--doctor', 'dr-rao', '--backend', 'onnx');
  expect(refused.code, refused.err).toBe(1);
  expect(refused.out).toContain('Sensitivity, 75 patients: 0.000');
  expect(refused.out).toContain('The model may not be put to use:');
  expect(refused.err).toContain('model-refused');
  expect((await models('list')).out).not.toContain('Sees');

  const accepted = await models('promote', join(home, 'seeing'), '--data', data, '--doctor', 'dr-rao', '--backend', 'onnx');
  expect(accepted.code, accepted.out + accepted.err).toBe(0);
  expect(accepted.out).toContain('Sensitivity, 75 patients: 1.000');
  expect(accepted.out).toContain('Sees green is in use now.');
  expect((await models('list')).out).toMatch(/^\* [0-9a-f]{12} {2}Sees green {2}\(in use; passed the gate/m);

  const camp = join(home, 'camp');
  mkdirSync(camp);
  const [right, left] = LOCKED.slice(REFERABLE);
  await writeFile(join(camp, '12_right.jpg'), await readFile(join(photographs, `${right}.jpg`)));
  await writeFile(join(camp, '12_left.jpg'), await readFile(join(photographs, `${left}.jpg`)));
  const json = join(home, 'run.json');
  const screened = await runCli(cli, ['screen', camp, '--backend', 'onnx', '--json', json, ...profile], { home });
  expect(screened.code, screened.err).toBe(0);
  expect(await readFile(json, 'utf8')).toMatch(/"result":\s*"no-refer"/);

  const rolledBack = await models('rollback');
  expect(rolledBack.code, rolledBack.err).toBe(0);
  expect(rolledBack.out).toContain('Sees green was taken back; Netra starter');
  expect(rolledBack.out).toContain('Sent home by models that were taken back: 1 patient(s)');
  expect(rolledBack.out).not.toContain('not looked at again yet');
  expect((await models('list')).out).toMatch(/^\* [0-9a-f]{12} {2}Netra starter/m);
  expect((await models('recall')).out).toBe(rolledBack.out.split('\n').slice(1).join('\n'));
}, 400_000);
