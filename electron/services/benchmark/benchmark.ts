import type { Profile } from '../../db/profile/profile';
import { getSetting, putSetting } from '../../db/queries/settings';
import { getTrainingRun, listTrainingRuns } from '../../db/queries/trainings';
import { transaction } from '../../db/sql';
import { readBundle } from '../../engine/bundle/read';
import { checkBackends } from '../../engine/client/backend-checks';
import type { SpawnEngine } from '../../engine/client/transport';
import { type Benchmark, benchmarkSchema } from '../../shared/domain/benchmark';
import { type Actor, BACKENDS, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { machineFacts } from '../machine';
import { modelInUse } from '../models/store';
import { detailOf } from '../train/training-runs';
import { inferenceThreads } from '../workspace';

const SETTINGS_KEY = 'benchmark';

export interface BenchmarkOptions {
  starterFolder: string;
  spawnEngine: SpawnEngine;
  /** What is found is kept there too, for the choice of the backend. */
  cacheFolder: string;
  signal: AbortSignal;
  onBackend: (done: number, total: number) => void;
}

/** The last one of this profile; null before the first. */
export function lastBenchmark(actor: Actor, profile: Profile): Benchmark | null {
  requireRole(actor, ...ROLES);
  return getSetting(profile.database, SETTINGS_KEY, benchmarkSchema) ?? null;
}

/**
 * Measures every backend with the model in use, each in a process of its own, and keeps it with the machine's facts.
 * @throws AppError bundle-*, cancelled between two backends
 */
export async function runBenchmark(actor: Actor, profile: Profile, options: BenchmarkOptions): Promise<Benchmark> {
  requireRole(actor, 'admin');
  const inUse = modelInUse(profile, options.starterFolder);
  const { files, card } = await readBundle(inUse.folder, inUse.id);
  let begun = 0;
  const checks = await checkBackends({
    spawn: options.spawnEngine,
    bundle: files,
    threads: inferenceThreads(),
    cacheFolder: options.cacheFolder,
    onBackend: () => {
      if (options.signal.aborted) throw new AppError('cancelled');
      options.onBackend(begun++, BACKENDS.length);
    },
  });
  const benchmark: Benchmark = {
    at: Date.now(),
    machine: machineFacts(),
    model: { id: files.id, name: card.name, sizePx: card.inputSizePx },
    inference: checks.map(({ backend, works, device, inferenceMs, reason }) => ({ backend, works, device, inferenceMs, reason })),
    training: trainingRate(profile),
  };
  const { database } = profile;
  transaction(database, () => putSetting(database, SETTINGS_KEY, benchmark));
  return benchmark;
}

/** What training really reached here, decode and augmentation included. */
function trainingRate({ database }: Profile): Benchmark['training'] {
  for (const { id } of listTrainingRuns(database)) {
    const run = getTrainingRun(database, id);
    if (run === undefined) continue;
    const { history, device } = detailOf(database, run, false);
    const last = history.at(-1);
    if (last === undefined) continue;
    const rates = history
      .filter(({ epoch, sizePx }) => epoch > 0 && sizePx === last.sizePx)
      .map(({ imagesPerSecond }) => imagesPerSecond)
      .sort((a, b) => a - b);
    const median = rates[Math.floor(rates.length / 2)];
    if (median !== undefined) return { device, sizePx: last.sizePx, imagesPerSecond: median };
  }
  return null;
}
