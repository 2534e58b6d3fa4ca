import { randomBytes, createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { copyUnderNewKey } from '../../../../electron/db/profile/copy';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { makeEntry, UnlockedVault, writeVault } from '../../../../electron/db/profile/vault';
import { makeFolderDurably } from '../../../../electron/db/profile/durable-file';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { openWithPassword } from '../../../../electron/services/accounts/open-vault';
import { backupStatus } from '../../../../electron/services/backup/backup-status';
import { type CopyDatabaseInput, type CopyFileInput, toTargetError } from '../../../../electron/services/backup/copy-work';
import { incidentList } from '../../../../electron/services/backup/incident';
import { makeBackup } from '../../../../electron/services/backup/make-backup';
import { listSnapshots } from '../../../../electron/services/backup/manifest';
import { findSnapshots, restoreBackup } from '../../../../electron/services/backup/restore-backup';
import { erasePatient } from '../../../../electron/services/patients/erase';
import { WorkerPool } from '../../../../electron/services/worker-pool';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { makeEmergencyCode } from '../../../../electron/shared/domain/emergency-code';
import { buildWorker } from '../../../helpers/build-engine';
import { arrive, newProfile } from '../../../helpers/desk';
import { smallDiskTest } from '../../../helpers/small-disk';
import { temporaryFolder } from '../../../helpers/temporary';

const CHEAP = { n: 2 ** 10, r: 8, p: 1 };
const CODE = makeEmergencyCode((limit) => limit - 1);
let workerEntry: string;
beforeAll(async () => {
  workerEntry = await buildWorker();
});

function newPool(): WorkerPool {
  const pool = new WorkerPool(workerEntry);
  onTestFinished(() => pool.close());
  return pool;
}

const WATCH = { signal: new AbortController().signal, progress: () => undefined };

/** A profile with accounts, open, and a few photographs in it. */
async function protectedProfile(images = 3): Promise<Profile> {
  const folder = join(temporaryFolder(), 'profile');
  await makeFolderDurably(folder);
  const dataKey = new Uint8Array(randomBytes(32));
  await writeVault(folder, [
    await makeEntry({ id: 'asha-id', kind: 'password', login: 'asha' }, 'quiet lamp river', dataKey, CHEAP),
    await makeEntry({ id: 'recovery', kind: 'recovery', login: null }, CODE, dataKey, CHEAP),
  ]);
  const profile = await createOrOpenProfile(folder, new UnlockedVault(folder, dataKey));
  onTestFinished(() => {
    profile.close();
  });
  for (let index = 0; index < images; index += 1) await addPhotograph(profile);
  return profile;
}

async function addPhotograph(profile: Profile, bytes = 50_000): Promise<string> {
  const original = new Uint8Array(randomBytes(bytes));
  const sha256 = createHash('sha256').update(original).digest('hex');
  await profile.blobs.putAll(sha256, { original });
  return sha256;
}

const PASSWORD = { kind: 'password', login: 'asha', password: 'quiet lamp river' } as const;

async function restoredInto(pool: WorkerPool, stick: string): Promise<Profile> {
  const profileFolder = join(temporaryFolder(), 'profile');
  const snapshot = (await findSnapshots(stick))[0]?.folder ?? '';
  await restoreBackup(pool, { snapshot, secret: PASSWORD, profileFolder }, WATCH);
  const { vault } = await openWithPassword(
    profileFolder,
    { check: () => Promise.resolve(), failed: () => Promise.resolve(), succeeded: () => Promise.resolve(0) } as never,
    'asha',
    'quiet lamp river',
  );
  const profile = await createOrOpenProfile(profileFolder, vault);
  onTestFinished(() => {
    profile.close();
  });
  return profile;
}

describe('a backup', () => {
  test('restores on an empty computer with a password: patients, photographs and a whole audit log', async () => {
    const profile = await protectedProfile();
    const pool = newPool();
    const stick = temporaryFolder();
    const { shortId } = await arrive(profile, { name: 'Lakshmi Devi' });
    const sha256 = await addPhotograph(profile);
    const made = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    expect(made).toMatchObject({ files: 4, copiedFiles: 4 });

    const restored = await restoredInto(pool, stick);
    expect(restored.database.prepare('SELECT short_id FROM patient').pluck().all()).toEqual([shortId]);
    expect(await restored.blobs.get('original', sha256)).toEqual(await profile.blobs.get('original', sha256));
    expect(verifyAuditChain(restored.database).ok).toBe(true);
    expect(restored.database.prepare("SELECT count(*) FROM audit_event WHERE action = 'backup.restored'").pluck().get()).toBe(1);
  });

  test('holds nothing that can be read without a password: no name, no picture, no database header', async () => {
    const profile = await protectedProfile(0);
    const pool = newPool();
    const stick = temporaryFolder();
    await arrive(profile, { name: 'Lakshmi Devi', village: 'Madurai' });
    const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('JFIF'), randomBytes(1000)]);
    await profile.blobs.putAll(createHash('sha256').update(jpeg).digest('hex'), { original: new Uint8Array(jpeg) });
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const files = readdirSync(stick, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const secret of ['Lakshmi', 'Madurai', 'JFIF', 'SQLite format 3'])
        expect(bytes.includes(secret), `${file.name}: ${secret}`).toBe(false);
      expect(file.name).not.toMatch(/Lakshmi|Madurai/);
    }
  });

  test('copies only what is new the second time, and keeps two snapshots', async () => {
    const profile = await protectedProfile();
    const pool = newPool();
    const stick = temporaryFolder();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    await addPhotograph(profile);
    expect(await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH)).toMatchObject({ files: 4, copiedFiles: 1 });
    expect(await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH)).toMatchObject({ files: 4, copiedFiles: 0 });
    expect(await findSnapshots(stick)).toHaveLength(2);
  });

  test('is refused for a profile without accounts, and into the profile itself', async () => {
    const pool = newPool();
    const open = await newProfile();
    await expect(makeBackup(LOCAL_ACTOR, { profile: open, pool }, temporaryFolder(), WATCH)).rejects.toMatchObject({
      code: 'backup-needs-accounts',
    });
    const profile = await protectedProfile(0);
    await expect(makeBackup(LOCAL_ACTOR, { profile, pool }, profile.folder, WATCH)).rejects.toMatchObject({ code: 'output-not-writable' });
  });

  test('cancelled in the middle leaves the snapshot before whole, and the next one goes on', async () => {
    const profile = await protectedProfile();
    const pool = newPool();
    const stick = temporaryFolder();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    for (let index = 0; index < 5; index += 1) await addPhotograph(profile);
    const cancel = new AbortController();
    const half = makeBackup(LOCAL_ACTOR, { profile, pool }, stick, {
      signal: cancel.signal,
      progress: (done) => {
        if (done === 4) cancel.abort();
      },
    });
    await expect(half).rejects.toMatchObject({ code: 'cancelled' });
    expect(await findSnapshots(stick)).toHaveLength(1);
    await restoredInto(pool, stick);
    const next = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    expect(next.files).toBe(8);
  });
});

