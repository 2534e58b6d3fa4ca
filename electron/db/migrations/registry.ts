import { createSiteAndPatients } from './0001-site-and-patients';
import { createImages } from './0002-images';
import { createResults } from './0003-results';
import { createModelHistory } from './0004-models';
import type { Migration } from './migration';

/** In order. A new one goes at the end; a released one never changes. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'site-and-patients', update: createSiteAndPatients },
  { version: 2, name: 'images', update: createImages },
  { version: 3, name: 'results', update: createResults },
  { version: 4, name: 'models', update: createModelHistory },
];
