import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { currentAssignment } from '../../../electron/db/queries/assignments';
import { addConsent } from '../../../electron/db/queries/consents';
import { addEncounter } from '../../../electron/db/queries/encounters';
import { recordEncounterOutcome } from '../../../electron/db/queries/encounter-outcomes';
import { listUnanswered } from '../../../electron/db/queries/reads';
import { transaction } from '../../../electron/db/sql';
import type { Desktop } from '../../../electron/main/desktop';
import { createHandlers } from '../../../electron/main/handlers';
import { openDesk } from '../../../electron/services/desk/open-desk';
import type { Desk } from '../../../electron/services/desk/desk';
import { createCampaign } from '../../../electron/services/reading/create-campaign';
import { saveRead } from '../../../electron/services/reading/save-read';
import { signCase } from '../../../electron/services/reading/sign-case';
import { openCase } from '../../../electron/services/reading/clinical-queue';
import { ROLES, type Actor } from '../../../electron/shared/domain/codes';
import { type Channel, inputs } from '../../../electron/shared/ipc/contract';
import { openTestWorkspace, screenCamp, writeCamp } from '../../helpers/camp';
import { buildProgram } from '../../helpers/child';
import { fakeEngine, RESOURCES } from '../../helpers/fake-engine';
import { HEALTHY_ANSWER, QUIET, request } from '../../helpers/reading-room';
import { temporaryFolder } from '../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');

/** Every role at once: none of them opens a way round. */
const READER: Actor = { userId: 'dr-rao', roles: ROLES };
const OTHER: Actor = { userId: 'dr-sen', roles: ['doctor'] };
/** Numbers and words that stand nowhere but in predictions and reads of the photographs that READER has to read. */
const SCORE = 0.87654321;
const NOTE = 'seen-by-sen';

/** Channels that a walk leaves out: they end, change or start things, wait for a person, or take minutes; none of them answers with a result. */
const LEFT_OUT: readonly Channel[] = [
  'profileAction',
  'restartEngine',
  'startWithoutAccounts',
  'setUpClinic',
  'startRun',
  'resumeRun',
  'startTraining',
  'closeCampaign',
  'withdrawReader',
  'saveRead',
  'leaveOut',
  'signCase',
  'putBackCase',
  // Takes the patient, and so hides again what the walk looks for.
  'openCase',
];

interface Scene {
  desk: Desk;
  handlers: ReturnType<typeof createHandlers>;
  known: Record<string, unknown[]>;
}

