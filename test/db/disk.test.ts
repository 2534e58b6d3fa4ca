import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyAuditChain } from '../../electron/db/audit';
import { TEMPORARY_SUFFIX, writeFileDurably } from '../../electron/db/profile/durable-file';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { putSetting } from '../../electron/db/queries/settings';
import { addTestImage } from '../helpers/database';
import { errorOf, rejectionOf } from '../helpers/errors';
import { smallDiskTest } from '../helpers/small-disk';
import { temporaryFolder } from '../helpers/temporary';

/** Takes all the room that is left, to the last page. */
function fill(folder: string): () => void {
  const file = join(folder, 'filler');
  let size = 64 * 1024;
  let parts = 0;
  while (size >= 512) {
    try {
      writeFileSync(`${file}${parts}`, randomBytes(size));
      parts++;
    } catch {
      rmSync(`${file}${parts}`, { force: true });
      size /= 2;
    }
  }
  return () => {
    for (let part = 0; part < parts; part++) rmSync(`${file}${part}`);
  };
}

function photograph(number: number): { original: Buffer; sha256: string } {
  const original = Buffer.alloc(100_000, number);
  return { original, sha256: createHash('sha256').update(original).digest('hex') };
}

describe('a full disk', () => {
  smallDiskTest('stops photographs with disk-full, keeps what is stored and goes on when there is room', 8, async ({ folder }) => {
    const profile = await createOrOpenProfile(join(folder, 'profile'));
    const stored = photograph(1);
    await profile.blobs.putAll(stored.sha256, stored);
    const makeRoom = fill(folder);
    const next = photograph(2);
    expect(await rejectionOf(profile.blobs.putAll(next.sha256, next))).toMatchObject({ code: 'disk-full' });
    expect(await profile.blobs.has('original', next.sha256)).toBe(false);
    expect(Buffer.from(await profile.blobs.get('original', stored.sha256)).equals(stored.original)).toBe(true);
    makeRoom();
    await profile.blobs.putAll(next.sha256, next);
    expect(await profile.blobs.has('original', next.sha256)).toBe(true);
    profile.close();
  });

  smallDiskTest('stops rows with disk-full, whole transactions at a time, and goes on when there is room', 8, async ({ folder }) => {
    const profile = await createOrOpenProfile(join(folder, 'profile'));
    addTestImage(profile.database, profile.site.id, 1);
    const makeRoom = fill(folder);
    let added = 1;
    const error = errorOf(() => {
      for (;;) addTestImage(profile.database, profile.site.id, ++added);
    });
    expect(error).toMatchObject({ code: 'disk-full' });
    // A big row needs room at once.
    expect(errorOf(() => putSetting(profile.database, 'big', 'x'.repeat(2_000_000)))).toMatchObject({ code: 'disk-full' });
    const count = (): unknown => profile.database.prepare('SELECT count(*) FROM image').pluck().get();
    expect(count()).toBe(added - 1);
    makeRoom();
    addTestImage(profile.database, profile.site.id, added);
    expect(count()).toBe(added);
    expect(profile.database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(verifyAuditChain(profile.database).ok).toBe(true);
    profile.close();
    const again = await createOrOpenProfile(join(folder, 'profile'));
    expect(again.database.prepare('SELECT count(*) FROM image').pluck().get()).toBe(added);
    again.close();
  });

  smallDiskTest('stops the making of a profile, which then succeeds when there is room', 8, async ({ folder }) => {
    const makeRoom = fill(folder);
    expect(await rejectionOf(createOrOpenProfile(join(folder, 'profile')))).toMatchObject({ code: 'disk-full' });
    makeRoom();
    (await createOrOpenProfile(join(folder, 'profile'))).close();
  });

  smallDiskTest('leaves the old content of a file that was to be replaced, and no temporary file', 2, async ({ folder }) => {
    const file = join(folder, 'report.html');
    await writeFileDurably(file, 'old');
    const makeRoom = fill(folder);
    expect(await rejectionOf(writeFileDurably(file, 'x'.repeat(500_000)))).toMatchObject({ code: 'disk-full' });
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.endsWith(TEMPORARY_SUFFIX))).toEqual([]);
    makeRoom();
  });
});

describe('a disk that may only be read', () => {
  smallDiskTest('refuses to open a profile with profile-read-only', 8, async ({ folder, makeReadOnly, makeWritable }) => {
    (await createOrOpenProfile(join(folder, 'profile'))).close();
    makeReadOnly();
    expect(await rejectionOf(createOrOpenProfile(join(folder, 'profile')))).toMatchObject({ code: 'profile-read-only' });
    makeWritable();
    (await createOrOpenProfile(join(folder, 'profile'))).close();
  });

  smallDiskTest('refuses to make a profile', 2, async ({ folder, makeReadOnly }) => {
    makeReadOnly();
    expect(await rejectionOf(createOrOpenProfile(join(folder, 'profile')))).toMatchObject({ code: 'profile-read-only' });
    expect(existsSync(join(folder, 'profile'))).toBe(false);
  });

  const asRoot = process.getuid?.() === 0;
  test.skipIf(asRoot)('refuses a folder without permission to write (skipped for root, whom permissions do not bind)', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(await rejectionOf(createOrOpenProfile(join(folder, 'profile')))).toMatchObject({ code: 'profile-read-only' });
    chmodSync(folder, 0o700);
  });
});
