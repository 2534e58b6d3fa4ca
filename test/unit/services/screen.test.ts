import { chmodSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';

import { listRuns } from '../../../electron/db/queries/runs';
import { listOutcomes } from '../../../electron/db/queries/outcomes';
import { currentAssignment, listAssignments } from '../../../electron/db/queries/assignments';
import { verifyAuditChain } from '../../../electron/db/audit';
import { runResults } from '../../../electron/services/screening/run-results';
import { screen } from '../../../electron/services/screening/screen';
import type { Workspace } from '../../../electron/services/workspace';
import { LOCAL_ACTOR } from '../../../electron/shared/domain/codes';
import type { RunProgress } from '../../../electron/shared/domain/screening';
import { buildProgram } from '../../helpers/child';
import { openTestWorkspace, screenCamp, writeCamp } from '../../helpers/camp';
import { rejectionOf } from '../../helpers/errors';
import { fakeEngine, starterThresholds } from '../../helpers/fake-engine';
import { temporaryFolder } from '../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');
const { refer } = starterThresholds();
const HIGH = Math.min(1, refer + 0.1);

function count(workspace: Workspace, table: string): number {
  return (workspace.profile.database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
}

describe('a folder', () => {
  test('gets a row for every file in path order, an outcome for image, eye and patient, and a sound audit log', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, {
      '12_right.jpg': { p2: HIGH },
      '12_left.jpg': {},
      '3_left.PNG': { gradable: false },
      'notes.txt': 'x',
      'b/street.jpg': { kind: 'not-fundus' },
    });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images, patients, facts } = await screenCamp(workspace, camp);
    expect(images.map(({ file, result }) => [file, result])).toEqual([
      ['12_left.jpg', 'no-refer'],
      ['12_right.jpg', 'refer'],
      ['3_left.PNG', 'refer-ungradable'],
      ['b/street.jpg', 'refer-ungradable'],
    ]);
    expect(patients.map(({ patient, result, identified }) => [patient, result, identified])).toEqual([
      ['12', 'refer', true],
      ['3', 'ungradable', true],
      ['b/street.jpg', 'incomplete', false],
    ]);
    expect(facts.counts).toEqual({ found: 4, done: 4, reused: 0, failed: 0, otherFiles: 1 });
    const levels = listOutcomes(workspace.profile.database, facts.runId).map(({ level }) => level);
    expect({ image: levels.filter((l) => l === 'image').length, patient: levels.filter((l) => l === 'patient').length }).toEqual({
      image: 4,
      patient: 3,
    });
    expect(verifyAuditChain(workspace.profile.database)).toMatchObject({ ok: true, events: 2 });
  });

  test('keeps the original and the thumbnail encrypted under the content of the file', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': {} });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    await screenCamp(workspace, camp);
    const { sha256 } = workspace.profile.database.prepare('SELECT lower(hex(sha256)) AS sha256 FROM image').get() as { sha256: string };
    expect(Buffer.from(await workspace.profile.blobs.get('original', sha256)).toString()).toContain('1_left.jpg');
    expect((await workspace.profile.blobs.get('thumbnail', sha256)).byteLength).toBeGreaterThan(50);
  });

  test('without a photograph is nothing to screen, and says how many other files there were', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { 'a.txt': 'x', 'b.pdf': 'y' });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    expect(await rejectionOf(screenCamp(workspace, camp))).toMatchObject({ code: 'nothing-to-screen', params: { otherFiles: 2 } });
  });

  test('is refused to an actor without a role', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': {} });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const options = { paths: [camp], patientListFile: null, signal: new AbortController().signal };
    expect(await rejectionOf(screen({ userId: 'nobody', roles: [] }, workspace, options))).toMatchObject({ code: 'not-permitted' });
  });
});

