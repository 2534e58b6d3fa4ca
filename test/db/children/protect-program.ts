import { openWithPassword } from '../../../electron/services/accounts/open-vault';
import { changePassword } from '../../../electron/services/accounts/accounts';
import { Throttle } from '../../../electron/services/accounts/throttle';
import { protectProfile } from '../../../electron/services/accounts/new-key';
import { createOrOpenProfile } from '../../../electron/db/profile/profile';
import type { SiteSettings } from '../../../electron/shared/domain/accounts';
import { LOCAL_ACTOR, ROLES } from '../../../electron/shared/domain/codes';
import { toAppError } from '../../../electron/shared/errors';

/**
 * Another process on a profile: `protect` gives it accounts, `password` changes a password again and again. It says what is on disk only after it is.
 */
const [task, folder = '', first = '', second = ''] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const site: SiteSettings = {
  name: 'Sunrise',
  contact: '',
  mode: 'doctor-reads-all',
  guideline: 'aios-vrsi-2020',
  protocol: 'one-macula-field',
  languages: ['en'],
  idleLockMinutes: 5,
};

try {
  if (task === 'protect') {
    say('begun');
    const admin = { login: 'asha', name: 'Asha', roles: [...ROLES], password: first };
    await protectProfile(
      LOCAL_ACTOR,
      folder,
      { site, admin },
      { onProgress: (done) => say(`copied ${done}`), signal: new AbortController().signal },
    );
    say('protected');
  } else {
    const opened = await openWithPassword(folder, new Throttle(folder), 'asha', first);
    const profile = await createOrOpenProfile(folder, opened.vault);
    let [current, next] = [first, second];
    for (;;) {
      await changePassword({ userId: opened.entryId, roles: ROLES }, profile, { current, next });
      say(next);
      [current, next] = [next, current];
    }
  }
} catch (thrown) {
  say(`error ${toAppError(thrown).code}`);
  throw thrown;
}
