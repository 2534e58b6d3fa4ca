import { describe, expect, test } from 'vitest';
import { endAlert, listAlerts, openAlert, sendAlert } from '../../../../electron/services/reading/alerts';
import { scorePractice } from '../../../../electron/services/reading/certify';
import { setClinicalLead } from '../../../../electron/services/reading/clinical-lead';
import { createPractice } from '../../../../electron/services/reading/practice';
import { myReading, practiceFeedback, readingQueue } from '../../../../electron/services/reading/reading-queue';
import { errorOf } from '../../../helpers/errors';
import { answer, answerAll, HEAD, IYER, newCampaign, newRoom, openOf, RAO, type Room, SEN } from '../../../helpers/reading-room';

/** Ten photographs, half of grade 2, of which the answer is known. */
function practice(room: Room, passMark = 0.7): { campaignId: string; known: Map<string, 0 | 2> } {
  const ids = room.patients.flatMap(({ imageIds }) => imageIds).slice(0, 10);
  const known = new Map(ids.map((imageId, index) => [imageId, index % 2 === 0 ? (0 as const) : (2 as const)]));
  const { campaignId } = createPractice(HEAD, room.workspace, {
    readerIds: [RAO.userId, SEN.userId],
    size: 10,
    passMark,
    known: [...known].map(([imageId, grade]) => ({ imageId, gradable: true, grade, macular: 'none' as const })),
  });
  return { campaignId, known };
}

describe('a practice set', () => {
  test('tells after each answer what is known, and never before', async () => {
    const room = await newRoom(5);
    const { campaignId, known } = practice(room);
    const [first] = openOf(room, RAO, campaignId);
    if (!first) throw new Error('nothing to practise');
    expect(errorOf(() => practiceFeedback(RAO, room.workspace, first.id))).toMatchObject({ code: 'read-not-answered' });
    answer(room, RAO, first.id, { grade: 1 });
    expect(practiceFeedback(RAO, room.workspace, first.id)).toMatchObject({
      known: { grade: known.get(first.imageId) },
      given: { grade: 1 },
    });
  });

  test('certifies who passes and keeps out who does not', async () => {
    const room = await newRoom(5);
    const { campaignId, known } = practice(room);
    const closed = await newCampaign(room, { certifiedOnly: true });
    expect(errorOf(() => readingQueue(RAO, room.workspace, closed, 4))).toMatchObject({ code: 'reader-not-certified' });
    answerAll(room, RAO, campaignId, (imageId) => ({ grade: known.get(imageId) ?? 0 }));
    answerAll(room, SEN, campaignId, (imageId) => ({ grade: known.get(imageId) === 2 ? 0 : 2 }));
    expect(myReading(RAO, room.workspace)).toMatchObject({ certified: true });
    expect(readingQueue(RAO, room.workspace, closed, 4).items).toHaveLength(4);
    expect(myReading(SEN, room.workspace).campaigns.find((one) => one.practice)?.score).toMatchObject({
      kappa: -1,
      exact: 0,
      passed: false,
    });
    expect(errorOf(() => readingQueue(SEN, room.workspace, closed, 4))).toMatchObject({ code: 'reader-not-certified' });
  });

  test('gives no reference label', async () => {
    const room = await newRoom(5);
    const { campaignId } = practice(room);
    for (const reader of [RAO, SEN]) answerAll(room, reader, campaignId);
    expect(room.workspace.profile.database.prepare('SELECT count(*) FROM reference_label').pluck().get()).toBe(0);
  });

  test('is scored on the fixed scale, whatever grades occur in it', () => {
    const pair = (known: 0 | 1, given: 0 | 4) => ({
      known: { gradable: true, grade: known, macular: null },
      given: { gradable: true, grade: given, macular: null },
    });
    expect(scorePractice([pair(0, 0), pair(1, 4)])).toMatchObject({ images: 2, exact: 0.5 });
  });
});

describe('an urgent finding', () => {
  test('reaches the clinical lead, who alone learns whose photograph it is, and takes the lead out of the readers', async () => {
    const room = await newRoom(1);
    const campaignId = await newCampaign(room, {
      readerIds: [RAO.userId, SEN.userId, IYER.userId],
      readersPerImage: 3,
      adjudication: 'round-robin',
    });
    setClinicalLead(HEAD, room.workspace, IYER.userId);
    const [first] = openOf(room, RAO, campaignId);
    if (!first) throw new Error('nothing to read');
    sendAlert(RAO, room.workspace, first.id);
    sendAlert(RAO, room.workspace, first.id);
    expect(listAlerts(SEN, room.workspace)).toEqual([]);
    const [alert, ...others] = listAlerts(IYER, room.workspace);
    expect(others).toEqual([]);
    if (!alert) throw new Error('no alert');
    expect(JSON.stringify(alert)).not.toContain(first.imageId);
    expect(errorOf(() => openAlert(SEN, room.workspace, alert.alertId))).toMatchObject({ code: 'not-permitted' });
    expect(openAlert(IYER, room.workspace, alert.alertId)).toMatchObject({
      imageId: first.imageId,
      patientId: room.patients[0]?.patientId,
    });
    expect(openOf(room, IYER, campaignId).map(({ imageId }) => imageId)).not.toContain(first.imageId);
    endAlert(IYER, room.workspace, alert.alertId, 'patient-called');
    expect(listAlerts(IYER, room.workspace)[0]).toMatchObject({ action: 'patient-called' });
  });
});
