import { describe, expect, test } from 'vitest';
import { newId } from '../../../../electron/db/ids';
import { addConsent } from '../../../../electron/db/queries/consents';
import { recordEncounterOutcome } from '../../../../electron/db/queries/encounter-outcomes';
import { assignImage } from '../../../../electron/db/queries/assignments';
import { isBlinded } from '../../../../electron/db/queries/blinding';
import { transaction } from '../../../../electron/db/sql';
import { addEncounter } from '../../../../electron/db/queries/encounters';
import {
  clinicalQueue,
  correctCase,
  openCase,
  putBackCase,
  signedCase,
  signedCases,
} from '../../../../electron/services/reading/clinical-queue';
import { createCampaign } from '../../../../electron/services/reading/create-campaign';
import { signCase } from '../../../../electron/services/reading/sign-case';
import { addUser } from '../../../../electron/db/queries/users';
import type { UnlockedVault } from '../../../../electron/db/profile/vault';
import { endAccount } from '../../../../electron/services/accounts/accounts';
import type { Workspace } from '../../../../electron/services/workspace';
import { EYES } from '../../../../electron/shared/domain/codes';
import type { Answer } from '../../../../electron/shared/domain/reading';
import { inlinePool } from '../../../helpers/inline-pool';
import { addTestCheck, addTestImage, addTestPrediction, MODEL_ID } from '../../../helpers/database';
import { newProfile } from '../../../helpers/desk';
import { newEncounter } from '../../../helpers/encounter';
import { errorOf } from '../../../helpers/errors';
import { HEAD, HEALTHY_ANSWER, QUIET, RAO, request, SEN } from '../../../helpers/reading-room';
import { registerModel } from '../../../../electron/db/queries/models';

interface Case {
  workspace: Workspace;
  encounterId: string;
  patientId: string;
}

/** A patient with a photograph of each eye whom the model would send home. */
async function newCase(result: 'no-refer' | 'refer' = 'no-refer'): Promise<Case> {
  const profile = await newProfile();
  const { database, site } = profile;
  const workspace = { profile, pool: inlinePool(profile), model: null } as unknown as Workspace;
  const { encounterId, patientId } = newEncounter(workspace);
  transaction(database, () => {
    registerModel(database, { id: MODEL_ID, name: 'test', card: {} });
    for (const [index, eye] of EYES.entries()) {
      const image = addTestImage(database, site.id, index + 1);
      addTestCheck(database, image);
      addTestPrediction(database, image);
      assignImage(database, {
        siteId: site.id,
        imageId: image.id,
        patientId,
        encounterId,
        eye,
        field: null,
        basis: 'person',
        runId: null,
        actorId: 'local',
      });
    }
    const said = { siteId: site.id, encounterId, patientId, source: 'ai' as const, actorId: 'local', urgent: false, basis: {} };
    recordEncounterOutcome(database, { ...said, eye: null, result, reasons: ['below-threshold'] });
  });
  return { workspace, encounterId, patientId };
}

function sign({ workspace, encounterId }: Case, right: Partial<Answer>, correctionReason: string | null = null, doctor = RAO): void {
  const eyes = [
    { eye: 'right' as const, answer: { ...HEALTHY_ANSWER, ...right } },
    { eye: 'left' as const, answer: HEALTHY_ANSWER },
  ];
  signCase(doctor, workspace, { encounterId, eyes, refer: false, urgent: false, note: '', activeMs: 60_000, correctionReason });
}

function outcomes({ workspace }: Case): unknown[] {
  return workspace.profile.database.prepare("SELECT source, result, urgent FROM outcome WHERE level = 'patient' ORDER BY seq").all();
}

