import type * as Fuses from '@electron/fuses';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { writeTraining } from './helpers/labelled';
import { askOver, enterWithoutAccounts, expect, ROOT, ROOT_SWITCHES, test, until } from './helpers/netra';
import { paintCamp } from './helpers/photographs';

const BUILD = join(ROOT, 'dist/linux-unpacked');
const PROGRAM = join(BUILD, 'netra');
/** Packing copies a gigabyte of TensorFlow. */
const PACKING_MS = 240_000;

/** The application as it is handed out, with its release fuses: Playwright's own launcher needs the inspector, which is fused off. */
test.describe('the packed application', () => {
  test.skip(process.platform !== 'linux', 'only the Linux build is made here');
  let folder: string;
  test.beforeAll(() => {
    test.setTimeout(PACKING_MS);
    folder = mkdtempSync(join(tmpdir(), 'netra-packed-'));
    execFileSync(process.execPath, ['scripts/package/package.mjs', '--dir'], { cwd: ROOT, stdio: 'pipe', timeout: PACKING_MS });
  });
  test.afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('has the fuses of a release', async () => {
    const { FuseV1Options, getCurrentFuseWire } = createRequire(import.meta.url)('@electron/fuses') as typeof Fuses;
    const wire = await getCurrentFuseWire(PROGRAM);
    const DISABLED = 48;
    const ENABLED = 49;
    expect({
      runAsNode: wire[FuseV1Options.RunAsNode],
      nodeOptions: wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
      inspect: wire[FuseV1Options.EnableNodeCliInspectArguments],
      cookies: wire[FuseV1Options.EnableCookieEncryption],
      integrity: wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation],
      onlyAsar: wire[FuseV1Options.OnlyLoadAppFromAsar],
      fileProtocol: wire[FuseV1Options.GrantFileProtocolExtraPrivileges],
    }).toEqual({
      runAsNode: DISABLED,
      nodeOptions: DISABLED,
      inspect: DISABLED,
      cookies: ENABLED,
      integrity: ENABLED,
      onlyAsar: ENABLED,
      fileProtocol: DISABLED,
    });
  });

  test('holds the program and its natives, and no source, test or photograph of ours', () => {
    expect(readdirSync(join(BUILD, 'resources')).sort()).toEqual(['app.asar', 'app.asar.unpacked']);
    const { listPackage } = createRequire(createRequire(import.meta.url).resolve('electron-builder'))('@electron/asar') as {
      listPackage: (file: string, options: { isPack: boolean }) => string[];
    };
    const own = listPackage(join(BUILD, 'resources/app.asar'), { isPack: false }).filter((name) => !name.startsWith('/node_modules'));
    const tops = new Set(own.map((name) => name.split('/')[1]));
    expect([...tops].sort()).toEqual(['node_modules', 'out', 'package.json', 'resources'].filter((name) => tops.has(name)));
    expect(own).toContain('/out/main/index.js');
    expect(own).toContain('/out/renderer/index.html');
    expect(existsSync(join(BUILD, 'resources/app.asar.unpacked/node_modules/better-sqlite3/prebuilds/linux-x64.node'))).toBe(true);
  });

  test('is no Node program, whatever the environment says', () => {
    const environment = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--require=/nonexistent.js' };
    const asNode = (): string =>
      execFileSync(PROGRAM, [...ROOT_SWITCHES, '-p', '"ran as " + "node"', `--profile=${join(folder, 'as-node')}`], {
        env: environment,
        encoding: 'utf8',
        timeout: 8000,
        stdio: 'pipe',
      });
    // It opens its window instead, and is ended.
    let output: string;
    try {
      output = asNode();
    } catch (thrown) {
      output = (thrown as { stdout?: string }).stdout ?? '';
    }
    expect(output).not.toContain('ran as node');
  });

  test('starts, opens its profile, loads its model, screens a folder and trains by its own graph', async () => {
    test.setTimeout(480_000);
    const camp = await paintCamp(join(folder, 'camp'), 2);
    const { page, end } = await startPacked(join(folder, 'profile'));
    try {
      await enterWithoutAccounts((channel, input) => askOver(page, channel, input));
      await until(async () => (await askOver(page, 'status', {})).engine.state === 'ready', 80_000);
      const { taskId } = await askOver(page, 'startRun', { paths: [camp] });
      await until(
        async () => (await askOver(page, 'listTasks', {})).some((task) => task.id === taskId && task.finishedAt !== null),
        60_000,
      );
      const [run] = await askOver(page, 'listRuns', {});
      expect(run).toMatchObject({ state: 'done', counts: { done: 4, failed: 0 } });
      const globals = await page.evaluate(() => ['require', 'process'].filter((name) => name in window));
      expect(globals).toEqual([]);

      // Training: its process finds TensorFlow and the training graph beside the archive, else it would step through tfjs and say so.
      const { list, recipe } = await writeTraining(join(folder, 'labelled'));
      const source = { kind: 'list', data: list, images: null } as const;
      const { runId } = await askOver(page, 'startTraining', { source, recipe, from: null, seed: 1, epochs: 1 });
      await until(async () => (await askOver(page, 'trainingDetail', { runId })).state !== 'running', 240_000);
      const trained = await askOver(page, 'trainingDetail', { runId });
      expect(trained).toMatchObject({ state: 'finished', error: null, epochsDone: 1 });
      expect(trained.device).toMatch(/^TensorFlow [\d.]+, [CG]PU$/);
    } finally {
      await end();
    }
  });

  test('does not load what somebody put beside its archive', async () => {
    const beside = join(BUILD, 'resources/app');
    mkdirSync(beside);
    writeFileSync(join(beside, 'package.json'), '{"main":"x.cjs"}');
    writeFileSync(join(beside, 'x.cjs'), 'process.exit(99)');
    try {
      const { page, end } = await startPacked(join(folder, 'beside'));
      expect(page.url()).toMatch(/^app:\/\/netra\/index\.html/);
      await end();
    } finally {
      rmSync(beside, { recursive: true });
    }
  });
});

async function startPacked(profile: string): Promise<{ page: Page; end: () => Promise<void> }> {
  const child = spawn(PROGRAM, [...ROOT_SWITCHES, '--remote-debugging-port=0', `--profile=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const browser = await chromium.connectOverCDP(await debuggerAddress(child));
  async function end(): Promise<void> {
    await browser.close();
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null || child.signalCode !== null).catch(() => child.kill('SIGKILL'));
  }
  let page: Page | undefined;
  await until(() => {
    page = browser.contexts().flatMap((context) => context.pages())[0];
    return page !== undefined;
  });
  if (page === undefined) throw new Error('no window');
  await page.waitForLoadState('load');
  return { page, end };
}

/** Chromium says it on its error output. */
function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((tell, fail) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) tell(address);
    });
    child.once('exit', () => {
      fail(new Error(`it ended:\n${said}`));
    });
  });
}
