import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { setSiteMode } from '../../../../electron/db/queries/sites';
import { addSlip } from '../../../../electron/db/queries/slips';
import { transaction } from '../../../../electron/db/sql';
import { Capture } from '../../../../electron/services/capture/capture';
import { listOwnPatterns, previewNames, saveOwnPatterns } from '../../../../electron/services/capture/name-patterns';
import { captureRates } from '../../../../electron/services/capture/rates';
import { recordDoctorOutcome } from '../../../../electron/services/encounter/doctor-outcome';
import { appealQuality, raiseResult, recordDilation, stateEye } from '../../../../electron/services/encounter/encounter-acts';
import { encounterView } from '../../../../electron/services/encounter/encounter-view';
import { placePhotographs, swapEyes } from '../../../../electron/services/encounter/corrections';
import { giveStandingOrder, standingOrders } from '../../../../electron/services/encounter/standing-orders';
import type { Workspace } from '../../../../electron/services/workspace';
import { DILATION_CHECKS, type DilationChecklist } from '../../../../electron/shared/clinical/coaching';
import { type Actor, type Eye, LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import type { EncounterView } from '../../../../electron/shared/ipc/capture';
import { openTestWorkspace, writeCamp } from '../../../helpers/camp';
import { buildProgram } from '../../../helpers/child';
import { newEncounter } from '../../../helpers/encounter';
import { errorOf } from '../../../helpers/errors';
import { fakeEngine, type FakePhotograph, starterThresholds } from '../../../helpers/fake-engine';
import { temporaryFolder } from '../../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');
const HIGH = Math.min(1, starterThresholds().refer + 0.1);
const TECHNICIAN: Actor = { userId: 'asha', roles: ['technician'] };
const NO = Object.fromEntries(DILATION_CHECKS.map((check) => [check, false])) as DilationChecklist;

class Clinic {
  readonly #camera = temporaryFolder();
  readonly #capture: Capture;
  #shots = 0;

  constructor(readonly workspace: Workspace) {
    this.#capture = new Capture(workspace);
    onTestFinished(() => this.#capture.close());
  }

  static async open(): Promise<Clinic> {
    return new Clinic(await openTestWorkspace(temporaryFolder(), worker, fakeEngine()));
  }

  async shoot(encounterId: string, eye: Eye, photograph: FakePhotograph = {}, operator = TECHNICIAN): Promise<EncounterView> {
    const name = `${(this.#shots += 1)}.jpg`;
    writeCamp(this.#camera, { [name]: photograph });
    await this.#capture.take(operator, { paths: [join(this.#camera, name)], way: 'files', chosenFor: { encounterId, eye, field: null } });
    await this.#capture.settle();
    return this.view(encounterId);
  }

  view(encounterId: string): EncounterView {
    return encounterView(LOCAL_ACTOR, this.workspace, encounterId);
  }
}

describe('an eye that is not read', () => {
  test('after three failed tries is sent to a doctor, not cleared and not tried again', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'left');
    for (const id of ['1', '2']) {
      const view = await clinic.shoot(encounterId, 'right', { id, gradable: false, reasons: ['blur'] });
      expect(view.result?.advice.code).toBe('take-photo-again');
    }
    const view = await clinic.shoot(encounterId, 'right', { id: '3', gradable: false, reasons: ['blur'] });
    expect(view.eyes[0]?.step).toBe('stop-and-refer');
    expect(view.result).toMatchObject({ result: 'ungradable', aiResult: 'could-not-be-read', advice: { code: 'could-not-see' } });
  });

  test('a referring score of a rejected photograph stays, whatever later photographs show', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right', { gradable: false, p2: HIGH });
    await clinic.shoot(encounterId, 'right');
    expect((await clinic.shoot(encounterId, 'left')).result).toMatchObject({ result: 'refer' });
  });

  test('a prosthesis excuses it, an opaque one refers, one that is not possible is never no referral', async () => {
    const clinic = await Clinic.open();
    for (const [state, reason, result] of [
      ['prosthesis', null, 'no-refer'],
      ['opaque', null, 'refer'],
      ['not-possible', 'pain', 'ungradable'],
    ] as const) {
      const { encounterId } = newEncounter(clinic.workspace);
      await clinic.shoot(encounterId, 'right');
      stateEye(TECHNICIAN, clinic.workspace, { encounterId, eye: 'left', state, reason });
      expect(clinic.view(encounterId).result?.result).toBe(result);
    }
  });

