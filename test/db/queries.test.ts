import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assignImage, currentAssignment, listAssignments, type NewAssignment } from '../../electron/db/queries/assignments';
import { findImageBySha256 } from '../../electron/db/queries/images';
import { getModel, registerModel } from '../../electron/db/queries/models';
import { currentOutcome, listOutcomes, recordOutcome, type NewOutcome } from '../../electron/db/queries/outcomes';
import { findOrAddPatientByReference, findPatientByReference } from '../../electron/db/queries/patients';
import { addPrediction, findPrediction, findQualityCheck } from '../../electron/db/queries/results';
import { listRunFiles } from '../../electron/db/queries/run-files';
import { cancelRun, findUnfinishedRun, finishRun, listRunRoots, resumeRun, startRun } from '../../electron/db/queries/runs';
import { getSetting, putSetting } from '../../electron/db/queries/settings';
import { ensureOwnSite, getOwnSite, setSiteMode } from '../../electron/db/queries/sites';
import { countRunFiles, findSource, listRunSources, listSourceAttempts } from '../../electron/db/queries/sources';
import { transaction } from '../../electron/db/sql';
import { parseShortId } from '../../electron/shared/domain/short-id';
import {
  addTestCheck,
  addTestImage,
  addTestPrediction,
  addTestSource,
  MODEL_ID,
  newDatabase,
  newScreening,
  sha256Of,
  VERSIONS,
} from '../helpers/database';

describe('a site', () => {
  test('is made once, in the mode in which a doctor reads everything', () => {
    const db = newDatabase();
    const site = ensureOwnSite(db);
    expect(site).toMatchObject({ mode: 'doctor-reads-all' });
    expect(ensureOwnSite(db)).toEqual(site);
    setSiteMode(db, 'training');
    expect(getOwnSite(db)).toEqual({ ...site, mode: 'training' });
  });
});

describe('a run', () => {
  test('keeps its roots as bytes, in the order given', () => {
    const { db, site, command } = newScreening();
    const roots = [Buffer.from([0x2f, 0xff, 0xfe]), Buffer.from('/b')];
    const run = startRun(db, { ...command, roots, siteId: site.id, actorId: 'local' });
    expect(listRunRoots(db, run.id).map((root) => Buffer.from(root))).toEqual(roots);
  });

  test('that was cancelled or cut off is found by the same command and taken up', () => {
    const { db, run, command } = newScreening();
    expect(findUnfinishedRun(db, command)?.id).toBe(run.id);
    expect(cancelRun(db, run.id, { otherFiles: 3 }).cancelledAt).not.toBeNull();
    expect(findUnfinishedRun(db, command)?.id).toBe(run.id);
    expect(resumeRun(db, run.id)).toMatchObject({ id: run.id, cancelledAt: null });
  });

  test('that is finished is not taken up again', () => {
    const { db, run, command } = newScreening();
    expect(finishRun(db, run.id, { otherFiles: 3 })).toMatchObject({ otherFiles: 3, cancelledAt: null });
    expect(findUnfinishedRun(db, command)).toBeUndefined();
    expect(cancelRun(db, run.id, { otherFiles: 9 })).toMatchObject({ otherFiles: 3, cancelledAt: null });
  });

  test.each([
    { roots: [Buffer.from('/camp2')] },
    { roots: [Buffer.from('/ca'), Buffer.from('mp')] },
    { modelId: 'b'.repeat(64) },
    { preprocessing: 'prep-2' },
    { gate: 'gate-2' },
    { backend: 'wasm' as const },
    { listSha256: sha256Of(5) },
  ])('is not taken up by another command: %j', (change) => {
    const { db, command } = newScreening();
    expect(findUnfinishedRun(db, { ...command, ...change })).toBeUndefined();
  });
});