describe('stored results', () => {
  test('serve again in a new run for the same content, under whatever name', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': { id: 'a' }, '1_right.jpg': { id: 'b' } });
    const engine = fakeEngine();
    const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
    const first = await screenCamp(workspace, camp);
    writeCamp(camp, { '9_left.jpg': { id: 'a' } });
    const second = await screenCamp(workspace, camp);
    expect(engine.screened).toEqual(['a', 'b']);
    expect(second.facts.runId).not.toBe(first.facts.runId);
    expect(second.facts.counts).toMatchObject({ found: 3, done: 3, reused: 3 });
    expect(count(workspace, 'prediction')).toBe(2);
  });

  for (const [what, facts] of [
    ['preprocessing', { preprocessing: 'fake-2' }],
    ['gate', { gate: 'fake-2' }],
    ['backend', { backend: 'wasm' as const }],
  ] as const) {
    test(`do not serve for another ${what}`, async () => {
      const camp = temporaryFolder();
      const profile = temporaryFolder();
      writeCamp(camp, { '1_left.jpg': { id: 'a' } });
      const before = await openTestWorkspace(profile, worker, fakeEngine());
      await screenCamp(before, camp);
      await before.close();
      const engine = fakeEngine(facts);
      const after = await openTestWorkspace(profile, worker, engine);
      const { facts: run } = await screenCamp(after, camp);
      expect(engine.screened).toEqual(['a']);
      expect(run.counts.reused).toBe(0);
      expect(count(after, 'prediction')).toBe(2);
    });
  }
});

describe('one content under two names', () => {
  test('is one image with two sources, screened once, even when both are read at the same time', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': { id: 'same' }, 'copy of 1.jpg': { id: 'same' }, 'third.jpg': { id: 'same' } });
    const engine = fakeEngine();
    const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
    const { images } = await screenCamp(workspace, camp);
    expect(engine.screened).toEqual(['same']);
    expect(new Set(images.map(({ imageId }) => imageId)).size).toBe(1);
    expect(count(workspace, 'image')).toBe(1);
    expect(count(workspace, 'image_source')).toBe(3);
    expect(images.every(({ notes }) => notes.includes('duplicate-content'))).toBe(true);
  });

  test('that contradict each other is assigned to nobody, clears nobody and lowers nobody', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, {
      '12_left.jpg': { id: 'sick', p2: HIGH },
      '12_right.jpg': {},
      '13_right.jpg': { id: 'sick', p2: HIGH },
      '13_left.jpg': {},
      '14_left.jpg': { id: 'well' },
      '14_right.jpg': { id: 'well' },
    });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images, patients } = await screenCamp(workspace, camp);
    const results = Object.fromEntries(patients.map(({ patient, result }) => [patient, result]));
    expect(results).toEqual({ 12: 'refer', 13: 'refer', 14: 'incomplete' });
    const sick = images.find(({ file }) => file === '12_left.jpg');
    expect(sick?.notes).toEqual(['duplicate-content-contradicts', 'eye-unknown']);
    expect(currentAssignment(workspace.profile.database, sick?.imageId ?? '')).toMatchObject({ patientId: null, eye: null });
  });
});