describe('a stick', () => {
  smallDiskTest('that fills up harms neither the profile nor the backup before', 2, async (disk) => {
    const profile = await protectedProfile(2);
    const pool = newPool();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, disk.folder, WATCH);
    for (let index = 0; index < 4; index += 1) await addPhotograph(profile, 600_000);
    await expect(makeBackup(LOCAL_ACTOR, { profile, pool }, disk.folder, WATCH)).rejects.toMatchObject({ code: 'backup-target-full' });
    const restored = await restoredInto(pool, disk.folder);
    expect(verifyAuditChain(restored.database).ok).toBe(true);
    expect(verifyAuditChain(profile.database).ok).toBe(true);
  });

  smallDiskTest('that is pulled out in the middle harms neither copy', 16, async (disk) => {
    const profile = await protectedProfile(2);
    const pool = newPool();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, disk.folder, WATCH);
    for (let index = 0; index < 6; index += 1) await addPhotograph(profile);
    const pulled = makeBackup(LOCAL_ACTOR, { profile, pool }, disk.folder, {
      ...WATCH,
      progress: (done) => {
        if (done === 4) disk.makeReadOnly();
      },
    });
    await expect(pulled).rejects.toMatchObject({ code: 'backup-target-lost' });
    disk.makeWritable();
    await restoredInto(pool, disk.folder);
    expect((await makeBackup(LOCAL_ACTOR, { profile, pool }, disk.folder, WATCH)).files).toBe(8);
  });
});

