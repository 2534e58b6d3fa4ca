import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { nodeEngine } from '../../engine/client/spawn-node';
import { spawnTraining } from '../../engine/client/spawn-training';
import { superviseEngine } from '../../engine/client/supervisor';
import { writeFileAtomically } from '../../services/report/atomic-file';
import { report2016 } from '../../services/train/report-2016';
import { areaText, variantName, writeReport2016 } from '../../services/train/report-2016-page';
import { LOCAL_ACTOR } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { pacedLine } from '../progress-line';

interface Flags {
  data: string;
  images?: string;
  out: string;
  healthy: number;
  tested: number;
  allLayers?: true;
}

export function addReport2016Command(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('report-2016')
    .description(m.cli_report2016_description({}, text))
    .requiredOption('--data <file>', m.cli_train_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .requiredOption('--out <folder>', m.cli_report2016_out({}, text))
    .option('--healthy <n>', m.cli_report2016_healthy({}, text), count, 1000)
    .option('--tested <n>', m.cli_report2016_tested({}, text), count, 400)
    .option('--all-layers', m.cli_report2016_all_layers({}, text))
    .action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: CliContext): Promise<void> {
  const text = { locale: context.locale };
  const line = (sentence: string): void => void context.err.write(`${sentence}\n`);
  const paced = pacedLine(line);
  const engine = superviseEngine({ spawn: nodeEngine({ entry: context.engineEntry }) });
  try {
    const report = await report2016(LOCAL_ACTOR, {
      data: flags.data,
      images: flags.images ?? null,
      out: flags.out,
      resourcesFolder: context.resourcesFolder,
      healthy: flags.healthy,
      tested: flags.tested,
      allLayers: flags.allLayers === true,
      engine,
      spawn: (options) => spawnTraining(join(dirname(context.engineEntry), 'training.js'), options),
      signal: context.signal,
      onVariant: (name) => line(variantName(name, context.locale)),
      onProgress: (done, total) => paced(() => m.cli_train_hashing({ done, total }, text)),
      onEpoch: ({ epoch, epochs, trainingLoss, validationLoss, validationAuc }) =>
        line(
          m.cli_report2016_epoch(
            {
              epoch,
              epochs,
              loss: trainingLoss.toFixed(3),
              validation: validationLoss?.toFixed(3) ?? '–',
              auc: validationAuc?.toFixed(3) ?? '–',
            },
            text,
          ),
        ),
    });
    const [page, json] = [join(flags.out, 'report.html'), join(flags.out, 'report.json')];
    await writeReport2016(page, report, context.locale);
    await writeFileAtomically(json, (write) => write(`${JSON.stringify(report, null, 1)}\n`));
    for (const { name, seen, locked } of report.variants)
      context.out.write(
        `${m.cli_report2016_variant({ name: variantName(name, context.locale), seen: areaText(seen), locked: areaText(locked) }, text)}\n`,
      );
    for (const path of [page, json]) line(m.cli_written({ path }, text));
  } finally {
    await engine.close();
  }
}

function count(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('');
  return Number(text);
}