describe("the doctor's queue", () => {
  test('holds who waits for a doctor, with the whole patient and nothing of the model', async () => {
    const one = await newCase();
    const [row, ...others] = clinicalQueue(RAO, one.workspace);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ encounterId: one.encounterId, photographs: 2, taken: false, mine: false, overdue: false });
    const opened = openCase(RAO, one.workspace, one.encounterId);
    expect(opened.photographs.map(({ eye }) => eye)).toEqual(['right', 'left']);
    expect(opened.intake?.vision.right.unaided).toBe('6/6');
    expect(JSON.stringify([row, opened])).not.toMatch(/0\.7|refer|score|threshold/);
    expect(isBlinded(one.workspace.profile.database, RAO.userId, { patientId: one.patientId })).toBe(true);
    expect(isBlinded(one.workspace.profile.database, SEN.userId, { patientId: one.patientId })).toBe(false);
  });

  test('gives a patient to one doctor at a time, and lets go of one that is put back', async () => {
    const one = await newCase();
    openCase(RAO, one.workspace, one.encounterId);
    expect(errorOf(() => openCase(SEN, one.workspace, one.encounterId))).toMatchObject({ code: 'case-taken' });
    expect(errorOf(() => sign(one, {}, null, SEN))).toMatchObject({ code: 'case-taken' });
    putBackCase(RAO, one.workspace, one.encounterId);
    openCase(SEN, one.workspace, one.encounterId);
    expect(clinicalQueue(RAO, one.workspace)[0]).toMatchObject({ taken: true });
    // A doctor who leaves holds nobody back.
    putBackCase(SEN, one.workspace, one.encounterId);
    const { profile } = one.workspace;
    const leaver = { userId: newId(), roles: ['doctor'] } as const;
    const account = { id: leaver.userId, siteId: profile.site.id, login: 'leaver', name: 'Leaver', roles: ['doctor'] as const };
    addUser(profile.database, { ...account, mustChangePassword: false });
    openCase(leaver, one.workspace, one.encounterId);
    await endAccount(HEAD, { ...profile, vault: { remove: () => Promise.resolve() } as unknown as UnlockedVault }, leaver.userId);
    openCase(RAO, one.workspace, one.encounterId);
  });

  test('shows the model only once the answer is final, and then beside it', async () => {
    const one = await newCase('refer');
    openCase(RAO, one.workspace, one.encounterId);
    expect(errorOf(() => signedCase(RAO, one.workspace, one.encounterId))).toMatchObject({ code: 'read-not-answered' });
    sign(one, {});
    expect(signedCase(RAO, one.workspace, one.encounterId)).toMatchObject({
      result: 'no-refer',
      before: { source: 'ai', result: 'refer' },
      scores: [{ p2: 0.7 }, { p2: 0.7 }],
    });
    expect(clinicalQueue(RAO, one.workspace)).toEqual([]);
  });

  test('supersedes what was said, keeps it, and grades both eyes', async () => {
    const one = await newCase();
    openCase(RAO, one.workspace, one.encounterId);
    sign(one, { grade: 4, lesions: ['new-vessels'] });
    expect(outcomes(one)).toEqual([
      { source: 'ai', result: 'no-refer', urgent: 0 },
      { source: 'doctor', result: 'refer', urgent: 1 },
    ]);
    expect(one.workspace.profile.database.prepare('SELECT eye, grade FROM clinical_eye ORDER BY seq').all()).toEqual([
      { eye: 'right', grade: 4 },
      { eye: 'left', grade: 0 },
    ]);
  });

  test('takes a later change only as a correction with its reason', async () => {
    const one = await newCase();
    openCase(RAO, one.workspace, one.encounterId);
    sign(one, {});
    expect(errorOf(() => sign(one, { grade: 2 }))).toMatchObject({ code: 'read-needs-reason' });
    expect(errorOf(() => sign(one, { grade: 2 }, 'seen again', SEN))).toMatchObject({ code: 'not-permitted' });
    sign(one, { grade: 2 }, 'seen again');
    expect(one.workspace.profile.database.prepare('SELECT unblinded, correction_reason FROM clinical_read ORDER BY seq').all()).toEqual([
      { unblinded: 0, correction_reason: null },
      { unblinded: 1, correction_reason: 'seen again' },
    ]);
    expect(outcomes(one).at(-1)).toMatchObject({ result: 'refer' });
  });

  test('gives what was signed back to be corrected, to whoever signed it alone, and says when and why it was', async () => {
    const one = await newCase();
    expect(errorOf(() => correctCase(RAO, one.workspace, one.encounterId))).toMatchObject({ code: 'read-not-answered' });
    openCase(RAO, one.workspace, one.encounterId);
    sign(one, { grade: 1, lesions: ['microaneurysm'] });
    expect(errorOf(() => correctCase(SEN, one.workspace, one.encounterId))).toMatchObject({ code: 'not-permitted' });
    expect(correctCase(RAO, one.workspace, one.encounterId).eyes[0]).toMatchObject({ eye: 'right', answer: { grade: 1 } });
    expect(signedCases(RAO, one.workspace)).toMatchObject([{ encounterId: one.encounterId, corrected: false }]);
    sign(one, { grade: 4, lesions: ['new-vessels'] }, 'seen again');
    expect(signedCase(RAO, one.workspace, one.encounterId)).toMatchObject({
      urgent: true,
      mine: true,
      corrections: [{ reason: 'seen again' }],
    });
    expect(signedCases(RAO, one.workspace)).toMatchObject([{ urgent: true, corrected: true }]);
    expect(signedCases(SEN, one.workspace)).toEqual([]);
  });

  test('hides what was signed, and the model, from whoever reads the patient blind in a series', async () => {
    const one = await newCase();
    const { database } = one.workspace.profile;
    openCase(RAO, one.workspace, one.encounterId);
    sign(one, { grade: 2 });
    const answers = { screening: true, contact: true, sharing: true, training: true };
    const consent = { siteId: one.workspace.profile.site.id, patientId: one.patientId, answers, withdrawal: false, noticeVersion: '1' };
    addConsent(database, { ...consent, language: 'en', how: 'signature', givenBy: 'patient', actorId: 'local' });
    const readerIds = [SEN.userId, RAO.userId];
    await createCampaign(HEAD, one.workspace, request({ readerIds, consentDeclared: true, images: null }), QUIET);
    expect(isBlinded(database, SEN.userId, { patientId: one.patientId })).toBe(true);
    expect(errorOf(() => signedCase(SEN, one.workspace, one.encounterId))).toMatchObject({ code: 'not-permitted' });
    // The own answer is no secret; the model's is.
    expect(signedCase(RAO, one.workspace, one.encounterId)).toMatchObject({ modelHidden: true, scores: [], before: null, eyes: [{}, {}] });
    expect(errorOf(() => correctCase(RAO, one.workspace, one.encounterId))).toMatchObject({ code: 'not-permitted' });
    expect(signedCases(RAO, one.workspace)).toEqual([]);
    const next = transaction(database, () => addEncounter(database, { siteId: one.workspace.profile.site.id, patientId: one.patientId }));
    expect(openCase(SEN, one.workspace, next.id).earlier).toMatchObject([{ eyes: [], photographs: [{}, {}] }]);
  });
});
