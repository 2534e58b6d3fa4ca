import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page, test as base } from '@playwright/test';
import type { Transport } from '../../../electron/shared/ipc/api';
import type { Channel, Input, Output } from '../../../electron/shared/ipc/contract';
import type { Task } from '../../../electron/shared/ipc/types';
import type { Result } from '../../../electron/shared/result';
import { makeStaffedClinic, passwordOf, type StaffLogin } from '../../helpers/staffed-clinic';

export const ROOT = projectRoot(import.meta.dirname);

/** The folder with package.json's neighbour; scripts are bundled elsewhere before they run. */
function projectRoot(folder: string): string {
  return existsSync(join(folder, 'electron-builder.yml')) ? folder : projectRoot(resolve(folder, '..'));
}

const LAUNCH_TIMEOUT_MS = 30_000;

/** The program that the npm package points to; chromium refuses to start as root without the switch. */
export const ELECTRON = createRequire(import.meta.url)('electron') as unknown as string;
export const ROOT_SWITCHES = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export interface Netra {
  app: ElectronApplication;
  /** Of the program; still there when it has ended. */
  process: ChildProcess;
  page: Page;
  profile: string;
  /** Asks over the window's own transport. */
  ask: <C extends Channel>(channel: C, input: Input<C>) => Promise<Output<C>>;
  /** The log so far, as text. */
  log: () => string;
}

export interface LaunchOptions {
  /** Default: the test's own. */
  profile?: string;
  switches?: string[];
  environment?: Record<string, string>;
  /** `none` (default) takes the door without accounts; `staffed` has one of each role, see `signIn`; `first-start` stops before the doors. */
  accounts?: 'none' | 'staffed' | 'first-start';
}

interface Fixtures {
  /** A folder of the test's own, gone afterwards. */
  folder: string;
  /** Starts Netra; whatever is still running at the end is closed. */
  launch: (options?: LaunchOptions) => Promise<Netra>;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'netra-e2e-'));
    await use(folder);
    await remove(folder);
  },
  launch: async ({ folder }, use, testInfo) => {
    const started: Netra[] = [];
    const output: string[] = [];
    await use(async (options = {}) => {
      return start({ profile: join(folder, 'profile'), ...options }, output, (running) => started.push(running));
    });
    if (testInfo.status !== testInfo.expectedStatus) {
      const logs = started.map((netra) => netra.log()).join('\n---\n');
      await testInfo.attach('netra.log', { body: logs, contentType: 'text/plain' });
      await testInfo.attach('output', { body: output.join(''), contentType: 'text/plain' });
    }
    for (const netra of started) netra.process.kill('SIGKILL');
  },
});

export { expect } from '@playwright/test';

/** @param running told as soon as there is a process to end */
export async function start(
  options: LaunchOptions & { profile: string },
  output: string[] = [],
  running: (netra: Netra) => void = () => undefined,
): Promise<Netra> {
  const { accounts = 'none' } = options;
  if (accounts === 'staffed' && !existsSync(options.profile)) await makeStaffedClinic(options.profile);
  const app = await _electron.launch({
    executablePath: ELECTRON,
    args: [...ROOT_SWITCHES, ...(options.switches ?? []), '.', `--profile=${options.profile}`],
    cwd: ROOT,
    env: { ...(process.env as Record<string, string>), ...options.environment },
    timeout: LAUNCH_TIMEOUT_MS,
  });
  const child = app.process();
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const page = await app.firstWindow({ timeout: LAUNCH_TIMEOUT_MS });
  page.on('console', (message) => output.push(`[page] ${message.text()}\n`));
  page.on('pageerror', (error) => output.push(`[page] ${error.message}\n`));
  const logFile = join(`${options.profile}.window`, 'logs/netra.log');
  const netra: Netra = {
    app,
    process: child,
    page,
    profile: options.profile,
    ask: (channel, input) => askOver(page, channel, input),
    log: () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''),
  };
  running(netra);
  if (accounts === 'none') await enterWithoutAccounts(netra.ask);
  return netra;
}

/** The second door of a first start; a profile that is there already, or in trouble, is left as it is. */
export async function enterWithoutAccounts(ask: Netra['ask']): Promise<void> {
  await until(async () => (await ask('status', {})).profile.state !== 'opening');
  if ((await ask('status', {})).profile.state === 'new') await ask('startWithoutAccounts', {});
}

/** Whoever is at the window gives way to one of the staff of `launch({ accounts: 'staffed' })`. */
export async function signIn(netra: Netra, login: StaffLogin): Promise<void> {
  await until(async () => (await netra.ask('status', {})).profile.state !== 'opening');
  await netra.ask('signIn', { login, password: passwordOf(login) });
}

/** Chromium's helper processes outlive a killed program by a moment, and write. */
async function remove(folder: string): Promise<void> {
  await until(() => {
    try {
      rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  });
}

/** Rejects with the code of the error. */
export async function askOver<C extends Channel>(page: Page, channel: C, input: Input<C>): Promise<Output<C>> {
  const result = await page.evaluate(([name, value]) => (window as unknown as { netra: Transport }).netra.invoke(name, value), [
    channel,
    input,
  ] as const);
  const { ok, ...rest } = result as Result<Output<C>>;
  if (!ok && 'error' in rest) throw new Error(rest.error.code);
  return (rest as { value: Output<C> }).value;
}

/** Waits until the profile is open and the model is loaded. */
export async function ready(netra: Netra): Promise<void> {
  await until(async () => (await netra.ask('status', {})).engine.state === 'ready', 60_000);
}

/** Starts a run and waits for its first results. @returns the task */
export async function startRun(netra: Netra, folder: string): Promise<Task> {
  const { taskId } = await netra.ask('startRun', { paths: [folder] });
  return taskWhere(netra, taskId, (task) => task.runId !== null || task.finishedAt !== null);
}

export async function finished(netra: Netra, taskId: string, limitMs?: number): Promise<Task> {
  return taskWhere(netra, taskId, (task) => task.finishedAt !== null, limitMs);
}

export async function taskWhere(netra: Netra, taskId: string, holds: (task: Task) => boolean, limitMs = 150_000): Promise<Task> {
  let found: Task | undefined;
  await until(async () => {
    const task = (await netra.ask('listTasks', {})).find((each) => each.id === taskId);
    if (task !== undefined && holds(task)) found = task;
    return found !== undefined;
  }, limitMs);
  if (found === undefined) throw new Error('no such task');
  return found;
}

export async function until(holds: () => Promise<boolean> | boolean, limitMs = 40_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms`);
    await new Promise((wait) => setTimeout(wait, 100));
  }
}

/** Waits for the program to end, however it does. */
export async function exited({ process }: Netra): Promise<void> {
  await until(() => process.exitCode !== null || process.signalCode !== null);
}

export async function quit(netra: Netra): Promise<void> {
  try {
    await netra.app.evaluate(({ app }) => {
      // After the answer: a question to a program that is closing is an error.
      setTimeout(() => {
        app.quit();
      }, 50);
    });
  } catch (error) {
    // A busy machine may still deliver the answer after the end; whether the program ended is what `exited` looks at.
    if (!/garbage collected|has been closed|context was destroyed/i.test(String(error))) throw error;
  }
}
