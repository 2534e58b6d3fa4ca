import { openEntry, readVault, UnlockedVault, type VaultEntry } from '../../db/profile/vault';
import { parseEmergencyCode } from '../../shared/domain/emergency-code';
import { AppError } from '../../shared/errors';
import type { CodeKind } from './secrets';
import type { Throttle } from './throttle';

export interface OpenedVault {
  vault: UnlockedVault;
  /** Whose secret it was: an account's id, or a code's. */
  entryId: string;
  /** Failed tries before this one. */
  failures: number;
}

/** @throws AppError sign-in-failed | sign-in-throttled {seconds} | profile-damaged {part: 'vault'} */
export async function openWithPassword(folder: string, throttle: Throttle, login: string, password: string): Promise<OpenedVault> {
  const wanted = login.trim().toLowerCase();
  const entry = (await readVault(folder)).find((each) => each.kind === 'password' && each.login === wanted);
  return open({ folder, throttle, entry, secret: password, name: entry === undefined ? 'unknown' : wanted });
}

/** @throws AppError code-invalid (a slip of the pen, not counted) | sign-in-failed | sign-in-throttled {seconds} | profile-damaged {part: 'vault'} */
export async function openWithCode(folder: string, throttle: Throttle, kind: CodeKind, typed: string): Promise<OpenedVault> {
  const code = parseEmergencyCode(typed);
  if (code === null) throw new AppError('code-invalid');
  const entry = (await readVault(folder)).find((each) => each.kind === kind);
  return open({ folder, throttle, entry, secret: code, name: kind });
}

async function open(attempt: {
  folder: string;
  throttle: Throttle;
  entry: VaultEntry | undefined;
  secret: string;
  name: string;
}): Promise<OpenedVault> {
  const { folder, throttle, entry, secret, name } = attempt;
  await throttle.check(name);
  const dataKey = entry === undefined ? null : await openEntry(entry, secret);
  if (entry === undefined || dataKey === null) {
    await throttle.failed(name);
    throw new AppError('sign-in-failed');
  }
  return { vault: new UnlockedVault(folder, dataKey), entryId: entry.id, failures: await throttle.succeeded(name) };
}

/** What is typed at sign-in, by those who can sign in: all that is known while the vault is closed. */
export async function loginsOf(folder: string): Promise<string[]> {
  return (await readVault(folder)).flatMap(({ kind, login }) => (kind === 'password' && login !== null ? [login] : []));
}
