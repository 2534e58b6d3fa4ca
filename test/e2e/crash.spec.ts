import { join } from 'node:path';
import type { Netra } from './helpers/netra';
import { WORDS } from './helpers/words';
import { exited, expect, finished, ready, startRun, taskWhere, test, until } from './helpers/netra';
import { killedDays } from './helpers/killed-days';
import { paintCamp } from './helpers/photographs';

/** Power cuts, drivers and the system's memory killer take single processes away. What does the user see next? */
const PATIENTS = 15;

/** The process ids of the engine, from Electron's own list. */
function enginePid(netra: Netra): Promise<number | undefined> {
  return netra.app.evaluate(({ app }) => app.getAppMetrics().find((metric) => metric.name === 'netra-engine')?.pid);
}

async function counts(netra: Netra, runId: string): Promise<{ files: number; images: Set<string>; patients: number }> {
  const { rows, total } = await netra.ask('listPatients', { runId, groups: [], search: '', sort: 'name', offset: 0, limit: 500 });
  const images = rows.flatMap((row) => [...row.eyes.flatMap((eye) => eye.imageIds), ...row.unplacedImageIds]);
  return { files: images.length, images: new Set(images), patients: total };
}

test('kill -9 of the engine in the middle of a run: the window says so, the run goes on, no photograph is lost or doubled', async ({
  launch,
  folder,
}) => {
  const netra = await launch();
  await ready(netra);
  const states: string[] = [];
  await netra.page.exposeFunction('heard', (state: string) => states.push(state));
  await netra.page.evaluate(() => {
    const { netra: transport } = window as unknown as {
      netra: { subscribe: (event: string, listener: (status: unknown) => void) => void };
    };
    transport.subscribe('statusChanged', (status) => {
      (window as unknown as { heard: (state: string) => void }).heard((status as { engine: { state: string } }).engine.state);
    });
  });
  const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), PATIENTS));
  await taskWhere(netra, id, (task) => (task.progress?.counts.done ?? 0) >= 3);
  const pid = await enginePid(netra);
  const told = netra.page
    .getByText(WORDS.window_engine_restarting_long.split('{')[0] ?? '')
    .first()
    .waitFor();
  process.kill(pid ?? -1, 'SIGKILL');
  await told;
  const task = await finished(netra, id);
  expect(task).toMatchObject({ state: 'done', error: null });
  expect(states).toContain('restarting');
  expect(states.at(-1)).toBe('ready');
  expect(await enginePid(netra)).not.toBe(pid);
  const after = await counts(netra, runId ?? '');
  expect(after.files).toBe(PATIENTS * 2);
  expect(after.images.size).toBe(PATIENTS * 2);
  expect(after.patients).toBe(PATIENTS);
});

test('kill -9 of the window in the middle of a run: it comes back by itself with the same run, still going on', async ({
  launch,
  folder,
}) => {
  const netra = await launch();
  await ready(netra);
  const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), PATIENTS));
  const pid = await netra.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId());
  process.kill(pid ?? -1, 'SIGKILL');
  // The page that Playwright holds has crashed for good: what the program shows now is asked of the program.
  const shown = (script: string): Promise<unknown> =>
    netra.app.evaluate(({ BrowserWindow }, code) => {
      // A page that is gone answers never.
      const never = new Promise((tell) => setTimeout(tell, 1000, null));
      return Promise.race([never, BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code)]);
    }, script);
  await until(async () => (await shown(`typeof netra === 'object' && document.readyState`).catch(() => '')) === 'complete');
  await until(async () => String(await shown('document.body.innerText')).includes(WORDS.window_notice_restarted));
  const status = (await shown(`netra.invoke('status', {})`)) as { value: { notice: { code: string } | null } };
  expect(status.value.notice?.code).toBe('window-restarted');
  const tasks = (await shown(`netra.invoke('listTasks', {})`)) as { value: { id: string; runId: string }[] };
  expect(tasks.value.map((task) => [task.id, task.runId])).toEqual([[id, runId]]);
  await until(async () => {
    const after = (await shown(`netra.invoke('listTasks', {})`)) as { value: { state: string }[] };
    return after.value[0]?.state === 'done';
  }, 60_000);
});

test('kill -9 of the whole program in the middle of a run: the next start offers to go on, and goes on', async ({ launch, folder }) => {
  const first = await launch();
  await ready(first);
  const camp = await paintCamp(join(folder, 'camp'), PATIENTS);
  const { id, runId } = await startRun(first, camp);
  const { progress } = await taskWhere(first, id, (task) => (task.progress?.counts.done ?? 0) >= 3);
  first.process.kill('SIGKILL');
  await exited(first);

  const second = await launch();
  await ready(second);
  const [run] = await second.ask('listRuns', {});
  expect(run).toMatchObject({ runId, state: 'interrupted', resumable: true });
  expect(run?.counts.done).toBeGreaterThanOrEqual(progress?.counts.done ?? 1);
  await expect(second.page.getByText(WORDS.window_run_interrupted).first()).toBeVisible();
  await second.page.getByRole('button', { name: WORDS.window_go_on }).first().click();
  await until(async () => (await second.ask('listTasks', {})).length > 0);
  const taskId = (await second.ask('listTasks', {}))[0]?.id ?? '';
  expect(await finished(second, taskId)).toMatchObject({ state: 'done', runId });
  const after = await counts(second, runId ?? '');
  expect(after.images.size).toBe(PATIENTS * 2);
  expect((await second.ask('listRuns', {})).map(({ state }) => state)).toEqual(['done']);
});

test('a reload in the middle of a run loses nothing: same run, same task, same language', async ({ launch, folder }) => {
  const netra = await launch();
  await ready(netra);
  await netra.ask('setSettings', { locale: 'hi', theme: 'dark' });
  const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), PATIENTS));
  await netra.page.reload();
  expect((await netra.ask('listTasks', {}))[0]).toMatchObject({ id, runId });
  expect((await netra.ask('status', {})).settings).toEqual({ locale: 'hi', theme: 'dark' });
  await finished(netra, id);
});

test('kill -9 at a random moment of an import, of printing and of a backup: nothing that was acknowledged is lost', async ({
  launch,
  folder,
}) => {
  const days = await killedDays(() => launch({ accounts: 'staffed' }), folder, ['import', 'print', 'backup']);
  expect(days.kills).toHaveLength(3);
});
