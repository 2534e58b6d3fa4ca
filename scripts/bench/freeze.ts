import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { transaction } from '../../electron/db/sql';
import { freezeDataset } from '../../electron/services/data-sets/freeze';
import { WorkerPool } from '../../electron/services/worker-pool';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { GRADES } from '../../electron/shared/domain/reading';
import { addPhotograph, answer, graded, label, startCampaign } from '../../test/helpers/labels';
import { machine, percentile, round } from './machine';

/**
 * A data set of ten thousand photographs frozen while a reader saves one answer after the other: how long the main thread was held up at most, and how long
 * an answer waited until it was on the disk, as JSON: node scripts/run-ts.mjs scripts/bench/freeze.ts WORKER [IMAGES]. WORKER is out/main/worker.js.
 */
const [worker, images = '10000'] = process.argv.slice(2);
if (worker === undefined) throw new Error('usage: freeze.ts WORKER [IMAGES]');
const count = Number(images);
const folder = mkdtempSync(join(tmpdir(), 'netra-freeze-'));
const profile = await createOrOpenProfile(folder);
const pool = new WorkerPool(worker);
try {
  const { database } = profile;
  const photographs = transaction(database, () => Array.from({ length: count }, () => addPhotograph(profile)));
  label(profile, photographs, (index) => GRADES[index % GRADES.length] ?? 0);
  const unread = transaction(database, () => Array.from({ length: 2000 }, () => addPhotograph(profile)));
  const { assignmentOf } = startCampaign(
    profile,
    unread.map(({ id }) => id),
  );

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
    for (const { id } of unread) {
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
  await freezeDataset(LOCAL_ACTOR, { profile, pool }, { signal: new AbortController().signal, onProgress: () => undefined });
  const freezeMs = performance.now() - startedAt;
  going = false;
  await Promise.all([turns, reader]);
  const summary = (values: readonly number[]) => {
    const at = (share: number): number => round(percentile(values, share), 1);
    return { median: at(0.5), p95: at(0.95), p99: at(0.99), worst: round(Math.max(...values), 1) };
  };
  const figures = { images: count, freezeMs: Math.round(freezeMs), mainHeldUpMs: summary(delaysMs), answerOnDiskMs: summary(savesMs) };
  process.stdout.write(`${JSON.stringify({ ...figures, answers: savesMs.length, machine: machine() }, null, 1)}\n`);
} finally {
  await pool.close();
  profile.close();
  rmSync(folder, { recursive: true, force: true });
}
