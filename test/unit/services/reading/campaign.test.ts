import { describe, expect, test } from 'vitest';
import { newId } from '../../../../electron/db/ids';
import { listReferenceLabels } from '../../../../electron/db/queries/adjudications';
import { addConsent } from '../../../../electron/db/queries/consents';
import { getPatient } from '../../../../electron/db/queries/patients';
import { addUser } from '../../../../electron/db/queries/users';
import { addQualityCheck } from '../../../../electron/db/queries/results';
import type { UnlockedVault } from '../../../../electron/db/profile/vault';
import { endAccount } from '../../../../electron/services/accounts/accounts';
import { erasePatient } from '../../../../electron/services/patients/erase';
import { giveConsent, withdrawConsent } from '../../../../electron/services/patients/registration';
import { campaignDetail, listCampaigns } from '../../../../electron/services/reading/campaign-views';
import { addTestImage, VERSIONS } from '../../../helpers/database';
import { adjudicationCase, decideAdjudication } from '../../../../electron/services/reading/adjudicate';
import { closeCampaign, createCampaign, previewCampaign, withdrawReader } from '../../../../electron/services/reading/create-campaign';
import { leaveOut } from '../../../../electron/services/reading/leave-out';
import { readerOrder } from '../../../../electron/services/reading/order';
import { lastRead, myReading, readingQueue } from '../../../../electron/services/reading/reading-queue';
import type { Actor } from '../../../../electron/shared/domain/codes';
import { AppError } from '../../../../electron/shared/errors';
import { errorOf, rejectionOf } from '../../../helpers/errors';
import {
  answer,
  answerAll,
  HEAD,
  HEALTHY_ANSWER,
  IYER,
  newCampaign,
  newRoom,
  openOf,
  QUIET,
  RAO,
  request,
  type Room,
  SEN,
  UNGRADABLE_ANSWER,
} from '../../../helpers/reading-room';

function labelsOf(room: Room) {
  return new Map(listReferenceLabels(room.workspace.profile.database).map((label) => [label.imageId, label]));
}

