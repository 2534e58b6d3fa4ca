import { parseArgs } from 'node:util';
import { readBundle } from '../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../electron/engine/bundle/write';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import { lockedMetrics } from './card-metrics';
import { readScores, writeScores } from './scores';

/**
 * The figures of a card on locked test patients anew, from its stored scores, when what a figure means has changed; weights, thresholds and everything else
 * stay as they are:
 * node scripts/run-ts.mjs scripts/model/refigure.ts BUNDLE SCORES.csv OUT [--measured]
 *
 * `--measured` says that the scores were found by this very program: its gate's version goes into the card.
 * The bundle gets another id by it; the scores are named after it.
 */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { measured: { type: 'boolean', default: false } } });
const [folder, scoresFile, out] = positionals;
if (folder === undefined || scoresFile === undefined || out === undefined)
  throw new Error('usage: refigure.ts BUNDLE SCORES.csv OUT [--measured]');
const { files, card } = await readBundle(folder);
const scores = await readScores(scoresFile);
if (scores.modelId !== files.id) throw new Error('the scores are of another model');
const { format: _format, files: _files, seal: _seal, ...content } = card;
const metrics = [...lockedMetrics(scores.images, scores.thresholds), ...card.metrics.filter(({ seenInTraining }) => seenInTraining)];
const result = withCard(files, { ...content, metrics, gate: values.measured ? GATE_VERSION : content.gate });
await writeBundle(out, result.files);
await writeScores(scoresFile, { ...scores, modelId: result.files.id });
console.log(`${out}: ${result.files.id}`);
