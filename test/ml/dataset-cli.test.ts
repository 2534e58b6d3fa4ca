import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { listItems } from '../../electron/db/queries/data-sets';
import { transaction } from '../../electron/db/sql';
import { listDatasets } from '../../electron/services/data-sets/summary';
import { readLabelList } from '../../electron/services/train/training-set';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { GRADES } from '../../electron/shared/domain/reading';
import { buildCli, type CliEnd, runCli, startCli } from '../helpers/cli';
import { addPhotograph, label } from '../helpers/labels';
import { storePhotograph } from '../helpers/stored-photograph';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();

test('labels are frozen, shown, compared, exported as a list that training reads, and brought to another site from the command line', async () => {
  const home = temporaryFolder();
  const folder = join(home, 'profile');
  const run = (...args: string[]): Promise<CliEnd> => runCli(cli, args, { home });
  const dataset = (...args: string[]): Promise<CliEnd> => run('dataset', ...args, '--profile', folder);
  const profile = await createOrOpenProfile(folder);
  const images = [];
  for (let seed = 0; seed < 24; seed++) images.push(await storePhotograph(profile, seed));
  label(profile, images.slice(0, 20), (index) => GRADES[index % 5] ?? 0);
  profile.close();

  expect((await dataset('show')).err).toContain('not-found');
  const frozen = await dataset('freeze');
  expect(frozen.code, frozen.err).toBe(0);
  expect(frozen.out).toContain('Version 1 is stored.');
  expect((await dataset('freeze')).out).toContain('Nothing is new: it is version 1.');
  const later = await createOrOpenProfile(folder);
  label(later, images.slice(20), () => 2);
  later.close();
  expect((await dataset('freeze')).out).toContain('Version 2 is stored.');
  expect((await dataset('list')).out).toMatch(/\n {2}2 .*\n {2}1 /);
  expect((await dataset('diff', '1', '2')).out).toContain('added 4, removed 0, regraded 0, moved 0, unchanged 20');

  const exported = join(home, 'export');
  const written = await dataset('export', exported, '--with-locked');
  expect(written.code, written.err).toBe(0);
  expect((await readLabelList(join(exported, 'labels.csv'))).files).toHaveLength(24);
  const again = await dataset('export', exported);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('folder-not-empty')]);

  const other = join(home, 'other');
  const imported = await run('dataset', 'import', join(exported, 'labels.csv'), '--profile', other);
  expect(imported.code, imported.err).toBe(0);
  expect((await run('dataset', 'show', '1', '--profile', other)).out).toContain('Version 1');
  expect((await run('dataset', 'import', join(home, 'nowhere.csv'), '--profile', other)).code).toBe(2);

  const lines = readFileSync(join(exported, 'labels.csv'), 'utf8');
  writeFileSync(join(exported, 'broken.csv'), lines.replace('patient', 'person'));
  const broken = await run('dataset', 'import', join(exported, 'broken.csv'), '--profile', other);
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('label-list-invalid')]);
}, 300_000);

test('kill -9 in the middle of a freeze leaves no half data set, and the next freeze has all of it', async () => {
  const home = temporaryFolder();
  const folder = join(home, 'profile');
  const profile = await createOrOpenProfile(folder);
  const images = transaction(profile.database, () => Array.from({ length: 1500 }, () => addPhotograph(profile)));
  label(profile, images, (index) => GRADES[index % 5] ?? 0);
  profile.close();
  for (const delayMs of [0, 40]) {
    const freeze = startCli(cli, ['dataset', 'freeze', '--profile', folder], { home, environment: {} });
    await freeze.says(/of \d+/);
    await setTimeout(delayMs);
    freeze.process.kill('SIGKILL');
    await freeze.ended;
    const opened = await createOrOpenProfile(folder);
    const [found] = listDatasets(LOCAL_ACTOR, opened);
    if (found !== undefined) expect(listItems(opened.database, found.id)).toHaveLength(images.length);
    opened.close();
  }
  expect((await runCli(cli, ['dataset', 'freeze', '--profile', folder], { home })).code).toBe(0);
  const whole = await createOrOpenProfile(folder);
  const [frozen] = listDatasets(LOCAL_ACTOR, whole);
  expect(listItems(whole.database, frozen?.id ?? '')).toHaveLength(images.length);
  expect(whole.database.prepare('SELECT count(*) FROM patient_partition').pluck().get()).toBe(images.length);
  whole.close();
}, 300_000);