describe('a campaign', () => {
  test('gives every photograph to two readers, each in an order of their own with both eyes of a patient apart', async () => {
    const room = await newRoom(20);
    const campaignId = await newCampaign(room);
    const orders = [RAO, SEN].map((reader) => openOf(room, reader, campaignId).map(({ imageId }) => imageId));
    expect(orders[0]).toHaveLength(40);
    expect([...(orders[0] ?? [])].sort()).toEqual([...(orders[1] ?? [])].sort());
    expect(orders[0]).not.toEqual(orders[1]);
    for (const order of orders) {
      for (const { imageIds } of room.patients) {
        const [first = 0, second = 0] = imageIds.map((id) => order.indexOf(id));
        expect(Math.abs(first - second)).toBeGreaterThan(10);
      }
    }
  });

  test('draws the same order from the same seed and another one from another', () => {
    const items = Array.from({ length: 30 }, (_, index) => ({ imageId: `i${index}`, patientId: null }));
    expect(readerOrder(items, 'seed', 'a')).toEqual(readerOrder(items, 'seed', 'a'));
    expect(readerOrder(items, 'seed', 'a')).not.toEqual(readerOrder(items, 'other', 'a'));
  });

  test('shows its readers a number and no more: no photograph id, no patient, no file, no title, no selection', async () => {
    const room = await newRoom(3);
    const campaignId = await newCampaign(room, { title: 'suspicious ones', selection: 'low-confidence' });
    const text = JSON.stringify(readingQueue(RAO, room.workspace, campaignId, 12));
    expect(text).toContain('"number":1');
    for (const { patientId, imageIds } of room.patients) {
      for (const secret of [patientId, ...imageIds]) expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/suspicious|low-confidence|selected|random|right|left|sha256/i);
    const seen = [listCampaigns(RAO, room.workspace), campaignDetail(RAO, room.workspace, campaignId)];
    expect(JSON.stringify(seen)).not.toMatch(/suspicious|low-confidence/);
    expect(listCampaigns(HEAD, room.workspace)).toMatchObject([{ title: 'suspicious ones', selection: 'low-confidence' }]);
  });

  test('that chooses by what the model said holds at least 30 % random photographs', async () => {
    const room = await newRoom(20, (index) => (index < 5 ? 0.45 : 0.01));
    const request20 = { selection: 'low-confidence' as const, runIds: [], size: 20, consentDeclared: true };
    expect(await previewCampaign(HEAD, room.workspace, request20)).toMatchObject({ images: 20, selected: 14, random: 6 });
    const ungradable = await newRoom(50, (index) => (index < 30 ? -0.1 : 0.1));
    const counts = await previewCampaign(HEAD, ungradable.workspace, {
      selection: 'ungradable',
      runIds: [],
      size: 60,
      consentDeclared: true,
    });
    expect(counts.selected).toBe(42);
    expect(counts.random / counts.images).toBeGreaterThanOrEqual(0.3);
  });

  test('takes photographs of folders only with the word of its lead for their consent', async () => {
    const room = await newRoom(2);
    expect(await rejectionOf(newCampaign(room, { consentDeclared: false }))).toMatchObject({ code: 'campaign-empty' });
  });

  test('says of every photograph that it does not take why, before and after it is made', async () => {
    const room = await newRoom(4);
    const { database, site } = room.workspace.profile;
    const [blank, refused, fresh] = room.patients;
    const [imageId = ''] = blank?.imageIds ?? [];
    const none = {
      siteId: site.id,
      imageId,
      ...VERSIONS,
      gate: 'later',
      kind: 'not-fundus' as const,
      score: 0,
      gradable: false,
      reasons: [],
      retina: null,
      ms: 1,
    };
    addQualityCheck(database, none);
    const answers = { screening: true, contact: true, sharing: true, training: false };
    const given = { siteId: site.id, withdrawal: false, noticeVersion: '1', language: 'en', actorId: 'local' };
    addConsent(database, { ...given, patientId: refused?.patientId ?? '', answers, how: 'read-aloud', givenBy: 'patient' });
    addTestImage(database, site.id, 999);
    expect(fresh).toBeDefined();
    const asked = { selection: 'all' as const, runIds: [], size: null, consentDeclared: true };
    const leftOut = { 'not-retina': 1, 'no-consent': 2, unchecked: 1 };
    expect(await previewCampaign(HEAD, room.workspace, asked)).toMatchObject({ images: 5, leftOut });
    expect(campaignDetail(HEAD, room.workspace, await newCampaign(room))).toMatchObject({ images: 5, leftOut });
    expect((await previewCampaign(HEAD, room.workspace, { ...asked, consentDeclared: false })).leftOut).toEqual({
      ...leftOut,
      'not-declared': 5,
    });
  });

  test('needs two readers, and an adjudicator who is none of them', async () => {
    const room = await newRoom(2);
    expect(await rejectionOf(newCampaign(room, { readerIds: [RAO.userId] }))).toMatchObject({ code: 'campaign-too-few-readers' });
    expect(await rejectionOf(newCampaign(room, { adjudicatorId: SEN.userId }))).toMatchObject({ code: 'campaign-adjudicator-reads' });
  });

  test('is made by a doctor or an administrator and read by its own readers alone', async () => {
    const room = await newRoom(2);
    const technician = { userId: 'tech', roles: ['technician'] } as const;
    expect(await rejectionOf(createCampaign(technician, room.workspace, request(), QUIET))).toMatchObject({ code: 'not-permitted' });
    const campaignId = await newCampaign(room);
    const [first] = openOf(room, RAO, campaignId);
    expect(errorOf(() => answer(room, SEN, first?.id ?? ''))).toMatchObject({ code: 'not-permitted' });
  });
});

