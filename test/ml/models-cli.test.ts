import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildCli, type CliEnd, runCli } from '../helpers/cli';
import { healthyFile, writeColourModel, writeColourPatients } from '../helpers/colour-model';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();

test('on invented adjudicated patients a model that sees nothing is refused, one that sees is promoted, screens, and is rolled back', async () => {
  const home = temporaryFolder();
  const profile = ['--profile', join(home, 'profile')];
  const models = (...args: string[]): Promise<CliEnd> => runCli(cli, ['models', ...args, ...profile], { home });
  const photographs = join(home, 'photographs');
  const data = await writeColourPatients(photographs);
  await writeColourModel(join(home, 'blind'), 'Sees nothing', 0);
  await writeColourModel(join(home, 'seeing'), 'Sees green', 32);

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
  await writeFile(join(camp, '12_right.jpg'), await readFile(join(photographs, healthyFile(0))));
  await writeFile(join(camp, '12_left.jpg'), await readFile(join(photographs, healthyFile(1))));
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
