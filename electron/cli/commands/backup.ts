import type { Command } from 'commander';
import { openProfileAs, type OpenedAs } from '../../services/accounts/open-as';
import { incidentCsv, incidentList } from '../../services/backup/incident';
import { makeBackup } from '../../services/backup/make-backup';
import { findSnapshots, restoreBackup } from '../../services/backup/restore-backup';
import { defaultFolders } from '../../services/default-folders';
import { saveFile } from '../../services/report/atomic-file';
import { WorkerPool } from '../../services/worker-pool';
import { regionOf } from '../../shared/clinical/days';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { progressDisplay } from '../progress-line';
import { readSecret } from '../secret';
import { credentialsOf } from '../sign-in';

interface ProfileFlags {
  profile?: string;
}

/** `netra backup`, `netra restore`, `netra incident`. */
export function addBackupCommands(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('backup')
    .description(m.cli_backup_description({}, text))
    .argument('<folder>', m.cli_backup_folder({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .action((folder: string, flags: ProfileFlags) => backup(folder, flags, context));
  program
    .command('restore')
    .description(m.cli_restore_description({}, text))
    .argument('<folder>', m.cli_backup_folder({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .option('--code', m.cli_restore_code({}, text))
    .action((folder: string, flags: ProfileFlags & { code?: boolean }) => restore(folder, flags, context));
  program
    .command('incident')
    .description(m.cli_incident_description({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .option('--out <file>', m.cli_incident_out({}, text))
    .action((flags: ProfileFlags & { out?: string }) => incident(flags, context));
}

async function backup(folder: string, flags: ProfileFlags, context: CliContext): Promise<void> {
  const { profile, actor } = await open(flags, context);
  const pool = new WorkerPool(context.workerEntry);
  const display = progressDisplay(context);
  try {
    const made = await makeBackup(actor, { profile, pool }, folder, watch(context, display));
    display.end();
    const facts = { date: dateText(made.takenAt, context), files: made.files, copied: made.copiedFiles };
    context.out.write(`${m.cli_backup_made(facts, { locale: context.locale })}\n`);
  } finally {
    display.end();
    await pool.close();
    profile.close();
  }
}

async function restore(folder: string, flags: ProfileFlags & { code?: boolean }, context: CliContext): Promise<void> {
  const newest = (await findSnapshots(folder))[0];
  if (newest === undefined) throw new AppError('backup-missing', { path: folder });
  const { locale } = context;
  const typed = await readSecret(flags.code === true ? m.restore_code({}, { locale }) : m.restore_password({}, { locale }), context);
  const secret =
    flags.code === true
      ? { kind: 'recovery' as const, code: typed }
      : { kind: 'password' as const, login: context.user ?? '', password: typed };
  const pool = new WorkerPool(context.workerEntry);
  const display = progressDisplay(context);
  try {
    const profileFolder = flags.profile ?? defaultFolders().profile;
    await restoreBackup(pool, { snapshot: newest.folder, secret, profileFolder }, watch(context, display));
    display.end();
    context.out.write(`${m.cli_restore_done({ date: dateText(newest.takenAt, context), files: newest.files }, { locale })}\n`);
  } finally {
    display.end();
    await pool.close();
  }
}

async function incident(flags: ProfileFlags & { out?: string }, context: CliContext): Promise<void> {
  const { profile, actor } = await open(flags, context);
  const { out, locale } = context;
  try {
    const found = incidentList(actor, profile);
    out.write(`${m.cli_incident_found({ count: found.people.length }, { locale })}\n`);
    if (found.knownUntil !== null) out.write(`${m.cli_incident_gap({ date: dateText(found.knownUntil, context) }, { locale })}\n`);
    out.write(`${found.protected ? m.cli_incident_protected({}, { locale }) : m.cli_incident_not_protected({}, { locale })}\n`);
    out.write(`${m.cli_incident_duty({}, { locale })}\n`);
    if (flags.out === undefined) return;
    await saveFile(flags.out, incidentCsv(found));
    out.write(`${m.cli_written({ path: flags.out }, { locale })}\n`);
  } finally {
    profile.close();
  }
}

async function open(flags: ProfileFlags, context: CliContext): Promise<OpenedAs> {
  return openProfileAs(flags.profile ?? defaultFolders().profile, await credentialsOf(context));
}

function watch({ signal, locale }: CliContext, display: ReturnType<typeof progressDisplay>): Parameters<typeof makeBackup>[3] {
  return {
    signal,
    progress: (done, total) => {
      display.part(m.backup_running({ done, total }, { locale }), done, total);
    },
  };
}

function dateText(instantMs: number, { locale }: CliContext): string {
  return new Intl.DateTimeFormat(regionOf(locale), { dateStyle: 'long', timeStyle: 'short' }).format(instantMs);
}
