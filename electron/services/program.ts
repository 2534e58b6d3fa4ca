import manifest from '../../package.json';
import type { ProgramVersion } from '../shared/domain/card';

/** Put in by the bundler (electron.vite.config.ts); not there where the sources run as they are. */
declare const __NETRA_COMMIT__: string | undefined;

/** Which code runs: the version, and the commit that it was built from where the sources had one. */
export function programVersion(): ProgramVersion {
  return { version: manifest.version, commit: typeof __NETRA_COMMIT__ === 'string' ? __NETRA_COMMIT__ : 'unknown' };
}
