import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ELECTRON,
  exited,
  expect,
  finished,
  type Netra,
  quit,
  ready,
  ROOT,
  ROOT_SWITCHES,
  startRun,
  taskWhere,
  test,
  until,
} from './helpers/netra';
import { paintCamp } from './helpers/photographs';
import { WORDS } from './helpers/words';

async function trouble(netra: Netra): Promise<{ code: string; actions: string[] }> {
  await until(async () => (await netra.ask('status', {})).profile.state === 'trouble');
  const { profile } = await netra.ask('status', {});
  if (profile.state !== 'trouble') throw new Error('no trouble');
  return { code: profile.error.code, actions: profile.actions };
}

/** A profile that was used and closed. */
async function usedProfile(launch: () => Promise<Netra>): Promise<string> {
  const netra = await launch();
  await ready(netra);
  await quit(netra);
  await exited(netra);
  return netra.profile;
}

test.describe('the application', () => {
  test('starts with no profile at all, makes one, and says that it is not protected', async ({ launch }) => {
    const netra = await launch();
    await ready(netra);
    expect(await netra.ask('status', {})).toMatchObject({
      profile: { state: 'open', protected: false },
      validatedHere: false,
      siteMode: 'doctor-reads-all',
      engine: { state: 'ready' },
    });
  });

  test("puts the day before the month in Chromium's own date fields, whatever the language of the computer", async ({ launch }) => {
    const netra = await launch();
    await ready(netra);
    // What a date field shows cannot be asked for; it follows this language.
    expect(await netra.page.evaluate(() => navigator.language)).toBe('en-GB');
  });

  test('runs once for each profile: a second start brings the first window to the front', async ({ launch }) => {
    const netra = await launch();
    await netra.app.evaluate(({ app, BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.minimize();
      (globalThis as unknown as { second: boolean }).second = false;
      app.on('second-instance', () => {
        (globalThis as unknown as { second: boolean }).second = true;
      });
    });
    const second = spawn(ELECTRON, [...ROOT_SWITCHES, '.', `--profile=${netra.profile}`], { cwd: ROOT, stdio: 'ignore' });
    const code = await new Promise((tell) => second.on('exit', tell));
    expect(code).toBe(0);
    await until(() => netra.app.evaluate(() => (globalThis as unknown as { second: boolean }).second));
    expect(await netra.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized())).toBe(false);
  });

  test('opens its window where it was closed, in the language and theme that were chosen', async ({ launch }) => {
    const first = await launch();
    await ready(first);
    await first.ask('setSettings', { locale: 'hi', theme: 'dark' });
    await first.app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0];
      window?.unmaximize();
      window?.setBounds({ x: 40, y: 30, width: 900, height: 600 });
    });
    await quit(first);
    await exited(first);
    const second = await launch();
    const bounds = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
    expect(bounds).toMatchObject({ width: 900, height: 600 });
    await ready(second);
    expect((await second.ask('status', {})).settings).toEqual({ locale: 'hi', theme: 'dark' });
    const labels = await second.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map((item) => item.label));
    expect(labels?.[0]).toBe('फ़ाइल');
  });

  test('asks before it quits in the middle of a run; "go on" keeps the window, "stop" stores what is done and ends', async ({
    launch,
    folder,
  }) => {
    const netra = await launch();
    await ready(netra);
    const answers = [1, 0];
    await netra.app.evaluate(({ dialog }, replies) => {
      (globalThis as unknown as { asked: number }).asked = 0;
      dialog.showMessageBox = () => {
        (globalThis as unknown as { asked: number }).asked += 1;
        return Promise.resolve({ response: replies.shift() ?? 0, checkboxChecked: false });
      };
    }, answers);
    const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), 20));
    await taskWhere(netra, id, (task) => (task.progress?.counts.done ?? 0) >= 2);
    await quit(netra);
    await until(async () => (await netra.app.evaluate(() => (globalThis as unknown as { asked: number }).asked)) === 1);
    expect(await netra.ask('listTasks', {})).toMatchObject([{ id, state: 'running' }]);
    await quit(netra);
    await exited(netra);
    expect(netra.process.exitCode).toBe(0);

    const again = await launch();
    await ready(again);
    const [run] = await again.ask('listRuns', {});
    expect(run).toMatchObject({ runId, state: 'cancelled', resumable: true });
    expect(run?.counts.done).toBeGreaterThanOrEqual(2);
  });

  test('draws without the GPU when it is told to, and says so', async ({ launch }) => {
    const netra = await launch({ switches: ['--safe-mode'] });
    expect(await netra.ask('status', {})).toMatchObject({ safeMode: true });
    expect(await netra.app.evaluate(({ app }) => app.getGPUFeatureStatus().gpu_compositing)).not.toBe('enabled');
  });

  test('draws without the GPU after its process has crashed once', async ({ launch, folder }) => {
    mkdirSync(join(folder, 'profile.window'), { recursive: true });
    const first = await launch();
    await first.app.evaluate(({ app }) => {
      app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 139 });
    });
    await quit(first);
    await exited(first);
    expect(await (await launch()).ask('status', {})).toMatchObject({ safeMode: true });
  });

  test('writes a log without a path, a file name or a patient in it', async ({ launch, folder }) => {
    const netra = await launch();
    await ready(netra);
    const camp = await paintCamp(join(folder, 'Ramesh Kumar camp'), 2);
    writeFileSync(join(camp, 'Sunita_Devi_left.jpg'), 'not a photograph');
    const { id } = await startRun(netra, camp);
    await finished(netra, id);
    await expect(
      netra.ask('startRun', { paths: [join(folder, 'no such Lakshmi')] }).then(({ taskId }) => finished(netra, taskId)),
    ).resolves.toMatchObject({
      state: 'failed',
      error: { code: 'path-not-found' },
    });
    const files = readdirSync(`${netra.profile}.window/logs`).map((name) =>
      readFileSync(join(`${netra.profile}.window/logs`, name), 'utf8'),
    );
    expect(files.join('')).toContain('path-not-found');
    expect(files.join('')).not.toMatch(/Ramesh|Sunita|Lakshmi|101_|\.jpg|netra-e2e|\/home|\/tmp/);
  });
});

