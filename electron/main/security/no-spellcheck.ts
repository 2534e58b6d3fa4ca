import type { App } from 'electron';

/**
 * Every session of Electron fetches a dictionary for the system's language from a server of Google's, as soon as it exists and
 * whether or not a window checks spelling. It is told not to in the moment of its making; the address goes nowhere in case it asks all the same.
 * https://www.electronjs.org/docs/latest/tutorial/spellchecker#does-the-spellchecker-use-any-google-services
 */
export function refuseDictionaries(app: App): void {
  app.on('session-created', (session) => {
    session.setSpellCheckerDictionaryDownloadURL('app://none/');
    session.setSpellCheckerEnabled(false);
    if (process.platform !== 'darwin') session.setSpellCheckerLanguages([]);
  });
}
