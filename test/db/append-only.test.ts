import { describe, expect, test } from 'vitest';
import { appendAuditEvent } from '../../electron/db/audit';
import { assignImage } from '../../electron/db/queries/assignments';
import { recordOutcome } from '../../electron/db/queries/outcomes';
import { run, sql, sqlId, transaction, type WritableDatabase } from '../../electron/db/sql';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { addTestCheck, addTestImage, addTestPrediction, newScreening } from '../helpers/database';

/** One row in each table that must never change. */
function fill(): WritableDatabase {
  const { db, site, run: screening } = newScreening();
  const image = addTestImage(db, site.id);
  addTestCheck(db, image);
  addTestPrediction(db, image);
  assignImage(db, {
    siteId: site.id,
    imageId: image.id,
    patientId: null,
    encounterId: null,
    eye: 'left',
    field: null,
    basis: 'number-side',
    runId: screening.id,
    actorId: 'local',
  });
  recordOutcome(db, {
    siteId: site.id,
    runId: screening.id,
    encounterId: null,
    subject: { level: 'image', imageId: image.id },
    source: 'ai',
    actorId: 'local',
    result: 'refer',
    urgent: false,
    reasons: ['score'],
    basis: { threshold: 0.5 },
  });
  transaction(db, () =>
    appendAuditEvent(db, { siteId: site.id, actor: LOCAL_ACTOR, action: 'run.started', recordType: 'run', recordId: screening.id }),
  );
  return db;
}

describe.each([
  ['prediction', 'p2 = 0'],
  ['quality_check', 'gradable = 0'],
  ['outcome', "result = 'no-refer'"],
  ['image_assignment', "eye = 'right'"],
  ['audit_event', "action = 'nothing'"],
  ['image', 'width = 1'],
  ['model', "name = 'other'"],
])('%s', (table, change) => {
  test('refuses UPDATE', () => {
    const db = fill();
    expect(() => db.exec(`UPDATE ${table} SET ${change}`)).toThrow(`append-only: ${table}`);
  });

  test('refuses DELETE', () => {
    const db = fill();
    expect(() => run(db, sql`DELETE FROM ${sqlId(table)}`)).toThrow(`append-only: ${table}`);
  });

  test('refuses INSERT OR REPLACE, which deletes without saying so', () => {
    const db = fill();
    const before = db.prepare(`SELECT * FROM ${table}`).all();
    expect(before).toHaveLength(1);
    expect(() => db.exec(`INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`)).toThrow(`append-only: ${table}`);
    expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual(before);
  });
});
