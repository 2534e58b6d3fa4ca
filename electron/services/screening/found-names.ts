import { basename } from 'node:path';

const SLASH = 0x2f;

/**
 * How a found file is called in every list: with one root the path under it; with several it starts with the
 * root's own name (the whole root where two have the same name), so that no two files share a name. A root that is a file is its name.
 *
 * @param roots absolute paths, bytes
 */
export class FoundNames {
  readonly #roots: readonly Buffer[];
  readonly #prefixes: readonly Buffer[];

  constructor(roots: readonly Uint8Array[]) {
    this.#roots = roots.map((root) => Buffer.from(root));
    this.#prefixes = prefixesOf(this.#roots);
  }

  /** @returns bytes, in which byte order is path order */
  bytesOf(rootPosition: number, path: Uint8Array): Buffer {
    const root = this.#roots[rootPosition] ?? Buffer.alloc(0);
    const prefix = this.#prefixes[rootPosition] ?? Buffer.alloc(0);
    let rest = Buffer.from(path).subarray(root.length);
    if (rest[0] === SLASH) rest = rest.subarray(1);
    if (rest.length === 0) return prefix.length > 0 ? prefix : Buffer.from(basename(root.toString('latin1')), 'latin1');
    return prefix.length > 0 ? Buffer.concat([prefix, Buffer.from([SLASH]), rest]) : rest;
  }

  /** A folder under its root for display; empty for the root itself. */
  folderTextOf(rootPosition: number, folder: Uint8Array): string {
    const root = this.#roots[rootPosition] ?? Buffer.alloc(0);
    const prefix = this.#prefixes[rootPosition] ?? Buffer.alloc(0);
    // A root that is a file has its folder above it.
    if (folder.byteLength <= root.length) return folder.byteLength < root.length ? '' : prefix.toString('utf8');
    return this.textOf(rootPosition, folder);
  }

  /** For display; bytes that are not UTF-8 are shown replaced. */
  textOf(rootPosition: number, path: Uint8Array): string {
    return this.bytesOf(rootPosition, path).toString('utf8');
  }
}

function prefixesOf(roots: readonly Buffer[]): Buffer[] {
  if (roots.length <= 1) return roots.map(() => Buffer.alloc(0));
  const names = roots.map((root) => basename(root.toString('latin1')));
  return roots.map((root, index) => {
    const name = names[index] ?? '';
    const shared = roots.some((other, at) => at !== index && names[at] === name);
    return shared || name === '' ? root : Buffer.from(name, 'latin1');
  });
}
