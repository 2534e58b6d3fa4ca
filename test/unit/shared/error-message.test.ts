import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ADVICE } from '../../../electron/shared/clinical/advice';
import { PATIENT_RESULTS, QUALITY_REASONS } from '../../../electron/shared/domain/codes';
import { EYE_REASONS, PATIENT_REASONS } from '../../../electron/shared/domain/screening';
import { messageForError } from '../../../electron/shared/error-message';
import { ERROR_CODES } from '../../../electron/shared/errors';
import { PATIENT_LIST_PROBLEMS } from '../../../electron/shared/naming/patient-list';

type Catalogue = Record<string, unknown>;
const LOCALES = ['en', 'hi', 'ta'] as const;

function catalogue(locale: string): Catalogue {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../resources/locales', `${locale}.json`), 'utf8')) as Catalogue;
}

function key(prefix: string, code: string): string {
  return `${prefix}_${code.replaceAll('-', '_')}`;
}

describe.each(LOCALES)('the words in %s', (locale) => {
  const words = catalogue(locale);

  it('have a sentence for every error code, reason, result, advice and list problem', () => {
    const wanted = [
      ...ERROR_CODES.map((code) => key('error', code)),
      ...PATIENT_LIST_PROBLEMS.map((code) => key('problem', code)),
      ...QUALITY_REASONS.flatMap((code) => [key('reason', code), `${key('reason', code)}_next`]),
      ...EYE_REASONS.map((code) => key('eye_reason', code)),
      ...PATIENT_REASONS.map((code) => key('patient_reason', code)),
      ...PATIENT_RESULTS.map((code) => key('result_patient', code)),
      ...ADVICE.map((code) => key('advice', code)),
    ];
    expect(wanted.filter((name) => typeof words[name] !== 'string' || words[name] === '')).toEqual([]);
  });

  it('an error says what happened and a way forward: two sentences at least', () => {
    for (const code of ERROR_CODES) expect(messageForError({ code, params: {} }, locale).split(/[.।](?:\s|$)/).length).toBeGreaterThan(2);
  });

  it('are in the script of the language, not left in English', () => {
    const script = { en: /[a-z]/i, hi: /[\u0900-\u097f]/, ta: /[\u0b80-\u0bff]/ }[locale];
    const foreign = Object.entries(words).filter(([name, text]) => name !== '$schema' && typeof text === 'string' && !script.test(text));
    // What is a name, a sign or a short form, or made of parameters alone.
    const names = /^(backend_onnx|backend_tensorflow|window_version|.*_(icdr|irma|pdf|csv|auc|ico_2017|aios_2020))$/;
    const hasWords = (text: unknown): boolean => /\p{L}{4}/u.test(String(text).replace(/\{\w+\}/g, ''));
    expect(foreign.filter(([name, text]) => !names.test(name) && hasWords(text))).toEqual([]);
  });

  it('never call an eye or a person normal, healthy or infected', () => {
    // The comparison with 2016 quotes that year's words; it speaks of photographs, to an administrator.
    const text = Object.entries(words)
      .filter(([name]) => !/^(cli_)?report2016_/.test(name))
      .map(([, said]) => said)
      .join('\n')
      .replace(/\{\w+\}/g, '');
    expect(text).not.toMatch(/\b(normal|healthy|infected)\b/i);
    expect(text).not.toMatch(/सामान्य|स्वस्थ|संक्रमित/);
    expect(text).not.toMatch(/இயல்பான|ஆரோக்கிய|தொற்று/);
  });
});

describe('the message of an error', () => {
  it('carries its parameters', () => {
    expect(messageForError({ code: 'path-not-found', params: { path: '/media/card' } }, 'en')).toContain('/media/card is not there');
  });

  it('names row, column and problem of a patient list in words', () => {
    const error = { code: 'patient-list-invalid', params: { row: 7, column: 'eye', problem: 'eye-unknown' } } as const;
    expect(messageForError(error, 'en')).toContain('Row 7, column eye: the eye must be right, left or blank');
    expect(messageForError(error, 'hi')).toMatch(/पंक्ति 7, स्तंभ eye: .*ख़ाली/);
  });

  it('shows a dash for what nobody knows, never "undefined"', () => {
    for (const code of ERROR_CODES) {
      for (const locale of LOCALES) expect(messageForError({ code, params: {} }, locale)).not.toMatch(/undefined|[{}]/);
    }
  });
});

describe('the words for patients', () => {
  it('are exactly those that were agreed', () => {
    const words = catalogue('en');
    expect(ADVICE.map((code) => words[key('advice', code)])).toEqual([
      'SEE AN EYE DOCTOR NOW',
      'SEE AN EYE DOCTOR BY {date}',
      'COME AGAIN IN {month}',
      'TAKE THE PHOTO AGAIN',
      'COULD NOT SEE THE EYE: SEE AN EYE DOCTOR',
      'PHOTOS TAKEN, A DOCTOR WILL READ THEM, YOU WILL HEAR BY {date}, IF NOT CALL {number}',
      'EXAMINATION NOT COMPLETE: BOTH EYES ARE NEEDED',
    ]);
  });
});
