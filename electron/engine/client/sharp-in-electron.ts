import Module, { createRequire } from 'node:module';

/**
 * Electron's Linux binary loads the system's glib for GTK, sharp's native library carries its own; in one process the two take each
 * other's objects for foreign: every reference that is not released is a leak, and with newer glib a crash (lovell/sharp#4522,
 * #4525). There sharp's WebAssembly build is used instead: the same pixels bit for bit, twice the decoding time.
 * See docs/decisions/0007-sharp-in-electron.md.
 *
 * A process or worker that may run under Electron imports this file before anything that imports sharp (which must then be
 * imported dynamically, since a bundler lifts the import of a package above everything else).
 */
interface Resolver {
  _resolveFilename(wanted: string, ...rest: unknown[]): string;
}

if (process.platform === 'linux' && process.versions['electron'] !== undefined) {
  const resolver = Module as unknown as Resolver;
  const resolveFilename = resolver._resolveFilename.bind(resolver);
  const wasm = createRequire(import.meta.url).resolve('@img/sharp-wasm32/sharp.node');
  resolver._resolveFilename = (wanted, ...rest) =>
    /^@img\/sharp-linux(musl)?-\w+\/sharp\.node$/.test(wanted) ? wasm : resolveFilename(wanted, ...rest);
}
