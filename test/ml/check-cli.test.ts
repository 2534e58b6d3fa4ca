import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { buildCli, runCli } from '../helpers/cli';
import { makeStaffedClinic, passwordOf } from '../helpers/staffed-clinic';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();
const hide = resolve(import.meta.dirname, '../helpers/hide-package.mjs');

/** A machine on which a package could not be installed. */
function without(name: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${hide}`, NETRA_TEST_HIDE: name };
}

test('check tests every backend, names what auto takes, and makes no profile', async () => {
  const home = temporaryFolder();
  const end = await runCli(cli, ['check', '--profile', join(home, 'p')], { home });
  expect(end.code).toBe(0);
  expect(end.out).toMatch(/onnx +works: onnxruntime .* ms for one photograph/);
  expect(end.out).toMatch(/wasm +works: /);
  expect(end.out).toMatch(/tensorflow +(works|does not work): /);
  expect(end.out).toMatch(/auto takes (onnx|tensorflow|wasm)/);
  expect(end.out).toContain('Profile: none yet');
  expect(existsSync(join(home, 'p'))).toBe(false);
  // Kept for `auto`, by version and machine.
  expect(existsSync(join(home, '.cache/netra/backend-checks.json'))).toBe(true);
});

for (const [backend, library] of [
  ['onnx', 'onnxruntime-node'],
  ['tensorflow', '@tensorflow/tfjs-node-gpu'],
  ['wasm', '@tensorflow/tfjs-backend-wasm'],
] as const) {
  test(`check without ${library} says why ${backend} is not there, and auto takes another`, async () => {
    const home = temporaryFolder();
    const end = await runCli(cli, ['check', '--profile', join(home, 'p')], { home, environment: without(library) });
    expect(end.code).toBe(0);
    expect(end.out).toMatch(new RegExp(`${backend} +does not work: .*${library}`));
    expect(end.out).not.toContain(`auto takes ${backend}`);
    expect(end.out).toMatch(/auto takes \w+/);
  });
}

test('a backend asked for that is not there is refused with its code and not replaced in silence', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'a_left.jpg'), await paintFundus({ seed: 1, sizePx: 300 }));
  const args = ['screen', home, '--backend', 'onnx', '--profile', join(home, 'p')];
  const end = await runCli(cli, args, { home, environment: without('onnxruntime-node') });
  expect(end).toMatchObject({ code: 1, err: expect.stringContaining('(backend-unavailable)') as string });
});

test('check tells the protection of a profile and whether its audit chain is whole', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'a_left.jpg'), await paintFundus({ seed: 1, sizePx: 300 }));
  const profile = join(home, 'p');
  expect((await runCli(cli, ['screen', join(home, 'a_left.jpg'), '--profile', profile], { home })).code).toBe(0);
  const end = await runCli(cli, ['check', '--profile', profile], { home });
  expect(end.out).toContain('Not protected');
  expect(end.out).toContain('Audit log: 2 events, the chain is whole');
});

test('a protected profile is worked on by who signs in, and by nobody else', async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, 'a_left.jpg'), await paintFundus({ seed: 1, sizePx: 300 }));
  const profile = join(home, 'p');
  await makeStaffedClinic(profile);
  const screenIt = ['screen', join(home, 'a_left.jpg'), '--profile', profile];
  expect(await runCli(cli, screenIt, { home })).toMatchObject({ code: 1, err: expect.stringContaining('(sign-in-required)') as string });
  const asTechnician = ['--user', 'technician', '--password-stdin'];
  const wrong = await runCli(cli, [...screenIt, ...asTechnician], { home, typed: 'guess' });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('(sign-in-failed)') as string });
  const typed = passwordOf('technician');
  expect(await runCli(cli, [...screenIt, ...asTechnician], { home, typed })).toMatchObject({ code: 0 });
  expect(await runCli(cli, ['models', 'rollback', '--profile', profile, ...asTechnician], { home, typed })).toMatchObject({
    code: 1,
    err: expect.stringContaining('(not-permitted)') as string,
  });
  expect((await runCli(cli, ['check', '--profile', profile], { home })).out).toContain('Protected by 5 accounts');
  expect((await runCli(cli, ['check', '--profile', profile, ...asTechnician], { home, typed })).out).toContain('the chain is whole');
});
