import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { spawnTraining } from '../../engine/client/spawn-training';
import { exportTraining, readExport } from '../../services/train/export-training';
import { TrainingPause } from '../../services/train/run-process';
import { train } from '../../services/train/train';
import { gatherListed } from '../../services/train/training-source';
import { LOCAL_ACTOR } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { pacedLine } from '../progress-line';

interface Flags {
  data: string;
  images?: string;
  recipe: string;
  from?: string;
  seed: number;
  out: string;
}

export function addExportTrainingCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('export-training')
    .description(m.cli_export_training_description({}, text))
    .requiredOption('--data <file>', m.cli_train_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option('--recipe <name>', m.cli_train_recipe({}, text), 'netra-1')
    .option('--from <folder>', m.cli_train_from({}, text))
    .option('--seed <n>', m.cli_train_seed({}, text), wholeNumber, 1)
    .requiredOption('--out <folder>', m.cli_export_training_out({}, text))
    .action(async (flags: Flags) => {
      const { gather, spawn, progress } = surroundings(flags, context);
      const { manifestSha256 } = await exportTraining(LOCAL_ACTOR, {
        gather,
        recipe: flags.recipe,
        from: flags.from ?? null,
        seed: flags.seed,
        out: flags.out,
        resourcesFolder: context.resourcesFolder,
        spawn,
        signal: context.signal,
        onProgress: progress,
      });
      context.out.write(`${m.cli_export_training_done({ folder: flags.out, manifest: manifestSha256 }, text)}\n`);
    });
}

export function addImportModelCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('import-model')
    .description(m.cli_import_model_description({}, text))
    .argument('<file>', m.cli_import_model_file({}, text))
    .requiredOption('--export <folder>', m.cli_import_model_export({}, text))
    .requiredOption('--data <file>', m.cli_train_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option('--from <folder>', m.cli_train_from({}, text))
    .requiredOption('--out <folder>', m.cli_train_out({}, text))
    .action(async (file: string, flags: Omit<Flags, 'recipe' | 'seed'> & { export: string }) => {
      const facts = await readExport(flags.export);
      const tensors = await readFile(file).catch((error: unknown) => {
        throw new AppError('path-not-found', { path: file }, error);
      });
      const { gather, spawn, progress } = surroundings(flags, context);
      const nothing = (): void => undefined;
      const { id, folder, result } = await train(LOCAL_ACTOR, {
        gather,
        recipe: join(flags.export, 'recipe.json'),
        from: flags.from ?? null,
        out: flags.out.replace(/[\\/]+$/, ''),
        epochs: null,
        resume: false,
        seed: facts.seed,
        learnt: { tensors, manifestSha256: facts.manifestSha256, initial: facts.initial },
        command: `netra import-model, trained elsewhere from an export of ${facts.recipe}`,
        resourcesFolder: context.resourcesFolder,
        spawn,
        signal: context.signal,
        pause: new TrainingPause(),
        cache: null,
        hooks: {
          onSet: nothing,
          onDevice: nothing,
          onPrepared: progress,
          onStep: nothing,
          onEpoch: nothing,
          onNote: nothing,
          onPaused: nothing,
        },
      });
      context.out.write(`${m.cli_import_model_done({ id, folder, difference: result.parity.toExponential(1) }, text)}\n`);
    });
}

function surroundings({ data, images }: Pick<Flags, 'data' | 'images'>, context: CliContext) {
  const paced = pacedLine((sentence) => void context.err.write(`${sentence}\n`));
  const progress = (done: number, total: number): void => paced(() => m.cli_train_hashing({ done, total }, { locale: context.locale }));
  return {
    progress,
    gather: (recipe: Parameters<typeof gatherListed>[1]) =>
      gatherListed({ data, images: images ?? null }, recipe, progress, context.signal),
    spawn: (options: Parameters<typeof spawnTraining>[1]) => spawnTraining(join(dirname(context.engineEntry), 'training.js'), options),
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('');
  return Number(text);
}
