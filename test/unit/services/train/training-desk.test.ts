import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { machineFacts } from '../../../../electron/services/machine';
import { listModels, showModel } from '../../../../electron/services/models/registry';
import { programVersion } from '../../../../electron/services/program';
import { PictureCache } from '../../../../electron/services/train/picture-cache';
import { fittingBatch } from '../../../../electron/services/train/run-process';
import { readRecipe } from '../../../../electron/services/train/recipes';
import { TrainingDesk } from '../../../../electron/services/train/training-desk';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import type { TrainingRequest } from '../../../../electron/shared/domain/training';
import { toAppError } from '../../../../electron/shared/errors';
import { errorOf, rejectionOf } from '../../../helpers/errors';
import { type FakeStep, type FakeTraining, fakeTraining } from '../../../helpers/fake-training';
import { temporaryFolder } from '../../../helpers/temporary';

const RESOURCES = resolve(import.meta.dirname, '../../../../resources');
const DEVICE: FakeStep = { kind: 'say', message: { kind: 'device', device: 'TensorFlow 2.21.0, CPU' } };
const GPU: FakeStep = { kind: 'say', message: { kind: 'device', device: 'TensorFlow 2.21.0, GPU' } };
const WHOLE: FakeStep[] = [DEVICE, { kind: 'epoch', epoch: 1 }, { kind: 'epoch', epoch: 2 }, { kind: 'finish' }];

interface Opened {
  profile: Profile;
  desk: TrainingDesk;
  request: TrainingRequest;
}

async function open(fake: FakeTraining, folder = temporaryFolder()): Promise<Opened> {
  const profile = await createOrOpenProfile(join(folder, 'profile'));
  const desk = new TrainingDesk({ profile, resourcesFolder: RESOURCES, spawn: fake.spawn });
  onTestFinished(async () => {
    await desk.close();
    profile.close();
  });
  const rows = ['file,patient,source,grade'];
  for (let patient = 0; patient < 120; patient += 1) {
    rows.push(`${patient}.jpg,p${patient},one,${(patient % 2) * 3}`);
    await writeFile(join(folder, `${patient}.jpg`), `photograph ${patient}`);
  }
  await writeFile(join(folder, 'list.csv'), rows.join('\n'));
  const source = { kind: 'list', data: join(folder, 'list.csv'), images: null } as const;
  return { profile, desk, request: { source, recipe: 'netra-1', from: null, seed: 1, epochs: 2 } };
}

function ended(desk: TrainingDesk): Promise<void> {
  return new Promise((resolve) => {
    const stop = desk.onChange(() => {
      if (desk.live(LOCAL_ACTOR) !== null) return;
      stop();
      resolve();
    });
  });
}

function until(holds: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 5 });
}

async function trained({ desk, request }: Opened): Promise<string> {
  const end = ended(desk);
  const runId = await desk.start(LOCAL_ACTOR, request);
  await end;
  return runId;
}

