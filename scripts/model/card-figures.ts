import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Everything that is written about the shipped model, one step after the other, so that none is forgotten:
 * node scripts/run-ts.mjs scripts/model/card-figures.ts PHOTOS [--ship BUNDLE --name NAME [--command EARLIER]... [--limit SENTENCE]...]
 *   [--measure] [--evaluation FILE.json] [--refigure] [--sample N]
 *
 * With `--ship` a trained bundle becomes the starter first: evaluated on the locked test patients of PHOTOS (or with the evaluation that FILE.json
 * holds already; a missing file is written), put under resources/models/starter with its figures, its scores kept in docs/model/scores/shipped.csv. With
 * `--measure` the starter that there is is evaluated anew (after a change of the gate, say); with `--refigure` the shipped card's figures are computed anew
 * from the scores it has. Then docs/model/generalisation.md, fairness.md, explanations.md with its sheet, robustness.md (N photographs) and docs/models are written. Half an hour
 * on two cores, most of it robustness; `npm run bench -- model` proves the result.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    ship: { type: 'string' },
    name: { type: 'string' },
    command: { type: 'string', multiple: true, default: [] },
    limit: { type: 'string', multiple: true, default: [] },
    evaluation: { type: 'string' },
    measure: { type: 'boolean', default: false },
    refigure: { type: 'boolean', default: false },
    sample: { type: 'string' },
  },
});
const photos = positionals[0];
if (photos === undefined || (values.ship !== undefined && values.name === undefined)) {
  throw new Error(
    'usage: card-figures.ts PHOTOS [--ship BUNDLE --name NAME] [--measure] [--evaluation FILE.json] [--refigure] [--sample N]',
  );
}
const STARTER = 'resources/models/starter';
const SCORES = 'docs/model/scores/shipped.csv';
const index = join(photos, 'index.csv');

function run(program: string, args: readonly string[]): void {
  console.log(`\n${program} ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ended with ${status ?? 'a signal'}`);
}

function script(name: string, args: readonly string[]): void {
  run('scripts/run-ts.mjs', [`scripts/model/${name}.ts`, ...args]);
}

/** @param name of the trained bundle that ships; null for the starter itself */
async function measure(bundle: string, name: string | null): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'netra-figures-'));
  try {
    const evaluation = resolve(values.evaluation ?? join(scratch, 'evaluation.json'));
    if (!existsSync(evaluation)) {
      const list = join(scratch, 'fundus.csv');
      script('fundus-list', [index, list]);
      run('scripts/netra.mjs', [
        'evaluate',
        ...['--data', list],
        ...['--images', photos ?? ''],
        ...['--model', bundle],
        '--locked',
        ...['--json', evaluation],
      ]);
    }
    const sentences = [
      ...values.command.flatMap((earlier) => ['--command', earlier]),
      ...values.limit.flatMap((sentence) => ['--limit', sentence]),
    ];
    if (name !== null) script('ship-model', [bundle, evaluation, '--name', name, '--out', STARTER, ...sentences]);
    script('keep-scores', [evaluation, SCORES, '--for', STARTER, '--index', index]);
    if (name === null) script('refigure', [STARTER, SCORES, STARTER, '--measured']);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (values.ship !== undefined) await measure(values.ship, values.name ?? '');
else if (values.measure) await measure(STARTER, null);
// The card of a bundle newly shipped still lacks what only the scores know: age and sex.
if (values.refigure || values.ship !== undefined) script('refigure', [STARTER, SCORES, STARTER]);
script('generalisation', ['--write']);
script('fairness', [photos, '--write']);
script('explanations', [photos, '--write']);
script('robustness', [photos, '--write', ...(values.sample === undefined ? [] : ['--sample', values.sample])]);
script('write-model-cards', []);