describe('patients', () => {
  test('of one number in two folders are two, shown with their folders', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { 'monday/7_left.jpg': {}, 'tuesday/7_left.jpg': { p2: HIGH }, 'tuesday/8_left.jpg': {} });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { patients } = await screenCamp(workspace, camp);
    expect(patients.map(({ patient, result }) => [patient, result])).toEqual([
      ['tuesday/7', 'refer'],
      ['8', 'incomplete'],
      ['monday/7', 'incomplete'],
    ]);
  });

  test('come from the list where there is one, across folders', async () => {
    const camp = temporaryFolder();
    const list = join(temporaryFolder(), 'patients.csv');
    writeCamp(camp, { 'a/x.jpg': {}, 'b/y.jpg': {}, 'b/z.jpg': {} });
    writeFileSync(list, 'file,patient,eye\na/x.jpg,Sita,left\nb/y.jpg,Sita,right\n');
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { patients } = await screenCamp(workspace, camp, { patientListFile: list });
    expect(patients.map(({ patient, result, identified }) => [patient, result, identified])).toEqual([
      ['b/z.jpg', 'incomplete', false],
      ['Sita', 'no-refer', true],
    ]);
  });

  test('a list tells how many of its rows name no file, and one that is no text is refused', async () => {
    const camp = temporaryFolder();
    const list = join(temporaryFolder(), 'patients.csv');
    writeCamp(camp, { 'a/x.jpg': {} });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const options = { paths: [camp], patientListFile: list, signal: new AbortController().signal };
    writeFileSync(list, 'file,patient,eye\na/x.jpg,1,left\nx.jpg,2,left\ngone.jpg,3,left\n');
    expect(await screen(LOCAL_ACTOR, workspace, options)).toMatchObject({ unmatchedListRows: 2 });
    writeFileSync(list, Buffer.from('file,patient,eye\na/x.jpg,J\u00fcrgen,left\n', 'latin1'));
    expect(await rejectionOf(screen(LOCAL_ACTOR, workspace, options))).toMatchObject({
      code: 'patient-list-invalid',
      params: { problem: 'not-utf8' },
    });
  });

  test('of the same list in another run are the same; those of names are not', async () => {
    const camp = temporaryFolder();
    const list = join(temporaryFolder(), 'patients.csv');
    writeCamp(camp, { '1_left.jpg': {}, 'x.jpg': {} });
    writeFileSync(list, 'file,patient,eye\nx.jpg,Sita,left\n');
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const ids = async (): Promise<Record<string, string | null>> => {
      const { patients } = await screenCamp(workspace, camp, { patientListFile: list });
      return Object.fromEntries(patients.map(({ patient, patientId }) => [patient, patientId]));
    };
    const first = await ids();
    const second = await ids();
    expect(second['Sita']).toBe(first['Sita']);
    expect(second['1']).not.toBe(first['1']);
  });

  test('keep the whole history of their photographs: a later run adds an assignment and takes none back', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': { id: 'a' } });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const first = await screenCamp(workspace, camp);
    const other = temporaryFolder();
    writeCamp(other, { 'unnamed.jpg': { id: 'a' } });
    await screenCamp(workspace, other);
    const history = listAssignments(workspace.profile.database, first.images[0]?.imageId ?? '');
    expect(history).toHaveLength(1);
    expect(history[0]).toMatchObject({ eye: 'left', basis: 'number-eye' });
  });
});

