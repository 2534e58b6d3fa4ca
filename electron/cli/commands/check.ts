import { availableParallelism } from 'node:os';

import type { Command } from 'commander';

import { nodeEngine } from '../../engine/client/spawn-node';
import { checkMachine, type ProfileCheck } from '../../services/check';
import { defaultFolders } from '../../services/default-folders';
import { inferenceThreads } from '../../services/workspace';
import { messageForError } from '../../shared/error-message';
import { LOCAL_ACTOR } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import manifest from '../../../package.json';
import type { CliContext } from '../context';
import { credentialsOf } from '../sign-in';

export function addCheckCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('check')
    .description(m.cli_check_description({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .action((flags: { profile?: string }) => check(flags.profile ?? defaultFolders().profile, context));
}

/** @throws AppError `backend-unavailable` when nothing works here */
async function check(profileFolder: string, context: CliContext): Promise<void> {
  const { locale, out } = context;
  const machine = {
    version: manifest.version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
  };
  out.write(`${m.cli_check_machine(machine, { locale })}\n${m.cli_check_backends({}, { locale })}\n`);
  const found = await checkMachine(LOCAL_ACTOR, {
    profileFolder,
    credentials: await credentialsOf(context),
    resourcesFolder: context.resourcesFolder,
    cacheFolder: defaultFolders().cache,
    spawnEngine: nodeEngine({ entry: context.engineEntry }),
    threads: inferenceThreads(),
  });
  for (const { backend, works, device, inferenceMs, reason } of found.backends) {
    const words = works
      ? m.cli_check_works({ device: device ?? backend, milliseconds: inferenceMs?.toFixed(1) ?? '–' }, { locale })
      : m.cli_check_works_not({ reason: reason ?? '–' }, { locale });
    out.write(`  ${backend.padEnd(10)} ${words}\n`);
  }
  for (const line of profileLines(profileFolder, found.profile, context)) out.write(`${line}\n`);
  if (found.auto === null) throw new AppError('backend-unavailable', { backend: 'auto' });
  out.write(`${m.cli_check_auto({ backend: found.auto }, { locale })}\n`);
}

function profileLines(folder: string, profile: ProfileCheck, { locale }: CliContext): string[] {
  if (profile.kind === 'none') return [m.cli_check_no_profile({ folder }, { locale })];
  const first = m.cli_check_profile({ folder }, { locale });
  if (profile.kind === 'trouble') return [first, `  ${messageForError(profile.error, locale)} (${profile.error.code})`];
  if (profile.kind === 'closed') return [first, `  ${m.cli_check_closed({ accounts: profile.accounts }, { locale })}`];
  const protection = profile.protected ? m.profile_protected({}, { locale }) : m.profile_not_protected({}, { locale });
  const audit = profile.audit.ok
    ? m.cli_check_audit_sound({ events: profile.audit.events }, { locale })
    : m.cli_check_audit_broken({ seq: profile.audit.brokenAtSeq ?? 0 }, { locale });
  return [first, `  ${protection}`, `  ${audit}`];
}
