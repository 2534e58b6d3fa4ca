import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { openWithPassword } from '../../electron/services/accounts/open-vault';
import { Throttle } from '../../electron/services/accounts/throttle';
import { buildCli, runCli } from '../helpers/cli';
import { arrive } from '../helpers/desk';
import { makeStaffedClinic, passwordOf } from '../helpers/staffed-clinic';
import { temporaryFolder } from '../helpers/temporary';

let cli: string;
beforeAll(async () => {
  cli = await buildCli();
});

/** Runs a command with a password on standard input. */
async function netra(args: string[], typed: string): Promise<{ code: number | null; text: string }> {
  const { code, out, err } = await runCli(cli, args, { home: temporaryFolder(), typed });
  return { code, text: out + err };
}

test('a site is backed up, restored elsewhere and asked for everybody on a lost laptop, with passwords from standard input only', async () => {
  const folder = temporaryFolder();
  const [profile, stick, other] = [join(folder, 'profile'), join(folder, 'stick'), join(folder, 'other')];
  mkdirSync(stick);
  await makeStaffedClinic(profile);
  const { vault } = await openWithPassword(profile, new Throttle(profile), 'admin', passwordOf('admin'));
  const open = await createOrOpenProfile(profile, vault);
  await arrive(open, { name: 'Lakshmi Devi', phone: '98400 12345' });
  open.close();

  const refused = await netra(['backup', stick, '--profile', profile], '');
  expect(refused.text).toContain('sign-in-required');
  const made = await netra(['backup', stick, '--profile', profile, '--user', 'admin'], passwordOf('admin'));
  expect(made).toMatchObject({ code: 0 });
  expect(made.text).toContain('Backup of');

  const wrong = await netra(['restore', stick, '--profile', other, '--user', 'admin'], 'not the password');
  expect(wrong.code).toBe(1);
  expect(existsSync(other)).toBe(false);
  const restored = await netra(['restore', stick, '--profile', other, '--user', 'admin'], passwordOf('admin'));
  expect(restored.text).toContain('all checked');

  const list = join(folder, 'affected.csv');
  const incident = await netra(['incident', '--profile', other, '--user', 'admin', '--out', list], passwordOf('admin'));
  expect(incident.text).toContain('1 people had records on it');
  expect(incident.text).toContain('72 hours');
  expect(readFileSync(list, 'utf8')).toContain('Lakshmi Devi');
});
