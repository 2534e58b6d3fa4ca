import type { WebPreferences } from 'electron';

/**
 * What every window of Netra is made with. Electron's security checklist
 * (https://www.electronjs.org/docs/latest/tutorial/security), items
 *  2 no Node.js integration, 3 context isolation, 4 sandbox, 6 web security on, 8 no insecure content,
 *  9 no experimental features, 10 no Blink features, 11 no webview.
 * A window that only prints has no preload script.
 * Written out although most are defaults: a default can change, and a test reads them back from the running window.
 */
export function securePreferences(preload: string | null, partition: string): WebPreferences {
  return {
    ...(preload !== null && { preload }),
    partition,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    contextIsolation: true,
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    safeDialogs: true,
    navigateOnDragDrop: false,
    // Its dictionaries would be fetched from a server.
    spellcheck: false,
  };
}
