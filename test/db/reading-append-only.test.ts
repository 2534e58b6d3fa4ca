import { expect, test } from 'vitest';
import { addClinicalAssignment, addClinicalRead, endClinicalAssignment, openClinicalAssignment } from '../../electron/db/queries/clinical';
import { addEncounter } from '../../electron/db/queries/encounters';
import { transaction } from '../../electron/db/sql';
import { adjudicationCase, decideAdjudication } from '../../electron/services/reading/adjudicate';
import { endAlert, listAlerts, sendAlert } from '../../electron/services/reading/alerts';
import { setClinicalLead } from '../../electron/services/reading/clinical-lead';
import { closeCampaign } from '../../electron/services/reading/create-campaign';
import { createPractice } from '../../electron/services/reading/practice';
import { answer, answerAll, HEAD, HEALTHY_ANSWER, IYER, newCampaign, newRoom, openOf, RAO, type Room, SEN } from '../helpers/reading-room';

/** One row in each table of the reading room. */
async function fill(): Promise<Room> {
  const room = await newRoom(3);
  const { workspace, patients } = room;
  const { database, site } = workspace.profile;
  const campaignId = await newCampaign(room);
  setClinicalLead(HEAD, workspace, IYER.userId);
  const [first] = openOf(room, RAO, campaignId);
  sendAlert(RAO, workspace, first?.id ?? '');
  endAlert(IYER, workspace, listAlerts(IYER, workspace)[0]?.alertId ?? '', 'not-urgent');
  answerAll(room, RAO, campaignId);
  answerAll(room, SEN, campaignId, () => ({ grade: 1 }));
  const toDecide = openOf(room, IYER, campaignId);
  for (const { id } of toDecide) answer(room, IYER, id);
  const [decided] = toDecide;
  adjudicationCase(IYER, workspace, decided?.id ?? '');
  decideAdjudication(IYER, workspace, decided?.id ?? '', HEALTHY_ANSWER);
  closeCampaign(HEAD, workspace, await newCampaign(room));
  const known = patients.map(({ imageIds }) => ({
    imageId: imageIds[0] ?? '',
    gradable: true,
    grade: 0 as const,
    macular: 'none' as const,
  }));
  const practice = createPractice(HEAD, workspace, { readerIds: [RAO.userId], size: 5, passMark: 0.5, known });
  answerAll(room, RAO, practice.campaignId);
  const patientId = patients[0]?.patientId ?? '';
  transaction(database, () => {
    const encounterId = addEncounter(database, { siteId: site.id, patientId }).id;
    const one = { siteId: site.id, encounterId, patientId, doctorId: RAO.userId };
    addClinicalAssignment(database, one);
    endClinicalAssignment(database, openClinicalAssignment(database, encounterId)?.id ?? '');
    addClinicalAssignment(database, one);
    addClinicalRead(database, {
      siteId: site.id,
      assignmentId: openClinicalAssignment(database, encounterId)?.id ?? '',
      doctorId: RAO.userId,
      result: 'no-refer',
      urgent: false,
      reasons: [],
      referBy: null,
      rescreenBy: null,
      note: '',
      activeMs: 1,
      unblinded: false,
      correctionReason: null,
      supersedesId: null,
      eyes: [{ eye: 'right', answer: HEALTHY_ANSWER }],
    });
  });
  return room;
}

test('nothing in the reading room is overwritten: every table has rows and refuses UPDATE and DELETE', async () => {
  const { database } = (await fill()).workspace.profile;
  const tables = {
    campaign: "title = 'other'",
    campaign_end: "actor_id = 'other'",
    campaign_reader: "reader_id = 'other'",
    campaign_item: 'position = 9',
    practice_answer: 'gradable = 0',
    read_assignment: 'position = 9',
    read_assignment_end: "reason = 'alert'",
    read: 'grade = 4',
    unblinding: "what = 'other'",
    adjudication: 'grade = 4',
    certification: 'passed = 1',
    urgent_alert: "reader_id = 'other'",
    urgent_alert_end: "action = 'not-urgent'",
    clinical_assignment: "doctor_id = 'other'",
    clinical_assignment_end: 'created_at = 1',
    clinical_read: "result = 'refer'",
    clinical_eye: 'grade = 4',
  };
  for (const [table, change] of Object.entries(tables)) {
    expect(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).not.toBe(0);
    expect(() => database.exec(`UPDATE ${table} SET ${change}`)).toThrow(`append-only: ${table}`);
    expect(() => database.exec(`DELETE FROM ${table}`)).toThrow(`append-only: ${table}`);
  }
});

test('a read is of its own assignment, and an unblinded one never becomes blind again', async () => {
  const room = await newRoom(1);
  const { database } = room.workspace.profile;
  const campaignId = await newCampaign(room);
  const [first] = openOf(room, RAO, campaignId);
  const readId = answer(room, RAO, first?.id ?? '');
  const columns = (database.prepare('PRAGMA table_info(read)').all() as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name !== 'seq');
  const copy = (change: Record<string, string>): string =>
    `INSERT INTO read (${columns.join(', ')}) SELECT ${columns.map((name) => change[name] ?? name).join(', ')} FROM read WHERE id = '${readId}'`;
  const id = "'01900000-0000-7000-8000-00000000000a'";
  expect(() => database.exec(copy({ id, reader_id: "'dr-sen'" }))).toThrow('read: of another reader');
  database.exec(copy({ id, supersedes_id: `'${readId}'`, unblinded: '1', correction_reason: "'why'" }));
  const again = "'01900000-0000-7000-8000-00000000000b'";
  expect(() => database.exec(copy({ id: again, supersedes_id: id }))).toThrow('makes an unblinded one blind again');
});
