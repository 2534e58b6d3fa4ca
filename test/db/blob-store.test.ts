import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { BlobStore } from '../../electron/db/profile/blob-store';
import { buildProgram } from '../helpers/child';
import { rejectionOf } from '../helpers/errors';
import { temporaryFolder } from '../helpers/temporary';

const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('JFIF'), Buffer.alloc(5000, 7)]);
const SHA256 = createHash('sha256').update(JPEG).digest('hex');

function newStore(): { store: BlobStore; folder: string; key: Uint8Array } {
  const folder = temporaryFolder();
  const key = randomBytes(32);
  return { store: new BlobStore({ folder, key }), folder, key };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the store of photographs', () => {
  test('gives back what was stored, each kind apart', async () => {
    const { store } = newStore();
    await store.putAll(SHA256, { original: JPEG, thumbnail: Buffer.from('small') });
    expect(Buffer.from(await store.get('original', SHA256)).equals(JPEG)).toBe(true);
    expect(Buffer.from(await store.get('thumbnail', SHA256)).toString()).toBe('small');
    expect(await store.has('original', SHA256)).toBe(true);
    expect(await store.has('screen', SHA256)).toBe(false);
  });

  test('says when there is no such photograph', async () => {
    expect(await rejectionOf(newStore().store.get('original', SHA256))).toMatchObject({ code: 'not-found' });
  });

  test('stores nothing with a readable header and no name with a known hash in it', async () => {
    const { store, folder } = newStore();
    await store.putAll(SHA256, { original: JPEG });
    const [file = ''] = filesOf(folder);
    expect(readFileSync(file).includes(Buffer.from([0xff, 0xd8, 0xff]))).toBe(false);
    expect(readFileSync(file).includes('JFIF')).toBe(false);
    expect(file).not.toContain(SHA256.slice(0, 8));
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('names one photograph differently in two profiles', async () => {
    const names = await Promise.all(
      [newStore(), newStore()].map(async ({ store, folder }) => {
        await store.putAll(SHA256, { original: JPEG });
        return filesOf(folder).map((file) => file.slice(folder.length));
      }),
    );
    expect(names[0]).not.toEqual(names[1]);
  });

  test('writes an original once', async () => {
    const { store, folder } = newStore();
    await store.putAll(SHA256, { original: JPEG });
    const [file = ''] = filesOf(folder);
    const before = readFileSync(file);
    await store.putAll(SHA256, { original: JPEG });
    expect(filesOf(folder)).toEqual([file]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('refuses an original under a SHA-256 that is not its own, and what is no SHA-256', async () => {
    const { store, folder } = newStore();
    await expect(store.putAll('0'.repeat(64), { original: JPEG })).rejects.toThrow(TypeError);
    await expect(store.get('original', '../../etc/passwd')).rejects.toThrow(TypeError);
    expect(filesOf(folder)).toEqual([]);
  });

  test.each([
    ['a flipped bit', (file: string) => flipBit(file)],
    ['a cut file', (file: string) => truncateSync(file, 100)],
    ['an empty file', (file: string) => truncateSync(file, 0)],
    ['other content', (file: string) => writeFileSync(file, JPEG)],
  ])('notices %s, and storing the photograph again repairs it', async (_, damage) => {
    const { store, folder } = newStore();
    await store.putAll(SHA256, { original: JPEG });
    const [file = ''] = filesOf(folder);
    damage(file);
    expect(await rejectionOf(store.get('original', SHA256))).toMatchObject({ code: 'blob-damaged' });
    await store.putAll(SHA256, { original: JPEG });
    expect(Buffer.from(await store.get('original', SHA256)).equals(JPEG)).toBe(true);
  });

  test('notices files that were swapped', async () => {
    const { store, folder } = newStore();
    const other = Buffer.alloc(5008, 9);
    const otherSha256 = createHash('sha256').update(other).digest('hex');
    await store.putAll(SHA256, { original: JPEG });
    const [first = ''] = filesOf(folder);
    await store.putAll(otherSha256, { original: other });
    const second = filesOf(folder).find((file) => file !== first) ?? '';
    renameSync(second, first);
    expect(await rejectionOf(store.get('original', SHA256))).toMatchObject({ code: 'blob-damaged' });
  });

  test('does not open with another key', async () => {
    const { store, folder } = newStore();
    await store.putAll(SHA256, { original: JPEG });
    const other = new BlobStore({ folder, key: randomBytes(32) });
    expect(await rejectionOf(other.get('original', SHA256))).toMatchObject({ code: 'not-found' });
  });

  test('leaves no temporary file, also when many are stored at once', async () => {
    const { store, folder } = newStore();
    const photographs = Array.from({ length: 40 }, (_, index) => Buffer.alloc(2000, index));
    const sums = photographs.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    await Promise.all(photographs.flatMap((original, index) => [0, 1].map(() => store.putAll(sums[index] ?? '', { original }))));
    expect(filesOf(folder)).toHaveLength(40);
    for (const [index, sum] of sums.entries()) expect((await store.get('original', sum))[0]).toBe(index);
  });
});

describe('in a worker thread', () => {
  let program = '';
  beforeAll(async () => {
    program = await buildProgram('test/db/children/blob-worker.ts');
  });

  test('the store is made from cloned options, and both sides read each other', async () => {
    const { store, folder, key } = newStore();
    const worker = new Worker(program, { workerData: { options: { folder, key }, sha256: SHA256, original: JPEG } });
    await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
    await worker.terminate();
    expect(Buffer.from(await store.get('original', SHA256)).equals(JPEG)).toBe(true);
  });
});

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[2000] = (bytes[2000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