describe('an image', () => {
  test('is stored once for each content, with its camera', () => {
    const { db, site } = newScreening();
    const first = addTestImage(db, site.id, 7);
    expect(addTestImage(db, site.id, 7)).toEqual(first);
    expect(addTestImage(db, site.id, 8).deviceId).toBe(first.deviceId);
    expect(findImageBySha256(db, sha256Of(7))).toEqual(first);
    expect(first).toMatchObject({ camera: 'Remidio FOP', takenAt: '2016:03:01 10:20:30' });
  });
});

describe('a file seen in a run', () => {
  test('keeps a path that is no text and what its name claims', () => {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    const path = Buffer.concat([Buffer.from('/camp/12_left'), Buffer.from([0xff, 0x0a]), Buffer.from('.jpg')]);
    const source = addTestSource(db, run, '', { path, sha256: image.sha256, imageId: image.id });
    expect(Buffer.from(source.path)).toEqual(path);
    expect(source.claim).toEqual({ patientKey: '12', patientBasis: 'number-side', eye: 'left', eyeBasis: 'number-side' });
    expect(findSource(db, run.id, path)).toEqual(source);
  });

  test('is never there twice', () => {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    addTestSource(db, run, '/camp/a.jpg', { sha256: image.sha256, imageId: image.id });
    expect(() => addTestSource(db, run, '/camp/a.jpg', { sha256: image.sha256, imageId: image.id })).toThrow();
    expect(listRunSources(db, run.id)).toHaveLength(1);
  });

  test('that failed gets a new row when it is tried again; the old one stays and no longer counts', () => {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    const failed = addTestSource(db, run, '/camp/a.jpg');
    expect(countRunFiles(db, run.id)).toEqual({ files: 1, failed: 1 });
    const retried = addTestSource(db, run, '/camp/a.jpg', { sha256: image.sha256, imageId: image.id });
    expect(retried.supersedesId).toBe(failed.id);
    expect(listSourceAttempts(db, run.id, failed.path)).toEqual([failed, retried]);
    expect(listRunSources(db, run.id)).toEqual([retried]);
    expect(countRunFiles(db, run.id)).toEqual({ files: 1, failed: 0 });
  });

  test('whose content has changed since is read again', () => {
    const { db, site, run } = newScreening();
    const [before, after] = [addTestImage(db, site.id, 1), addTestImage(db, site.id, 2)];
    addTestSource(db, run, '/camp/a.jpg', { sha256: before.sha256, imageId: before.id });
    expect(addTestSource(db, run, '/camp/a.jpg', { sha256: after.sha256, imageId: after.id }).imageId).toBe(after.id);
  });

  test('has an image or an error, never both and never neither', () => {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    expect(() => addTestSource(db, run, '/camp/a.jpg', { imageId: image.id, error: { code: 'image-empty', params: {} } })).toThrow('CHECK');
    expect(() => addTestSource(db, run, '/camp/a.jpg', { imageId: null, error: null })).toThrow('CHECK');
  });

  test('comes in byte order of the path, a page at a time', () => {
    const { db, run } = newScreening();
    for (const path of ['/camp/b', '/camp/a', '/camp/B', '/camp/é', '/camp/a/1']) addTestSource(db, run, path);
    const pages: string[][] = [];
    for (let afterPath: Uint8Array | null = null; ;) {
      const page = listRunFiles(db, run.id, { afterPath, limit: 2 });
      if (page.length === 0) break;
      pages.push(page.map(({ source }) => Buffer.from(source.path).toString()));
      afterPath = page.at(-1)?.source.path ?? null;
    }
    expect(pages).toEqual([['/camp/B', '/camp/a'], ['/camp/a/1', '/camp/b'], ['/camp/é']]);
  });
});

