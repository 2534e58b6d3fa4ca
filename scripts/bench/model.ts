import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readBundle } from '../../electron/engine/bundle/read';
import { prepareImage } from '../../electron/engine/screening/prepare';
import { loadModel } from '../../electron/engine/screening/model';
import { groupsOf } from '../../electron/services/evaluate/evaluate';
import type { CardMetric } from '../../electron/shared/domain/card';
import { lockedMetrics } from '../model/card-metrics';
import { readScoreSets, type ScoreSet, SHIPPED } from '../model/scores';
import { machine, ROOT } from './machine';

/**
 * `npm run bench -- model [--photos FOLDER] [--rescreen N]`: the figures of the shipped model's card once more, from the stored scores; then N (200) of those
 * photographs through decoder, gate and network, to prove that the scores belong to these weights. Prints JSON; ends with an error where anything
 * differs. Without the photographs only the first half runs, and says so.
 */
const { values: options } = parseArgs({
  options: {
    photos: { type: 'string', default: process.env['NETRA_PHOTOS'] ?? resolve(ROOT, '../shared/fundus') },
    rescreen: { type: 'string', default: '200' },
  },
});
/** Cards have four decimals, scores seven digits. */
const FIGURE_TOLERANCE = 2e-4;
const SCORE_TOLERANCE = 1e-3;

interface Recomputed {
  name: string;
  target: string;
  measuredOn: string;
  card: number;
  now: number;
}

function recompute(set: ScoreSet, metrics: readonly CardMetric[]): { figures: Recomputed[]; differing: Recomputed[]; missing: string[] } {
  const now = lockedMetrics(set.images, set.thresholds);
  const known = new Map(now.map((metric) => [keyOf(metric), metric]));
  const figures: Recomputed[] = [];
  const missing: string[] = [];
  for (const metric of metrics.filter(({ seenInTraining }) => !seenInTraining)) {
    const found = known.get(keyOf(metric));
    if (found === undefined) missing.push(keyOf(metric));
    else figures.push({ name: metric.name, target: metric.target, measuredOn: metric.measuredOn, card: metric.value, now: found.value });
  }
  const differing = figures.filter(({ card, now: value }) => !(Math.abs(card - value) <= FIGURE_TOLERANCE));
  return { figures, differing, missing };
}

function keyOf({ name, target, measuredOn }: CardMetric): string {
  return `${name}; ${target}; ${measuredOn}`;
}

/** The same photographs in every run, spread over the list. */
function sample<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[Math.floor(index * step)]).filter(
    (one) => one !== undefined,
  );
}

async function rescreen(set: ScoreSet): Promise<{ photographs: number; largestDifference: number; otherCalls: number; seconds: number }> {
  const { files } = await readBundle(join(ROOT, 'resources/models/starter'));
  const model = await loadModel(files, 'onnx', 2);
  const chosen = sample(set.images, Number(options.rescreen));
  const started = performance.now();
  let [largestDifference, otherCalls] = [0, 0];
  for (const { file, p, gradable } of chosen) {
    const { input, quality } = await prepareImage(await readFile(join(options.photos, file)), model.card.inputSizePx);
    const now = input === null ? null : (await model.predict(input)).p;
    if (quality.gradable !== gradable || (now === null) !== (p === null)) otherCalls += 1;
    for (const [index, value] of (now ?? []).entries())
      largestDifference = Math.max(largestDifference, Math.abs(value - (p?.[index] ?? NaN)));
  }
  model.backend.dispose();
  return { photographs: chosen.length, largestDifference, otherCalls, seconds: Math.round((performance.now() - started) / 1000) };
}

const { files, card } = await readBundle(join(ROOT, 'resources/models/starter'));
const sets = await readScoreSets(join(ROOT, 'docs/model/scores'));
const shipped = sets.find((set) => set.name === SHIPPED);
if (shipped === undefined) throw new Error('docs/model/scores/shipped.csv is missing');
const { figures, differing, missing } = recompute(shipped, card.metrics);
const rescreened = existsSync(join(options.photos, 'index.csv')) ? await rescreen(shipped) : null;
const others = sets
  .filter((set) => set.name !== SHIPPED)
  .map(({ name, modelId, thresholds, images }) => ({
    set: name,
    model: modelId,
    groups: groupsOf(images, thresholds).map(({ name: group, figures: of }) => ({
      group,
      cases: of.cases,
      positives: of.positives,
      auc: of.auc && [of.auc.value, of.auc.low, of.auc.high].map((value) => Number(value.toFixed(4))),
      sensitivity: of.screening.sensitivity?.value ?? null,
      specificity: of.screening.specificity?.value ?? null,
    })),
  }));
const sameModel = shipped.modelId === files.id;
const belongs = rescreened === null ? null : rescreened.largestDifference <= SCORE_TOLERANCE && rescreened.otherCalls === 0;
const report = {
  machine: machine(),
  model: { id: files.id, name: card.name, scoresOfThisModel: sameModel },
  figures: { recomputed: figures.length, differing, missing, list: figures },
  rescreened: rescreened ?? 'not done: the photographs are not here',
  scoresBelongToTheseWeights: belongs,
  sets: others,
};
console.log(JSON.stringify(report, null, 1));
if (!sameModel || differing.length > 0 || missing.length > 0 || belongs === false) process.exitCode = 1;
