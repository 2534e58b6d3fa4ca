import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { verifyAuditChain } from '../../electron/db/audit';
import { settleCopy } from '../../electron/db/profile/copy';
import { createOrOpenProfile, type Profile } from '../../electron/db/profile/profile';
import { listUsers } from '../../electron/db/queries/users';
import { addAccount, endAccount } from '../../electron/services/accounts/accounts';
import { protectProfile, rekeyProfile } from '../../electron/services/accounts/new-key';
import { openWithCode, openWithPassword } from '../../electron/services/accounts/open-vault';
import { Sessions } from '../../electron/services/accounts/sessions';
import { Throttle } from '../../electron/services/accounts/throttle';
import { registerPatient } from '../../electron/services/patients/registration';
import { personHit } from '../../electron/services/patients/hits';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { EMPTY_IDENTITY, type Identity } from '../../electron/shared/domain/patients';
import { buildProgram, startProgram } from '../helpers/child';
import { ADMIN, SITE } from '../helpers/clinic';
import { addTestImage } from '../helpers/database';
import { rejectionOf } from '../helpers/errors';
import { temporaryFolder } from '../helpers/temporary';

vi.mock('../../electron/db/profile/vault-crypto', async (original) => ({
  ...(await original<object>()),
  SCRYPT_COST: { n: 2 ** 10, r: 8, p: 1 },
}));

let program = '';
beforeAll(async () => {
  program = await buildProgram('test/db/children/protect-program.ts');
});

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
const NAME = 'Lakshmi Venkataraman';

function identity(name: string): Identity {
  return { ...EMPTY_IDENTITY, name };
}

/** A profile without accounts that has been worked with: patients, photographs that rows know and one that none knows. @returns what it holds */
async function used(): Promise<{ folder: string; patientId: string; photographs: Map<string, Buffer>; subjectKey: string }> {
  const folder = join(temporaryFolder(), 'profile');
  const profile = await createOrOpenProfile(folder);
  const photographs = new Map<string, Buffer>();
  for (let number = 0; number < 12; number++) {
    const bytes = Buffer.concat([JPEG, Buffer.alloc(40_000, `photograph ${number} `)]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await profile.blobs.putAll(sha256, { original: bytes, thumbnail: Buffer.concat([JPEG, Buffer.from(`small ${number}`)]) });
    photographs.set(sha256, bytes);
  }
  addTestImage(profile.database, profile.site.id);
  const { id: patientId } = await registerPatient(LOCAL_ACTOR, profile, identity(NAME));
  const subjectKey = Buffer.from(profile.subjectKey).toString('hex');
  profile.close();
  return { folder, patientId, photographs, subjectKey };
}

function watching(onProgress: (done: number) => void = () => undefined): { onProgress: (done: number) => void; signal: AbortSignal } {
  return { onProgress, signal: new AbortController().signal };
}

async function signIn(folder: string, login = ADMIN.login, password = ADMIN.password): Promise<Profile> {
  const profile = await createOrOpenProfile(folder, (await openWithPassword(folder, new Throttle(folder), login, password)).vault);
  onTestFinished(() => {
    if (profile.database.open) profile.close();
  });
  return profile;
}

async function expectEverything(profile: Profile, { patientId, photographs, subjectKey }: Awaited<ReturnType<typeof used>>): Promise<void> {
  for (const [sha256, bytes] of photographs) {
    expect(Buffer.from(await profile.blobs.get('original', sha256)).equals(bytes)).toBe(true);
    expect((await profile.blobs.get('thumbnail', sha256)).byteLength).toBeGreaterThan(4);
  }
  expect(personHit(profile, patientId).identity?.name).toBe(NAME);
  expect(Buffer.from(profile.subjectKey).toString('hex')).toBe(subjectKey);
  expect(verifyAuditChain(profile.database).ok).toBe(true);
  expect(profile.database.pragma('integrity_check', { simple: true })).toBe('ok');
}

function leftovers(folder: string): string[] {
  return readdirSync(join(folder, '..')).filter((name) => name.includes('netra-'));
}

/** Everything in a folder, file by file. */
function filesOf(folder: string): { name: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }));
}

