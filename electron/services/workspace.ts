import { join } from 'node:path';

import { createOrOpenProfile, type Profile } from '../db/profile/profile';
import { registerModel } from '../db/queries/models';
import { transaction } from '../db/sql';
import { readBundle } from '../engine/bundle/read';
import type { EngineClient } from '../engine/client/engine-client';
import { superviseEngine } from '../engine/client/supervisor';
import type { SpawnEngine } from '../engine/client/transport';
import type { EngineFacts } from '../engine/protocol';
import { type OperatingPoint, operatingPointOf } from '../shared/clinical/outcome';
import type { ModelCard } from '../shared/domain/card';
import { BACKENDS, type BackendChoice, type BackendName } from '../shared/domain/codes';
import { AppError } from '../shared/errors';
import { WorkerPool } from './worker-pool';

export interface WorkspaceOptions {
  profileFolder: string;
  resourcesFolder: string;
  /** The built worker thread, `out/main/worker.js`. */
  workerEntry: string;
  spawnEngine: SpawnEngine;
  /** A bundle's folder; null for the model shipped with the program. */
  modelFolder: string | null;
  backend: BackendChoice;
  /** For `auto`: best first, as `netra check` found on this machine. */
  backendOrder?: readonly BackendName[];
  /** Inference threads; the other work of a run takes what the network leaves. */
  threads?: number;
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
  close(): Promise<void>;
}

/** Two cores are what a clinic laptop has; decoding overlaps with inference on them. */
const DEFAULT_THREADS = 2;

/**
 * Opens the profile at once (its trouble is told first) and starts the engine beside it; the model loads on demand.
 *
 * @throws AppError profile-*, database-*, disk-full
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const profile = await createOrOpenProfile(options.profileFolder);
  const engine = superviseEngine({ spawn: options.spawnEngine });
  const pool = new WorkerPool(options.workerEntry);
  let loading: Promise<LoadedModel> | null = null;
  let model: LoadedModel | null = null;

  async function load(): Promise<LoadedModel> {
    const folder = options.modelFolder ?? join(options.resourcesFolder, 'models', 'starter');
    const { files, card } = await readBundle(folder);
    const point = operatingPointOf(card);
    if (point === null) throw new AppError('bundle-foreign', { detail: 'no operating point: a backbone cannot screen' });
    const order = options.backendOrder ?? BACKENDS;
    const facts = await engine.load({ bundle: files, backend: options.backend, order, threads: options.threads ?? DEFAULT_THREADS });
    transaction(profile.database, () => {
      registerModel(profile.database, { id: files.id, name: card.name, card });
    });
    const loaded = { id: files.id, name: card.name, card, point, facts };
    model = loaded;
    return loaded;
  }

  return {
    profile,
    engine,
    pool,
    get model() {
      return model;
    },
    loadModel() {
      loading ??= load().catch((thrown: unknown) => {
        // The next call tries again: a model can be put right while the window is open.
        loading = null;
        throw thrown;
      });
      return loading;
    },
    async close() {
      await engine.close();
      await pool.close();
      profile.close();
    },
  };
}
