import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { encounterOutcome, type NewEncounterOutcome, recordEncounterOutcome } from '../../../../electron/db/queries/encounter-outcomes';
import { listCallBacks } from '../../../../electron/db/queries/call-backs';
import { Capture } from '../../../../electron/services/capture/capture';
import { recallList, rescoreRecalled, rollBack } from '../../../../electron/services/models/rollback';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { toAppError } from '../../../../electron/shared/errors';
import { openTestWorkspace, screenCamp, writeCamp } from '../../../helpers/camp';
import { promoteOnce, soundRows, writeCandidate, writeList } from '../../../helpers/candidate';
import { buildProgram } from '../../../helpers/child';
import { newEncounter } from '../../../helpers/encounter';
import { errorOf } from '../../../helpers/errors';
import { fakeEngine, starterThresholds } from '../../../helpers/fake-engine';
import { temporaryFolder } from '../../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');
const HIGH = Math.min(1, starterThresholds().refer + 0.1);
const options = { signal: new AbortController().signal, onProgress: (): void => undefined };

/** A profile with a promoted model that sent 12 and 13 home; the model before it would refer 12. */
async function screened(): Promise<{ profileFolder: string; id: string; camp: string }> {
  const profileFolder = temporaryFolder();
  const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
  const { id } = bundle.files;
  await promoteOnce(profileFolder, folder, await writeList(temporaryFolder(), soundRows(), id));
  const camp = temporaryFolder();
  const missed = { p2: HIGH, p2Of: { [id]: 0.01 } };
  writeCamp(camp, {
    '12_right.jpg': missed,
    '12_left.jpg': {},
    '13_right.jpg': {},
    '13_left.jpg': {},
    '14_right.jpg': { p2: 0.9 },
    '14_left.jpg': {},
  });
  const workspace = await openTestWorkspace(profileFolder, worker, fakeEngine());
  const { facts, patients } = await screenCamp(workspace, camp);
  expect(facts.modelId).toBe(id);
  expect(patients.map(({ patient, result }) => [patient, result])).toEqual([
    ['14', 'refer'],
    ['12', 'no-refer'],
    ['13', 'no-refer'],
  ]);
  await workspace.close();
  return { profileFolder, id, camp };
}

/** A patient whom a promoted model sent home after two photographs; `later` is what was concluded of the same examination afterwards. */
async function sentHome() {
  const profileFolder = temporaryFolder();
  const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
  const { id } = bundle.files;
  await promoteOnce(profileFolder, folder, await writeList(temporaryFolder(), soundRows(), id));
  const workspace = await openTestWorkspace(profileFolder, worker, fakeEngine());
  const capture = new Capture(workspace);
  onTestFinished(() => capture.close());
  const camera = temporaryFolder();
  writeCamp(camera, { 'a.jpg': { p2: HIGH, p2Of: { [id]: 0.01 } }, 'b.jpg': {} });
  const { encounterId, patientId } = newEncounter(workspace);
  for (const [name, eye] of [
    ['a.jpg', 'right'],
    ['b.jpg', 'left'],
  ] as const) {
    await capture.take(LOCAL_ACTOR, { paths: [join(camera, name)], way: 'files', chosenFor: { encounterId, eye, field: null } });
    await capture.settle();
  }
  const { database, site } = workspace.profile;
  function later(outcome: Pick<NewEncounterOutcome, 'source' | 'result' | 'basis'>): void {
    recordEncounterOutcome(database, {
      siteId: site.id,
      encounterId,
      patientId,
      eye: null,
      actorId: 'local',
      urgent: false,
      reasons: [],
      ...outcome,
    });
  }
  return { workspace, encounterId, patientId, id, later };
}

