import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readBundle } from '../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../electron/engine/bundle/write';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import type { Evaluation } from '../../electron/services/evaluate/evaluate';
import type { CardContent } from '../../electron/shared/domain/card';
import { AppError } from '../../electron/shared/errors';
import { metricsOf, rounded } from './card-metrics';

/**
 * Puts a trained bundle under resources/models with what `netra evaluate --locked --json` measured on it in its card:
 * node scripts/run-ts.mjs scripts/model/ship-model.ts BUNDLE EVALUATION.json --name NAME --out resources/models/starter
 *
 * The weights stay as they are; only figures of locked test patients are added.
 */
/** Below this specificity at the screening point a model stays with *doctor reads all*. */
const WORTH_SCREENING = 0.7;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    out: { type: 'string', default: 'resources/models/starter' },
    command: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string', multiple: true, default: [] },
  },
});
const [folder, evaluationFile] = positionals;
if (folder === undefined || evaluationFile === undefined)
  throw new Error('usage: ship-model.ts BUNDLE EVALUATION.json [--name NAME] [--out FOLDER] [--command EARLIER]... [--limit SENTENCE]...');

const { files, card } = await readBundle(folder);
const evaluation = JSON.parse(await readFile(evaluationFile, 'utf8')) as Evaluation;
if (evaluation.modelId !== files.id) throw new AppError('bundle-foreign', { detail: 'the evaluation is of another model' });
const locked = evaluation.parts.find((part) => part.locked);
if (!locked) throw new Error('the evaluation has no locked test patients');

const whole = locked.groups[0]?.figures.screening;
const specificity = whole?.specificity?.value ?? 0;
const { format: _format, files: _files, seal: _seal, ...content } = card;
const shipped: CardContent = {
  ...content,
  name: values.name ?? card.name,
  summary: [
    `Looks for referable diabetic retinopathy on photographs of the macula-centred field: sensitivity ${share(whole?.sensitivity?.value)} and specificity ${share(specificity)} at the screening point, on locked test patients of the sources that it was trained on.`,
    ...(specificity < WORTH_SCREENING
      ? ['That is not yet worth screening with: too many healthy people would be sent on, and a doctor reads every photograph.']
      : []),
  ].join(' '),
  licence: 'Weights: Apache-2.0. The photographs that they were trained on allow research use; none is part of this file.',
  // What the figures below were measured behind, whatever the gate was when the weights were trained.
  gate: GATE_VERSION,
  metrics: [...locked.groups.flatMap(metricsOf), ...card.metrics].map(rounded),
  commands: [
    ...values.command,
    ...card.commands,
    'netra evaluate --data LIST --images FOLDER --model BUNDLE --locked --json EVALUATION.json',
  ],
  limits: [
    ...card.limits.filter((limit) => !limit.startsWith('Not validated')),
    ...values.limit,
    'Not validated at any clinic. The locked test patients come from the same sources as the training: another camera will do worse.',
    ...(specificity < WORTH_SCREENING ? ['Specificity is below 0.70 at the screening point: a doctor reads every photograph.'] : []),
    'Labels are of one reader each, or derived from diagnoses (ODIR); no figure here rests on adjudicated ones.',
    'It does not grade macular oedema and does not look for any other eye disease.',
    'Never tested on handheld cameras, on children, on treated eyes, or on photographs from the clinic that uses it.',
  ],
};
const result = withCard(files, shipped);
await writeBundle(values.out, result.files);
console.log(`${values.out}: ${result.files.id}`);

function share(value: number | undefined): string {
  return value === undefined ? 'unknown' : value.toFixed(2);
}