describe('a training of a profile', () => {
  test('keeps its curve and its model, which is not in use, and every act is in the audit log', async () => {
    const opened = await open(fakeTraining(WHOLE));
    const runId = await trained(opened);
    const { desk, profile } = opened;
    const detail = desk.detail(LOCAL_ACTOR, runId);
    expect(detail).toMatchObject({ state: 'finished', epochsDone: 2, bestEpoch: 2, error: null, device: 'TensorFlow 2.21.0, CPU' });
    expect(detail.history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(detail.counts?.training).toBeGreaterThan(20);
    const models = await listModels(LOCAL_ACTOR, profile, join(RESOURCES, 'models/starter'));
    expect(models.find(({ id }) => id === detail.modelId)).toMatchObject({ inUse: false, trouble: null });
    const { card } = await showModel(LOCAL_ACTOR, profile, join(RESOURCES, 'models/starter'), detail.modelId ?? '');
    expect(card.trainedBy).toEqual({ code: programVersion(), machine: machineFacts(), device: 'TensorFlow 2.21.0, CPU' });
    expect(JSON.stringify(card.trainedBy)).not.toMatch(new RegExp(`/home|/work|/tmp|${hostname()}`));
    expect(verifyAuditChain(profile.database).ok).toBe(true);
    const actions = profile.database.prepare("SELECT action FROM audit_event WHERE record_type = 'training'").pluck().all();
    expect(actions).toEqual(['training.started', 'training.finished']);
    expect(desk.list(LOCAL_ACTOR)).toHaveLength(1);
  });

  test('is the only one, and nobody but an administrator starts one', async () => {
    const fake = fakeTraining([DEVICE, { kind: 'wait' }, ...WHOLE.slice(1)]);
    const { desk, request } = await open(fake);
    expect(toAppError(await rejectionOf(desk.start({ userId: 'x', roles: ['technician', 'doctor'] }, request))).code).toBe('not-permitted');
    await desk.start(LOCAL_ACTOR, request);
    expect(toAppError(await rejectionOf(desk.start(LOCAL_ACTOR, request))).code).toBe('training-under-way');
  });

  test('pauses before its next step and goes on where it stopped', async () => {
    const fake = fakeTraining([DEVICE, { kind: 'wait' }, ...WHOLE.slice(1)]);
    const { desk, request } = await open(fake);
    const end = ended(desk);
    const runId = await desk.start(LOCAL_ACTOR, request);
    await until(() => desk.live(LOCAL_ACTOR)?.phase === 'training');
    desk.pause(LOCAL_ACTOR, runId);
    expect(desk.detail(LOCAL_ACTOR, runId).state).toBe('paused');
    expect(desk.live(LOCAL_ACTOR)?.phase).toBe('paused');
    desk.resume(LOCAL_ACTOR, runId);
    expect(desk.detail(LOCAL_ACTOR, runId).state).toBe('running');
    fake.goOn();
    await end;
    expect(fake.sent.map(({ kind }) => kind).filter((kind) => kind === 'pause' || kind === 'go-on')).toEqual(['pause', 'go-on']);
    expect(fake.starts).toHaveLength(1);
    expect(desk.detail(LOCAL_ACTOR, runId).state).toBe('finished');
  });

  test('cancelled, goes on from its last epoch when asked to', async () => {
    const fake = fakeTraining(
      [DEVICE, { kind: 'epoch', epoch: 1 }, { kind: 'wait' }],
      [DEVICE, { kind: 'epoch', epoch: 2 }, { kind: 'finish' }],
    );
    const { desk, request } = await open(fake);
    const first = ended(desk);
    const runId = await desk.start(LOCAL_ACTOR, request);
    await until(() => desk.detail(LOCAL_ACTOR, runId).epochsDone === 1);
    desk.cancel(LOCAL_ACTOR, runId);
    await first;
    expect(desk.detail(LOCAL_ACTOR, runId).state).toBe('cancelled');
    const second = ended(desk);
    desk.resume(LOCAL_ACTOR, runId);
    await second;
    expect(fake.starts[1]?.input.checkpoint).toEqual(Buffer.from([1]));
    expect(desk.detail(LOCAL_ACTOR, runId)).toMatchObject({ state: 'finished', epochsDone: 2 });
    expect(toAppError(errorOf(() => desk.resume(LOCAL_ACTOR, runId))).code).toBe('training-not-resumable');
  });

  test('cut off by the closing program, counts as interrupted and can be resumed', async () => {
    const fake = fakeTraining([DEVICE, { kind: 'epoch', epoch: 1 }, { kind: 'wait' }], WHOLE);
    const { desk, request, profile } = await open(fake);
    const runId = await desk.start(LOCAL_ACTOR, request);
    await until(() => desk.detail(LOCAL_ACTOR, runId).epochsDone === 1);
    await desk.close();
    const next = new TrainingDesk({ profile, resourcesFolder: RESOURCES, spawn: fake.spawn });
    expect(next.detail(LOCAL_ACTOR, runId).state).toBe('interrupted');
    const end = ended(next);
    next.resume(LOCAL_ACTOR, runId);
    await end;
    expect(next.detail(LOCAL_ACTOR, runId).state).toBe('finished');
  });

  test('says why it failed', async () => {
    const opened = await open(
      fakeTraining([
        DEVICE,
        { kind: 'say', message: { kind: 'failed', error: { code: 'training-diverged', params: { epoch: 1, step: 3 } } } },
      ]),
    );
    const runId = await trained(opened);
    expect(opened.desk.detail(LOCAL_ACTOR, runId)).toMatchObject({
      state: 'failed',
      error: { code: 'training-diverged', params: { epoch: 1, step: 3 } },
    });
  });
});

describe('a training in trouble', () => {
  const short: FakeStep = { kind: 'say', message: { kind: 'failed', error: { code: 'memory-short', params: {} } } };

  test('short of memory goes on from its last epoch with half the batch, and says so', async () => {
    const fake = fakeTraining([DEVICE, { kind: 'epoch', epoch: 1 }, short], [DEVICE, { kind: 'epoch', epoch: 2 }, { kind: 'finish' }]);
    const opened = await open(fake);
    const runId = await trained(opened);
    const { batchSize = 0 } = fake.starts[0]?.input ?? {};
    expect(fake.starts[1]?.input).toMatchObject({ batchSize: batchSize / 2, checkpoint: Buffer.from([1]) });
    expect(opened.desk.detail(LOCAL_ACTOR, runId)).toMatchObject({
      state: 'finished',
      notes: [{ code: 'smaller-batch', from: batchSize, to: batchSize / 2 }],
    });
  });

  test('whose smallest batch does not fit ends with that reason', async () => {
    const opened = await open(fakeTraining([DEVICE, short]));
    const runId = await trained(opened);
    expect(opened.desk.detail(LOCAL_ACTOR, runId)).toMatchObject({ state: 'failed', error: { code: 'memory-short' } });
  });

  test.each([
    ['says that the GPU is lost', { kind: 'say', message: { kind: 'failed', error: { code: 'gpu-lost', params: {} } } }],
    ['dies with the GPU', { kind: 'die' }],
  ] as [string, FakeStep][])('that %s goes on on the processor, and says so', async (_, trouble) => {
    const fake = fakeTraining([GPU, { kind: 'epoch', epoch: 1 }, trouble], WHOLE);
    const opened = await open(fake);
    const runId = await trained(opened);
    expect(fake.starts.map(({ options }) => options.cpuOnly)).toEqual([false, true]);
    expect(opened.desk.detail(LOCAL_ACTOR, runId)).toMatchObject({
      state: 'finished',
      device: 'TensorFlow 2.21.0, CPU',
      notes: [{ code: 'cpu-instead-of-gpu' }],
    });
  });

  test('that dies on the processor is not started again by itself', async () => {
    const fake = fakeTraining([DEVICE, { kind: 'die' }]);
    const opened = await open(fake);
    const runId = await trained(opened);
    expect(fake.starts).toHaveLength(1);
    expect(opened.desk.detail(LOCAL_ACTOR, runId)).toMatchObject({ state: 'failed', error: { code: 'engine-crashed' } });
  });

  test('begins with the largest batch that free memory holds', async () => {
    const recipe = await readRecipe('netra-1', RESOURCES);
    expect(fittingBatch(recipe, 64e9)).toBe(recipe.batchSize);
    expect(fittingBatch(recipe, 2.5e9)).toBe(recipe.batchSize / 2);
    expect(fittingBatch(recipe, 0)).toBe(2);
  });
});

describe('prepared pictures', () => {
  test('come back whole, lie encrypted under names that tell nothing, and are gone when cleared', async () => {
    const folder = temporaryFolder();
    const profile = await createOrOpenProfile(folder);
    onTestFinished(() => profile.close());
    const cache = new PictureCache(profile);
    const [key, bytes] = [createHash('sha256').update('a').digest('hex'), randomBytes(5000)];
    cache.put(key, bytes, () => undefined);
    await expect.poll(() => cache.get(key)).toEqual(bytes);
    const files = (await readdir(join(folder, 'training-cache'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toHaveLength(1);
    for (const { name, parentPath } of files) {
      expect(name).not.toContain(key.slice(0, 8));
      expect((await readFile(join(parentPath, name))).includes(bytes.subarray(0, 16))).toBe(false);
    }
    await cache.clear();
    expect(await cache.get(key)).toBeNull();
  });
});
