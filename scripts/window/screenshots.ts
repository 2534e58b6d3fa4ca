import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { writeDemoCamp } from '../../electron/services/demo/demo-camp';
import { LOCALES, type Locale } from '../../electron/shared/ipc/types';
import { finished, type Netra, ready, ROOT, start, startRun, until } from '../../test/e2e/helpers/netra';

/**
 * `npm run screenshots [FOLDER [LANGUAGE-THEME...]]`: every state of the window in both themes and all languages (or in those named, as `en-light`), as
 * PNG files `FOLDER/<language>-<theme>/<state>.png` (default: screenshots/, not in git). The photographs are painted. The README shows en-light/07.
 * What cannot be brought about (a thousand patients, an engine that has given up) is put into main's answers.
 */
const OUT = resolve(process.argv[2] ?? join(ROOT, 'screenshots'));
const APPEARANCES = ['light', 'dark'] as const;
/** All where none is named. */
const WANTED = process.argv.slice(3);
const SIZE = { width: 1366, height: 768 };

type Answer = { ok: boolean; value: unknown };

interface Shown {
  netra: Netra;
  page: Page;
  runId: string;
  shoot: (state: string) => Promise<void>;
}

/** Changes what main answers on a channel, until `restoreAnswers`. `change` runs in main and sees the true answer. */
async function changeAnswer(netra: Netra, channel: string, change: (answer: Answer) => Answer): Promise<void> {
  await netra.app.evaluate(
    ({ ipcMain }, [name, code]) => {
      type Handler = (...all: unknown[]) => Promise<Answer>;
      const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, Handler> })._invokeHandlers;
      const kept = globalThis as unknown as { trueHandler?: Handler };
      const before = handlers.get('netra:invoke');
      kept.trueHandler ??= before;
      // The function comes from this very script, as text: only so does it get into the other process.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
      const changed = new Function(`return (${code})`)() as (answer: Answer) => Answer;
      handlers.set('netra:invoke', async (...all) => {
        const answer = await before?.(...all);
        return all[1] === name && answer !== undefined ? changed(answer) : (answer as Answer);
      });
    },
    [channel, change.toString()] as const,
  );
}

async function restoreAnswers(netra: Netra): Promise<void> {
  await netra.app.evaluate(({ ipcMain }) => {
    const kept = globalThis as unknown as { trueHandler?: unknown };
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, unknown> })._invokeHandlers;
    if (kept.trueHandler !== undefined) handlers.set('netra:invoke', kept.trueHandler);
  });
}

async function show(page: Page, hash: string): Promise<void> {
  // Loaded anew, so that no state of the screen before is left.
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.reload();
  await page.waitForTimeout(900);
}

/** One state that main's changed answer makes: taken, and the true answers back. */
async function shootAnswering(
  { netra, page, shoot }: Shown,
  channel: string,
  hash: string,
  state: string,
  change: (answer: Answer) => Answer,
): Promise<void> {
  await changeAnswer(netra, channel, change);
  await show(page, hash);
  await shoot(state);
  await restoreAnswers(netra);
}