/** A run of two patients, of whom the reader is to read one; the other reader has read it. The same patient has an encounter with an outcome. */
async function scene(): Promise<Scene> {
  const folder = temporaryFolder();
  const camp = join(folder, 'camp');
  writeCamp(camp, {
    '104_right.jpg': { p2: SCORE },
    '104_left.jpg': { p2: SCORE },
    '105_right.jpg': { p2: 0.0123 },
    '105_left.jpg': { p2: 0.0123 },
  });
  const profileFolder = join(folder, 'profile');
  // Screened before the desk opens: the desk would try every backend first.
  const screening = await openTestWorkspace(profileFolder, worker, fakeEngine());
  await screenCamp(screening, camp);
  await screening.close();
  const desk = await openDesk({
    profileFolder,
    resourcesFolder: RESOURCES,
    workerEntry: worker,
    spawnEngine: fakeEngine().spawn,
    spawnTraining: () => {
      throw new Error('nobody trains here');
    },
    firstSettings: { locale: 'en', theme: 'light' },
    vault: null,
  });
  onTestFinished(() => desk.close());
  const { workspace } = desk;
  const { database, site } = workspace.profile;
  const [run] = await desk.listRuns(READER);
  const runId = run?.runId ?? '';
  const query = { runId, groups: [], search: '', sort: 'name' as const, offset: 0, limit: 10 };
  const { rows } = await desk.listPatients(READER, query);
  const sick = rows.find(({ patient }) => patient === '104');
  const well = rows.find(({ patient }) => patient === '105');
  const imageIds = sick?.eyes.flatMap((eye) => eye.imageIds) ?? [];
  const patientId = currentAssignment(database, imageIds[0] ?? '')?.patientId ?? '';
  const encounterId = transaction(database, () => {
    const encounter = addEncounter(database, { siteId: site.id, patientId });
    const outcome = {
      siteId: site.id,
      encounterId: encounter.id,
      patientId,
      source: 'ai' as const,
      actorId: 'local',
      result: 'refer' as const,
    };
    recordEncounterOutcome(database, { ...outcome, eye: null, urgent: true, reasons: ['score'], basis: { p2: SCORE } });
    addConsent(database, {
      siteId: site.id,
      patientId,
      answers: { screening: true, contact: true, sharing: true, training: true },
      withdrawal: false,
      noticeVersion: '1',
      language: 'en',
      how: 'signature',
      givenBy: 'patient',
      actorId: 'local',
    });
    return encounter.id;
  });
  const images = imageIds.map((imageId) => ({ imageId, origin: 'selected' as const }));
  const { campaignId } = await createCampaign(
    READER,
    workspace,
    request({ images, consentDeclared: true, readerIds: [READER.userId, OTHER.userId] }),
    QUIET,
  );
  const open = (reader: Actor): string[] =>
    listUnanswered(database, { readerId: reader.userId, campaignId, now: Date.now(), limit: 10 }).map(({ id }) => id);
  const own = open(READER);
  for (const assignmentId of open(OTHER)) {
    const answer = { ...HEALTHY_ANSWER, grade: 3 as const, note: NOTE };
    saveRead(OTHER, workspace, { assignmentId, answer, marks: [], activeMs: 1, idleMs: 0, supersedesId: null, correctionReason: null });
  }
  // Another doctor has signed the patient meanwhile.
  openCase(OTHER, workspace, encounterId);
  const signed = { encounterId, eyes: [{ eye: 'right' as const, answer: { ...HEALTHY_ANSWER, grade: 3 as const, note: NOTE } }] };
  signCase(OTHER, workspace, { ...signed, refer: false, urgent: false, note: NOTE, activeMs: 1, correctionReason: null });
  const desktop = {
    actor: () => READER,
    desk: () => Promise.resolve(desk),
    tasks: { list: () => [], running: () => [], start: () => ({ id: 'task' }), cancel: () => undefined, dismiss: () => undefined },
    status: () => ({}),
    people: { secondPerson: () => Promise.resolve(READER) },
  } as unknown as Desktop;
  const answer = new Proxy({}, { get: () => () => Promise.resolve(null) });
  const handlers = createHandlers(desktop, answer as Parameters<typeof createHandlers>[1], {
    resourcesFolder: RESOURCES,
    workerEntry: worker,
    profileFolder,
  });
  const known = {
    runId: [runId],
    key: [sick?.key, well?.key],
    imageId: imageIds,
    patientId: [patientId],
    keptId: [patientId],
    encounterId: [encounterId],
    campaignId: [campaignId],
    assignmentId: own,
    sort: ['name'],
    groups: [[]],
    search: [''],
    offset: [0],
    limit: [10],
  };
  return { desk, handlers, known };
}

/** Every input of a channel that can be made of what there is. */
function inputsOf(channel: Channel, known: Scene['known']): unknown[] {
  const shape = (inputs[channel] as unknown as { shape: Record<string, z.ZodType> }).shape;
  let made: Record<string, unknown>[] = [{}];
  for (const [name, schema] of Object.entries(shape)) {
    const values = (known[name] ?? [null, undefined, '', 'x', 0, 1, true, [], ['x']]).filter((value) => schema.safeParse(value).success);
    // Of what nobody knows the first that fits will do.
    const tried = known[name] === undefined ? values.slice(0, 1) : values;
    made = tried.flatMap((value) => made.map((before) => ({ ...before, [name]: value })));
  }
  return made.slice(0, 12);
}

/** All that the reader can get, channel by channel. */
async function walk({ handlers, known }: Scene): Promise<{ channel: Channel; text: string }[]> {
  const answers: { channel: Channel; text: string }[] = [];
  for (const channel of Object.keys(inputs) as Channel[]) {
    if (LEFT_OUT.includes(channel)) continue;
    for (const input of inputsOf(channel, known)) {
      try {
        const handler = handlers[channel] as (input: unknown, context: unknown) => unknown;
        const value = await handler(inputs[channel].parse(input), {});
        answers.push({ channel, text: JSON.stringify(value, plain) ?? '' });
      } catch {
        // Refused is hidden too.
      }
    }
  }
  return answers;
}

