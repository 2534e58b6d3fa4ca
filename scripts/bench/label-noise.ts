import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { spawnTraining } from '../../electron/engine/client/spawn-training';
import { importDataset } from '../../electron/services/data-sets/import';
import { findSuspicious } from '../../electron/services/data-sets/label-noise';
import { isLocked } from '../../electron/services/train/partitions';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { seededRandom, shuffled } from '../../electron/shared/statistics/random';
import { inlinePool } from '../../test/helpers/inline-pool';

/**
 * How many labels flipped on purpose stand in the first fifth of the queue, against a random order: `npm run bench -- label-noise --photographs FOLDER`.
 * The head learns on embeddings of the ImageNet backbone, which has never seen a label, or (with --starter) of the shipped model, which has learnt these very labels
 * and so flatters itself. No locked test patient is read.
 */
const { values: options } = parseArgs({
  options: {
    photographs: { type: 'string' },
    images: { type: 'string', default: '1500' },
    starter: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const photographs = options.photographs;
if (photographs === undefined) throw new Error('usage: label-noise --photographs FOLDER [--images N] [--starter]');

const root = process.cwd();
const work = mkdtempSync(join(tmpdir(), 'netra-label-noise-'));
try {
  const random = seededRandom(7);
  const all = parse<Record<string, string>>(await readFile(resolve(photographs, 'index.csv'), 'utf8'), { columns: true }).filter(
    (row) => ['aptos', 'eyepacs', 'idrid'].includes(row['source'] ?? '') && row['grade'] !== '' && !isLocked(row['patient'] ?? ''),
  );
  const drawn = shuffled(all, random).slice(0, Number(options.images));
  const resourcesFolder = join(work, 'resources');
  mkdirSync(join(resourcesFolder, 'models'), { recursive: true });
  for (const part of ['recipes', 'training-graph', 'quality']) symlinkSync(join(root, 'resources', part), join(resourcesFolder, part));
  cpSync(join(root, 'resources/models', options.starter ? 'starter' : 'imagenet-lite0'), join(resourcesFolder, 'models/starter'), {
    recursive: true,
  });

  const profile = await createOrOpenProfile(join(work, 'profile'));
  const results = [];
  for (const share of [0.05, 0.1]) {
    const flipped = new Set(shuffled(drawn, seededRandom(Math.round(share * 1000))).slice(0, Math.round(share * drawn.length)));
    const rows = drawn.map((row) => {
      const grade = Number(row['grade']);
      // A flip crosses the line between referable and not: the mistake that costs sight or a journey.
      const given = flipped.has(row) ? (grade >= 2 ? 0 : 2) : grade;
      return { file: row['file'] ?? '', patient: row['patient'] ?? '', source: row['source'] ?? '', grade: String(given) };
    });
    const data = join(work, `labels-${share}.csv`);
    await writeFile(data, stringify(rows, { header: true }));
    const signal = new AbortController().signal;
    const quiet = { signal, onProgress: () => undefined };
    const dataset = await importDataset(
      LOCAL_ACTOR,
      { profile, pool: inlinePool(profile) },
      { data, images: resolve(photographs), ...quiet },
    );
    const startedAt = performance.now();
    const ranked = await findSuspicious(
      LOCAL_ACTOR,
      profile,
      { resourcesFolder, spawn: (input) => spawnTraining(join(root, 'out/main/training.js'), input), ...quiet },
      dataset.id,
    );
    const wrong = new Set<string>();
    for (const row of flipped)
      wrong.add(
        createHash('sha256')
          .update(await readFile(resolve(photographs, row['file'] ?? '')))
          .digest('hex'),
      );
    const found = (part: number): number =>
      ranked.slice(0, Math.round(part * ranked.length)).filter((item) => wrong.has(item.imageSha256)).length / wrong.size;
    results.push({
      flippedShare: share,
      images: ranked.length,
      flipped: wrong.size,
      foundInFirst: { '5 %': found(0.05), '10 %': found(0.1), '20 %': found(0.2), '30 %': found(0.3), '50 %': found(0.5) },
      randomOrder: { '5 %': 0.05, '10 %': 0.1, '20 %': 0.2, '30 %': 0.3, '50 %': 0.5 },
      seconds: Math.round((performance.now() - startedAt) / 1000),
    });
  }
  profile.close();
  console.log(JSON.stringify({ embeddings: options.starter ? 'starter' : 'imagenet-lite0', results }, null, 1));
} finally {
  rmSync(work, { recursive: true, force: true });
}
