import { nativeTheme, powerSaveBlocker } from 'electron';
import type { AppStatus, Locale } from '../../shared/ipc/types';
import { writeKeptSettings } from '../start/kept-settings';

/**
 * What the system shows of the program's state: theme, language of the menu, and that it must not fall asleep.
 * @param showMenu when the language is another
 */
export function statusFollower(settingsFile: string, showMenu: (locale: Locale) => void): (status: AppStatus) => void {
  let shownLocale: Locale | null = null;
  let keptAwake: number | null = null;
  return ({ settings, profile }) => {
    // Everything is encrypted anew while nobody is there: the computer must not fall asleep over it.
    if (profile.state === 'copying') keptAwake ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (keptAwake !== null) {
      powerSaveBlocker.stop(keptAwake);
      keptAwake = null;
    }
    nativeTheme.themeSource = settings.theme;
    writeKeptSettings(settingsFile, settings);
    if (settings.locale === shownLocale) return;
    shownLocale = settings.locale;
    showMenu(settings.locale);
  };
}
