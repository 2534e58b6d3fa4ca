import { type Command, InvalidArgumentError, Option } from 'commander';

import { modelCardMarkdown } from '../../engine/bundle/model-card';
import { nodeEngine } from '../../engine/client/spawn-node';
import { superviseEngine } from '../../engine/client/supervisor';
import { defaultFolders } from '../../services/default-folders';
import { type Examined, promote } from '../../services/models/promote';
import { listModels, showModel } from '../../services/models/registry';
import { recallList, rescoreRecalled, rollBack } from '../../services/models/rollback';
import { openWorkspace, starterFolder, type Workspace } from '../../services/workspace';
import { type Actor, BACKEND_CHOICES, type BackendChoice } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { signInFor, withProfileOf } from '../sign-in';
import { examinationText, listText, recallText, shownText } from '../models-text';

interface ProfileFlags {
  profile?: string;
}

interface PromoteFlags extends ProfileFlags {
  data: string;
  images?: string;
  manifest?: string;
  doctor?: string;
  notValidated?: true;
  backend: BackendChoice;
}

const LINE_INTERVAL_MS = 10_000;

export function addModelsCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  const models = program.command('models').description(m.cli_models_description({}, text));
  const profileOption = ['--profile <folder>', m.cli_screen_profile({}, text)] as const;
  const starter = starterFolder(context.resourcesFolder);
  models
    .command('list')
    .description(m.cli_models_list({}, text))
    .option(...profileOption)
    .action(async ({ profile }: ProfileFlags) => {
      const listed = await withProfileOf(folderOf(profile), context, (opened, actor) => listModels(actor, opened, starter));
      context.out.write(listText(listed, context.locale));
    });
  models
    .command('show')
    .description(m.cli_models_show({}, text))
    .argument('<model>', m.cli_models_model({}, text))
    .option(...profileOption)
    .action(async (model: string, { profile }: ProfileFlags) => {
      const shown = await withProfileOf(folderOf(profile), context, (opened, actor) => showModel(actor, opened, starter, model));
      context.out.write(`${modelCardMarkdown(shown.card, shown.id)}${shownText(shown, context.locale)}`);
    });
  models
    .command('promote')
    .description(m.cli_models_promote({}, text))
    .argument('<model>', m.cli_models_model({}, text))
    .requiredOption('--data <file>', m.cli_models_data({}, text))
    .option('--images <folder>', m.cli_train_images({}, text))
    .option('--manifest <file>', m.cli_models_manifest({}, text))
    .option('--doctor <code>', m.cli_models_doctor({}, text), doctorCode)
    .option('--not-validated', m.cli_models_not_validated({}, text))
    .addOption(new Option('--backend <name>', m.cli_screen_backend({}, text)).choices(BACKEND_CHOICES).default('auto'))
    .option(...profileOption)
    .action((model: string, flags: PromoteFlags) => promoteModel(model, flags, context));
  models
    .command('rollback')
    .description(m.cli_models_rollback({}, text))
    .option(...profileOption)
    .action((flags: ProfileFlags) => withWorkspace(flags, context, (workspace, actor) => rollBackModel(actor, workspace, context)));
  models
    .command('recall')
    .description(m.cli_models_recall({}, text))
    .option(...profileOption)
    .action((flags: ProfileFlags) => withWorkspace(flags, context, (workspace, actor) => rescore(actor, workspace, context)));
}

function folderOf(profile: string | undefined): string {
  return profile ?? defaultFolders().profile;
}

/** A code of an account, as it goes into the audit log: never a name with spaces. */
function doctorCode(value: string): string {
  if (!/^[A-Za-z0-9._-]{1,40}$/.test(value)) throw new InvalidArgumentError('');
  return value;
}

/** @throws AppError model-refused, besides what `promote` throws */
async function promoteModel(model: string, flags: PromoteFlags, context: CliContext): Promise<void> {
  const text = { locale: context.locale };
  const examined = await withProfileOf(folderOf(flags.profile), context, async (profile, actor): Promise<Examined> => {
    const engine = superviseEngine({ spawn: nodeEngine({ entry: context.engineEntry }) });
    const progress = paced((done, total) => context.err.write(`${m.cli_train_hashing({ done, total }, text)}\n`));
    try {
      return await promote(actor, {
        profile,
        starterFolder: starterFolder(context.resourcesFolder),
        engine,
        backend: flags.backend,
        model,
        manifestFile: flags.manifest ?? null,
        data: flags.data,
        images: flags.images ?? null,
        // Until there are accounts, whoever sits at the machine vouches for the doctor's code.
        countersigner: flags.doctor === undefined ? null : { userId: flags.doctor, roles: ['doctor'] },
        acceptNotValidated: flags.notValidated === true,
        signal: context.signal,
        hooks: {
          onFiles: progress,
          onMeasuring: (name) => context.err.write(`${m.cli_models_measuring({ model: name }, text)}\n`),
          onProgress: progress,
        },
      });
    } finally {
      await engine.close();
    }
  });
  context.out.write(examinationText(examined, context.locale));
  if (!examined.activated) throw new AppError('model-refused', { reasons: examined.result.reasons.length });
}

async function withWorkspace(
  flags: ProfileFlags,
  context: CliContext,
  work: (workspace: Workspace, actor: Actor) => Promise<void>,
): Promise<void> {
  const { actor, ...key } = await signInFor(folderOf(flags.profile), context);
  const workspace = await openWorkspace({
    profileFolder: folderOf(flags.profile),
    ...key,
    resourcesFolder: context.resourcesFolder,
    workerEntry: context.workerEntry,
    spawnEngine: nodeEngine({ entry: context.engineEntry }),
    modelFolder: null,
    backend: 'auto',
    cacheFolder: defaultFolders().cache,
  });
  try {
    await work(workspace, actor);
  } finally {
    await workspace.close();
  }
}

async function rollBackModel(actor: Actor, workspace: Workspace, context: CliContext): Promise<void> {
  const { modelId } = rollBack(actor, workspace.profile);
  const listed = await listModels(actor, workspace.profile, starterFolder(context.resourcesFolder));
  const [model, restored] = [listed.find(({ id }) => id === modelId)?.name, listed.find(({ inUse }) => inUse)?.name];
  context.out.write(`${m.cli_models_rolled_back({ model: model ?? modelId, restored: restored ?? '–' }, { locale: context.locale })}\n`);
  await rescore(actor, workspace, context);
}

/** The list is printed whatever happens to the second look: nobody on it may be forgotten. */
async function rescore(actor: Actor, workspace: Workspace, context: CliContext): Promise<void> {
  try {
    await rescoreRecalled(actor, workspace, {
      signal: context.signal,
      onProgress: paced((done, total) => context.err.write(`${m.cli_models_rescoring({ done, total }, { locale: context.locale })}\n`)),
    });
  } finally {
    context.out.write(recallText(recallList(actor, workspace.profile), context.locale));
  }
}

/** At most one line in ten seconds. */
function paced(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let lastAt = performance.now();
  return (done, total) => {
    if (performance.now() - lastAt < LINE_INTERVAL_MS) return;
    lastAt = performance.now();
    tell(done, total);
  };
}
