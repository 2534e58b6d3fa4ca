import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { countUses } from '../../../../electron/db/queries/promotions';
import { sha256 } from '../../../../electron/engine/bundle/files';
import { readBundle } from '../../../../electron/engine/bundle/read';
import { ModelDesk } from '../../../../electron/services/models/model-desk';
import { modelInUse } from '../../../../electron/services/models/store';
import type { Workspace } from '../../../../electron/services/workspace';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { isLocked } from '../../../../electron/services/train/partitions';
import type { TaskSteps } from '../../../../electron/shared/ipc/types';
import { toAppError } from '../../../../electron/shared/errors';
import { openTestWorkspace } from '../../../helpers/camp';
import { LOCKED, soundRows, STARTER, writeCandidate, writeList } from '../../../helpers/candidate';
import { buildProgram } from '../../../helpers/child';
import { errorOf, rejectionOf } from '../../../helpers/errors';
import { fakeEngine } from '../../../helpers/fake-engine';
import { temporaryFolder } from '../../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');
const DOCTOR = { userId: 'dr-rao', roles: ['doctor'] } as const;

async function opened(): Promise<{ workspace: Workspace; desk: ModelDesk }> {
  const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
  onTestFinished(() => workspace.close());
  return { workspace, desk: new ModelDesk({ workspace, starterFolder: STARTER, spawnEngine: fakeEngine().spawn }) };
}

function watch(steps: TaskSteps[] = []): Parameters<ModelDesk['compare']>[2] {
  return { signal: new AbortController().signal, steps: (now) => void steps.push(now) };
}

function looks(workspace: Workspace): number {
  return workspace.profile.database.prepare('SELECT count(*) FROM promotion').pluck().get() as number;
}

describe('two models compared', () => {
  const open = Array.from({ length: 30 }, (_, index) => `o${index}`).filter((patient) => !isLocked(patient));

  test('stand side by side with what each says of the photographs on which they differ, and locked patients are left alone', async () => {
    const { workspace, desk } = await opened();
    const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
    // The first ill patient is missed by the second model, the first healthy one is an alarm that only it gives.
    const rows = open.map((patient, index) => ({
      file: `${patient}.jpg`,
      patient,
      grade: index % 2 === 0 ? 3 : 0,
      method: 'single',
      candidate: index === 0 ? 0.001 : index === 1 ? 0.9 : index % 2 === 0 ? 0.9 : 0.001,
      active: index % 2 === 0 ? 0.9 : 0.001,
    }));
    const data = await writeList(temporaryFolder(), rows, bundle.files.id);
    await writeFile(data, `${await readFile(data, 'utf8')}\nlocked.jpg,${LOCKED[0]},3,single`);
    const steps: TaskSteps[] = [];
    const id = await desk.compare(LOCAL_ACTOR, { first: STARTER, second: folder, data, images: null }, watch(steps));
    const comparison = desk.comparison(LOCAL_ACTOR, id);
    expect(comparison).toMatchObject({
      locked: false,
      photographs: rows.length,
      unreadable: 0,
      gate: null,
      differences: { missed: 1, found: 0, alarmed: 1, spared: 0 },
      first: { name: (await readBundle(STARTER)).card.name },
      second: { name: 'Tiny' },
    });
    expect(comparison.images.map(({ file, difference }) => [file, difference])).toEqual([
      [rows[0]?.file, 'missed'],
      [rows[1]?.file, 'alarmed'],
    ]);
    expect(comparison.images[0]?.first.heatMap?.values).toHaveLength(4);
    expect(comparison.groups[0]?.first.auc?.value).toBe(1);
    expect(comparison.aucDifference?.difference).toBeLessThan(0);
    expect(comparison.first.roc.at(-1)).toEqual([1, 1]);
    expect(steps.at(-1)).toMatchObject({ done: 2 * rows.length, total: 2 * rows.length });
    expect(looks(workspace)).toBe(0);
  });
});

describe('a model examined in the window', () => {
  async function examined(): Promise<{ workspace: Workspace; desk: ModelDesk; id: string; model: string; folder: string; data: string }> {
    const { workspace, desk } = await opened();
    const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
    const data = await writeList(temporaryFolder(), soundRows(), bundle.files.id);
    const id = await desk.examine(LOCAL_ACTOR, { model: folder, data, images: null, acceptNotValidated: false }, watch());
    return { workspace, desk, id, model: bundle.files.id, folder, data };
  }

  test('waits for a doctor, comes into use when one signs, and the signature is no second look at the test patients', async () => {
    const { workspace, desk, id, model, data } = await examined();
    expect(desk.comparison(LOCAL_ACTOR, id).gate).toMatchObject({ activated: false, maySign: true, countersignedBy: null });
    expect(modelInUse(workspace.profile, STARTER).id).toBeUndefined();
    expect((await desk.sign(LOCAL_ACTOR, id, DOCTOR)).activated).toBe(true);
    expect(desk.comparison(LOCAL_ACTOR, id).gate).toMatchObject({ activated: true, maySign: false, countersignedBy: 'dr-rao' });
    expect(modelInUse(workspace.profile, STARTER).id).toBe(model);
    expect(looks(workspace)).toBe(2);
    expect(countUses(workspace.profile.database, sha256(await readFile(join(data, '..', soundRows()[0]?.file ?? ''))))).toBe(1);
    expect(verifyAuditChain(workspace.profile.database).ok).toBe(true);
  });

  test('is not signed for by its trainer, nor by somebody who is no doctor, and the refusal is kept', async () => {
    const { workspace, desk, id } = await examined();
    expect((await desk.sign(LOCAL_ACTOR, id, LOCAL_ACTOR)).result.reasons).toEqual([{ code: 'countersigned-by-trainer', params: {} }]);
    expect((await desk.sign(LOCAL_ACTOR, id, { userId: 'ward', roles: ['technician'] })).result.reasons).toEqual([
      { code: 'countersigner-not-doctor', params: {} },
    ]);
    expect(modelInUse(workspace.profile, STARTER).id).toBeUndefined();
    expect(looks(workspace)).toBe(3);
  });

  test('is not signed for once another model is in use', async () => {
    const { desk, id, folder, data } = await examined();
    const second = await desk.examine(LOCAL_ACTOR, { model: folder, data, images: null, acceptNotValidated: false }, watch());
    await desk.sign(LOCAL_ACTOR, second, DOCTOR);
    expect(toAppError(await rejectionOf(desk.sign(LOCAL_ACTOR, id, DOCTOR))).code).toBe('model-changed-since');
  });

  test('is the business of an administrator alone', async () => {
    const { desk, id } = await examined();
    expect(toAppError(errorOf(() => desk.comparison({ userId: 't', roles: ['technician'] }, id))).code).toBe('not-permitted');
    expect(await desk.picture({ userId: 't', roles: ['technician'] }, 'any')).toBeNull();
  });
});