  test('an appeal is kept for a doctor, and only for a photograph that was rejected', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    const good = (await clinic.shoot(encounterId, 'right')).eyes[0]?.photos[0]?.imageId ?? '';
    const rejected = (await clinic.shoot(encounterId, 'left', { gradable: false })).eyes[1]?.photos[0]?.imageId ?? '';
    expect(errorOf(() => appealQuality(TECHNICIAN, clinic.workspace, { encounterId, imageId: good }))).toMatchObject({
      code: 'not-permitted',
    });
    appealQuality(TECHNICIAN, clinic.workspace, { encounterId, imageId: rejected });
    expect(clinic.view(encounterId).eyes[1]?.photos[0]?.appealed).toBe(true);
  });
});

test('photographs that are put right supersede the result even by the same words, and what was printed of it is void', async () => {
  const clinic = await Clinic.open();
  const { workspace } = clinic;
  const { encounterId, patientId } = newEncounter(workspace);
  const other = newEncounter(workspace).encounterId;
  const print = (id: string): void => {
    const { site, database } = workspace.profile;
    const outcomeId = clinic.view(encounterId).result?.outcomeId ?? '';
    const words = { advice: 'doctor-will-read', day: null, hospitalId: null, language: 'en' } as const;
    addSlip(database, { siteId: site.id, actorId: id, kind: 'slip', encounterId, patientId, outcomeId, ...words });
  };
  await clinic.shoot(encounterId, 'right');
  await clinic.shoot(encounterId, 'left');
  print('asha');
  expect(clinic.view(encounterId)).toMatchObject({ slipVoid: false, result: { result: 'no-refer' } });
  swapEyes(TECHNICIAN, workspace, encounterId);
  expect(clinic.view(encounterId)).toMatchObject({ slipVoid: true, result: { result: 'no-refer' } });
  print('asha');
  expect(clinic.view(encounterId).slipVoid).toBe(false);
  // Somebody else's photograph, moved here: the slip was made without it.
  const moved = (await clinic.shoot(other, 'right')).eyes[0]?.photos[0]?.imageId ?? '';
  placePhotographs(TECHNICIAN, workspace, { imageIds: [moved], encounterId, eye: 'right', field: null });
  expect(clinic.view(encounterId).slipVoid).toBe(true);
});

describe('a result', () => {
  test('is raised by a technician, never lowered by later photographs, and taken back only by a doctor, visibly', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right');
    await clinic.shoot(encounterId, 'left');
    raiseResult(TECHNICIAN, clinic.workspace, { encounterId, urgent: true, reason: 'saw-something' });
    const raised = await clinic.shoot(encounterId, 'left');
    expect(raised.result).toMatchObject({ source: 'technician', result: 'refer', urgent: true, advice: { code: 'see-doctor-now' } });
    const { database, site } = clinic.workspace.profile;
    const read = { encounterId, eyes: [], result: 'no-refer' as const, urgent: false, reasons: [], basis: { read: 'r1' } };
    expect(errorOf(() => recordDoctorOutcome(database, site.id, TECHNICIAN, read))).toMatchObject({ code: 'not-permitted' });
    transaction(database, () => recordDoctorOutcome(database, site.id, LOCAL_ACTOR, read));
    const view = await clinic.shoot(encounterId, 'right');
    expect(view.result).toMatchObject({ source: 'doctor', result: 'no-refer' });
    expect(view.earlier[0]).toMatchObject({ source: 'technician', result: 'refer' });
    expect((await clinic.shoot(encounterId, 'right', { p2: HIGH })).result).toMatchObject({ source: 'technician', result: 'refer' });
  });

  test('of the model is never "come again" before a doctor has signed a validation here, even where AI results are issued', async () => {
    const clinic = await Clinic.open();
    transaction(clinic.workspace.profile.database, () => setSiteMode(clinic.workspace.profile.database, 'ai-result-issued'));
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right');
    expect((await clinic.shoot(encounterId, 'left')).result?.advice.code).toBe('doctor-will-read');
  });

  test('follows symptoms whatever the model says', async () => {
    const clinic = await Clinic.open();
    const answers = {
      suddenLoss: true,
      floatersOrFlashes: false,
      painOrRedness: false,
      pregnancy: false,
      earlierTreatment: false,
      underEyeDoctor: false,
    };
    const { encounterId } = newEncounter(clinic.workspace, { answers });
    await clinic.shoot(encounterId, 'right');
    expect((await clinic.shoot(encounterId, 'left')).result).toMatchObject({ result: 'refer', urgent: true });
  });
});

describe('a disc on the side of the other eye', () => {
  test('warns beside the photograph and changes nobody’s eye', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    const view = await clinic.shoot(encounterId, 'right', { disc: { x: -0.55, y: 0, confidence: 0.97 } });
    expect(view.eyes[0]?.photos[0]).toMatchObject({ eye: 'right', discWarning: 'other-eye' });
  });
});

