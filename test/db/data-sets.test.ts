import { describe, expect, test } from 'vitest';
import { addItems, beginDataset, getDataset, listItems, sealDataset } from '../../electron/db/queries/data-sets';
import { listOpenItems } from '../../electron/db/queries/open-items';
import { addPartition } from '../../electron/db/queries/patient-partitions';
import { ensureOwnSite } from '../../electron/db/queries/sites';
import type { WritableDatabase } from '../../electron/db/sql';
import type { Part } from '../../electron/shared/domain/data-sets';
import { addTestImage, newDatabase, sha256Of } from '../helpers/database';

const TABLES = [
  'patient_partition',
  'dataset',
  'dataset_item',
  'dataset_seal',
  'image_fingerprint',
  'near_duplicate',
  'near_duplicate_decision',
  'site_key',
  'trusted_site',
  'reading_package',
  'reading_package_item',
  'reading_package_read',
  'reading_package_return',
  'received_package',
  'received_package_item',
  'audit_draw',
  'audit_draw_unit',
];

function fill(): { db: WritableDatabase; datasetId: string } {
  const db = newDatabase();
  const site = ensureOwnSite(db);
  addPartition(db, { siteId: site.id, unit: site.id, part: 'locked', stratum: 'other:random', weight: 5, actorId: 'local' });
  const parts: Part[] = ['train', 'validation', 'locked'];
  const items = parts.map((part, index) => {
    const image = addTestImage(db, site.id, index + 1);
    return {
      imageId: image.id,
      imageSha256: image.sha256,
      subject: `s-${index}`,
      eye: null,
      part,
      weight: 1,
      method: 'agreement' as const,
      certainty: 1,
      gradable: true,
      grade: 0 as const,
      macular: 'none' as const,
      referable: false,
      camera: '',
      source: 'site',
    };
  });
  const facts = { siteId: site.id, origin: 'frozen' as const, manifestSha256: sha256Of(9), leftOut: {}, actorId: 'local' };
  const datasetId = beginDataset(db, facts);
  addItems(db, datasetId, items.slice(0, 2));
  // Killed here, nobody sees it, and the same freeze goes on with it.
  expect([getDataset(db, datasetId), listItems(db, datasetId), listOpenItems(db, datasetId)]).toEqual([undefined, [], []]);
  expect(beginDataset(db, facts)).toBe(datasetId);
  addItems(db, datasetId, items);
  sealDataset(db, datasetId);
  return { db, datasetId };
}

describe('data sets', () => {
  test('every table refuses UPDATE and DELETE by a trigger', () => {
    const { db } = fill();
    const triggers = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all());
    for (const table of TABLES) for (const verb of ['update', 'delete']) expect(triggers).toContain(`${table}_no_${verb}`);
  });

  test.each([
    ['patient_partition', "part = 'train'"],
    ['dataset', 'version = 7'],
    ['dataset_item', "part = 'train'"],
  ])('what was frozen in %s stays', (table, change) => {
    const { db } = fill();
    expect(() => db.exec(`UPDATE ${table} SET ${change}`)).toThrow(`append-only: ${table}`);
    expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(`append-only: ${table}`);
  });

  test('a sealed data set takes no row any more', () => {
    const { db, datasetId } = fill();
    const late = listItems(db, datasetId).map((item) => ({ ...item, imageId: addTestImage(db, ensureOwnSite(db).id, 7).id }));
    expect(() => addItems(db, datasetId, late)).toThrow('the data set is sealed');
  });

  test('the query of training has no locked row, and breaks rather than give one', () => {
    const { db, datasetId } = fill();
    expect(listOpenItems(db, datasetId).map(({ part }) => part)).toEqual(['train', 'validation']);
    db.exec('DROP VIEW dataset_open_item; CREATE VIEW dataset_open_item AS SELECT * FROM dataset_item');
    expect(() => listOpenItems(db, datasetId)).toThrow();
  });
});
