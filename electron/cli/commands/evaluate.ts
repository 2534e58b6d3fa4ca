import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { readBundle } from '../../engine/bundle/read';
import { nodeEngine } from '../../engine/client/spawn-node';
import { superviseEngine } from '../../engine/client/supervisor';
import { evaluate, type Evaluation, type EvaluationGroup } from '../../services/evaluate/evaluate';
import { countLook } from '../../services/evaluate/count-look';
import { rateText, writeEvaluationReport } from '../../services/evaluate/report';
import { WorstPictures } from '../../services/evaluate/worst-pictures';
import { withProfileOf } from '../sign-in';
import { writeFileAtomically } from '../../services/report/atomic-file';
import { inferenceThreads } from '../../services/workspace';
import { BACKEND_CHOICES, BACKENDS, type BackendChoice, LOCAL_ACTOR } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';

interface EvaluateFlags {
  data: string;
  images?: string;
  model?: string;
  backend: BackendChoice;
  locked?: true;
  profile?: string;
  json?: string;
  report?: string;
}

const LINE_INTERVAL_MS = 10_000;
const MOST_NAMED = 30;

export function addEvaluateCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('evaluate')
    .description(m.cli_evaluate_description({}, text))
    .requiredOption('--data <file>', m.cli_train_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option('--model <folder>', m.cli_evaluate_model({}, text))
    .addOption(new Option('--backend <name>', m.cli_screen_backend({}, text)).choices(BACKEND_CHOICES).default('auto'))
    .option('--locked', m.cli_evaluate_locked({}, text))
    .option('--profile <folder>', m.cli_evaluate_profile({}, text))
    .option('--json <file>', m.cli_evaluate_json({}, text))
    .option('--report <file>', m.cli_evaluate_report({}, text))
    .action((flags: EvaluateFlags) => evaluateModel(flags, context));
}

async function evaluateModel(flags: EvaluateFlags, context: CliContext): Promise<void> {
  const text = { locale: context.locale };
  const folder = flags.model ?? join(context.resourcesFolder, 'models', 'starter');
  const bundle = await readBundle(folder);
  const pictures = new WorstPictures(bundle.card.operatingPoints?.screening.threshold ?? 1);
  const engine = superviseEngine({ spawn: nodeEngine({ entry: context.engineEntry }) });
  try {
    await engine.load({ bundle: bundle.files, backend: flags.backend, order: BACKENDS, threads: inferenceThreads() });
    let lastAt = performance.now();
    const result = await evaluate(LOCAL_ACTOR, {
      data: flags.data,
      images: flags.images ?? null,
      patients: flags.locked === true ? 'locked' : 'all',
      bundle,
      engine,
      manifestFile: `${folder.replace(/[\\/]+$/, '')}.work/manifest.txt`,
      onScreened: (image, screened) => pictures.see(image, screened),
      signal: context.signal,
      onProgress(done, total) {
        if (performance.now() - lastAt < LINE_INTERVAL_MS) return;
        lastAt = performance.now();
        context.err.write(`${m.cli_train_hashing({ done, total }, text)}\n`);
      },
    });
    // A figure that somebody has seen is a use of the test set, whatever is done with it.
    if (flags.profile !== undefined)
      await withProfileOf(flags.profile, context, async (profile, actor) => countLook(actor, profile, result));
    context.out.write(summary(result, context));
    const { json, report } = flags;
    if (json !== undefined) await writeFileAtomically(json, (write) => write(`${JSON.stringify(result, null, 1)}\n`));
    if (report !== undefined) await writeEvaluationReport(report, result, pictures, context.locale);
    for (const path of [json, report]) if (path !== undefined) context.err.write(`${m.cli_written({ path }, text)}\n`);
  } finally {
    await engine.close();
  }
}

function summary(evaluation: Evaluation, { locale }: CliContext): string {
  const lines = [`${evaluation.modelName} (${evaluation.modelId})`];
  for (const part of evaluation.parts) {
    lines.push('', part.locked ? m.cli_evaluate_locked_part({}, { locale }) : m.cli_evaluate_other_part({}, { locale }));
    for (const group of part.groups) {
      const { figures } = group;
      lines.push(
        m.cli_evaluate_line(
          {
            name: group.tooFew ? `${group.name} (${m.evaluation_too_few({}, { locale })})` : group.name,
            images: figures.cases,
            positives: figures.positives,
            auc: figures.auc ? `${figures.auc.value.toFixed(3)} (${figures.auc.low.toFixed(3)}–${figures.auc.high.toFixed(3)})` : '–',
            threshold: figures.screening.threshold.toFixed(3),
            sensitivity: rateText(figures.screening.sensitivity),
            specificity: rateText(figures.screening.specificity),
          },
          { locale },
        ),
      );
    }
    const whole = part.groups[0];
    if (whole) lines.push(secondLine(whole, locale));
  }
  const { trainedOn } = evaluation;
  lines.push(
    '',
    trainedOn === null
      ? m.evaluation_trained_unknown({}, { locale })
      : m.evaluation_trained_on({ count: trainedOn.length, patients: trainedOn.slice(0, MOST_NAMED).join(', ') || '–' }, { locale }),
  );
  const notFundus = evaluation.images.filter((image) => image.p === null).length;
  lines.push(
    '',
    m.cli_evaluate_left_out({ unlabelled: evaluation.unlabelled, unreadable: evaluation.unreadable.length, notFundus }, { locale }),
  );
  return `${lines.join('\n')}\n`;
}

function secondLine({ name, figures }: EvaluationGroup, locale: CliContext['locale']): string {
  return m.cli_evaluate_group(
    {
      name,
      count: figures.cases,
      kappa: figures.kappa ? figures.kappa.value.toFixed(3) : '–',
      error: figures.calibrationError.toFixed(3),
      referrals: figures.prevalence.map(({ referralsPer100 }) => referralsPer100.toFixed(0)).join(', '),
      accuracy: figures.accuracy.toFixed(3),
      healthy: figures.accuracyAlwaysHealthy.toFixed(3),
    },
    { locale },
  );
}
