import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, openDatabase } from '../../electron/db/open';
import { MIGRATIONS } from '../../electron/db/migrations/registry';
import {
  createOrOpenProfile,
  listProfileBackups,
  restoreProfileBackup,
  setProfileAside,
  type Profile,
} from '../../electron/db/profile/profile';
import type { KeySource } from '../../electron/db/profile/key-source';
import { ensureOwnSite } from '../../electron/db/queries/sites';
import { addTestImage } from '../helpers/database';
import { errorOf, rejectionOf } from '../helpers/errors';
import { temporaryFolder } from '../helpers/temporary';

async function openForTest(folder: string, keySource?: KeySource): Promise<Profile> {
  const profile = await createOrOpenProfile(folder, keySource);
  onTestFinished(() => {
    if (profile.database.open) profile.close();
  });
  return profile;
}

/** A closed profile with something in it. */
async function filled(): Promise<string> {
  const folder = join(temporaryFolder(), 'profile');
  const profile = await openForTest(folder);
  addTestImage(profile.database, profile.site.id);
  profile.close();
  return folder;
}

describe('a profile', () => {
  test('is made where there is none, and is the same afterwards', async () => {
    const folder = join(temporaryFolder(), 'not', 'yet', 'there');
    const first = await openForTest(folder);
    const image = addTestImage(first.database, first.site.id);
    const { site } = first;
    first.close();
    const second = await openForTest(folder);
    expect(second.site).toEqual(site);
    expect(addTestImage(second.database, site.id)).toEqual(image);
  });

  test('says that it is not protected while its key lies in it', async () => {
    expect((await openForTest(temporaryFolder())).protected).toBe(false);
  });

  test('opens with a key from another source and then has no key in it', async () => {
    const folder = temporaryFolder();
    const key = new Uint8Array(randomBytes(32));
    const source: KeySource = { protected: true, read: async () => key, create: async () => key };
    const profile = await openForTest(folder, source);
    expect(profile.protected).toBe(true);
    expect(existsSync(join(folder, 'key.json'))).toBe(false);
  });

  test('keeps key and folder from other users of the machine', async () => {
    const folder = join(temporaryFolder(), 'profile');
    await openForTest(folder);
    expect(statSync(join(folder, 'key.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('has no SQLite header and no JPEG header in any of its files', async () => {
    const folder = join(temporaryFolder(), 'profile');
    const profile = await openForTest(folder);
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(3000, 1)]);
    const sha256 = createHash('sha256').update(jpeg).digest('hex');
    await profile.blobs.putAll(sha256, { original: jpeg, thumbnail: jpeg });
    addTestImage(profile.database, profile.site.id);
    // The files as they lie there in the middle of the work, the write-ahead log too: another process reads them, since to open them here would drop locks.
    const seen = readAllFromOutside(folder);
    expect(seen.length).toBeGreaterThanOrEqual(7);
    profile.close();
    for (const { name, bytes } of [...seen, ...readAllFromOutside(folder)]) {
      expect(bytes.includes('SQLite format 3'), name).toBe(false);
      expect(bytes.includes(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), name).toBe(false);
      expect(bytes.includes('Remidio'), name).toBe(false);
    }
  });

  test('clears away what an interrupted write left', async () => {
    const folder = await filled();
    writeFileSync(join(folder, 'profile.json.123.netra-tmp'), 'half');
    await openForTest(folder);
    expect(readdirSync(folder).filter((name) => name.endsWith('.netra-tmp'))).toEqual([]);
  });

  test('whose making was cut off at any step is made to its end', async () => {
    for (const lost of [['profile.json'], ['profile.json', 'netra.db'], ['profile.json', 'netra.db', 'key.json']]) {
      const folder = await filled();
      for (const part of lost) rmSync(join(folder, part));
      (await openForTest(folder)).close();
      (await openForTest(folder)).close();
    }
  });
});

describe('a profile that does not open says why and changes nothing', () => {
  test.each([
    ['key.json', 'profile-damaged', { part: 'key' }],
    ['netra.db', 'database-damaged', { backups: 0 }],
  ])('%s lost', async (part, code, params) => {
    const folder = await filled();
    rmSync(join(folder, part));
    const before = readdirSync(folder).sort();
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code, params });
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test.each([
    ['key.json', '{"format":1,"key":"12"}', 'profile-damaged', { part: 'key' }],
    ['key.json', '', 'profile-damaged', { part: 'key' }],
    ['key.json', JSON.stringify({ format: 1, key: '00'.repeat(32) }), 'database-wrong-key', {}],
    ['profile.json', 'not json', 'profile-damaged', { part: 'profile' }],
    ['profile.json', '{"format":2}', 'profile-damaged', { part: 'profile' }],
  ])('%s holding %j', async (part, text, code, params) => {
    const folder = await filled();
    writeFileSync(join(folder, part), text);
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code, params });
    expect(readFileSync(join(folder, part), 'utf8')).toBe(text);
  });

  test('a lost key is never replaced by a new one, not even where the making was cut off', async () => {
    const folder = await filled();
    rmSync(join(folder, 'key.json'));
    rmSync(join(folder, 'profile.json'));
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code: 'profile-damaged', params: { part: 'key' } });
    expect(existsSync(join(folder, 'key.json'))).toBe(false);
  });

  test('a damaged first page is damage and not a wrong key', async () => {
    const folder = await filled();
    const file = join(folder, 'netra.db');
    const bytes = readFileSync(file);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code: 'database-damaged' });
  });

  test('a database from the future', async () => {
    const folder = await filled();
    const key = Buffer.from(JSON.parse(readFileSync(join(folder, 'key.json'), 'utf8')).key as string, 'hex');
    const db = connect(join(folder, 'netra.db'), key);
    db.pragma('user_version = 99');
    db.close();
    const error = await rejectionOf(createOrOpenProfile(folder));
    expect(error).toMatchObject({ code: 'database-from-future', params: { found: 99, supported: MIGRATIONS.length } });
  });

  test('a file where the folder should be', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(await rejectionOf(createOrOpenProfile(file))).toMatchObject({ code: 'profile-damaged', params: { part: 'folder' } });
  });

  test('lets go of its lock, so that the next try is not refused for it', async () => {
    const folder = await filled();
    const key = readFileSync(join(folder, 'key.json'));
    writeFileSync(join(folder, 'key.json'), '');
    await rejectionOf(createOrOpenProfile(folder));
    writeFileSync(join(folder, 'key.json'), key);
    await openForTest(folder);
  });
});