function plain(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
}

describe('a reader with an open assignment, whatever other roles', () => {
  test('gets no prediction and no read of that photograph, its eye and its patient from any channel', async () => {
    const built = await scene();
    const answers = await walk(built);
    expect(new Set(answers.map(({ channel }) => channel)).size).toBeGreaterThan(25);
    const leaks = answers.filter(({ text }) => text.includes(String(SCORE)) || text.includes('0.8765') || text.includes(NOTE));
    expect(leaks.map(({ channel }) => channel)).toEqual([]);
    // The list without the patient, and counts that do not give it away.
    const lists = answers.filter(({ channel }) => channel === 'listPatients' || channel === 'runDetail' || channel === 'listRuns');
    expect(lists.length).toBeGreaterThan(2);
    for (const { text } of lists) expect(text).not.toMatch(/"(?:urgent|refer)":[1-9]/);
    expect(lists.find(({ channel }) => channel === 'listPatients')?.text).toContain('"hidden":1');
    expect(answers.filter(({ channel }) => channel === 'patientDetail').map(({ text }) => text.includes('"105"'))).toEqual([true]);
  });

  test('gets them as soon as the answers are final, and cannot undo from then on', async () => {
    const built = await scene();
    const { workspace } = built.desk;
    const ids = built.known.assignmentId as string[];
    for (const assignmentId of ids) {
      saveRead(READER, workspace, {
        assignmentId,
        answer: { ...HEALTHY_ANSWER, grade: 3 },
        marks: [],
        activeMs: 1,
        idleMs: 0,
        supersedesId: null,
        correctionReason: null,
      });
    }
    // The same walk finds what it looks for where nothing is to be hidden any more: it would have found it before.
    const shown = (await walk(built)).filter(({ text }) => text.includes('0.8765'));
    expect(new Set(shown.map(({ channel }) => channel))).toContain('listPatients');
    const [runId] = built.known.runId as string[];
    const detail = await built.desk.patientDetail(READER, {
      runId: runId ?? '',
      groups: [],
      search: '',
      sort: 'name',
      key: (built.known.key as string[])[0] ?? '',
    });
    expect(detail.row.p2).toBeCloseTo(SCORE, 5);
    const [assignmentId = ''] = ids;
    const { id, unblinded } = workspace.profile.database
      .prepare('SELECT id, (SELECT count(*) FROM unblinding) AS unblinded FROM read_current WHERE assignment_id = ?')
      .get(assignmentId) as { id: string; unblinded: number };
    expect(unblinded).toBe(2);
    const again = { assignmentId, answer: { ...HEALTHY_ANSWER, grade: 1 as const }, marks: [], activeMs: 1, idleMs: 0, supersedesId: id };
    expect(() => saveRead(READER, workspace, { ...again, correctionReason: null })).toThrow('read-needs-reason');
    const label = workspace.profile.database.prepare('SELECT grade, method FROM reference_label').get();
    saveRead(READER, workspace, { ...again, correctionReason: 'overlooked the scars' });
    expect(workspace.profile.database.prepare('SELECT unblinded, correction_reason FROM read WHERE supersedes_id = ?').get(id)).toEqual({
      unblinded: 1,
      correction_reason: 'overlooked the scars',
    });
    expect(workspace.profile.database.prepare('SELECT grade, method FROM reference_label').get()).toEqual(label);
    expect(label).toEqual({ grade: 3, method: 'agreement' });
  });

  test('a doctor who has a patient open sees nothing of the model about that patient', async () => {
    const built = await scene();
    const doctor: Actor = { userId: 'dr-iyer', roles: ['doctor'] };
    openCase(doctor, built.desk.workspace, (built.known.encounterId as string[])[0] ?? '');
    const page = await built.desk.listPatients(doctor, {
      runId: (built.known.runId as string[])[0] ?? '',
      groups: [],
      search: '',
      sort: 'name',
      offset: 0,
      limit: 10,
    });
    expect(page.rows.map(({ patient }) => patient)).toEqual(['105']);
    expect(page.hidden).toBe(1);
  });
});