/** Each state on its own; one that fails is named and the rest goes on. */
const STATES: Record<string, (shown: Shown) => Promise<void>> = {
  async start({ page, shoot }) {
    await show(page, '#/');
    await shoot('01-start-with-runs');
  },
  async patients({ page, runId, shoot }) {
    await show(page, `#/run/${runId}`);
    await shoot('02-patients');
    await page.getByRole('searchbox').fill('xyz');
    await page.waitForTimeout(500);
    await shoot('03-patients-none-found');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('tab').nth(1).click();
    await page.waitForTimeout(300);
    await shoot('04-files-that-failed');
    await page.getByRole('tab').nth(2).click();
    await page.waitForTimeout(300);
    await shoot('05-about-the-run');
  },
  async patient({ page, runId, shoot }) {
    await show(page, `#/run/${runId}`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.waitForTimeout(2000);
    await shoot('06-patient');
    await page.keyboard.press('h');
    await page.waitForTimeout(800);
    await shoot('07-patient-heat-map');
    await page.keyboard.press('h');
    await page.keyboard.press('r');
    await page.keyboard.press('1');
    await page.waitForTimeout(1200);
    await shoot('08-patient-red-free-full-size');
    await page.keyboard.press('?');
    await page.waitForTimeout(500);
    await shoot('09-keys');
  },
  async incomplete({ netra, page, runId, shoot }) {
    const { rows } = await netra.ask('listPatients', {
      runId,
      groups: ['incomplete', 'ungradable'],
      search: '',
      sort: 'sickest',
      offset: 0,
      limit: 1,
    });
    await show(page, `#/patient/${runId}/${encodeURIComponent(rows[0]?.key ?? '')}`);
    await page.waitForTimeout(1200);
    await shoot('10-patient-not-complete');
  },
  async settings({ page, shoot }) {
    await show(page, '#/');
    await page.getByRole('banner').getByRole('button').last().click();
    await page.waitForTimeout(500);
    await shoot('11-settings');
  },
  async thousand(shown) {
    await shootAnswering(shown, 'listPatients', `#/run/${shown.runId}`, '12-thousand-patients', (answer) => {
      const page = answer.value as { total: number; groups: Record<string, number>; rows: { patient: string; key: string }[] };
      const rows = Array.from({ length: 200 }, (_, index) => {
        const row = page.rows[Math.floor((index * page.rows.length) / 200)];
        return row === undefined ? [] : [{ ...row, patient: String(1001 + index), key: `patient:${1001 + index}` }];
      }).flat();
      return {
        ...answer,
        value: { total: 1000, groups: { urgent: 14, refer: 126, ungradable: 98, incomplete: 61, 'no-refer': 701 }, rows },
      };
    });
  },
  async engineRestarting(shown) {
    await shootAnswering(shown, 'status', '#/', '13-engine-restarting', (answer) => ({
      ...answer,
      value: {
        ...(answer.value as object),
        engine: { state: 'restarting', error: { code: 'engine-crashed', params: {} }, attempt: 2, retryInMs: 200 },
      },
    }));
  },
  async engineFailed(shown) {
    await shootAnswering(shown, 'status', '#/', '14-engine-failed', (answer) => ({
      ...answer,
      value: { ...(answer.value as object), engine: { state: 'failed', error: { code: 'engine-unavailable', params: {} } } },
    }));
  },
  async windowRestarted(shown) {
    await shootAnswering(shown, 'status', '#/', '15-window-restarted', (answer) => ({
      ...answer,
      value: { ...(answer.value as object), safeMode: true, notice: { code: 'window-restarted', params: {} } },
    }));
  },
  async opening(shown) {
    await shootAnswering(shown, 'status', '#/', '16-opening', (answer) => ({
      ...answer,
      value: { ...(answer.value as object), profile: { state: 'opening' }, model: null, engine: { state: 'stopped' } },
    }));
  },
  async damaged(shown) {
    await shootAnswering(shown, 'status', '#/', '17-database-damaged', (answer) => ({
      ...answer,
      value: {
        ...(answer.value as object),
        model: null,
        engine: { state: 'stopped' },
        profile: {
          state: 'trouble',
          error: { code: 'database-damaged', params: { backups: 1 } },
          actions: ['restore-backup', 'retry', 'set-aside', 'choose-profile', 'show-logs', 'quit'],
        },
      },
    }));
  },
  async locked(shown) {
    await shootAnswering(shown, 'status', '#/', '18-profile-locked', (answer) => ({
      ...answer,
      value: {
        ...(answer.value as object),
        model: null,
        engine: { state: 'stopped' },
        profile: {
          state: 'trouble',
          error: { code: 'profile-locked', params: {} },
          actions: ['retry', 'choose-profile', 'show-logs', 'quit'],
        },
      },
    }));
  },
  async interrupted(shown) {
    await shootAnswering(shown, 'listRuns', '#/', '19-run-interrupted', (answer) => ({
      ...answer,
      value: (answer.value as object[]).map((run) => ({ ...run, state: 'interrupted', finishedAt: null })),
    }));
  },
  async failing(shown) {
    await shootAnswering(shown, 'listPatients', `#/run/${shown.runId}`, '20-list-that-fails', () => ({
      ok: false,
      value: null,
      error: { code: 'internal', params: {} },
    }));
  },
  async large({ netra, page, runId, shoot }) {
    await netra.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(2));
    await show(page, `#/run/${runId}`);
    await shoot('21-patients-at-200-percent');
    await netra.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(1));
  },
};

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netra-screenshots-'));
  const problems: string[] = [];
  try {
    const camp = join(folder, 'Camp Rampur');
    await writeDemoCamp(camp, { signal: new AbortController().signal, onProgress: () => undefined });
    writeFileSync(join(camp, '113_left.jpg'), 'no photograph');
    const netra = await start({ profile: join(folder, 'profile') });
    const { page } = netra;
    await netra.app.evaluate(({ BrowserWindow }, size) => {
      const window = BrowserWindow.getAllWindows()[0];
      window?.unmaximize();
      window?.setContentSize(size.width, size.height);
    }, SIZE);
    await ready(netra);

    function into(locale: Locale, theme: string): (state: string) => Promise<void> {
      const place = join(OUT, `${locale}-${theme}`);
      mkdirSync(place, { recursive: true });
      return async (state) => {
        // Taken by the window itself: the debugger's picture is wrong at a zoom.
        const png = await netra.app.evaluate(async ({ BrowserWindow }) =>
          (await BrowserWindow.getAllWindows()[0]?.webContents.capturePage())?.toPNG().toString('base64'),
        );
        writeFileSync(join(place, `${state}.png`), Buffer.from(png ?? '', 'base64'));
      };
    }
    await netra.ask('setSettings', { locale: 'en', theme: 'light' });
    await show(page, '#/');
    await into('en', 'light')('00-first-start');
    const { id, runId } = await startRun(netra, camp);
    await until(async () => ((await netra.ask('listTasks', {}))[0]?.progress?.counts.done ?? 0) >= 3);
    await page.waitForTimeout(300);
    await into('en', 'light')('00-being-screened');
    await finished(netra, id);

    for (const locale of LOCALES) {
      for (const theme of APPEARANCES) {
        if (WANTED.length > 0 && !WANTED.includes(`${locale}-${theme}`)) continue;
        await netra.ask('setSettings', { locale, theme });
        const shoot = into(locale, theme);
        for (const [name, state] of Object.entries(STATES)) {
          try {
            await state({ netra, page, runId: runId ?? '', shoot });
          } catch (thrown) {
            problems.push(`${locale}-${theme} ${name}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`);
            await restoreAnswers(netra);
          }
        }
      }
    }
    netra.process.kill('SIGKILL');
  } finally {
    await until(() => {
      try {
        rmSync(folder, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    });
  }
  console.log(`screenshots in ${OUT}`);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

await main();
