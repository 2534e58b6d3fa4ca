import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { OpenedAs } from '../../services/accounts/open-as';
import { exportDataset } from '../../services/data-sets/export';
import { freezeDataset } from '../../services/data-sets/freeze';
import { importDataset } from '../../services/data-sets/import';
import { findLookAlikes } from '../../services/data-sets/look-alikes';
import { datasetAtAGlance, datasetChanges, labelCount, listDatasets } from '../../services/data-sets/summary';
import { defaultFolders } from '../../services/default-folders';
import { WorkerPool } from '../../services/worker-pool';
import type { Dataset } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { changesText, glanceText, listText } from '../data-set-text';
import { progressDisplay } from '../progress-line';
import { withProfileOf } from '../sign-in';

interface ProfileFlags {
  profile?: string;
}

/** `netra dataset list|show|freeze|diff|export|import`: what the room *Data sets* does, by the same services. */
export function addDatasetCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  const sets = program.command('dataset').description(m.cli_dataset_description({}, text));
  const profileOption = ['--profile <folder>', m.cli_screen_profile({}, text)] as const;
  const version = m.cli_dataset_version({}, text);
  sets
    .command('list')
    .description(m.cli_dataset_list({}, text))
    .option(...profileOption)
    .action((flags: ProfileFlags) =>
      withPool(flags, context, async ({ actor, ...around }) => {
        const labels = await labelCount(actor, around);
        context.out.write(listText(listDatasets(actor, around.profile), labels, context.locale));
      }),
    );
  sets
    .command('show')
    .description(m.cli_dataset_show({}, text))
    .argument('[version]', version)
    .option(...profileOption)
    .action((wanted: string | undefined, flags: ProfileFlags) =>
      withPool(flags, context, async (around) => {
        const { id } = find(around, wanted);
        context.out.write(glanceText(await datasetAtAGlance(around.actor, around, id), context.locale));
      }),
    );
  sets
    .command('freeze')
    .description(m.cli_dataset_freeze({}, text))
    .option(...profileOption)
    .action((flags: ProfileFlags) => withPool(flags, context, (around) => freeze(around, context)));
  sets
    .command('diff')
    .description(m.cli_dataset_diff({}, text))
    .argument('<before>', version)
    .argument('<after>', version)
    .option(...profileOption)
    .action((before: string, after: string, flags: ProfileFlags) =>
      withPool(flags, context, async (around) => {
        const [old, now] = [find(around, before), find(around, after)];
        context.out.write(changesText(await datasetChanges(around.actor, around, old.id, now.id), context.locale));
      }),
    );
  sets
    .command('export')
    .description(m.cli_dataset_export({}, text))
    .argument('<folder>', m.cli_dataset_export_folder({}, text))
    .option('--version <number>', version)
    .option('--with-locked', m.cli_dataset_with_locked({}, text))
    .option(...profileOption)
    .action((folder: string, flags: ProfileFlags & { version?: string; withLocked?: true }) =>
      withPool(flags, context, async (around) => {
        const { id } = find(around, flags.version);
        const wanted = { datasetId: id, folder, withLocked: flags.withLocked === true };
        const images = await exportDataset(around.actor, around, { ...wanted, ...around.watch });
        around.endProgress();
        context.out.write(`${m.cli_dataset_exported({ images, path: folder }, text)}\n`);
      }),
    );
  sets
    .command('import')
    .description(m.cli_dataset_import({}, text))
    .argument('<list>', m.cli_dataset_import_list({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option(...profileOption)
    .action((list: string, flags: ProfileFlags & { images?: string }) =>
      withPool(flags, context, async (around) => {
        const wanted = { data: list, images: flags.images ?? dirname(list) };
        const imported = await importDataset(around.actor, around, { ...wanted, ...around.watch });
        around.endProgress();
        context.out.write(stored(imported, context));
      }),
    );
}

interface Around extends OpenedAs {
  pool: WorkerPool;
  watch: { signal: AbortSignal; onProgress: (done: number, total: number) => void };
  /** Before anything is printed. */
  endProgress: () => void;
}

async function withPool(flags: ProfileFlags, context: CliContext, work: (around: Around) => Promise<void>): Promise<void> {
  await withProfileOf(flags.profile ?? defaultFolders().profile, context, async (profile, actor) => {
    const pool = new WorkerPool(context.workerEntry);
    const display = progressDisplay(context);
    const onProgress = (done: number, total: number): void => {
      display.part(m.cli_progress_data({ done, total }, { locale: context.locale }), done, total);
    };
    try {
      await work({ profile, actor, pool, watch: { signal: context.signal, onProgress }, endProgress: () => display.end() });
    } finally {
      display.end();
      await pool.close();
    }
  });
}

/** By its number; the newest without one. @throws AppError not-found */
function find({ actor, profile }: Around, version: string | undefined): Dataset {
  const all = listDatasets(actor, profile);
  const found = version === undefined ? all[0] : all.find((dataset) => String(dataset.version) === version);
  if (found === undefined) throw new AppError('not-found', { what: 'dataset' });
  return found;
}

async function freeze(around: Around, context: CliContext): Promise<void> {
  await findLookAlikes(around.actor, around, around.watch);
  const frozen = await freezeDataset(around.actor, around, around.watch);
  around.endProgress();
  context.out.write(stored(frozen, context));
  context.out.write(glanceText(await datasetAtAGlance(around.actor, around, frozen.id), context.locale));
}

function stored({ version, unchanged }: Dataset & { unchanged: boolean }, { locale }: CliContext): string {
  return `${unchanged ? m.cli_dataset_unchanged({ version }, { locale }) : m.cli_dataset_stored({ version }, { locale })}\n`;
}