/** A pool whose copies fail from one on, as a system says it of a stick that is dying, pulled out or full. */
function failingPool(pool: WorkerPool, code: string, from: number): Pick<WorkerPool, 'copyDatabase' | 'copyVerified'> & WorkerPool {
  let copies = 0;
  return Object.assign(Object.create(pool) as WorkerPool, {
    copyDatabase: (input: CopyDatabaseInput) => pool.copyDatabase(input),
    copyVerified: async (input: CopyFileInput) => {
      copies += 1;
      if (copies >= from) throw toTargetError(Object.assign(new Error(code), { code }));
      return pool.copyVerified(input);
    },
  });
}

describe('a copy that fails', () => {
  test.each([
    ['EIO', 'backup-target-lost'],
    ['ENODEV', 'backup-target-lost'],
    ['EEXIST', 'backup-target-lost'],
    ['ENOSPC', 'backup-target-full'],
  ])('with %s, at whichever file, harms neither the profile nor the backup before', async (code, told) => {
    const profile = await protectedProfile(1);
    const pool = newPool();
    const stick = temporaryFolder();
    const first = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    await addPhotograph(profile);
    // A new photograph, the database, the vault, the marker.
    for (const from of [1, 2, 3, 4]) {
      await expect(makeBackup(LOCAL_ACTOR, { profile, pool: failingPool(pool, code, from) }, stick, WATCH)).rejects.toMatchObject({
        code: told,
      });
      expect((await findSnapshots(stick)).map(({ takenAt }) => takenAt)).toEqual([first.takenAt]);
      expect(readdirSync(profile.folder).filter((name) => name.endsWith('.netra-tmp'))).toEqual([]);
    }
    expect(backupStatus(LOCAL_ACTOR, profile).lastAt).toBe(first.takenAt);
    await restoredInto(pool, stick);
    expect((await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH)).files).toBe(2);
  });

  test('because the stick was pulled out, at whichever moment, harms neither copy', async () => {
    const profile = await protectedProfile(2);
    const pool = newPool();
    const stick = join(temporaryFolder(), 'stick');
    mkdirSync(stick);
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    for (const moment of [0, 1, 3]) {
      for (let index = 0; index < 3; index += 1) await addPhotograph(profile);
      const before = await findSnapshots(stick);
      const pulled = makeBackup(LOCAL_ACTOR, { profile, pool }, stick, {
        ...WATCH,
        progress: (done) => {
          if (done === moment && existsSync(stick)) renameSync(stick, `${stick}-pulled`);
        },
      });
      await expect(pulled).rejects.toMatchObject({ code: 'backup-target-lost' });
      rmSync(stick, { recursive: true, force: true });
      renameSync(`${stick}-pulled`, stick);
      expect(await findSnapshots(stick)).toEqual(before);
      await restoredInto(pool, stick);
    }
    expect(verifyAuditChain(profile.database).ok).toBe(true);
    expect((await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH)).files).toBe(11);
  });
});

