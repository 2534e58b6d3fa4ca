import { join } from 'node:path';

import { type Command, Option } from 'commander';

import { nodeEngine } from '../../engine/client/spawn-node';
import { defaultFolders } from '../../services/default-folders';
import { writeImagesCsv } from '../../services/report/csv';
import { writeReport } from '../../services/report/report';
import { writeRunJson } from '../../services/report/json';
import { runResults } from '../../services/screening/run-results';
import { screen } from '../../services/screening/screen';
import { openWorkspace, type Workspace } from '../../services/workspace';
import { type Actor, BACKEND_CHOICES, type BackendChoice } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { signInFor } from '../sign-in';
import { progressDisplay } from '../progress-line';
import { startText, summaryText } from '../summary-text';
import { demoCamp } from '../demo-camp';

interface ScreenFlags {
  out?: string;
  csv?: string;
  json?: string;
  backend: BackendChoice;
  model?: string;
  profile?: string;
  patients?: string;
}

export function addScreenCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('screen')
    .description(m.cli_screen_description({}, text))
    .argument('[path...]', m.cli_screen_path({}, text))
    .option('--out <folder>', m.cli_screen_out({}, text))
    .option('--csv <file>', m.cli_screen_csv({}, text))
    .option('--json <file>', m.cli_screen_json({}, text))
    .addOption(new Option('--backend <name>', m.cli_screen_backend({}, text)).choices(BACKEND_CHOICES).default('auto'))
    .option('--model <folder>', m.cli_screen_model({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .option('--patients <file>', m.cli_screen_patients({}, text))
    .action(async (paths: string[], flags: ScreenFlags) => {
      if (paths.length > 0) await screenPaths(paths, flags, flags.profile ?? defaultFolders().profile, context);
      else await screenPaths([await demoCamp(context)], flags, flags.profile ?? defaultFolders().demoProfile, context);
    });
}

async function screenPaths(paths: readonly string[], flags: ScreenFlags, profileFolder: string, context: CliContext): Promise<void> {
  const { actor, ...key } = await signInFor(profileFolder, context);
  const workspace = await openWorkspace({
    profileFolder,
    ...key,
    resourcesFolder: context.resourcesFolder,
    workerEntry: context.workerEntry,
    spawnEngine: nodeEngine({ entry: context.engineEntry }),
    modelFolder: flags.model ?? null,
    backend: flags.backend,
    cacheFolder: defaultFolders().cache,
    onTestingBackends: () => context.err.write(`${m.cli_testing_backends({}, { locale: context.locale })}\n`),
  });
  try {
    await screenInto(actor, workspace, paths, flags, context);
  } finally {
    await workspace.close();
  }
}

async function screenInto(
  actor: Actor,
  workspace: Workspace,
  paths: readonly string[],
  flags: ScreenFlags,
  context: CliContext,
): Promise<void> {
  const display = progressDisplay(context);
  const text = { locale: context.locale };
  const { runId, problems, ...besides } = await screen(actor, workspace, {
    paths,
    patientListFile: flags.patients ?? null,
    signal: context.signal,
    onRunStarted: () => context.err.write(startText(workspace, context)),
    onProgress: (progress) => display.show(progress),
    onConcluded: (done, total) => display.part(m.cli_progress_patients({ done, total }, text), done, total),
  }).finally(() => display.end());
  const results = { ...(await runResults(actor, workspace.profile, runId)), problems };
  if (flags.csv !== undefined) await writeImagesCsv(flags.csv, results.images);
  if (flags.json !== undefined) await writeRunJson(flags.json, results);
  if (flags.out !== undefined) {
    await writeReport(actor, workspace, results, {
      folder: flags.out,
      locale: context.locale,
      signal: context.signal,
      onPage: (done, total) => display.part(m.cli_progress_report({ done, total }, text), done, total),
    }).finally(() => display.end());
  }
  context.out.write(summaryText(results, besides, context));
  for (const path of [flags.csv, flags.json, flags.out === undefined ? undefined : join(flags.out, 'report.html')]) {
    if (path !== undefined) context.err.write(`${m.cli_written({ path }, { locale: context.locale })}\n`);
  }
}
