import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../electron/db/audit';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { findImageBySha256 } from '../../electron/db/queries/images';
import { buildProgram, startProgram } from '../helpers/child';
import { rejectionOf } from '../helpers/errors';
import { temporaryFolder } from '../helpers/temporary';

let program = '';
beforeAll(async () => {
  program = await buildProgram('test/db/children/profile-program.ts');
});

describe('killed with -9 in the middle of writing, again and again', () => {
  test('the profile has everything that was acknowledged, nothing twice, and is sound', async () => {
    const folder = join(temporaryFolder(), 'profile');
    const acknowledged: string[] = [];
    for (const [round, delayMs] of [0, 3, 11, 29, 53, 101].entries()) {
      const writer = startProgram(program, ['write', folder]);
      expect(await writer.nextLine()).toBe('open');
      for (let count = 0; count < 3 + round; count++) acknowledged.push(await writer.nextLine());
      await setTimeout(delayMs);
      writer.process.kill('SIGKILL');
      acknowledged.push(...(await writer.rest()));
    }
    const profile = await createOrOpenProfile(folder);
    onTestFinished(() => profile.close());
    const stored = new Set(acknowledged);
    expect(stored.size).toBeGreaterThan(7);
    for (const sha256 of stored) {
      expect(findImageBySha256(profile.database, sha256)?.sha256).toBe(sha256);
      expect((await profile.blobs.get('original', sha256)).byteLength).toBeGreaterThan(1000);
      expect((await profile.blobs.get('thumbnail', sha256)).byteLength).toBeGreaterThan(5);
    }
    const images = profile.database.prepare('SELECT count(*) FROM image').pluck().get() as number;
    // At most the one that was being written in each round is there without having been acknowledged; rounds repeat the same photographs.
    expect(images).toBeGreaterThanOrEqual(stored.size);
    expect(images).toBeLessThanOrEqual(stored.size + 1);
    expect(profile.database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(profile.database.pragma('foreign_key_check')).toEqual([]);
    const chain = verifyAuditChain(profile.database);
    expect(chain.ok).toBe(true);
    expect(chain.events).toBeGreaterThanOrEqual(acknowledged.length);
    expect(readdirSync(join(folder, 'blobs', 'incoming'))).toEqual([]);
  });

  test('while it is being made, it is made by the next start', async () => {
    const parent = temporaryFolder();
    for (const delayMs of [40, 60, 80, 100, 120, 140]) {
      const folder = join(parent, String(delayMs));
      const first = startProgram(program, ['hold', folder]);
      await setTimeout(delayMs);
      first.process.kill('SIGKILL');
      await first.rest();
      const profile = await createOrOpenProfile(folder);
      expect(profile.database.pragma('integrity_check', { simple: true })).toBe('ok');
      profile.close();
    }
  });
});

describe('a second process on the same profile', () => {
  test('is refused while the first one lives', async () => {
    const folder = join(temporaryFolder(), 'profile');
    const first = startProgram(program, ['hold', folder]);
    expect(await first.nextLine()).toBe('open');
    const second = startProgram(program, ['hold', folder]);
    expect(await second.nextLine()).toBe('error profile-locked');
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code: 'profile-locked' });
  });

  test('gets in at once after the first was killed with -9', async () => {
    const folder = join(temporaryFolder(), 'profile');
    const first = startProgram(program, ['hold', folder]);
    expect(await first.nextLine()).toBe('open');
    first.process.kill('SIGKILL');
    await first.rest();
    const profile = await createOrOpenProfile(folder);
    profile.close();
  });

  test('is refused in the same process too, and let in after closing', async () => {
    const folder = join(temporaryFolder(), 'profile');
    const first = await createOrOpenProfile(folder);
    expect(await rejectionOf(createOrOpenProfile(folder))).toMatchObject({ code: 'profile-locked' });
    const outside = startProgram(program, ['hold', folder]);
    // The refusal above must not have dropped the lock either.
    expect(await outside.nextLine()).toBe('error profile-locked');
    first.close();
    (await createOrOpenProfile(folder)).close();
  });
});
