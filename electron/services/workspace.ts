import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { KeySource } from '../db/profile/key-source';
import { createOrOpenProfile, type Profile } from '../db/profile/profile';
import { registerModel } from '../db/queries/models';
import { transaction } from '../db/sql';
import { readBundle } from '../engine/bundle/read';
import { backendOrder, checkBackends, readBackendChecks } from '../engine/client/backend-checks';
import type { EngineClient } from '../engine/client/engine-client';
import { superviseEngine } from '../engine/client/supervisor';
import type { SpawnEngine } from '../engine/client/transport';
import type { BundleFiles, EngineFacts } from '../engine/protocol';
import { type OperatingPoint, operatingPointOf } from '../shared/clinical/outcome';
import type { ModelCard } from '../shared/domain/card';
import type { BackendChoice, BackendName } from '../shared/domain/codes';
import { AppError } from '../shared/errors';
import { modelInUse } from './models/store';
import { WorkerPool } from './worker-pool';

interface WorkspaceOptions {
  profileFolder: string;
  /** Default: the key lies in the folder. */
  keySource?: KeySource;
  resourcesFolder: string;
  /** The built worker thread, `out/main/worker.js`. */
  workerEntry: string;
  spawnEngine: SpawnEngine;
  /** A bundle's folder; null for the model in use in the profile: the last one promoted, else the one shipped with the program. */
  modelFolder: string | null;
  backend: BackendChoice;
  /** Where what `netra check` found on this machine is kept; null: `auto` goes by the usual order, untested. */
  cacheFolder: string | null;
  /** Told when the backends are tested, once for a version on a machine: it takes some seconds. */
  onTestingBackends?: () => void;
}

export interface LoadedModel {
  id: string;
  name: string;
  card: ModelCard;
  point: OperatingPoint;
  facts: EngineFacts;
}

/** An open profile with its engine and its threads: what every use case works on, under the window and the command line alike. */
export interface Workspace {
  readonly profile: Profile;
  readonly engine: EngineClient;
  readonly pool: WorkerPool;
  /** null until `loadModel` has succeeded. */
  readonly model: LoadedModel | null;
  /** Reads, verifies and loads the model; once, however often it is called. @throws AppError bundle-*, backend-unavailable, engine-* */
  loadModel(): Promise<LoadedModel>;
  /** Loads the model that is in use now: another may have come into use, or the one before again. Nothing may be screening. @throws as `loadModel` */
  reloadModel(): Promise<LoadedModel>;
  close(): Promise<void>;
}

/** One photograph in the network, one being decoded: more would only wait longer. */
const ENGINE_CAPACITY = 2;

/** Inference leaves one core to decoding: on a folder that is faster than all cores for the network. */
export function inferenceThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** The model shipped with the program. */
export function starterFolder(resourcesFolder: string): string {
  return join(resourcesFolder, 'models', 'starter');
}

/**
 * Opens the profile at once (its trouble is told first) and starts the engine beside it; the model loads on demand.
 *
 * @throws AppError profile-*, database-*, disk-full
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const profile = await createOrOpenProfile(options.profileFolder, options.keySource);
  const engine = superviseEngine({ spawn: options.spawnEngine, capacity: ENGINE_CAPACITY });
  const pool = new WorkerPool(options.workerEntry);
  let loading: Promise<LoadedModel> | null = null;
  let model: LoadedModel | null = null;

  async function load(): Promise<LoadedModel> {
    const { modelFolder, resourcesFolder } = options;
    const inUse: { folder: string; id?: string } =
      modelFolder === null ? modelInUse(profile, starterFolder(resourcesFolder)) : { folder: modelFolder };
    const { files, card } = await readBundle(inUse.folder, inUse.id);
    const point = operatingPointOf(card);
    if (point === null) throw new AppError('bundle-foreign', { detail: 'no operating point: a backbone cannot screen' });
    const order = options.backend === 'auto' ? await testedOrder(options, files) : [options.backend];
    const facts = await engine.load({ bundle: files, backend: options.backend, order, threads: inferenceThreads() });
    transaction(profile.database, () => {
      registerModel(profile.database, { id: files.id, name: card.name, card });
    });
    const loaded = { id: files.id, name: card.name, card, point, facts };
    model = loaded;
    return loaded;
  }

  function loadOnce(): Promise<LoadedModel> {
    loading ??= load().catch((thrown: unknown) => {
      // The next call tries again: a model can be put right while the window is open.
      loading = null;
      throw thrown;
    });
    return loading;
  }

  return {
    profile,
    engine,
    pool,
    get model() {
      return model;
    },
    loadModel: loadOnce,
    async reloadModel() {
      await loading?.catch(() => undefined);
      loading = null;
      return loadOnce();
    },
    async close() {
      await engine.close();
      await pool.close();
      profile.close();
    },
  };
}

/** Best backend first, from what was found on this machine before, or found out now. */
async function testedOrder(options: WorkspaceOptions, bundle: BundleFiles): Promise<BackendName[]> {
  if (options.cacheFolder === null) return backendOrder(null);
  const known = await readBackendChecks(options.cacheFolder);
  if (known !== null) return backendOrder(known);
  options.onTestingBackends?.();
  const { spawnEngine: spawn, cacheFolder } = options;
  return backendOrder(await checkBackends({ spawn, bundle, threads: inferenceThreads(), cacheFolder }));
}
