import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import {
  ELECTRON,
  exited,
  finished,
  type Netra,
  quit,
  ready,
  ROOT,
  ROOT_SWITCHES,
  start,
  startRun,
  until,
} from '../../test/e2e/helpers/netra';

/**
 * `npm run bench -- window [PHOTOGRAPHS]`: what a person at the window has to wait for, as JSON with the machine it ran on.
 * The photographs are painted; each has its own bytes, so that none is taken for another.
 */
const PHOTOGRAPHS = Number(process.argv[2] ?? 1000);
const PAINTED = Math.min(40, PHOTOGRAPHS);
const STARTS = 5;
const KEY_PRESSES = 20;
const HEIGHT_PX = 1024;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

async function paint(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const painted: Uint8Array[] = [];
  for (let index = 0; index < PAINTED; index += 1) {
    painted.push(
      await paintFundus({ seed: index, eye: index % 2 === 0 ? 'right' : 'left', grade: index % 7 === 0 ? 3 : 0, sizePx: HEIGHT_PX }),
    );
  }
  for (let index = 0; index < PHOTOGRAPHS; index += 1) {
    // Bytes after the end of a JPEG are no part of the picture.
    const bytes = Buffer.concat([painted[index % PAINTED] ?? new Uint8Array(), Buffer.from(String(index))]);
    writeFileSync(join(folder, `${1000 + Math.floor(index / 2)}_${index % 2 === 0 ? 'right' : 'left'}.jpg`), bytes);
  }
  return folder;
}

/** From the start of the program to a window whose first button can be pressed, milliseconds. */
async function startMs(profile: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(ELECTRON, [...ROOT_SWITCHES, '--remote-debugging-port=0', '.', `--profile=${profile}`], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise<string>((tell) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) tell(found);
    });
  });
  const browser = await chromium.connectOverCDP(address);
  let page: Page | undefined;
  await until(() => {
    page = browser.contexts().flatMap((context) => context.pages())[0];
    return page !== undefined;
  });
  await page?.getByRole('button', { name: 'Choose a folder' }).waitFor({ state: 'visible' });
  const usableMs = performance.now() - startedAt;
  await browser.close();
  child.kill('SIGTERM');
  await until(() => child.exitCode !== null || child.signalCode !== null);
  return usableMs;
}

interface Watched {
  loop: { enable: () => void; percentile: (share: number) => number; max: number };
}

async function watchMain(netra: Netra): Promise<void> {
  await netra.app.evaluate(() => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
    const loop = monitorEventLoopDelay({ resolution: 5 });
    loop.enable();
    (globalThis as unknown as Watched).loop = loop;
  });
}

async function watchWindow(page: Page): Promise<void> {
  await page.evaluate(() => {
    const kept: number[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) kept.push(entry.duration);
    }).observe({ type: 'longtask' });
    (window as unknown as { longTasks: number[] }).longTasks = kept;
  });
}

