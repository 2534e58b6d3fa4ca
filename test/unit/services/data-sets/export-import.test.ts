import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { listItems } from '../../../../electron/db/queries/data-sets';
import { exportDataset } from '../../../../electron/services/data-sets/export';
import { freezeDataset } from '../../../../electron/services/data-sets/freeze';
import { importDataset } from '../../../../electron/services/data-sets/import';
import { isLocked } from '../../../../electron/services/train/partitions';
import { readLabelList } from '../../../../electron/services/train/training-set';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import type { Grade } from '../../../../electron/shared/domain/reading';
import { seededRandom } from '../../../../electron/shared/statistics/random';
import { rejectionOf } from '../../../helpers/errors';
import { inlinePool } from '../../../helpers/inline-pool';
import { label } from '../../../helpers/labels';
import { storePhotograph } from '../../../helpers/stored-photograph';
import { temporaryFolder } from '../../../helpers/temporary';

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

async function newProfile(): Promise<Profile> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  return profile;
}

/** A frozen data set of real pictures, and where it was exported to. */
async function exported(withLocked: boolean): Promise<{ profile: Profile; datasetId: string; folder: string }> {
  const profile = await newProfile();
  const images = [];
  for (let seed = 0; seed < 30; seed++) images.push(await storePhotograph(profile, seed));
  label(profile, images, (index) => (index % 5) as Grade);
  const { id: datasetId } = await freezeDataset(LOCAL_ACTOR, { profile, pool: inlinePool(profile, seededRandom(3)) }, quiet);
  const folder = join(temporaryFolder(), 'export');
  await exportDataset(LOCAL_ACTOR, { profile, pool: inlinePool(profile) }, { datasetId, folder, withLocked, ...quiet });
  return { profile, datasetId, folder };
}

describe('an exported data set', () => {
  it('is a list that training reads, with no locked patient in it and no word about anybody', async () => {
    const { profile, datasetId, folder } = await exported(false);
    const list = await readLabelList(join(folder, 'labels.csv'));
    const open = listItems(profile.database, datasetId).filter(({ part }) => part !== 'locked');
    expect(list.files).toHaveLength(open.length);
    expect(list.files.some(({ patient }) => isLocked(patient))).toBe(false);
    for (const name of readdirSync(join(folder, 'images'))) {
      const bytes = readFileSync(join(folder, 'images', name));
      expect(bytes.includes('Lakshmi') || bytes.includes('OD 12345')).toBe(false);
    }
    const text = readFileSync(join(folder, 'labels.csv'), 'utf8');
    for (const id of profile.database.prepare('SELECT id FROM patient').pluck().all() as string[]) expect(text.includes(id)).toBe(false);
  });

  it('comes back elsewhere with the same labels and parts, and once only', async () => {
    const { profile, datasetId, folder } = await exported(true);
    const other = await newProfile();
    const place = { profile: other, pool: inlinePool(other) };
    const wanted = { data: join(folder, 'labels.csv'), images: folder, ...quiet };
    const imported = await importDataset(LOCAL_ACTOR, place, wanted);
    const shape = (from: Profile, id: string): string[] =>
      listItems(from.database, id)
        .map((item) => `${item.part} ${item.grade} ${item.method} ${item.weight.toFixed(4)}`)
        .sort();
    expect(shape(other, imported.id)).toEqual(shape(profile, datasetId));
    expect(other.database.prepare('SELECT count(*) FROM patient').pluck().get()).toBe(0);
    expect(await importDataset(LOCAL_ACTOR, place, wanted)).toMatchObject({ id: imported.id, unchanged: true });
  });

  it('is not written into a folder with something in it', async () => {
    const { profile, datasetId, folder } = await exported(false);
    const again = exportDataset(LOCAL_ACTOR, { profile, pool: inlinePool(profile) }, { datasetId, folder, withLocked: false, ...quiet });
    expect(await rejectionOf(again)).toMatchObject({ code: 'folder-not-empty' });
  });
});

describe('a data set from elsewhere is refused, and nothing of it stays, when', () => {
  async function refused(change: (folder: string, rows: string[]) => string[] | undefined): Promise<unknown> {
    const { folder } = await exported(true);
    const other = await newProfile();
    const data = join(folder, 'labels.csv');
    const rows = readFileSync(data, 'utf8').split('\r\n');
    const changed = change(folder, rows);
    if (changed) writeFileSync(data, changed.join('\r\n'));
    const error = await rejectionOf(
      importDataset(LOCAL_ACTOR, { profile: other, pool: inlinePool(other) }, { data, images: folder, ...quiet }),
    );
    expect(other.database.prepare('SELECT count(*) FROM dataset').pluck().get()).toBe(0);
    expect(other.database.prepare('SELECT count(*) FROM image').pluck().get()).toBe(0);
    return error;
  }

  it('a photograph is missing', async () => {
    const error = await refused((folder, rows) => {
      rmSync(join(folder, (rows[1] ?? '').split(',')[0] ?? ''));
      return undefined;
    });
    expect(error).toMatchObject({ code: 'dataset-image-missing' });
  });

  it('a photograph is another one than the list says', async () => {
    const error = await refused((folder, rows) => {
      const [first, second] = [rows[1], rows[2]].map((row) => join(folder, (row ?? '').split(',')[0] ?? ''));
      writeFileSync(first ?? '', readFileSync(second ?? ''));
      return undefined;
    });
    expect(error).toMatchObject({ code: 'dataset-image-altered' });
  });

  it('nobody can decode a photograph', async () => {
    const error = await refused((folder, rows) => {
      mkdirSync(join(folder, 'images'), { recursive: true });
      writeFileSync(join(folder, 'images/broken.jpg'), 'no picture');
      return [...rows.slice(0, 1), 'images/broken.jpg,someone,site,,1,,1,consensus,train,1,1,,,', ...rows.slice(1)];
    });
    expect(error).toMatchObject({ code: 'dataset-image-undecodable' });
  });

  it('the same photograph stands on both sides of the locked line', async () => {
    const error = await refused((folder, rows) => {
      const [header, ...others] = rows;
      const locked = others.find((row) => row.includes(',locked,')) ?? '';
      const name = locked.split(',')[0] ?? '';
      writeFileSync(join(folder, 'images/copy.jpg'), readFileSync(join(folder, name)));
      let patient = 0;
      while (isLocked(`p${patient}`)) patient++;
      return [header ?? '', ...others.filter((row) => row !== ''), `images/copy.jpg,p${patient},site,,1,,1,consensus,train,1,1,,,`];
    });
    expect(error).toMatchObject({ code: 'dataset-duplicate-across-partitions' });
  });
});

describe('an export', () => {
  it('stops where a photograph is gone', async () => {
    const { profile, datasetId } = await exported(false);
    rmSync(join(profile.folder, 'blobs'), { recursive: true });
    const folder = join(temporaryFolder(), 'again');
    const again = exportDataset(LOCAL_ACTOR, { profile, pool: inlinePool(profile) }, { datasetId, folder, withLocked: false, ...quiet });
    expect(await rejectionOf(again)).toMatchObject({ code: 'dataset-image-missing' });
    expect(readdirSync(folder)).toEqual(['images']);
  });
});