describe('somebody erased after a backup', () => {
  async function erasedAfterBackup(): Promise<{ profile: Profile; pool: WorkerPool; stick: string; patientId: string }> {
    const profile = await protectedProfile(1);
    const pool = newPool();
    const stick = temporaryFolder();
    const { patientId, shortId } = await arrive(profile, { name: 'Lakshmi Devi' });
    await arrive(profile, { name: 'Ravi Kumar' });
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    await erasePatient(LOCAL_ACTOR, profile, patientId, shortId);
    return { profile, pool, stick, patientId };
  }

  const namesIn = (profile: Profile): (string | null)[] => incidentList(LOCAL_ACTOR, profile).people.map(({ name }) => name);

  test('comes back from that backup, until the stick is backed up to: nothing else can reach it', async () => {
    const { pool, stick } = await erasedAfterBackup();
    expect(namesIn(await restoredInto(pool, stick))).toEqual(['Lakshmi Devi', 'Ravi Kumar']);
  });

  test('stays erased from the moment the next backup begins, also when that one is interrupted', async () => {
    const { profile, pool, stick, patientId } = await erasedAfterBackup();
    await addPhotograph(profile);
    await expect(makeBackup(LOCAL_ACTOR, { profile, pool: failingPool(pool, 'EIO', 1) }, stick, WATCH)).rejects.toThrow();
    expect(await findSnapshots(stick)).toHaveLength(1);
    const restored = await restoredInto(pool, stick);
    expect(namesIn(restored)).toEqual([null, 'Ravi Kumar']);
    expect(restored.database.prepare('SELECT count(*) FROM patient_key WHERE patient_id = ?').pluck().get(patientId)).toBe(0);
    expect(verifyAuditChain(restored.database).ok).toBe(true);
  });

  test('is in no snapshot any more once the next backup is whole, interrupted ones between or not', async () => {
    const { profile, pool, stick } = await erasedAfterBackup();
    await addPhotograph(profile);
    await expect(makeBackup(LOCAL_ACTOR, { profile, pool: failingPool(pool, 'EIO', 1) }, stick, WATCH)).rejects.toThrow();
    const made = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    expect((await findSnapshots(stick)).map(({ takenAt }) => takenAt)).toEqual([made.takenAt]);
    expect(namesIn(await restoredInto(pool, stick))).toEqual([null, 'Ravi Kumar']);
    // Afterwards two are kept as always.
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    expect(await findSnapshots(stick)).toHaveLength(2);
  });

  test('does not come back because somebody without the key changed the list', async () => {
    const { profile, pool, stick } = await erasedAfterBackup();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const list = join(stick, readdirSync(stick)[0] ?? '', 'erasures.json');
    writeFileSync(list, readFileSync(list, 'utf8').replace(/patientIds\\":\[[^\]]*/, 'patientIds\\":['));
    await expect(restoredInto(pool, stick)).rejects.toMatchObject({ code: 'backup-damaged', params: { part: 'erasures.json' } });
  });

  test('is gone from the copies of the database that updates of the program left in the profile', async () => {
    const profile = await protectedProfile(0);
    const { patientId, shortId } = await arrive(profile, { name: 'Lakshmi Devi' });
    const copies = join(profile.folder, 'backups');
    mkdirSync(copies, { recursive: true });
    copyFileSync(join(profile.folder, 'netra.db'), join(copies, 'netra-v9-20260101T000000000Z.db'));
    await erasePatient(LOCAL_ACTOR, profile, patientId, shortId);
    expect(readdirSync(copies)).toEqual([]);
  });
});

describe('a stick with backups under an older key', () => {
  test('loses them once the new one is whole, and only those of this site', async () => {
    const pool = newPool();
    const stick = temporaryFolder();
    const other = await protectedProfile(1);
    await makeBackup(LOCAL_ACTOR, { profile: other, pool }, stick, WATCH);
    const profile = await protectedProfile(1);
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    expect(readdirSync(stick)).toHaveLength(2);

    const oldKey = (await profile.vault?.read()) ?? new Uint8Array(32);
    const newKey = new Uint8Array(randomBytes(32));
    const entry = await makeEntry({ id: 'asha-id', kind: 'password', login: 'asha' }, 'quiet lamp river', newKey, CHEAP);
    profile.close();
    const { signal } = new AbortController();
    const how = { folder: profile.folder, oldKey, newKey, entries: [entry], signal };
    await copyUnderNewKey({ ...how, prepare: () => undefined, onProgress: () => undefined });
    const again = await createOrOpenProfile(profile.folder, new UnlockedVault(profile.folder, newKey));
    onTestFinished(() => {
      again.close();
    });
    await makeBackup(LOCAL_ACTOR, { profile: again, pool }, stick, WATCH);
    const sites = (await Promise.all(readdirSync(stick).map((name) => listSnapshots(join(stick, name))))).map((found) =>
      found.map(({ content }) => content.siteId),
    );
    expect(sites.flat().sort()).toEqual([other.site.id, again.site.id].sort());
  });
});

describe('restoring', () => {
  test('takes the recovery code too, and refuses a wrong password, a changed manifest and a profile that is there', async () => {
    const profile = await protectedProfile();
    const pool = newPool();
    const stick = temporaryFolder();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const snapshot = (await findSnapshots(stick))[0]?.folder ?? '';
    const profileFolder = join(temporaryFolder(), 'profile');
    const into = (secret: Parameters<typeof restoreBackup>[1]['secret'], folder = profileFolder) =>
      restoreBackup(pool, { snapshot, secret, profileFolder: folder }, WATCH);
    await expect(into({ ...PASSWORD, password: 'quiet lamp lake' })).rejects.toMatchObject({ code: 'sign-in-failed' });
    await expect(into({ kind: 'recovery', code: 'not a code' })).rejects.toMatchObject({ code: 'code-invalid' });
    await expect(into(PASSWORD, profile.folder)).rejects.toMatchObject({ code: 'profile-exists' });
    expect(existsSync(profileFolder)).toBe(false);

    const manifest = join(snapshot, 'manifest.json');
    const sound = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, sound.replace(/takenAt\\":\d/, 'takenAt\\":9'));
    await expect(into(PASSWORD)).rejects.toMatchObject({ code: 'backup-damaged' });
    writeFileSync(manifest, sound);
    await into({ kind: 'recovery', code: CODE });
    expect(existsSync(join(profileFolder, 'vault.json'))).toBe(true);
  });

  test('refuses a photograph file that was changed or is missing, and leaves nothing behind', async () => {
    const profile = await protectedProfile();
    const pool = newPool();
    const stick = temporaryFolder();
    await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const snapshot = (await findSnapshots(stick))[0]?.folder ?? '';
    const blobs = readdirSync(join(snapshot, '../../blobs'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const victim = join(blobs[0]?.parentPath ?? '', blobs[0]?.name ?? '');
    const bytes = readFileSync(victim);
    const parent = temporaryFolder();
    const restore = () => restoreBackup(pool, { snapshot, secret: PASSWORD, profileFolder: join(parent, 'profile') }, WATCH);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(victim, bytes);
    await expect(restore()).rejects.toMatchObject({ code: 'backup-damaged' });
    rmSync(victim);
    await expect(restore()).rejects.toMatchObject({ code: 'backup-damaged' });
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('the age of the last backup', () => {
  test('is too old after two days, and an empty site has nothing to lose', async () => {
    const profile = await protectedProfile(0);
    const pool = newPool();
    expect(backupStatus(LOCAL_ACTOR, profile)).toMatchObject({ lastAt: null, days: null, overdue: false, possible: true });
    await arrive(profile);
    const stick = temporaryFolder();
    const { takenAt } = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const after = (days: number) => backupStatus(LOCAL_ACTOR, profile, takenAt + days * 86_400_000);
    expect([after(0), after(2), after(3)].map(({ days, overdue }) => [days, overdue])).toEqual([
      [0, false],
      [2, false],
      [3, true],
    ]);
    expect(after(0).folder).toBe(stick);
    // A clock that was set back.
    expect(after(-5)).toMatchObject({ days: 0, overdue: false });
  });
});

describe('a lost laptop', () => {
  test('is answered by a list of everybody whose records were on it, and by what the list cannot know', async () => {
    const profile = await protectedProfile(0);
    const pool = newPool();
    const stick = temporaryFolder();
    await arrive(profile, { name: 'Lakshmi Devi', phone: '98400 12345' });
    const { takenAt } = await makeBackup(LOCAL_ACTOR, { profile, pool }, stick, WATCH);
    const restored = await restoredInto(pool, stick);
    const incident = incidentList(LOCAL_ACTOR, restored);
    expect(incident.people).toMatchObject([{ name: 'Lakshmi Devi', phone: '98400 12345' }]);
    expect(incident.knownUntil).toBeGreaterThanOrEqual(takenAt - 1000);
    expect(incident.protected).toBe(true);
  });
});