describe('drops', () => {
  test('need a doctor’s standing order, every answer no and the batch; a yes is written down and ends the matter', async () => {
    const clinic = await Clinic.open();
    const { workspace } = clinic;
    const first = newEncounter(workspace);
    const ask = (encounterId: string, orderId: string, checklist: DilationChecklist, batch: string | null): void =>
      recordDilation(TECHNICIAN, workspace, { encounterId, orderId, checklist, batch });
    expect(errorOf(() => ask(first.encounterId, 'x'.repeat(36), NO, 'B1'))).toMatchObject({ code: 'dilation-not-allowed' });
    expect(errorOf(() => giveStandingOrder(TECHNICIAN, workspace, { drug: 'a', strength: 'b', days: 1 }))).toMatchObject({
      code: 'not-permitted',
    });
    giveStandingOrder(LOCAL_ACTOR, workspace, { drug: 'Tropicamide', strength: '1 %', days: 30 });
    const orderId = standingOrders(TECHNICIAN, workspace)[0]?.id ?? '';
    expect(errorOf(() => ask(first.encounterId, orderId, NO, null))).toMatchObject({ code: 'dilation-batch-missing' });
    ask(first.encounterId, orderId, NO, 'B1');
    expect(clinic.view(first.encounterId).dilation).toMatchObject({ given: true, drug: 'Tropicamide' });
    const second = newEncounter(workspace);
    ask(second.encounterId, orderId, { ...NO, allergy: true }, 'B1');
    expect(clinic.view(second.encounterId)).toMatchObject({ dilation: { given: false }, mayDilate: false });
    expect(errorOf(() => ask(second.encounterId, orderId, NO, 'B1'))).toMatchObject({ code: 'dilation-not-allowed' });
  });

  test('begin the count of tries anew', async () => {
    const clinic = await Clinic.open();
    giveStandingOrder(LOCAL_ACTOR, clinic.workspace, { drug: 'Tropicamide', strength: '1 %', days: 30 });
    const orderId = standingOrders(LOCAL_ACTOR, clinic.workspace)[0]?.id ?? '';
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right', { id: 'a', gradable: false });
    expect((await clinic.shoot(encounterId, 'right', { id: 'b', gradable: false })).eyes[0]?.step).toBe('dilate');
    recordDilation(TECHNICIAN, clinic.workspace, { encounterId, orderId, checklist: NO, batch: 'B1' });
    expect(clinic.view(encounterId).eyes[0]).toMatchObject({ step: 'photograph', failedTries: 0 });
  });
});

describe('names', () => {
  test('are read by the site’s own patterns, tried before they are kept, and a pattern that is none changes nothing', async () => {
    const { workspace } = await Clinic.open();
    const own = [{ match: '^CAMP_(?<patient>\\d+)_(?<eye>[RL])', caseSensitive: false }];
    expect(previewNames(LOCAL_ACTOR, own, ['CAMP_77_L_x.jpg'])).toMatchObject([{ patient: '77', eye: 'left', patternId: 'site-1' }]);
    expect(errorOf(() => saveOwnPatterns(TECHNICIAN, workspace, own))).toMatchObject({ code: 'not-permitted' });
    saveOwnPatterns(LOCAL_ACTOR, workspace, own);
    expect(errorOf(() => saveOwnPatterns(LOCAL_ACTOR, workspace, [{ match: '(', caseSensitive: false }]))).toMatchObject({
      code: 'patterns-invalid',
    });
    expect(listOwnPatterns(LOCAL_ACTOR, workspace)).toEqual(own);
  });
});

describe('the share of unreadable photographs', () => {
  test('is counted by camera and operator; a technician sees their own alone', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right', { id: 'a', gradable: false });
    await clinic.shoot(encounterId, 'right', { id: 'b' });
    const seen = captureRates(LOCAL_ACTOR, clinic.workspace);
    expect(seen.map(({ kind, key, mean }) => [kind, key, mean])).toEqual([
      ['camera', '', 0.5],
      ['operator', 'asha', 0.5],
    ]);
    const other = captureRates({ userId: 'ravi', roles: ['technician'] }, clinic.workspace);
    expect(other.map(({ kind }) => kind)).toEqual(['camera']);
  });

  test('knows no operator where nobody signs in', async () => {
    const clinic = await Clinic.open();
    const { encounterId } = newEncounter(clinic.workspace);
    await clinic.shoot(encounterId, 'right', {}, LOCAL_ACTOR);
    expect(captureRates(LOCAL_ACTOR, clinic.workspace).map(({ kind }) => kind)).toEqual(['camera']);
  });
});
