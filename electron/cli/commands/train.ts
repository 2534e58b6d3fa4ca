import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { spawnTraining } from '../../engine/client/spawn-training';
import { train, type TrainHooks } from '../../services/train/train';
import { LOCAL_ACTOR } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { clockText } from '../progress-line';

interface TrainFlags {
  data: string;
  images?: string;
  recipe: string;
  from?: string;
  out: string;
  epochs?: number;
  resume?: true;
  seed: number;
}

const LINE_INTERVAL_MS = 10_000;

export function addTrainCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('train')
    .description(m.cli_train_description({}, text))
    .requiredOption('--data <file>', m.cli_train_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option('--recipe <name>', m.cli_train_recipe({}, text), 'netra-1')
    .option('--from <folder>', m.cli_train_from({}, text))
    .requiredOption('--out <folder>', m.cli_train_out({}, text))
    .option('--epochs <n>', m.cli_train_epochs({}, text), wholeNumber)
    .option('--resume', m.cli_train_resume({}, text))
    .option('--seed <n>', m.cli_train_seed({}, text), wholeNumber, 1)
    .action(async (flags: TrainFlags) => {
      const { folder, id, result } = await train(LOCAL_ACTOR, {
        data: flags.data,
        images: flags.images ?? null,
        recipe: flags.recipe,
        from: flags.from ?? null,
        out: flags.out.replace(/[\\/]+$/, ''),
        epochs: flags.epochs ?? null,
        resume: flags.resume === true,
        seed: flags.seed,
        command: commandText(flags),
        resourcesFolder: context.resourcesFolder,
        spawn: () => spawnTraining(join(dirname(context.engineEntry), 'training.js')),
        signal: context.signal,
        hooks: linesOf(context),
      });
      context.out.write(`${m.cli_train_done({ id, epoch: result.epoch, folder, difference: result.parity.toExponential(1) }, text)}\n`);
    });
}

/** The command without this machine's folders: it goes into the card. */
function commandText(flags: TrainFlags): string {
  const name = (path: string): string =>
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? path;
  const parts = [
    'netra train',
    `--data ${name(flags.data)}`,
    flags.images === undefined ? '' : `--images ${name(flags.images)}`,
    `--recipe ${name(flags.recipe)}`,
  ];
  if (flags.from !== undefined) parts.push(`--from ${name(flags.from)}`);
  if (flags.epochs !== undefined) parts.push(`--epochs ${flags.epochs}`);
  parts.push(`--seed ${flags.seed}`);
  return parts.filter((part) => part !== '').join(' ');
}

function linesOf(context: CliContext): TrainHooks {
  const text = { locale: context.locale };
  const line = (sentence: string): void => void context.err.write(`${sentence}\n`);
  let lastAt = 0;
  const due = (): boolean => {
    if (performance.now() - lastAt < LINE_INTERVAL_MS) return false;
    lastAt = performance.now();
    return true;
  };
  return {
    onFiles(done, total) {
      if (due()) line(m.cli_train_hashing({ done, total }, text));
    },
    onSet({ counts, unknownColumns }) {
      if (unknownColumns.length > 0) line(m.cli_train_unknown_columns({ columns: unknownColumns.join(', ') }, text));
      line(m.cli_train_set(counts, text));
    },
    onDevice: (device) => line(m.cli_train_device({ device }, text)),
    onStep(facts) {
      if (!due()) return;
      const { epoch, epochs, step, steps } = facts;
      line(
        m.cli_train_step(
          {
            epoch,
            epochs,
            step,
            steps,
            loss: facts.loss.toFixed(3),
            rate: facts.imagesPerSecond.toFixed(1),
            left: clockText(facts.secondsLeft),
          },
          text,
        ),
      );
    },
    onEpoch(facts) {
      const sources = facts.sources.map(({ source, auc }) => `${source} ${auc.toFixed(3)}`).join(', ');
      const best = facts.best ? m.cli_train_best({}, text) : '';
      const { epoch, epochs, sizePx } = facts;
      const auc = facts.validationAuc?.toFixed(3) ?? '–';
      line(
        m.cli_train_epoch(
          { epoch, epochs, size: sizePx, loss: facts.trainingLoss.toFixed(3), auc, sources, rate: facts.imagesPerSecond.toFixed(1), best },
          text,
        ),
      );
    },
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('');
  return Number(text);
}
