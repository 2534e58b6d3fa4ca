import cliProgress from 'cli-progress';

import type { RunProgress } from '../shared/domain/screening';
import { m } from '../shared/messages/messages';
import type { CliContext } from './context';

/** Without a terminal a line now and then says that work goes on, and a log file stays readable. */
const PLAIN_INTERVAL_MS = 5000;

interface ProgressDisplay {
  show(progress: RunProgress): void;
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
  return {
    show(progress) {
      const { done, found } = progress.counts;
      if (bar === null) {
        bar = new cliProgress.SingleBar(
          {
            stream: context.err,
            format: (options, params, payload: { text: string }) =>
              `${cliProgress.Format.BarFormat(params.progress, options)} ${payload.text}`,
            // The terminal's cursor is the user's; hiding it needs a clean-up that kill -9 would skip.
            hideCursor: false,
            barsize: 24,
          },
          cliProgress.Presets.shades_classic,
        );
        bar.start(found, done, { text: lineText(progress, context) });
      }
      bar.update(done, { text: lineText(progress, context) });
    },
    end() {
      bar?.stop();
      bar = null;
    },
  };
}

function plainDisplay(context: CliContext, now: () => number): ProgressDisplay {
  let lastAt = -Infinity;
  let last: RunProgress | null = null;
  let shown: RunProgress | null = null;
  function write(progress: RunProgress): void {
    context.err.write(`${lineText(progress, context)}\n`);
    shown = progress;
  }
  return {
    show(progress) {
      last = progress;
      if (now() - lastAt < PLAIN_INTERVAL_MS) return;
      lastAt = now();
      write(progress);
    },
    end() {
      if (last !== null && last !== shown) write(last);
    },
  };
}
