import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type english from '../../../resources/locales/en.json';
import { ROOT } from './netra';

/** What the window says in English, by message. */
export const WORDS = JSON.parse(readFileSync(join(ROOT, 'resources/locales/en.json'), 'utf8')) as typeof english;