describe('a patient', () => {
  test('has a random id with a check symbol', () => {
    const { db, site } = newScreening();
    const { shortId } = findOrAddPatientByReference(db, { siteId: site.id, scope: 'list', listKey: 'camp', identifier: 'P1' });
    expect(parseShortId(shortId)).toBe(shortId);
  });

  test('is the same for one number within one folder and run only', () => {
    const { db, site, run, command } = newScreening();
    const other = startRun(db, { ...command, siteId: site.id, actorId: 'local' });
    const reference = { siteId: site.id, scope: 'run' as const, runId: run.id, folder: Buffer.from('/camp/day1'), identifier: '12' };
    const patient = findOrAddPatientByReference(db, reference);
    expect(findOrAddPatientByReference(db, reference)).toEqual(patient);
    for (const change of [{ folder: Buffer.from('/camp/day2') }, { runId: other.id }, { identifier: '13' }]) {
      expect(findPatientByReference(db, { ...reference, ...change })).toBeUndefined();
      expect(findOrAddPatientByReference(db, { ...reference, ...change }).id).not.toBe(patient.id);
    }
  });

  test('of a list is the same in every folder and run, but not in another list', () => {
    const { db, site } = newScreening();
    const reference = { siteId: site.id, scope: 'list' as const, listKey: 'camp-a', identifier: '12' };
    const patient = findOrAddPatientByReference(db, reference);
    expect(findOrAddPatientByReference(db, reference)).toEqual(patient);
    expect(findOrAddPatientByReference(db, { ...reference, listKey: 'camp-b' }).id).not.toBe(patient.id);
  });
});

describe('an assignment', () => {
  function setUp() {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    const patient = findOrAddPatientByReference(db, { siteId: site.id, scope: 'list', listKey: 'camp', identifier: 'P1' });
    const assignment: NewAssignment = {
      siteId: site.id,
      imageId: image.id,
      patientId: null,
      encounterId: null,
      eye: 'left',
      field: null,
      basis: 'side-word',
      runId: run.id,
      actorId: 'local',
    };
    return { db, image, patient, assignment };
  }

  test('that corrects another supersedes it; the history stays', () => {
    const { db, image, patient, assignment } = setUp();
    const first = assignImage(db, assignment);
    const corrected = assignImage(db, { ...assignment, patientId: patient.id, eye: 'right', basis: 'person' });
    expect(corrected.supersedesId).toBe(first.id);
    expect(currentAssignment(db, image.id)).toEqual(corrected);
    expect(listAssignments(db, image.id)).toEqual([first, corrected]);
  });

  test('that says the same adds nothing', () => {
    const { db, image, assignment } = setUp();
    expect(assignImage(db, { ...assignment, basis: 'list' })).toEqual(assignImage(db, assignment));
    expect(listAssignments(db, image.id)).toHaveLength(1);
  });

  test('has one chain for each image, whatever writes it', () => {
    const { db, assignment } = setUp();
    const first = assignImage(db, assignment);
    const copy = `INSERT INTO image_assignment (id, site_id, image_id, basis, actor_id, supersedes_id, created_at)
      SELECT 'x1900000-0000-7000-8000-000000000000', site_id, image_id, 'list', 'local', ?, 1 FROM image_assignment`;
    expect(() => db.prepare(copy).run(null)).toThrow('UNIQUE');
    db.prepare(copy).run(first.id);
    expect(() => db.prepare(`${copy} LIMIT 1`.replace('x19', 'y19')).run(first.id)).toThrow('UNIQUE');
  });
});

