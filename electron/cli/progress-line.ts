import cliProgress from 'cli-progress';

import type { RunProgress } from '../shared/domain/screening';
import { m } from '../shared/messages/messages';
import type { CliContext } from './context';

/** Without a terminal a line now and then says that work goes on, and a log file stays readable. */
const PLAIN_INTERVAL_MS = 5000;
const PACED_INTERVAL_MS = 10_000;

interface ProgressDisplay {
  show(progress: RunProgress): void;
  /** A later part of the work, counted in something else than photographs. */
  part(text: string, done: number, total: number): void;
  /** Leaves the terminal ready for the next line. */
  end(): void;
}

export function progressDisplay(context: CliContext, now: () => number = () => performance.now()): ProgressDisplay {
  return context.err.isTTY === true ? barDisplay(context) : plainDisplay(context, now);
}

function rateText(progress: RunProgress): string {
  return progress.imagesPerSecond.toFixed(progress.imagesPerSecond < 10 ? 1 : 0);
}

/** `0:07`, `12:30`, `1:02:03`. */
export function clockText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

function lineText(progress: RunProgress, context: CliContext): string {
  const { done, found } = progress.counts;
  const values = { done, found, rate: rateText(progress), left: clockText(progress.secondsLeft) };
  return m.cli_progress(values, { locale: context.locale });
}

function barDisplay(context: CliContext): ProgressDisplay {
  let bar: cliProgress.SingleBar | null = null;
  function draw(text: string, done: number, total: number): void {
    if (bar === null) {
      bar = newBar(context);
      bar.start(total, done, { text });
    }
    bar.setTotal(total);
    bar.update(done, { text });
  }
  return {
    show: (progress) => draw(lineText(progress, context), progress.counts.done, progress.counts.found),
    part: draw,
    end() {
      bar?.stop();
      bar = null;
    },
  };
}

function newBar(context: CliContext): cliProgress.SingleBar {
  return new cliProgress.SingleBar(
    {
      stream: context.err,
      format: (options, params, payload: { text: string }) => `${cliProgress.Format.BarFormat(params.progress, options)} ${payload.text}`,
      // Cursor and line wrap are the user's; changing them needs a clean-up that kill -9 would skip.
      hideCursor: false,
      linewrap: true,
      barsize: 24,
    },
    cliProgress.Presets.shades_classic,
  );
}

function plainDisplay(context: CliContext, now: () => number): ProgressDisplay {
  let lastAt = -Infinity;
  let last = '';
  let shown = '';
  function write(line: string): void {
    last = line;
    if (now() - lastAt < PLAIN_INTERVAL_MS) return;
    lastAt = now();
    flush();
  }
  function flush(): void {
    if (last !== shown) context.err.write(`${last}\n`);
    shown = last;
  }
  return {
    show: (progress) => write(lineText(progress, context)),
    part: write,
    end: flush,
  };
}

/** At most one line in ten seconds, for work that counts in something else than photographs of a run. */
export function pacedLine(write: (sentence: string) => void): (sentence: () => string) => void {
  let lastAt = performance.now();
  return (sentence) => {
    if (performance.now() - lastAt < PACED_INTERVAL_MS) return;
    lastAt = performance.now();
    write(sentence());
  };
}