describe('rolling back', () => {
  test('brings the model before into use, lists everybody whom the other one sent home, and has their photographs looked at again', async () => {
    const { profileFolder, id, camp } = await screened();
    const workspace = await openTestWorkspace(profileFolder, worker, fakeEngine());
    expect(rollBack(LOCAL_ACTOR, workspace.profile)).toEqual({ modelId: id, recalled: 2 });
    // The copies in the profile serve: the camp's own folder may be long gone.
    rmSync(camp, { recursive: true });
    await rescoreRecalled(LOCAL_ACTOR, workspace, options);
    expect(workspace.model?.id).not.toBe(id);
    const recalled = recallList(LOCAL_ACTOR, workspace.profile);
    expect(recalled.map(({ rescored }) => rescored?.result)).toEqual(['refer', 'no-refer']);
    const worse = recalled.filter(({ rescored }) => rescored?.result === 'refer').map(({ patientId }) => patientId);
    expect(listCallBacks(workspace.profile.database, worse)).toMatchObject([{ reason: 'model-recall', closed: null, urgent: false }]);
    expect(
      listCallBacks(
        workspace.profile.database,
        recalled.map(({ patientId }) => patientId),
      ),
    ).toHaveLength(1);
    expect(verifyAuditChain(workspace.profile.database).ok).toBe(true);
  });

  test('looks again at patients who were photographed one by one, and puts whoever is worse on the call-back list', async () => {
    const { workspace, encounterId, patientId } = await sentHome();
    expect(rollBack(LOCAL_ACTOR, workspace.profile).recalled).toBe(1);
    await workspace.reloadModel();
    await rescoreRecalled(LOCAL_ACTOR, workspace, options);
    expect(recallList(LOCAL_ACTOR, workspace.profile)).toMatchObject([{ encounterId, runId: null, rescored: { result: 'refer' } }]);
    expect(listCallBacks(workspace.profile.database, [patientId])).toMatchObject([{ reason: 'model-recall', encounterId }]);
  });

  test('lists a no referral also where another model has scored the patient since: the slip was given', async () => {
    const { workspace, encounterId, patientId, later } = await sentHome();
    const issued = encounterOutcome(workspace.profile.database, encounterId, null)?.id;
    later({ source: 'ai', result: 'no-refer', basis: { modelId: 'f'.repeat(64) } });
    expect(rollBack(LOCAL_ACTOR, workspace.profile).recalled).toBe(1);
    expect(recallList(LOCAL_ACTOR, workspace.profile)).toMatchObject([{ outcomeId: issued, encounterId }]);
    await workspace.reloadModel();
    await rescoreRecalled(LOCAL_ACTOR, workspace, options);
    expect(recallList(LOCAL_ACTOR, workspace.profile)).toMatchObject([{ rescored: { result: 'refer' } }]);
    expect(listCallBacks(workspace.profile.database, [patientId])).toMatchObject([{ reason: 'model-recall', closed: null }]);
  });

  test('lists nobody whom the same model took back itself, or whom a person has seen since', async () => {
    const took = await sentHome();
    took.later({ source: 'ai', result: 'refer', basis: { modelId: took.id } });
    expect(rollBack(LOCAL_ACTOR, took.workspace.profile).recalled).toBe(0);
    const seen = await sentHome();
    seen.later({ source: 'ai', result: 'no-refer', basis: { modelId: 'f'.repeat(64) } });
    seen.later({ source: 'doctor', result: 'no-refer', basis: {} });
    expect(rollBack(LOCAL_ACTOR, seen.workspace.profile).recalled).toBe(0);
  });

  test('keeps whom nobody could look at again on the list, unanswered', async () => {
    const { profileFolder } = await screened();
    const workspace = await openTestWorkspace(profileFolder, worker, fakeEngine());
    rollBack(LOCAL_ACTOR, workspace.profile);
    rmSync(join(profileFolder, 'blobs'), { recursive: true });
    await rescoreRecalled(LOCAL_ACTOR, workspace, options);
    expect(recallList(LOCAL_ACTOR, workspace.profile).map(({ rescored }) => rescored)).toEqual([null, null]);
  });

  test('is refused when the model in use is the shipped one', async () => {
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const error = errorOf(() => rollBack(LOCAL_ACTOR, workspace.profile));
    expect(toAppError(error).code).toBe('model-nothing-to-roll-back');
  });
});