/** Milliseconds from the key to the frame with the sharp picture of the next patient, both eyes, for each press. */
async function keyToPicture(page: Page, presses: number): Promise<number[]> {
  await page.evaluate(() => {
    const drawn: { at: number; upload: boolean }[] = [];
    (window as unknown as { drawn: typeof drawn }).drawn = drawn;
    function watch(prototype: object, name: string, upload: boolean): void {
      const original = Reflect.get(prototype, name) as (...values: unknown[]) => unknown;
      Reflect.set(prototype, name, function (this: unknown, ...values: unknown[]) {
        drawn.push({ at: performance.now(), upload });
        return original.apply(this, values);
      });
    }
    for (const prototype of [WebGL2RenderingContext.prototype, WebGLRenderingContext.prototype]) {
      watch(prototype, 'texImage2D', true);
      watch(prototype, 'texSubImage2D', true);
      watch(prototype, 'drawArrays', false);
    }
    watch(CanvasRenderingContext2D.prototype, 'drawImage', true);
  });
  const times: number[] = [];
  for (let press = 0; press < presses; press += 1) {
    // A person looks at a patient before going on; the next one's pictures are fetched meanwhile.
    await page.waitForTimeout(1500);
    await page.evaluate(() => {
      const { drawn } = window as unknown as { drawn: { at: number; upload: boolean }[] };
      const kept = window as unknown as { painted: number | null };
      kept.painted = null;
      window.addEventListener(
        'keydown',
        (event) => {
          drawn.length = 0;
          setTimeout(() => {
            const lastUpload = drawn.filter((each) => each.upload).at(-1);
            const frame = drawn.find(
              (each) => lastUpload !== undefined && each.at >= lastUpload.at && (!each.upload || each === lastUpload),
            );
            kept.painted = frame === undefined ? NaN : frame.at - event.timeStamp;
          }, 1000);
        },
        { once: true, capture: true },
      );
    });
    await page.keyboard.press('n');
    await page.waitForFunction(() => (window as unknown as { painted: number | null }).painted !== null);
    times.push(await page.evaluate(() => (window as unknown as { painted: number }).painted));
  }
  return times.filter((time) => Number.isFinite(time));
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netra-bench-window-'));
  try {
    const camp = await paint(join(folder, 'camp'));
    const profile = join(folder, 'profile');
    const starts: number[] = [];
    for (let index = 0; index < STARTS; index += 1) starts.push(await startMs(profile));

    const netra = await start({ profile });
    await ready(netra);
    await watchMain(netra);
    await watchWindow(netra.page);
    const startedAt = performance.now();
    const { id, runId } = await startRun(netra, camp);
    await netra.page.evaluate((run) => {
      location.hash = `#/run/${run}`;
    }, runId);
    const task = await finished(netra, id, 30 * 60_000);
    const screeningMs = performance.now() - startedAt;
    const main = await netra.app.evaluate(() => {
      const { loop } = globalThis as unknown as Watched;
      return { p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6, max: loop.max / 1e6 };
    });
    const longTasks = await netra.page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
    const memory = await netra.app.evaluate(({ app }) =>
      app
        .getAppMetrics()
        .map((metric) => ({ process: metric.name ?? metric.type, workingSetMb: Math.round(metric.memory.workingSetSize / 1024) })),
    );
    await netra.page.getByRole('table', { name: 'Patients' }).getByRole('link').first().click();
    const keys = await keyToPicture(netra.page, Math.min(KEY_PRESSES, Math.floor(PHOTOGRAPHS / 2) - 1));
    await quit(netra);
    await exited(netra);

    console.log(
      JSON.stringify(
        {
          machine: {
            cpu: cpus()[0]?.model ?? 'unknown',
            cores: cpus().length,
            memoryGb: Math.round(totalmem() / 2 ** 30),
            system: `${process.platform} ${process.arch}`,
          },
          photographs: { count: PHOTOGRAPHS, heightPx: HEIGHT_PX },
          windowUsableMs: {
            runs: starts.map(round),
            median: round(percentile(starts, 0.5)),
            worst: round(percentile(starts, 1)),
            bar: 3000,
          },
          screening: {
            state: task.state,
            done: task.progress?.counts.done,
            failed: task.progress?.counts.failed,
            seconds: round(screeningMs / 1000),
            imagesPerSecond: round((PHOTOGRAPHS / screeningMs) * 1000),
          },
          mainEventLoopDelayMs: { p50: round(main.p50), p99: round(main.p99), max: round(main.max), bar: 100 },
          windowLongestTaskMs: { longest: round(Math.max(0, ...longTasks)), over50: longTasks.length, bar: 100 },
          keyToPictureMs: {
            presses: keys.length,
            median: round(percentile(keys, 0.5)),
            p95: round(percentile(keys, 0.95)),
            worst: round(percentile(keys, 1)),
            bar: 50,
          },
          memoryAfterwards: memory,
        },
        null,
        2,
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main();
