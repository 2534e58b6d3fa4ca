import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exited, expect, quit, test, until } from './helpers/netra';

function demoFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('netra-demo-'));
}

test('the demonstration opens a clinic of its own with one account of each role, and leaves nothing behind', async ({ launch }) => {
  const before = demoFolders();
  const netra = await launch({ switches: ['--demo'], accounts: 'first-start' });
  await until(async () => (await netra.ask('status', {})).profile.state === 'closed');
  const { demo } = await netra.ask('status', {});
  expect(demo?.flatMap(({ roles }) => roles).sort()).toEqual(['admin', 'doctor', 'technician']);
  for (const { login, password } of demo ?? []) {
    await expect(netra.page.getByText(login, { exact: true }).first()).toBeVisible();
    await expect(netra.page.getByText(password).first()).toBeVisible();
  }

  const [made, ...others] = demoFolders().filter((name) => !before.includes(name));
  expect(others).toEqual([]);
  expect(existsSync(netra.profile)).toBe(false);
  await quit(netra);
  await exited(netra);
  expect(made).toBeDefined();
  expect(existsSync(join(tmpdir(), made ?? ''))).toBe(false);
});
