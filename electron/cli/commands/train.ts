import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { spawnTraining } from '../../engine/client/spawn-training';
import { PictureCache } from '../../services/train/picture-cache';
import { TrainingPause } from '../../services/train/run-process';
import { train, type TrainedModel, type TrainHooks } from '../../services/train/train';
import { gatherListed, gatherSource } from '../../services/train/training-source';
import type { TrainingNote } from '../../shared/domain/training';
import { type Actor, LOCAL_ACTOR } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { withProfileOf } from '../sign-in';
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
  profile?: string;
}

const LINE_INTERVAL_MS = 10_000;
type Profile = Parameters<typeof gatherSource>[1];
const DATASET_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
    .option('--profile <folder>', m.cli_train_profile({}, text))
    .action(async (flags: TrainFlags) => {
      const { folder, id, result } =
        flags.profile === undefined
          ? await trainOn(flags, context, null, LOCAL_ACTOR)
          : await withProfileOf(flags.profile, context, (profile, actor) => trainOn(flags, context, profile, actor));
      context.out.write(`${m.cli_train_done({ id, epoch: result.epoch, folder, difference: result.parity.toExponential(1) }, text)}\n`);
    });
}

/** @param profile keeps prepared pictures, encrypted, and holds the data set where `--data` is the id of one */
function trainOn(flags: TrainFlags, context: CliContext, profile: Profile | null, actor: Actor): Promise<TrainedModel> {
  const { onFiles, ...hooks } = linesOf(context);
  const images = flags.images ?? null;
  return train(actor, {
    gather: (recipe) =>
      profile !== null && DATASET_ID.test(flags.data)
        ? gatherSource(actor, profile, { kind: 'dataset', datasetId: flags.data }, recipe, onFiles, context.signal)
        : gatherListed({ data: flags.data, images }, recipe, onFiles, context.signal),
    recipe: flags.recipe,
    from: flags.from ?? null,
    out: flags.out.replace(/[\\/]+$/, ''),
    epochs: flags.epochs ?? null,
    resume: flags.resume === true,
    seed: flags.seed,
    learnt: null,
    command: commandText(flags),
    resourcesFolder: context.resourcesFolder,
    spawn: (options) => spawnTraining(join(dirname(context.engineEntry), 'training.js'), options),
    signal: context.signal,
    pause: new TrainingPause(),
    cache: profile === null ? null : new PictureCache(profile),
    hooks,
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

function linesOf(context: CliContext): TrainHooks & { onFiles: (done: number, total: number) => void } {
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
    onPrepared(done, total) {
      if (due() || done === total) line(m.cli_train_prepared({ done, total }, text));
    },
    onNote: (note) => line(noteText(note, context)),
    onPaused: () => undefined,
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

function noteText(note: TrainingNote, { locale }: CliContext): string {
  switch (note.code) {
    case 'smaller-batch':
      return m.training_note_smaller_batch({ from: note.from, to: note.to }, { locale });
    case 'cpu-instead-of-gpu':
      return m.training_note_cpu({}, { locale });
    case 'no-picture-cache':
      return m.training_note_no_cache({}, { locale });
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('');
  return Number(text);
}