describe('a profile that was begun without accounts', () => {
  test('gets them by a copy under a new key, with everything in it, and nothing of the old one is left', async () => {
    const before = await used();
    const oldKey = (JSON.parse(readFileSync(join(before.folder, 'key.json'), 'utf8')) as { key: string }).key;
    const steps: number[] = [];
    const codes = await protectProfile(
      LOCAL_ACTOR,
      before.folder,
      { site: SITE, admin: ADMIN },
      watching((done) => steps.push(done)),
    );
    expect(steps.at(-1)).toBe(12);
    expect(existsSync(join(before.folder, 'key.json'))).toBe(false);
    expect(leftovers(before.folder)).toEqual([]);
    expect(filesOf(before.folder).some(({ bytes }) => bytes.includes(oldKey))).toBe(false);
    const profile = await signIn(before.folder);
    await expectEverything(profile, before);
    expect(listUsers(profile.database)).toMatchObject([{ login: ADMIN.login }]);
    await openWithCode(before.folder, new Throttle(before.folder), 'recovery', codes.recovery);
  });

  test('is whole before or after when its protecting is killed with -9 at any moment', async () => {
    const before = await used();
    for (const stop of ['begun', 'copied 7', 'soon', 'sooner']) {
      if (existsSync(join(before.folder, 'vault.json'))) break;
      const child = startProgram(program, ['protect', before.folder, ADMIN.password]);
      let line = await child.nextLine();
      const wanted = stop.startsWith('soo') ? 'copied 12' : stop;
      while (line !== wanted && line !== 'protected') line = await child.nextLine();
      if (stop.startsWith('soo')) await setTimeout(stop === 'soon' ? 15 : 60);
      child.process.kill('SIGKILL');
      await child.rest();
      await settleCopy(before.folder);
      const profile = existsSync(join(before.folder, 'vault.json'))
        ? await signIn(before.folder, 'asha')
        : await createOrOpenProfile(before.folder);
      await expectEverything(profile, before);
      profile.close();
      expect(leftovers(before.folder)).toEqual([]);
    }
  });

  test.each(['moved away', 'moved in'])('goes on where it stopped between the two moves: %s', async (moment) => {
    const before = await used();
    const { folder } = before;
    cpSync(folder, `${folder}.keep`, { recursive: true });
    await protectProfile(LOCAL_ACTOR, folder, { site: SITE, admin: ADMIN }, watching());
    renameSync(`${folder}.keep`, `${folder}.netra-old`);
    if (moment === 'moved away') renameSync(folder, `${folder}.netra-made`);
    await settleCopy(folder);
    await expectEverything(await signIn(folder), before);
    expect(leftovers(folder)).toEqual([]);
  });

  test('stays as it was when the copying is stopped', async () => {
    const before = await used();
    const stop = new AbortController();
    const copying = protectProfile(
      LOCAL_ACTOR,
      before.folder,
      { site: SITE, admin: ADMIN },
      { onProgress: (done) => done === 5 && stop.abort(), signal: stop.signal },
    );
    expect(await rejectionOf(copying)).toMatchObject({ code: 'cancelled' });
    expect(leftovers(before.folder)).toEqual([]);
    const profile = await createOrOpenProfile(before.folder);
    onTestFinished(() => profile.close());
    await expectEverything(profile, before);
  });

  test('is not touched by a copy that was finished and never moved in', async () => {
    const before = await used();
    mkdirSync(`${before.folder}.netra-made`);
    writeFileSync(join(`${before.folder}.netra-made`, 'vault.json'), 'of yesterday');
    await settleCopy(before.folder);
    const profile = await createOrOpenProfile(before.folder);
    onTestFinished(() => profile.close());
    await expectEverything(profile, before);
    expect(leftovers(before.folder)).toEqual([]);
  });
});

