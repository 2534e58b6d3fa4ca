import { describe, expect, it, onTestFinished } from 'vitest';
import { createOrOpenProfile } from '../../../../electron/db/profile/profile';
import { registerModel } from '../../../../electron/db/queries/models';
import { recordOutcome } from '../../../../electron/db/queries/outcomes';
import { startRun } from '../../../../electron/db/queries/runs';
import { transaction } from '../../../../electron/db/sql';
import { driftReport } from '../../../../electron/services/drift/drift';
import { auditState, setAuditReaders, topUpAudit } from '../../../../electron/services/drift/running-audit';
import type { Workspace } from '../../../../electron/services/workspace';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { seededRandom } from '../../../../electron/shared/statistics/random';
import { inlinePool } from '../../../helpers/inline-pool';
import { addTestCheck, addTestPrediction, MODEL_ID, VERSIONS } from '../../../helpers/database';
import { addPhotograph, answer, graded } from '../../../helpers/labels';
import { temporaryFolder } from '../../../helpers/temporary';

const DAY_MS = 86_400_000;
const READERS = { readerIds: ['dr-a', 'dr-b'], adjudicatorId: 'dr-senior', consentDeclared: true };

/** A site with patients of this month, the first `positives` of them referred by the program. */
async function site(patients: number, positives: number): Promise<Workspace> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  const { database: db } = profile;
  transaction(db, () => {
    registerModel(db, { id: MODEL_ID, name: 'test', card: {} });
    const run = startRun(db, {
      siteId: profile.site.id,
      actorId: 'local',
      roots: [Buffer.from('/camp')],
      modelId: MODEL_ID,
      ...VERSIONS,
      backend: 'onnx',
      listSha256: null,
    });
    for (let patient = 0; patient < patients; patient++) {
      const image = addPhotograph(profile);
      addTestCheck(db, image);
      addTestPrediction(db, image);
      recordOutcome(db, {
        siteId: profile.site.id,
        runId: run.id,
        encounterId: null,
        subject: { level: 'patient', patientId: patientOf(profile, image.id) },
        source: 'ai',
        actorId: 'local',
        result: patient < positives ? 'refer' : 'no-refer',
        urgent: false,
        reasons: [],
        basis: { modelId: MODEL_ID },
      });
    }
  });
  return { profile, pool: inlinePool(profile), model: null } as unknown as Workspace;
}

function patientOf({ database }: Workspace['profile'], imageId: string): string {
  return String(database.prepare('SELECT patient_id FROM image_assignment_current WHERE image_id = ?').pluck().get(imageId));
}

const nextMonth = (): number => Date.now() + 40 * DAY_MS;

/** Both readers say this of everything that waits. */
function readAll({ profile }: Workspace, gradeOf: (positive: boolean, index: number) => 0 | 2): void {
  const rows = profile.database
    .prepare(
      'SELECT a.id, a.image_id, a.reader_id, u.positive FROM read_assignment a JOIN audit_draw_unit u ON u.image_id = a.image_id ORDER BY a.image_id',
    )
    .all() as { id: string; image_id: string; reader_id: string; positive: number }[];
  const images = [...new Set(rows.map((row) => row.image_id))];
  transaction(profile.database, () => {
    for (const row of rows)
      answer(profile, row.id, row.image_id, row.reader_id, graded(gradeOf(row.positive === 1, images.indexOf(row.image_id))));
  });
}

describe('the running audit', () => {
  it('sends nothing while nobody has been named, and nothing of a month that is not over', async () => {
    const workspace = await site(20, 2);
    expect(await topUpAudit(workspace, nextMonth(), seededRandom(1))).toEqual([]);
    setAuditReaders(LOCAL_ACTOR, workspace, READERS);
    expect(await topUpAudit(workspace, Date.now(), seededRandom(1))).toEqual([]);
  });

  it('draws every positive and 50 negatives of a month that is over, once', async () => {
    const workspace = await site(130, 12);
    setAuditReaders(LOCAL_ACTOR, workspace, READERS);
    expect(await topUpAudit(workspace, nextMonth(), seededRandom(1))).toHaveLength(1);
    expect(auditState(LOCAL_ACTOR, workspace).draws).toMatchObject([{ positives: 12, negatives: 50, negativesOf: 118 }]);
    expect(await topUpAudit(workspace, nextMonth(), seededRandom(2))).toEqual([]);
    const kinds = workspace.profile.database.prepare('SELECT origin, count(*) AS n FROM campaign_item GROUP BY origin').all();
    expect(kinds).toEqual([
      { origin: 'random', n: 50 },
      { origin: 'selected', n: 12 },
    ]);
  });

  it('keeps 30 of a hundred random in a month of mostly positives', async () => {
    const workspace = await site(240, 140);
    setAuditReaders(LOCAL_ACTOR, workspace, READERS);
    await topUpAudit(workspace, nextMonth(), seededRandom(1));
    expect(auditState(LOCAL_ACTOR, workspace).draws).toMatchObject([{ positives: 140, negatives: 60 }]);
  });

  it('prints the upper bound of what was missed, never only that none was', async () => {
    const workspace = await site(70, 10);
    setAuditReaders(LOCAL_ACTOR, workspace, READERS);
    await topUpAudit(workspace, nextMonth(), seededRandom(1));
    expect(auditState(LOCAL_ACTOR, workspace)).toMatchObject({ negativesRead: 0, missed: 0, missedAtMost: 1 });
    readAll(workspace, (positive) => (positive ? 2 : 0));
    const state = auditState(LOCAL_ACTOR, workspace);
    expect(state).toMatchObject({ negativesRead: 50, missed: 0, positivesRead: 10, positivesConfirmed: 10 });
    expect(state.missedAtMost).toBeCloseTo(1 - 0.05 ** (1 / 50), 6);
  });
});

describe('drift', () => {
  it('counts referred patients, readings of the gate and scores by month and camera', async () => {
    const workspace = await site(30, 6);
    const report = driftReport(LOCAL_ACTOR, workspace, Date.now());
    expect(report.months).toHaveLength(1);
    expect(report.referrals).toMatchObject([{ patients: 30, value: 0.2, centre: null, alarm: false }]);
    expect(report.cameras).toMatchObject([{ camera: 'Remidio FOP', ungradable: [{ images: 30, value: 0 }] }]);
    expect(report.cameras[0]?.scores[0]?.bins.reduce((sum, n) => sum + n, 0)).toBe(30);
  });
});