describe('answers', () => {
  test('that say the same are the reference label, by agreement', async () => {
    const room = await newRoom(2);
    const campaignId = await newCampaign(room);
    answerAll(room, RAO, campaignId);
    expect(labelsOf(room).size).toBe(0);
    answerAll(room, SEN, campaignId);
    expect([...labelsOf(room).values()]).toHaveLength(4);
    expect([...labelsOf(room).values()][0]).toMatchObject({ method: 'agreement', grade: 0, macular: 'none', readers: 2 });
    expect(openOf(room, IYER, campaignId)).toEqual([]);
  });

  test.each([
    ['grade', { grade: 1 as const }],
    ['macular signs', { macular: 'within-disc-diameter' as const }],
    ['gradability', UNGRADABLE_ANSWER],
  ])('that differ in %s go to the adjudicator and give no label', async (_what, other) => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    answerAll(room, RAO, campaignId);
    answerAll(room, SEN, campaignId, () => other);
    expect(labelsOf(room).size).toBe(0);
    expect(openOf(room, IYER, campaignId).map(({ kind }) => kind)).toEqual(['adjudicate', 'adjudicate']);
  });

  test('with a lone cotton-wool spot go to the adjudicator though both say grade 1', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    answerAll(room, RAO, campaignId, () => ({ grade: 1, lesions: ['cotton-wool-spot'] }));
    answerAll(room, SEN, campaignId, () => ({ grade: 1, lesions: [] }));
    expect(labelsOf(room).size).toBe(0);
    expect(openOf(room, IYER, campaignId)).toHaveLength(2);
  });

  test('of the adjudicator come first, blind; then the others are shown unnamed, and the decision is the label', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    answerAll(room, RAO, campaignId);
    answerAll(room, SEN, campaignId, () => ({ grade: 2, lesions: ['microaneurysm', 'haemorrhage'] }));
    const [first, second] = openOf(room, IYER, campaignId);
    if (!first || !second) throw new Error('nothing to adjudicate');
    expect(errorOf(() => adjudicationCase(IYER, room.workspace, first.id))).toMatchObject({ code: 'read-not-answered' });
    answer(room, IYER, first.id, { grade: 2 });
    // The other eye of the same patient still waits for a blind answer.
    expect(errorOf(() => adjudicationCase(IYER, room.workspace, first.id))).toMatchObject({ code: 'adjudication-waits' });
    answer(room, IYER, second.id, { grade: 0 });
    const shown = adjudicationCase(IYER, room.workspace, first.id);
    expect(shown.own.grade).toBe(2);
    expect(shown.reads.map((read) => read.answer.grade).sort()).toEqual([0, 2]);
    expect(JSON.stringify(shown)).not.toMatch(/dr-rao|dr-sen/);
    decideAdjudication(IYER, room.workspace, first.id, { ...HEALTHY_ANSWER, grade: 2 });
    expect(labelsOf(room).get(first.imageId)).toMatchObject({ method: 'adjudicated', grade: 2, readers: 2 });
    expect(
      errorOf(() => {
        decideAdjudication(IYER, room.workspace, first.id, HEALTHY_ANSWER);
      }),
    ).toMatchObject({ code: 'read-ended' });
  });

  test('go round until the readers agree, each seeing the last round unnamed', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room, { adjudication: 'round-robin', adjudicatorId: null });
    answerAll(room, RAO, campaignId, () => ({ grade: 1, lesions: ['microaneurysm'] }));
    answerAll(room, SEN, campaignId, () => ({ grade: 2, lesions: ['microaneurysm', 'haemorrhage'] }));
    const queue = readingQueue(RAO, room.workspace, campaignId, 4);
    expect(queue.items.map(({ task }) => task)).toEqual(['again', 'again']);
    expect(queue.items[0]?.others.map(({ answer: said }) => said.grade).sort()).toEqual([1, 2]);
    expect(JSON.stringify(queue)).not.toContain('dr-sen');
    answerAll(room, RAO, campaignId, () => ({ grade: 1, lesions: ['microaneurysm'] }));
    answerAll(room, SEN, campaignId, () => ({ grade: 2 }));
    expect(labelsOf(room).size).toBe(0);
    answerAll(room, RAO, campaignId, () => ({ grade: 2, lesions: ['microaneurysm', 'haemorrhage'] }));
    answerAll(room, SEN, campaignId, () => ({ grade: 2, lesions: ['haemorrhage'] }));
    expect([...labelsOf(room).values()][0]).toMatchObject({ method: 'adjudicated', grade: 2 });
    expect(room.workspace.profile.database.prepare('SELECT method, rounds, lesions FROM adjudication').get()).toEqual({
      method: 'round-robin',
      rounds: 3,
      lesions: '["haemorrhage"]',
    });
  });
});

describe('undo', () => {
  test('goes back to the last answer and takes its place; the old one stays stored', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    const [first] = openOf(room, RAO, campaignId);
    const old = answer(room, RAO, first?.id ?? '', { grade: 3 });
    const back = lastRead(RAO, room.workspace, campaignId);
    expect(back).toMatchObject({ readId: old, unblinded: false, answer: { grade: 3 } });
    answer(room, RAO, first?.id ?? '', { grade: 1 }, old);
    expect(lastRead(RAO, room.workspace, campaignId)?.answer.grade).toBe(1);
    expect(room.workspace.profile.database.prepare('SELECT count(*) FROM read').pluck().get()).toBe(2);
    expect(errorOf(() => answer(room, RAO, first?.id ?? '', { grade: 0 }, old))).toMatchObject({ code: 'read-answered' });
  });

  test('that ends a disagreement takes the photograph back from the adjudicator', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    answerAll(room, RAO, campaignId);
    answerAll(room, SEN, campaignId, () => ({ grade: 1 }));
    const back = lastRead(SEN, room.workspace, campaignId);
    if (!back) throw new Error('nothing to undo');
    answer(room, SEN, back.item.assignmentId, { grade: 0 }, back.readId);
    expect(openOf(room, IYER, campaignId)).toHaveLength(1);
    expect(labelsOf(room).size).toBe(1);
  });
});

