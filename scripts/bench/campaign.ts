import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { addQualityCheck } from '../../electron/db/queries/results';
import { transaction } from '../../electron/db/sql';
import { createCampaign } from '../../electron/services/reading/create-campaign';
import { WorkerPool } from '../../electron/services/worker-pool';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { addPhotograph, answer, graded, startCampaign } from '../../test/helpers/labels';
import { machine, percentile, round } from './machine';

/**
 * A reading series of ten thousand photographs made while a reader of another one saves an answer after the other: how long the main thread was held up at most, and how
 * long an answer waited until it was on the disk, as JSON: node scripts/run-ts.mjs scripts/bench/campaign.ts WORKER [IMAGES]. WORKER is out/main/worker.js.
 */
const [worker, images = '10000'] = process.argv.slice(2);
if (worker === undefined) throw new Error('usage: campaign.ts WORKER [IMAGES]');
const count = Number(images);
const folder = mkdtempSync(join(tmpdir(), 'netra-campaign-'));
const profile = await createOrOpenProfile(folder);
const pool = new WorkerPool(worker);
try {
  const { database, site } = profile;
  const photographs = transaction(database, () =>
    Array.from({ length: count }, () => {
      const image = addPhotograph(profile);
      const of = { siteId: site.id, imageId: image.id, preprocessing: 'bench', gate: 'bench' };
      const facts = {
        kind: 'retina' as const,
        score: 1,
        gradable: true,
        reasons: [],
        retina: { centreX: 50, centreY: 40, radius: 30 },
        ms: 1,
      };
      addQualityCheck(database, { ...of, ...facts });
      return image;
    }),
  );
  const other = photographs.slice(0, 2000).map(({ id }) => id);
  const { assignmentOf } = startCampaign(profile, other);

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
    for (const id of other) {
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
  await createCampaign(
    LOCAL_ACTOR,
    { profile, pool, model: null },
    {
      title: '',
      selection: 'all',
      runIds: [],
      size: null,
      images: null,
      consentDeclared: true,
      readerIds: ['dr-c', 'dr-d'],
      readersPerImage: 2,
      adjudication: 'round-robin',
      adjudicatorId: null,
      fellowEye: false,
      priorVisit: false,
      rereadPercent: 10,
      washoutDays: 14,
      certifiedOnly: false,
    },
    { signal: new AbortController().signal, onProgress: () => undefined },
  );
  const createMs = performance.now() - startedAt;
  going = false;
  await Promise.all([turns, reader]);
  const summary = (values: readonly number[]) => {
    const at = (share: number): number => round(percentile(values, share), 1);
    return { median: at(0.5), p95: at(0.95), p99: at(0.99), worst: round(Math.max(...values), 1) };
  };
  const figures = { images: count, createMs: Math.round(createMs), mainHeldUpMs: summary(delaysMs), answerOnDiskMs: summary(savesMs) };
  process.stdout.write(`${JSON.stringify({ ...figures, answers: savesMs.length, machine: machine() }, null, 1)}\n`);
} finally {
  await pool.close();
  profile.close();
  rmSync(folder, { recursive: true, force: true });
}
