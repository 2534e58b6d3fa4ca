import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';

import type { CliContext } from '../../../electron/cli/context';
import { exitCodeFor } from '../../../electron/cli/exit-codes';
import { clockText, progressDisplay } from '../../../electron/cli/progress-line';
import { localeOf } from '../../../electron/cli/run';
import { printable, summaryText } from '../../../electron/cli/summary-text';
import type { RunResults } from '../../../electron/services/screening/results';
import type { PatientResult, SiteMode } from '../../../electron/shared/domain/codes';
import type { PatientRow, RunProgress } from '../../../electron/shared/domain/screening';

function terminal(isTTY: boolean): { context: CliContext; written: () => string } {
  const err = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  let text = '';
  err.on('data', (data: Buffer) => (text += data.toString()));
  const context: CliContext = {
    resourcesFolder: '',
    engineEntry: '',
    workerEntry: '',
    out: new PassThrough(),
    err,
    locale: 'en',
    signal: new AbortController().signal,
  };
  return { context, written: () => text };
}

function progress(done: number): RunProgress {
  return { counts: { found: 100, done, reused: 0, failed: 0, otherFiles: 0 }, imagesPerSecond: 20, secondsLeft: (100 - done) / 20 };
}

describe('progress', () => {
  test('is a bar with rate and time left on a terminal', () => {
    const { context, written } = terminal(true);
    const display = progressDisplay(context);
    display.show(progress(20));
    display.end();
    expect(written()).toContain('█');
    expect(written()).toContain('20 of 100, 20 a second, 0:04 left');
  });

  test('is a plain line now and then elsewhere, and the last one is never lost', () => {
    const { context, written } = terminal(false);
    let now = 0;
    const display = progressDisplay(context, () => now);
    for (let done = 0; done <= 100; done += 1) {
      now += 90;
      display.show(progress(done));
    }
    display.end();
    const lines = written().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toBe('100 of 100, 20 a second, 0:00 left');
    expect(written()).not.toContain('\u001b');
    expect(written()).not.toContain('\r');
  });

  test('tells time as a clock does', () => {
    expect([clockText(7), clockText(750), clockText(3723), clockText(null)]).toEqual(['0:07', '12:30', '1:02:03', '–']);
  });
});

describe('exit codes', () => {
  test('are those that other programs rely on', () => {
    expect(
      (['usage', 'path-not-found', 'patient-list-invalid', 'nothing-to-screen', 'cancelled', 'disk-full', 'internal'] as const).map(
        exitCodeFor,
      ),
    ).toEqual([2, 2, 2, 3, 130, 1, 1]);
  });
});

describe('the language', () => {
  test('is the terminal’s where we have it, else English', () => {
    expect([
      localeOf({ LANG: 'hi_IN.UTF-8' }),
      localeOf({ LANG: 'hi_IN', LC_ALL: 'en_GB' }),
      localeOf({ LANG: 'ta_IN.UTF-8' }),
      localeOf({ LANG: 'his' }),
      localeOf({}),
    ]).toEqual(['hi', 'en', 'ta', 'en', 'en']);
  });
});

describe('a name on the terminal', () => {
  test('cannot move the cursor or turn the text, and Devanagari stays whole', () => {
    expect(printable('a\u001b[2Jb\nc\u202e')).toBe('a\\u{1b}[2Jb\\u{a}c\\u{202e}');
    expect(printable('क्\u200dष')).toBe('क्\u200dष');
  });
});

function patient(name: string, result: PatientResult, urgent = false): PatientRow {
  return { patient: name, patientId: name, identified: true, result, urgent, reasons: ['score'], eyes: [], unplacedImageIds: [] };
}

function results(patients: PatientRow[], siteMode: SiteMode = 'doctor-reads-all', validatedHere = false): RunResults {
  return {
    facts: {
      runId: 'r',
      startedAt: 0,
      finishedAt: 1,
      counts: { found: 9, done: 9, reused: 0, failed: 0, otherFiles: 0 },
      backend: 'onnx',
      modelId: 'm',
      modelName: 'M',
      preprocessing: 'p',
      gate: 'g',
      siteMode,
      validatedHere,
      protected: false,
    },
    images: [],
    patients,
    imagesOf: new Map(),
    problems: [],
  };
}

describe('the summary', () => {
  const nothing = { linkedFolders: 0, unmatchedListRows: 0 };
  const camp = [
    patient('17', 'refer', true),
    patient('Sita', 'refer'),
    patient('3', 'no-refer'),
    patient('4', 'ungradable'),
    patient('5', 'incomplete'),
  ];

  test('counts by what patients are told, and names who must go now', () => {
    const text = summaryText(results(camp), nothing, terminal(false).context);
    expect(text).toContain('See an eye doctor: 2');
    expect(text).toContain('See an eye doctor NOW: 17\n');
    expect(text).toContain('Take the photo again: 1');
    expect(text).toContain('Incomplete: 1');
    expect(text).toContain('not a decision about the patient');
  });

  test('tells nobody to come again before a doctor has read, unless the site issues results and a doctor has validated the model here', () => {
    const context = terminal(false).context;
    for (const [mode, validated] of [
      ['doctor-reads-all', true],
      ['training', true],
      ['ai-result-issued', false],
    ] as const) {
      expect(summaryText(results(camp, mode, validated), nothing, context)).toContain(
        'No referral by the model: 1 (a doctor reads the photographs before',
      );
    }
    expect(summaryText(results(camp, 'ai-result-issued', true), nothing, context)).toContain('Come again: 1');
  });

  test('never calls anyone normal, healthy or infected', () => {
    expect(summaryText(results(camp), nothing, terminal(false).context)).not.toMatch(/normal|healthy|infected/i);
  });
});
