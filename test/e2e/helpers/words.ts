import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type english from '../../../resources/locales/en.json';
import { ROOT } from './netra';

/** What the window says in English, by message. */
export const WORDS = wordsIn('en');

export function wordsIn(locale: string): typeof english {
  return JSON.parse(readFileSync(join(ROOT, 'resources/locales', `${locale}.json`), 'utf8')) as typeof english;
}