describe('an interruption', () => {
  test('is followed by the rest of the same run, and nothing is done or stored twice', async () => {
    const camp = temporaryFolder();
    const profile = temporaryFolder();
    const names = Array.from({ length: 40 }, (_, index) => `${index}_left.jpg`);
    writeCamp(camp, Object.fromEntries(names.map((name) => [name, {}])));
    const before = fakeEngine();
    const workspace = await openTestWorkspace(profile, worker, before);
    const controller = new AbortController();
    let startedRun = '';
    const stopped = screenCamp(workspace, camp, {
      signal: controller.signal,
      onRunStarted: (runId) => (startedRun = runId),
      onProgress: ({ counts }) => {
        if (counts.done >= 10) controller.abort();
      },
    });
    expect(await rejectionOf(stopped)).toMatchObject({ code: 'cancelled' });
    const stored = count(workspace, 'image_source');
    expect(stored).toBeGreaterThanOrEqual(10);
    expect(stored).toBeLessThan(40);
    // What is on the disk can be looked at before it goes on.
    const half = await runResults(LOCAL_ACTOR, workspace.profile, startedRun);
    expect(half.facts).toMatchObject({ finishedAt: null, counts: { done: stored } });
    await workspace.close();

    const after = fakeEngine();
    const again = await openTestWorkspace(profile, worker, after);
    const { facts, images } = await screenCamp(again, camp);
    expect(facts.runId).toBe(startedRun);
    expect(facts.finishedAt).not.toBeNull();
    expect(images.map(({ file }) => file).sort()).toEqual([...names].sort());
    expect(count(again, 'image_source')).toBe(40);
    expect(count(again, 'prediction')).toBe(40);
    expect(new Set([...before.screened, ...after.screened]).size).toBe(40);
    expect(listRuns(again.profile.database)).toHaveLength(1);
    expect(verifyAuditChain(again.profile.database).ok).toBe(true);
  });

  test('tells progress only of what is stored, and at the end of everything', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}_left.jpg`, {}])));
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const seen: RunProgress[] = [];
    const behind: number[] = [];
    await screenCamp(workspace, camp, {
      onProgress: (progress) => {
        seen.push(progress);
        behind.push(count(workspace, 'image_source') - progress.counts.done);
      },
    });
    expect(behind.every((difference) => difference >= 0)).toBe(true);
    expect(seen.at(-1)?.counts).toMatchObject({ found: 30, done: 30 });
  });

  test('after which a file has changed screens that file anew, in the same run', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': { id: 'old' }, '2_left.jpg': { error: 'image-truncated' }, '3_left.jpg': { endless: true } });
    const engine = fakeEngine();
    const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
    const controller = new AbortController();
    const stopped = rejectionOf(screenCamp(workspace, camp, { signal: controller.signal }));
    await vi.waitUntil(() => count(workspace, 'image_source') === 2, 20_000);
    controller.abort();
    expect(await stopped).toMatchObject({ code: 'cancelled' });
    writeCamp(camp, { '1_left.jpg': { id: 'new' }, '2_left.jpg': { id: 'repaired' }, '3_left.jpg': {} });
    utimesSync(join(camp, '1_left.jpg'), new Date(0), new Date(0));
    const { images } = await screenCamp(workspace, camp);
    expect([...engine.screened].sort()).toEqual(['3_left.jpg', 'new', 'old', 'repaired']);
    expect(images.map(({ error }) => error)).toEqual([null, null, null]);
    expect(listRuns(workspace.profile.database)).toHaveLength(1);
  });
});

describe('a crash of the engine', () => {
  test('in the middle of 50 images loses and doubles none', async () => {
    const camp = temporaryFolder();
    const names = Array.from({ length: 50 }, (_, index) => `${index}_left.jpg`);
    writeCamp(camp, Object.fromEntries(names.map((name) => [name, {}])));
    const engine = fakeEngine();
    const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
    let killed = false;
    const { images } = await screenCamp(workspace, camp, {
      onProgress: ({ counts }) => {
        if (!killed && counts.done >= 20) {
          killed = true;
          engine.die();
        }
      },
    });
    expect(killed).toBe(true);
    expect(engine.starts).toBe(2);
    expect(images).toHaveLength(50);
    expect(images.filter(({ error }) => error !== null)).toEqual([]);
    expect(count(workspace, 'prediction')).toBe(50);
  });

  test('by one photograph each time gives that photograph its code and the others their results', async () => {
    const camp = temporaryFolder();
    // Its neighbours take longer than it takes to die: each time one of them is in the engine too.
    const slow = { delayMs: 30 };
    writeCamp(camp, { '1_left.jpg': slow, '2_left.jpg': { crashes: 100 }, '3_left.jpg': slow, '4_left.jpg': slow, '5_left.jpg': slow });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images } = await screenCamp(workspace, camp);
    expect(images.map(({ file, error }) => [file, error?.code ?? null])).toEqual([
      ['1_left.jpg', null],
      ['2_left.jpg', 'engine-crashed'],
      ['3_left.jpg', null],
      ['4_left.jpg', null],
      ['5_left.jpg', null],
    ]);
  });
});

describe('a bad file', () => {
  test('has its code and keeps its patient from being cleared', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, {
      '1_left.jpg': '',
      '1_right.jpg': {},
      '2_left.jpg': { error: 'image-unsupported-format' },
      '2_right.jpg': { p2: HIGH },
    });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images, patients, facts } = await screenCamp(workspace, camp);
    expect(images.map(({ result, error }) => [result, error?.code ?? null])).toEqual([
      ['error', 'image-empty'],
      ['no-refer', null],
      ['error', 'image-unsupported-format'],
      ['refer', null],
    ]);
    expect(patients.map(({ patient, result }) => [patient, result])).toEqual([
      ['2', 'refer'],
      ['1', 'incomplete'],
    ]);
    expect(facts.counts.failed).toBe(2);
  });

  test('that vanishes between finding and reading is said to have vanished', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': {}, '2_left.jpg': {} });
    const engine = fakeEngine();
    const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
    const { images } = await screenCamp(workspace, camp, { onRunStarted: () => rmSync(join(camp, '2_left.jpg')) });
    expect(images.map(({ error }) => error?.code ?? null)).toEqual([null, 'image-vanished']);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read is said to be unreadable', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': {} });
    chmodSync(join(camp, '1_left.jpg'), 0o000);
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images } = await screenCamp(workspace, camp);
    expect(images[0]?.error?.code).toBe('image-unreadable');
  });

  test('with a score that is not a number is an error, never a no-refer', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '1_left.jpg': '{"p2": null, "quality": null}' });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const { images } = await screenCamp(workspace, camp);
    expect(images[0]).toMatchObject({ result: 'error', error: { code: 'internal' } });
  });
});
