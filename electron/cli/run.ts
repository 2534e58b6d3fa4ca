import { Command, CommanderError } from 'commander';

import { messageForError } from '../shared/error-message';
import { type AppError, toAppError } from '../shared/errors';
import { m } from '../shared/messages/messages';
import { type Locale, locales } from '../shared/messages/runtime';
import { addBackupCommands } from './commands/backup';
import { addBenchmarkCommand } from './commands/benchmark';
import { addCheckCommand } from './commands/check';
import { addDatasetCommand } from './commands/dataset';
import { addEvaluateCommand } from './commands/evaluate';
import { addModelsCommand } from './commands/models';
import { addNetworkCommand } from './commands/network';
import { addImportBackboneCommand } from './commands/import-backbone';
import { addReport2016Command } from './commands/report-2016';
import { addScreenCommand } from './commands/screen';
import { addTrainCommand } from './commands/train';
import { addExportTrainingCommand, addImportModelCommand } from './commands/training-elsewhere';
import type { CliContext } from './context';
import { EXIT, exitCodeFor } from './exit-codes';

type Surroundings = Pick<CliContext, 'resourcesFolder' | 'engineEntry' | 'workerEntry'>;

/**
 * The whole command line.
 *
 * @param args without `node` and the script
 * @returns the exit code: 0 done, 2 usage, 3 nothing to screen, 1 internal, 130 cancelled
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const interruption = listenForInterruption();
  const context: CliContext = {
    ...surroundings,
    out: process.stdout,
    err: process.stderr,
    locale: localeOf(process.env),
    signal: interruption.signal,
  };
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    return report(thrown, context);
  } finally {
    interruption.stop();
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('netra')
    .description(m.cli_description({}, { locale: context.locale }))
    .option('--user <name>', m.cli_user({}, { locale: context.locale }))
    .option('--password-stdin', m.cli_password_stdin({}, { locale: context.locale }))
    .hook('preAction', (_program, command) => {
      const { user, passwordStdin } = command.optsWithGlobals<{ user?: string; passwordStdin?: true }>();
      if (user !== undefined) context.user = user;
      context.passwordFromInput = passwordStdin === true;
    })
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out.write(text), writeErr: (text) => context.err.write(text) });
  addScreenCommand(program, context);
  addCheckCommand(program, context);
  addBenchmarkCommand(program, context);
  addBackupCommands(program, context);
  addTrainCommand(program, context);
  addEvaluateCommand(program, context);
  addReport2016Command(program, context);
  addImportBackboneCommand(program, context);
  addExportTrainingCommand(program, context);
  addImportModelCommand(program, context);
  addModelsCommand(program, context);
  addNetworkCommand(program, context);
  addDatasetCommand(program, context);
  return program;
}

function report(thrown: unknown, context: CliContext): number {
  // commander has already written its own sentence, or the help that was asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  const error = toAppError(thrown);
  context.err.write(`${messageForError(error.toData(), context.locale)} (${error.code})\n`);
  if (error.code === 'internal') context.err.write(`${detailsOf(error)}\n`);
  return exitCodeFor(error.code);
}

function detailsOf(error: AppError): string {
  const { cause } = error;
  return (cause instanceof Error ? cause.stack : error.stack) ?? error.message;
}

/** The language of the terminal: `LANG=hi_IN.UTF-8` gives Hindi, `ta_IN` Tamil, what we do not have English. */
export function localeOf(environment: NodeJS.ProcessEnv): Locale {
  const language = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  const code = /^[a-z]+(?=[_.@]|$)/.exec(language)?.[0];
  return locales.find((known) => known === code) ?? 'en';
}

/** First Ctrl-C: stop cleanly, what is done is stored. Second: the user means it. */
function listenForInterruption(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  function interrupt(): void {
    if (controller.signal.aborted) process.exit(EXIT.cancelled);
    controller.abort();
  }
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    stop() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