describe('what is planned', () => {
  test('about one photograph in ten comes back masked after the wash-out and gives no label', async () => {
    const room = await newRoom(100);
    const campaignId = await newCampaign(room, { rereadPercent: 10 });
    answerAll(room, RAO, campaignId);
    expect(readingQueue(RAO, room.workspace, campaignId, 4)).toMatchObject({ items: [], answered: 200, total: 200 });
    const { later } = readingQueue(RAO, room.workspace, campaignId, 4);
    expect(later).toBeGreaterThan(8);
    expect(later).toBeLessThan(35);
    const after = openOf(room, RAO, campaignId, Date.now() + 15 * 86_400_000);
    expect(after.map(({ kind }) => kind)).toEqual(after.map(() => 're-read'));
    expect(after).toHaveLength(later);
    expect(errorOf(() => answer(room, RAO, after[0]?.id ?? ''))).toMatchObject({ code: 'read-ended' });
  });

  test('a reader who leaves keeps what is read; what is not is taken back', async () => {
    const room = await newRoom(2);
    const campaignId = await newCampaign(room);
    const [first] = openOf(room, RAO, campaignId);
    answer(room, RAO, first?.id ?? '');
    withdrawReader(HEAD, room.workspace, campaignId, RAO.userId);
    expect(openOf(room, RAO, campaignId)).toEqual([]);
    answerAll(room, SEN, campaignId);
    expect(labelsOf(room).size).toBe(1);
  });

  test('a reader who leaves as the last of three lets what the others said be settled', async () => {
    const room = await newRoom(1);
    const third = 'dr-third';
    const campaignId = await newCampaign(room, { readerIds: [RAO.userId, SEN.userId, third], readersPerImage: 3 });
    answerAll(room, RAO, campaignId);
    answerAll(room, SEN, campaignId, () => ({ grade: 3 }));
    expect(openOf(room, IYER, campaignId)).toEqual([]);
    withdrawReader(HEAD, room.workspace, campaignId, third);
    expect(openOf(room, IYER, campaignId)).toHaveLength(2);
  });

  test('a reader or a senior whose account ends is waited for by nobody, and gives their patients back', async () => {
    const room = await newRoom(2);
    const { database, site } = room.workspace.profile;
    const [reader, leaver, senior] = [newId(), newId(), newId()].map((userId): Actor => ({ userId, roles: ['doctor'] })) as [
      Actor,
      Actor,
      Actor,
    ];
    for (const { userId } of [reader, leaver, senior]) {
      addUser(database, { id: userId, siteId: site.id, login: userId, name: userId, roles: ['doctor'], mustChangePassword: false });
    }
    const readerIds = [reader.userId, leaver.userId];
    const campaignId = await newCampaign(room, { readerIds, adjudicatorId: senior.userId });
    answerAll(room, reader, campaignId);
    answerAll(room, leaver, campaignId, () => ({ grade: 3 }));
    expect(openOf(room, senior, campaignId)).toHaveLength(4);
    const profile = { ...room.workspace.profile, vault: { remove: () => Promise.resolve() } as unknown as UnlockedVault };
    await endAccount(HEAD, profile, senior.userId);
    expect(openOf(room, senior, campaignId)).toEqual([]);
    // Without the senior the readers go round until they agree.
    expect(openOf(room, reader, campaignId).map(({ kind }) => kind)).toEqual(Array(4).fill('round-robin'));
    answerAll(room, reader, campaignId, () => ({ grade: 3 }));
    answerAll(room, leaver, campaignId, () => ({ grade: 3 }));
    expect([...labelsOf(room).values()]).toMatchObject(Array(4).fill({ method: 'adjudicated', grade: 3 }));
    const later = await newCampaign(room, { readerIds, adjudication: 'round-robin', adjudicatorId: null });
    await endAccount(HEAD, profile, leaver.userId);
    expect(openOf(room, leaver, later)).toEqual([]);
    const [first] = openOf(room, reader, later);
    expect(errorOf(() => answer(room, leaver, first?.id ?? ''))).toMatchObject({ code: 'not-permitted' });
  });

  test('a photograph that nobody can decode is tried once more and then asked of nobody; what can be shown stays', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room);
    const [first, second] = openOf(room, RAO, campaignId);
    const { profile } = room.workspace;
    const failing = { profile, pool: { picture: () => Promise.reject(new AppError('blob-damaged', { sha256: 'x' })) } };
    const picture = { bytes: new Uint8Array(1), type: 'image/jpeg' as const };
    expect(await leaveOut(RAO, { profile, pool: { picture: () => Promise.resolve(picture) } }, first?.id ?? '')).toBe(false);
    const busy = { profile, pool: { picture: () => Promise.reject(new AppError('cancelled')) } };
    expect(await rejectionOf(leaveOut(RAO, busy, first?.id ?? ''))).toMatchObject({ code: 'cancelled' });
    expect(await rejectionOf(leaveOut(SEN, failing, first?.id ?? ''))).toMatchObject({ code: 'not-permitted' });
    expect(await leaveOut(RAO, failing, first?.id ?? '')).toBe(true);
    for (const reader of [RAO, SEN]) expect(openOf(room, reader, campaignId).map(({ imageId }) => imageId)).toEqual([second?.imageId]);
    answerAll(room, RAO, campaignId);
    answerAll(room, SEN, campaignId);
    expect([...labelsOf(room).keys()]).toEqual([second?.imageId]);
  });

  test('whose patient takes back the consent to training is read by nobody any more; what was said stays', async () => {
    const room = await newRoom(3);
    const { profile } = room.workspace;
    const [patient, erased] = room.patients;
    const given = { language: 'en' as const, how: 'signature' as const, givenBy: 'patient' as const };
    const answers = { screening: true, contact: true, sharing: true, training: true };
    for (const { patientId } of room.patients) giveConsent(HEAD, profile, patientId, { answers, ...given });
    const campaignId = await newCampaign(room);
    const own = openOf(room, RAO, campaignId).find(({ imageId }) => imageId === patient?.imageIds[0]);
    answer(room, RAO, own?.id ?? '');
    withdrawConsent(HEAD, profile, patient?.patientId ?? '', ['training']);
    expect(openOf(room, RAO, campaignId)).toHaveLength(4);
    expect(openOf(room, SEN, campaignId)).toHaveLength(4);
    const { shortId } = getPatient(profile.database, erased?.patientId ?? '') ?? { shortId: '' };
    await erasePatient(HEAD, profile, erased?.patientId ?? '', shortId);
    expect(openOf(room, SEN, campaignId)).toHaveLength(2);
    expect(profile.database.prepare('SELECT DISTINCT reason FROM read_assignment_end').pluck().all()).toEqual(['consent-withdrawn']);
    expect(profile.database.prepare('SELECT count(*) FROM read').pluck().get()).toBe(1);
    // Also while a series is being made: between what was worked out and what is stored.
    const late = room.patients[2]?.patientId ?? '';
    const { pool } = room.workspace;
    const planCampaign: typeof pool.planCampaign = async (input) => {
      const plan = await pool.planCampaign(input);
      withdrawConsent(HEAD, profile, late, ['training']);
      return plan;
    };
    const making = createCampaign(HEAD, { ...room.workspace, pool: { planCampaign } }, request(), QUIET);
    expect(await rejectionOf(making)).toMatchObject({ code: 'campaign-empty' });
    expect(listCampaigns(HEAD, room.workspace)).toHaveLength(1);
  });

  test('a series whose making is cancelled is there for nobody', async () => {
    const room = await newRoom(50);
    const abort = new AbortController();
    const making = createCampaign(HEAD, room.workspace, request(), { signal: abort.signal, onProgress: () => abort.abort() });
    expect(await rejectionOf(making)).toMatchObject({ code: 'cancelled' });
    expect(listCampaigns(HEAD, room.workspace)).toEqual([]);
    expect(myReading(RAO, room.workspace).campaigns).toEqual([]);
  });

  test('a campaign that is closed asks nobody any more', async () => {
    const room = await newRoom(2);
    const campaignId = await newCampaign(room);
    const [first] = openOf(room, RAO, campaignId);
    closeCampaign(HEAD, room.workspace, campaignId);
    expect(openOf(room, RAO, campaignId)).toEqual([]);
    expect(errorOf(() => answer(room, RAO, first?.id ?? ''))).toMatchObject({ code: 'read-ended' });
  });
});
