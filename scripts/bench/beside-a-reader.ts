import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createOrOpenProfile, type Profile } from '../../electron/db/profile/profile';
import { WorkerPool } from '../../electron/services/worker-pool';
import { answer, graded, type startCampaign } from '../../test/helpers/labels';
import { machine, percentile, round } from './machine';

interface Prepared {
  profile: Profile;
  /** What the reader reads meanwhile. */
  imageIds: readonly string[];
  assignmentOf: ReturnType<typeof startCampaign>['assignmentOf'];
}

/**
 * Does `work` in a new profile while dr-a saves one answer after the other, and prints how long it took, how long the main thread was held up at most and how long an
 * answer waited until it was on the disk, as JSON.
 *
 * @param usage what to say where the path of out/main/worker.js is missing from the command line; the number of photographs may follow it
 */
export async function measureBesideAReader(
  usage: string,
  prepare: (profile: Profile, count: number) => Omit<Prepared, 'profile'>,
  work: (profile: Profile, pool: WorkerPool) => Promise<unknown>,
): Promise<void> {
  const [worker, images = '10000'] = process.argv.slice(2);
  if (worker === undefined) throw new Error(`usage: ${usage}`);
  const folder = mkdtempSync(join(tmpdir(), 'netra-bench-'));
  const profile = await createOrOpenProfile(folder);
  const pool = new WorkerPool(worker);
  try {
    const figures = await measure({ profile, ...prepare(profile, Number(images)) }, () => work(profile, pool));
    process.stdout.write(`${JSON.stringify({ images: Number(images), ...figures, machine: machine() }, null, 1)}\n`);
  } finally {
    await pool.close();
    profile.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ profile, imageIds, assignmentOf }: Prepared, work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  let going = true;
  const delaysMs: number[] = [];
  const savesMs: number[] = [];
  const turns = (async () => {
    while (going) {
      const asked = performance.now();
      await setTimeout(1);
      delaysMs.push(performance.now() - asked - 1);
    }
  })();
  const reader = (async () => {
    for (const id of imageIds) {
      if (!going) return;
      const asked = performance.now();
      // As the window's question comes: in a turn of its own.
      await new Promise(setImmediate);
      answer(profile, assignmentOf(id, 'dr-a'), id, 'dr-a', graded(1));
      savesMs.push(performance.now() - asked);
      await setTimeout(20);
    }
  })();
  const startedAt = performance.now();
  await work();
  const workMs = Math.round(performance.now() - startedAt);
  going = false;
  await Promise.all([turns, reader]);
  return { workMs, mainHeldUpMs: summary(delaysMs), answerOnDiskMs: summary(savesMs), answers: savesMs.length };
}

function summary(values: readonly number[]): Record<string, number> {
  const at = (share: number): number => round(percentile(values, share), 1);
  return { median: at(0.5), p95: at(0.95), p99: at(0.99), worst: round(Math.max(...values), 1) };
}