test.describe('trouble with the profile is told in words, with a way forward', () => {
  test('a damaged database: set aside, start empty, nothing deleted', async ({ launch }) => {
    const profile = await usedProfile(launch);
    writeFileSync(join(profile, 'netra.db'), Buffer.alloc(65_536, 7));
    const netra = await launch();
    const { code, actions } = await trouble(netra);
    expect(code).toBe('database-damaged');
    expect(actions).toEqual(['retry', 'set-aside', 'choose-profile', 'show-logs', 'quit']);
    await expect(netra.ask('listRuns', {})).rejects.toThrow('database-damaged');
    await expect(netra.page.getByRole('heading', { name: WORDS.window_profile_trouble })).toBeVisible();
    await expect(netra.page.getByText('database-damaged')).toBeVisible();
    await netra.page.getByRole('button', { name: WORDS.window_profile_set_aside }).click();
    // In its place there is nothing yet: the doors of a first start.
    await netra.page.getByRole('button', { name: WORDS.start_door_folder }).click();
    await ready(netra);
    const status = await netra.ask('status', {});
    expect(status).toMatchObject({ profile: { state: 'open' }, notice: { code: 'profile-set-aside' } });
    await expect(netra.page.getByRole('button', { name: WORDS.window_choose_folder })).toBeVisible();
    expect(await netra.ask('listRuns', {})).toEqual([]);
    const aside = join(profile, '..', status.notice?.params['folder'] ?? '');
    expect(readFileSync(join(aside, 'netra.db'))[0]).toBe(7);
  });

  test('a lost key: the database is not overwritten', async ({ launch }) => {
    const profile = await usedProfile(launch);
    rmSync(join(profile, 'key.json'));
    const { code, actions } = await trouble(await launch());
    expect(code).toBe('profile-damaged');
    expect(actions).toContain('set-aside');
  });

  test('a backup from before an update: offered, and put back', async ({ launch }) => {
    const profile = await usedProfile(launch);
    mkdirSync(join(profile, 'backups'));
    cpSync(join(profile, 'netra.db'), join(profile, 'backups/netra-v1-20260101T000000000Z.db'));
    writeFileSync(join(profile, 'netra.db'), Buffer.alloc(65_536, 7));
    const netra = await launch();
    expect((await trouble(netra)).actions[0]).toBe('restore-backup');
    expect(await netra.ask('profileAction', { action: 'restore-backup' })).toMatchObject({
      profile: { state: 'open' },
      notice: { code: 'backup-restored', params: { madeAt: '2026-01-01T00:00:00.000Z' } },
    });
  });

  test('another program holds it: try again when that has ended', async ({ launch, folder }) => {
    const profile = await usedProfile(launch);
    const camp = await paintCamp(join(folder, 'camp'), 40);
    const other = spawn(process.execPath, ['out/main/cli.js', 'screen', camp, '--profile', profile], { cwd: ROOT, stdio: 'ignore' });
    try {
      await until(() => existsSync(join(profile, 'netra.db-wal')), 30_000);
      const netra = await launch();
      expect(await trouble(netra)).toMatchObject({ code: 'profile-locked', actions: ['retry', 'choose-profile', 'show-logs', 'quit'] });
      other.kill('SIGKILL');
      await until(() => other.exitCode !== null || other.signalCode !== null);
      expect(await netra.ask('profileAction', { action: 'retry' })).toMatchObject({ profile: { state: 'open' } });
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('a file where the folder should be', async ({ launch, folder }) => {
    writeFileSync(join(folder, 'profile'), 'in the way');
    const netra = await launch();
    expect((await trouble(netra)).code).toBe('profile-damaged');
    await expect(netra.ask('profileAction', { action: 'restore-backup' })).rejects.toThrow('not-permitted');
  });

  test('a disk that cannot be written to', async ({ launch }) => {
    test.skip(process.getuid?.() === 0 && !canMakeImmutable(), 'root writes everywhere, and this system has no read-only mounts for us');
    const profile = await usedProfile(launch);
    if (process.getuid?.() === 0) execFileSync('mount', ['--bind', '-o', 'ro', profile, profile]);
    else chmodSync(profile, 0o500);
    try {
      expect(await trouble(await launch())).toMatchObject({
        code: 'profile-read-only',
        actions: ['retry', 'choose-profile', 'show-logs', 'quit'],
      });
    } finally {
      if (process.getuid?.() === 0) execFileSync('umount', ['-l', profile]);
      else chmodSync(profile, 0o700);
    }
  });
});

function canMakeImmutable(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