describe('a protected profile', () => {
  test('carried away opens for nobody without a password or code, and holds no name, photograph or database that can be read', async () => {
    const before = await used();
    const codes = await protectProfile(LOCAL_ACTOR, before.folder, { site: SITE, admin: ADMIN }, watching());
    const profile = await signIn(before.folder);
    await registerPatient(LOCAL_ACTOR, profile, identity('Murugan Selvam'));
    // While it is open: write-ahead log and temporary files are there.
    const carried = join(temporaryFolder(), 'carried');
    cpSync(before.folder, carried, { recursive: true });
    expect(existsSync(join(carried, 'netra.db-wal'))).toBe(true);
    for (const { name, bytes } of filesOf(carried)) {
      for (const secret of [NAME, 'Murugan', 'SQLite format 3', 'photograph 3', codes.recovery, ADMIN.password]) {
        expect(bytes.includes(secret), `${name}: ${secret}`).toBe(false);
      }
      expect(bytes.includes(JPEG), name).toBe(false);
    }
    expect(await rejectionOf(createOrOpenProfile(carried))).toMatchObject({ code: 'sign-in-required' });
    // Not even with the file that says so taken away.
    renameSync(join(carried, 'vault.json'), join(carried, 'vault.away'));
    expect(await rejectionOf(createOrOpenProfile(carried))).toMatchObject({ code: 'profile-damaged', params: { part: 'key' } });
    renameSync(join(carried, 'vault.away'), join(carried, 'vault.json'));
    expect(await rejectionOf(openWithPassword(carried, new Throttle(carried), ADMIN.login, 'guess'))).toMatchObject({
      code: 'sign-in-failed',
    });
    const opened = await openWithCode(carried, new Throttle(carried), 'recovery', codes.recovery);
    const copy = await createOrOpenProfile(carried, opened.vault);
    onTestFinished(() => copy.close());
    await expectEverything(copy, before);
  });

  test('gets a new key when somebody leaves: what they kept of the old one opens nothing, all others keep their passwords and codes', async () => {
    const before = await used();
    const codes = await protectProfile(LOCAL_ACTOR, before.folder, { site: SITE, admin: ADMIN }, watching());
    const opened = await openWithPassword(before.folder, new Throttle(before.folder), ADMIN.login, ADMIN.password);
    const profile = await createOrOpenProfile(before.folder, opened.vault);
    const sessions = new Sessions(profile);
    await sessions.signIn(opened);
    const admin = sessions.actor();
    const leaver = await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['technician'] });
    const stays = await addAccount(admin, profile, { login: 'ravi', name: 'Ravi', roles: ['doctor'] });
    const stolen = await (await openWithPassword(before.folder, new Throttle(before.folder), 'meena', leaver.password)).vault.read();
    const oldVault = readFileSync(join(before.folder, 'vault.json'));
    await endAccount(admin, profile, leaver.account.id);
    profile.close();
    await rekeyProfile(admin, before.folder, opened.vault, watching());
    const source = { protected: true, read: () => Promise.resolve(stolen), create: () => Promise.resolve(stolen) };
    expect(await rejectionOf(createOrOpenProfile(before.folder, source))).toMatchObject({ code: 'database-wrong-key' });
    await expectEverything(await signIn(before.folder), before);
    await openWithPassword(before.folder, new Throttle(before.folder), 'ravi', stays.password);
    await openWithCode(before.folder, new Throttle(before.folder), 'break-glass', codes['break-glass']);
    // The vault from before they left gives the old key, which is nobody's now.
    const carried = join(temporaryFolder(), 'carried');
    cpSync(before.folder, carried, { recursive: true });
    writeFileSync(join(carried, 'vault.json'), oldVault);
    const again = await openWithPassword(carried, new Throttle(carried), 'meena', leaver.password);
    expect(await rejectionOf(createOrOpenProfile(carried, again.vault))).toMatchObject({ code: 'database-wrong-key' });
  });

  test('opens with the old password or the new one, and with the acknowledged one, after kill -9 in the middle of a change', async () => {
    const before = await used();
    const [first, second] = [ADMIN.password, 'seven green parrots'];
    await protectProfile(LOCAL_ACTOR, before.folder, { site: SITE, admin: { ...ADMIN, login: 'asha' } }, watching());
    let valid = first;
    for (const delayMs of [0, 60]) {
      const child = startProgram(program, ['password', before.folder, valid, valid === first ? second : first]);
      let acknowledged = await child.nextLine();
      await setTimeout(delayMs);
      child.process.kill('SIGKILL');
      acknowledged = (await child.rest()).at(-1) ?? acknowledged;
      const passwords = [acknowledged, acknowledged === first ? second : first];
      const opens: string[] = [];
      for (const password of passwords) {
        await openWithPassword(before.folder, new Throttle(temporaryFolder()), 'asha', password).then(
          () => opens.push(password),
          () => undefined,
        );
      }
      // One of them, and at most one change after the acknowledged one.
      expect(opens).toHaveLength(1);
      valid = opens[0] ?? '';
    }
    const profile = await signIn(before.folder, 'asha', valid);
    await expectEverything(profile, before);
  });
});