describe('a stored result', () => {
  test('comes back as it was, heat map included', () => {
    const { db, site } = newScreening();
    const image = addTestImage(db, site.id);
    addTestCheck(db, image);
    addTestPrediction(db, image);
    const prediction = findPrediction(db, { imageId: image.id, modelId: MODEL_ID, ...VERSIONS, backend: 'onnx' });
    expect(prediction).toMatchObject({ logits: [2, 1, -1, -2], p: [0.9, 0.7, 0.2, 0.1] });
    expect(prediction?.heatMap).toEqual({ rows: 2, columns: 2, values: Float32Array.of(0.5, -1.25, 3, 0) });
    expect(findQualityCheck(db, { imageId: image.id, ...VERSIONS })).toMatchObject({ kind: 'retina', gradable: true, reasons: [] });
  });

  test.each([{ modelId: 'b'.repeat(64) }, { preprocessing: 'prep-2' }, { gate: 'gate-2' }, { backend: 'wasm' as const }])(
    'does not serve for another %j',
    (change) => {
      const { db, site } = newScreening();
      const image = addTestImage(db, site.id);
      addTestCheck(db, image);
      addTestPrediction(db, image);
      expect(findPrediction(db, { imageId: image.id, modelId: MODEL_ID, ...VERSIONS, backend: 'onnx', ...change })).toBeUndefined();
    },
  );

  test('is stored once', () => {
    const { db, site } = newScreening();
    const image = addTestImage(db, site.id);
    addTestCheck(db, image);
    addTestPrediction(db, image);
    expect(() => addTestPrediction(db, image)).toThrow('UNIQUE');
    expect(() => addTestCheck(db, image)).toThrow('UNIQUE');
  });

  test('of what is not a retina cannot be stored: it is never scored', () => {
    const { db, site } = newScreening();
    const image = addTestImage(db, site.id);
    addTestCheck(db, image, 'not-fundus');
    expect(() => addTestPrediction(db, image)).toThrow('never scored');
  });

  test('needs the quality check of the same versions', () => {
    const { db, site } = newScreening();
    const image = addTestImage(db, site.id);
    expect(() => addTestPrediction(db, image)).toThrow('FOREIGN KEY');
  });

  test('with a rising P(grade >= k) is refused', () => {
    const { db, site } = newScreening();
    const image = addTestImage(db, site.id);
    addTestCheck(db, image);
    expect(() =>
      addPrediction(db, {
        siteId: site.id,
        imageId: image.id,
        modelId: MODEL_ID,
        ...VERSIONS,
        backend: 'onnx',
        device: 'cpu',
        logits: [0, 0, 0, 0],
        p: [0.2, 0.7, 0.1, 0.1],
        heatMap: { rows: 1, columns: 1, values: new Float32Array(1) },
        ms: 1,
      }),
    ).toThrow('CHECK');
  });

  test('is joined to its file, its assignment and its patient', () => {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    const failed = addTestSource(db, run, '/camp/0.jpg');
    const source = addTestSource(db, run, '/camp/12_left.jpg', { sha256: image.sha256, imageId: image.id });
    addTestCheck(db, image);
    addTestPrediction(db, image);
    const reference = { siteId: site.id, scope: 'run' as const, runId: run.id, folder: source.folder, identifier: '12' };
    const patient = findOrAddPatientByReference(db, reference);
    const assignment = {
      siteId: site.id,
      imageId: image.id,
      encounterId: null,
      field: null,
      basis: 'name',
      runId: run.id,
      actorId: 'local',
    };
    assignImage(db, { ...assignment, patientId: null, eye: 'left' });
    assignImage(db, { ...assignment, patientId: patient.id, eye: 'left' });
    expect(listRunFiles(db, run.id, { afterPath: null, limit: 10 })).toEqual([
      { source: failed, assignment: null, quality: null, p: null, resultAt: null, modelId: MODEL_ID, backend: 'onnx' },
      {
        source,
        assignment: { patientId: patient.id, shortId: patient.shortId, eye: 'left' },
        quality: { kind: 'retina', score: 0.9, gradable: true, reasons: [] },
        p: [0.9, 0.7, 0.2, 0.1],
        resultAt: expect.any(Number),
        modelId: MODEL_ID,
        backend: 'onnx',
      },
    ]);
  });
});

