import { describe, expect, test } from 'vitest';
import { appendAuditEvent } from '../../electron/db/audit';
import { assignImage } from '../../electron/db/queries/assignments';
import { addActivation, addRescore, addRollback, currentActivation, listRecalled } from '../../electron/db/queries/activations';
import { registerModel } from '../../electron/db/queries/models';
import { addPatient } from '../../electron/db/queries/patients';
import { addPromotion } from '../../electron/db/queries/promotions';
import { recordOutcome } from '../../electron/db/queries/outcomes';
import { run, sql, sqlId, transaction, type WritableDatabase } from '../../electron/db/sql';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { addTestCheck, addTestImage, addTestPrediction, MODEL_ID, newScreening, sha256Of } from '../helpers/database';

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
  fillModelHistory(db, site.id, screening.id);
  transaction(db, () =>
    appendAuditEvent(db, { siteId: site.id, actor: LOCAL_ACTOR, action: 'run.started', recordType: 'run', recordId: screening.id }),
  );
  return db;
}

function fillModelHistory(db: WritableDatabase, siteId: string, runId: string): void {
  const candidateId = 'b'.repeat(64);
  registerModel(db, { id: candidateId, name: 'candidate', card: {} });
  const evaluated = { preprocessing: 'prep-1', gate: 'gate-1', backend: 'onnx' as const, device: 'cpu', figures: {} };
  const promotionId = addPromotion(db, {
    siteId,
    candidateId,
    activeId: MODEL_ID,
    testSetSha256: sha256Of(1),
    verdict: 'passed',
    reasons: [],
    actorId: 'local',
    countersignedBy: 'dr-rao',
    images: [{ imageSha256: sha256Of(1), patientSha256: sha256Of(2), referable: true, method: 'consensus' }],
    evaluations: [{ modelId: candidateId, ...evaluated }],
  });
  addActivation(db, { siteId, promotionId, modelId: candidateId, validated: true, actorId: 'local' });
  recordOutcome(db, {
    siteId,
    runId,
    encounterId: null,
    subject: { level: 'patient', patientId: addPatient(db, siteId).id },
    source: 'ai',
    actorId: 'local',
    result: 'no-refer',
    urgent: false,
    reasons: [],
    basis: { modelId: candidateId },
  });
  const activation = currentActivation(db);
  if (!activation) throw new Error('no activation');
  addRollback(db, { siteId, activation, actorId: 'local' });
  const [recalled] = listRecalled(db);
  if (!recalled) throw new Error('nobody recalled');
  addRescore(db, { siteId, recalled, modelId: MODEL_ID, result: 'refer', urgent: false });
}

describe.each([
  ['prediction', 'p2 = 0'],
  ['quality_check', 'gradable = 0'],
  ['outcome', "result = 'no-refer'"],
  ['image_assignment', "eye = 'right'"],
  ['audit_event', "action = 'nothing'"],
  ['image', 'width = 1'],
  ['model', "name = 'other'"],
  ['promotion', "verdict = 'refused'"],
  ['promotion_image', 'referable = 0'],
  ['evaluation', "figures = '[]'"],
  ['model_activation', 'validated = 0'],
  ['model_rollback', "actor_id = 'other'"],
  ['recall', "outcome_id = ''"],
  ['recall_rescore', "result = 'no-refer'"],
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
    expect(before).not.toHaveLength(0);
    expect(() => db.exec(`INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`)).toThrow(`append-only: ${table}`);
    expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual(before);
  });
});
