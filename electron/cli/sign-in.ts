import { openProfileAs, type OpenedAs, unlockAs, type UnlockedAs } from '../services/accounts/open-as';
import { m } from '../shared/messages/messages';
import type { CliContext } from './context';
import { readSecret } from './secret';

type Credentials = { login: string; password: string } | null;

/** `--user`, and the password from the terminal or standard input; null where nobody was named. */
export async function credentialsOf(context: CliContext): Promise<Credentials> {
  if (context.user === undefined) return null;
  return { login: context.user, password: await readSecret(m.restore_password({}, { locale: context.locale }), context) };
}

/** Opens the profile for a piece of work that needs no screening engine, and closes it whatever happens. @throws AppError as openProfileAs */
export async function withProfileOf<T>(
  folder: string,
  context: CliContext,
  work: (profile: OpenedAs['profile'], actor: OpenedAs['actor']) => Promise<T>,
): Promise<T> {
  const { profile, actor } = await openProfileAs(folder, await credentialsOf(context));
  try {
    return await work(profile, actor);
  } finally {
    profile.close();
  }
}

/** The key and the actor of a profile that a workspace opens. @throws AppError as openProfileAs */
export async function signInFor(folder: string, context: CliContext): Promise<UnlockedAs> {
  return unlockAs(folder, await credentialsOf(context));
}