describe('an outcome', () => {
  function setUp() {
    const { db, site, run } = newScreening();
    const image = addTestImage(db, site.id);
    const patient = findOrAddPatientByReference(db, { siteId: site.id, scope: 'list', listKey: 'camp', identifier: 'P1' });
    const outcome: NewOutcome = {
      siteId: site.id,
      runId: run.id,
      encounterId: null,
      subject: { level: 'patient', patientId: patient.id },
      source: 'ai',
      actorId: 'local',
      result: 'no-refer',
      urgent: false,
      reasons: ['below-threshold'],
      basis: { threshold: 0.5 },
    };
    return { db, run, image, patient, outcome };
  }

  test('that changes supersedes; the old one stays', () => {
    const { db, run, patient, outcome } = setUp();
    const first = recordOutcome(db, outcome);
    const worse = recordOutcome(db, { ...outcome, result: 'refer', reasons: ['score'] });
    expect(worse.supersedesId).toBe(first.id);
    expect(listOutcomes(db, run.id)).toEqual([worse]);
    expect(currentOutcome(db, run.id, { level: 'patient', patientId: patient.id })).toEqual(worse);
    expect(db.prepare('SELECT count(*) FROM outcome').pluck().get()).toBe(2);
  });

  test('that says the same adds nothing', () => {
    const { db, outcome } = setUp();
    expect(recordOutcome(db, outcome)).toEqual(recordOutcome(db, outcome));
  });

  test('is kept apart for patient, eyes and photographs', () => {
    const { db, run, image, patient, outcome } = setUp();
    recordOutcome(db, outcome);
    recordOutcome(db, { ...outcome, subject: { level: 'eye', eye: 'left', patientId: patient.id } });
    recordOutcome(db, { ...outcome, subject: { level: 'eye', eye: 'right', patientId: patient.id }, result: 'incomplete' });
    recordOutcome(db, { ...outcome, subject: { level: 'image', imageId: image.id }, result: 'refer-ungradable' });
    recordOutcome(db, { ...outcome, subject: { level: 'patient', imageId: image.id }, result: 'incomplete' });
    expect(listOutcomes(db, run.id).map(({ level, eye, result }) => [level, eye, result])).toEqual([
      ['patient', null, 'no-refer'],
      ['eye', 'left', 'no-refer'],
      ['eye', 'right', 'incomplete'],
      ['image', null, 'refer-ungradable'],
      ['patient', null, 'incomplete'],
    ]);
  });

  test('of a patient is never a result that only photographs have', () => {
    const { db, outcome } = setUp();
    expect(() => recordOutcome(db, { ...outcome, result: 'refer-ungradable' })).toThrow('CHECK');
  });
});

describe('small things', () => {
  test('a model is registered once and keeps its card', () => {
    const { db } = newScreening();
    registerModel(db, { id: 'c'.repeat(64), name: 'one', card: { head: 'cumulative-4' } });
    registerModel(db, { id: 'c'.repeat(64), name: 'two', card: {} });
    expect(getModel(db, 'c'.repeat(64))).toMatchObject({ name: 'one', card: { head: 'cumulative-4' } });
  });

  test('a setting that no longer fits is as good as none', () => {
    const db = newDatabase();
    putSetting(db, 'language', 'hi');
    expect(getSetting(db, 'language', z.enum(['en', 'hi']))).toBe('hi');
    putSetting(db, 'language', 'xx');
    expect(getSetting(db, 'language', z.enum(['en', 'hi']))).toBeUndefined();
    expect(getSetting(db, 'other', z.string())).toBeUndefined();
  });

  test('a transaction that fails leaves nothing', () => {
    const db = newDatabase();
    expect(() =>
      transaction(db, () => {
        putSetting(db, 'a', 1);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(getSetting(db, 'a', z.number())).toBeUndefined();
  });

  test('a transaction that waits is refused, since it would commit at its first await', () => {
    const db = newDatabase();
    expect(() => transaction(db, async () => putSetting(db, 'a', 1))).toThrow('cannot wait');
    expect(getSetting(db, 'a', z.number())).toBeUndefined();
  });
});