describe('the way forward', () => {
  /** A profile of version 2 with a site, opened once by the present version: it has a backup. */
  async function migrated(): Promise<{ folder: string; siteId: string }> {
    const folder = await filled();
    const key = Buffer.from(JSON.parse(readFileSync(join(folder, 'key.json'), 'utf8')).key as string, 'hex');
    rmSync(join(folder, 'netra.db'));
    const old = openDatabase({ file: join(folder, 'netra.db'), key, backupFolder: '', mustExist: false }, MIGRATIONS.slice(0, 2));
    const siteId = ensureOwnSite(old).id;
    old.close();
    (await openForTest(folder)).close();
    return { folder, siteId };
  }

  test('a damaged database is replaced by its backup, migrated, and kept beside it', async () => {
    const { folder, siteId } = await migrated();
    const [backup] = listProfileBackups(folder);
    expect(backup).toMatchObject({ schemaVersion: 2 });
    writeFileSync(join(folder, 'netra.db'), 'damaged');
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code: 'database-damaged', params: { backups: 1 } });
    restoreProfileBackup(folder, backup?.name ?? '');
    expect((await openForTest(folder)).site.id).toBe(siteId);
    const kept = readdirSync(folder).find((name) => name.startsWith('netra.db.replaced-')) ?? '';
    expect(readFileSync(join(folder, kept), 'utf8')).toBe('damaged');
  });

  test.each(['netra-v1-20260101T000000000Z.db', '../key.json', ''])('no backup is restored from %j', async (name) => {
    const { folder } = await migrated();
    const before = readFileSync(join(folder, 'netra.db'));
    expect(errorOf(() => restoreProfileBackup(folder, name))).toMatchObject({ code: 'not-found' });
    expect(readFileSync(join(folder, 'netra.db')).equals(before)).toBe(true);
  });

  test('a profile is set aside whole and a new one made in its place', async () => {
    const folder = await filled();
    const aside = await setProfileAside(folder);
    expect(readdirSync(aside)).toContain('netra.db');
    const fresh = await openForTest(folder);
    expect(fresh.database.prepare('SELECT count(*) FROM image').pluck().get()).toBe(0);
    (await openForTest(aside)).close();
  });

  test('nobody restores or sets aside a profile that is in use', async () => {
    const { folder } = await migrated();
    await openForTest(folder);
    const [backup] = listProfileBackups(folder);
    expect(errorOf(() => restoreProfileBackup(folder, backup?.name ?? ''))).toMatchObject({ code: 'profile-locked' });
    expect(await rejectionOf(setProfileAside(folder))).toMatchObject({ code: 'profile-locked' });
  });
});

function readAllFromOutside(folder: string): { name: string; bytes: Buffer }[] {
  const script = `
    const { readdirSync, readFileSync } = require('node:fs'); const { join } = require('node:path');
    const files = readdirSync(process.argv[1], { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    console.log(JSON.stringify(files.map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name)).toString('base64')])));`;
  const output = execFileSync(process.execPath, ['-e', script, folder], { maxBuffer: 1 << 28 });
  return (JSON.parse(output.toString()) as [string, string][]).map(([name, base64]) => ({ name, bytes: Buffer.from(base64, 'base64') }));
}
