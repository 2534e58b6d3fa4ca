import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserWindow } from 'electron';
import { app, nativeTheme, powerMonitor, powerSaveBlocker, protocol, shell } from 'electron';
import { v7 as uuid } from 'uuid';
import { defaultFolders } from '../services/default-folders';
import { DEMO_STAFF, makeDemoClinic, photographDemo } from '../services/demo/demo-clinic';
import { openDesk } from '../services/desk/open-desk';
import { LOCALES, type Settings } from '../shared/ipc/types';
import { Desktop } from './desktop';
import { askForFile, askForFolder, askForPhotographs, askToStop, askWhereToSave } from './dialogs';
import { utilityEngine } from './engine-process';
import { createHandlers } from './handlers';
import { permit } from './ipc/permit';
import { push, registerHandlers } from './ipc/register';
import { readKeptSettings, writeKeptSettings } from './kept-settings';
import { openLog } from './log';
import { setMenu } from './menu';
import { readStartOptions } from './options';
import { careFor } from './profile-care-desktop';
import { SafeModeMark } from './safe-mode';
import { limitNavigation } from './security/navigation';
import { refuseNewWindows } from './security/new-windows';
import { silenceChromium } from './security/no-network';
import { refuseDictionaries } from './security/no-spellcheck';
import { OWN_SCHEME } from './security/own-protocol';
import { enforceSandbox, refuseUnsandboxedRelease } from './security/sandbox';
import { refuseWebviews } from './security/webviews';
import { createWindowSession } from './session';
import { utilityTraining } from './training-process';
import { openWindow } from './window';

/** `out/`: main, preload and the pages beside each other. */
const OUT = dirname(dirname(fileURLToPath(import.meta.url)));
const RESOURCES = join(dirname(OUT), 'resources');
/** How often it is looked whether somebody is still there. */
const IDLE_CHECK_MS = 5_000;
/** More crashes of the page than this in a minute, and loading it again does not help. */
const MAX_WINDOW_CRASHES = 3;

const options = readStartOptions(process.argv, process.env);
// A demonstration has a place of its own, gone when it ends: it can never touch the site's data.
const demoFolder = options.demo ? mkdtempSync(join(tmpdir(), 'netra-demo-')) : null;
const profileFolder = demoFolder === null ? (options.profile ?? defaultFolders().profile) : join(demoFolder, 'profile');
// Beside the profile, not in it: a damaged profile is renamed while the window that says so is open.
const windowFolder = writable(`${profileFolder}.window`) ?? join(tmpdir(), `netra-window-${process.pid}`);
// Language and theme of the sign-in: the profile's own cannot be read before it.
const settingsFile = join(windowFolder, 'settings.json');
const logFolder = join(windowFolder, 'logs');
const log = openLog(logFolder);
const mark = new SafeModeMark(join(windowFolder, 'safe-mode'));
const safeMode = options.safeMode || mark.isSet();

// All of this must be said before Electron is ready.
app.setName('Netra');
app.setPath('userData', windowFolder);
app.setPath('sessionData', windowFolder);
app.setPath('crashDumps', join(windowFolder, 'crashes'));
silenceChromium(app);
enforceSandbox(app);
refuseWebviews(app);
limitNavigation(app);
refuseNewWindows(app);
refuseDictionaries(app);
protocol.registerSchemesAsPrivileged([OWN_SCHEME]);
if (safeMode) app.disableHardwareAcceleration();

if (refuseUnsandboxedRelease(app)) app.exit(1);
// The lock lies in the window's folder, and every profile has its own: one instance per profile.
else if (!app.requestSingleInstanceLock()) app.exit(0);
else void start();

/** @returns the folder when it can be written to, else null (a read-only profile still gets a window that says so) */
function writable(folder: string): string | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return null;
  }
}

function firstSettings(): Settings {
  const kept = readKeptSettings(settingsFile);
  if (kept !== null) return kept;
  const wanted = app.getLocale().slice(0, 2);
  return { locale: LOCALES.find((locale) => locale === wanted) ?? 'en', theme: 'system' };
}

async function start(): Promise<void> {
  await app.whenReady();
  log.event('start', { version: app.getVersion(), electron: process.versions.electron, safeMode, platform: process.platform });

  if (demoFolder !== null) await makeDemoClinic(profileFolder);
  const demoEnds = new AbortController();

  let window: BrowserWindow | null = null;
  /** Set when the person has agreed to stop, or there was nothing to stop. */
  let quitting = false;
  let asking = false;
  const crashes: number[] = [];

  const desktop = new Desktop({
    version: app.getVersion(),
    safeMode,
    firstSettings: firstSettings(),
    profileFolder,
    openDesk: (vault) =>
      openDesk({
        profileFolder,
        vault,
        spawnEngine: utilityEngine(join(OUT, 'main/engine.js'), log),
        spawnTraining: utilityTraining(join(OUT, 'main/training.js'), log),
        workerEntry: join(OUT, 'main/worker.js'),
        resourcesFolder: RESOURCES,
        firstSettings: firstSettings(),
      }),
    care: careFor({ profileFolder, logFolder, window: () => window, relaunch }),
    push: (event, payload) => {
      push(event, payload);
      if (event === 'statusChanged') statusChanged();
    },
    newId: uuid,
    log,
    quit: () => {
      app.quit();
    },
    demo:
      demoFolder === null
        ? null
        : {
            accounts: DEMO_STAFF,
            opened: (desk) => {
              photographDemo(desk.workspace.profile, desk.capture, join(demoFolder, 'camp'), demoEnds.signal).catch((thrown: unknown) => {
                if (!demoEnds.signal.aborted) log.error('demo', thrown);
              });
            },
          },
  });

  const { session } = createWindowSession(
    {
      pages: join(OUT, 'renderer'),
      picture: async (imageId, rendition) => (await desktop.desk()).picture(desktop.actor(), imageId, rendition),
      onError: (thrown) => {
        log.error('protocol', thrown);
      },
    },
    log,
  );
  registerHandlers(
    createHandlers(
      desktop,
      {
        folder: ({ window }) => askForFolder(window, desktop.status().settings.locale),
        file: ({ window }, kind) => askForFile(window, kind, desktop.status().settings.locale),
        photographs: ({ window }) => askForPhotographs(window, desktop.status().settings.locale),
        chooseFileToSave: ({ window }, name) => askWhereToSave(window, name, desktop.status().settings.locale),
      },
      { resourcesFolder: RESOURCES, workerEntry: join(OUT, 'main/worker.js'), profileFolder },
    ),
    (channel) => {
      permit(desktop, channel);
    },
    log,
  );

  function relaunch(profile: string | null, withSafeMode: boolean): void {
    const args = process.argv
      .slice(1)
      .filter((argument, index, all) => argument !== '--safe-mode' && !argument.startsWith('--profile') && all[index - 1] !== '--profile');
    app.relaunch({ args: [...args, `--profile=${profile ?? profileFolder}`, ...(withSafeMode ? ['--safe-mode'] : [])] });
    app.quit();
  }

  let shownLocale: string | null = null;
  let keptAwake: number | null = null;
  function statusChanged(): void {
    const { settings, profile } = desktop.status();
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
    setMenu(
      {
        locale: settings.locale,
        safeMode,
        openFolder: () => {
          push('command', { name: 'open-folder' });
        },
        lock: () => {
          desktop.lock();
        },
        showLogs: () => void shell.openPath(logFolder),
        restartWithSafeMode: (on) => {
          if (!on) mark.clear();
          relaunch(null, on);
        },
      },
      !app.isPackaged,
    );
  }

  function showWindow(): BrowserWindow {
    const opened = openWindow({
      stateFile: join(windowFolder, 'window.json'),
      preload: join(OUT, 'preload/index.cjs'),
      session,
      dark: nativeTheme.shouldUseDarkColors,
      log,
      mayClose: () => {
        if (quitting) return true;
        void quitCleanly();
        return false;
      },
      onCrash: () => {
        crashes.push(Date.now());
        if (crashes.filter((at) => Date.now() - at < 60_000).length > MAX_WINDOW_CRASHES) {
          void quitCleanly(true);
          return;
        }
        desktop.setNotice({ code: 'window-restarted', params: {} });
        opened.webContents.reload();
      },
    });
    // Keys, mouse and touch as they come in: what the page itself says about it is not asked.
    opened.webContents.on('input-event', () => {
      desktop.touch();
    });
    opened.on('closed', () => {
      if (window === opened) window = null;
    });
    window = opened;
    return opened;
  }

  /** Stops what is under way, with the person's consent, and leaves nothing half written. */
  async function quitCleanly(withoutAsking = false): Promise<void> {
    if (quitting || asking) return;
    if (desktop.tasks.running().length > 0 && !withoutAsking) {
      asking = true;
      const stop = await askToStop(window, desktop.status().settings.locale);
      asking = false;
      if (!stop) return;
    }
    quitting = true;
    demoEnds.abort();
    log.event('quit', { running: desktop.tasks.running().length });
    // Gone at once, its place kept; what is under way ends behind it.
    window?.close();
    try {
      await desktop.close();
    } catch (thrown) {
      log.error('quit', thrown);
    }
    if (demoFolder !== null) rmSync(demoFolder, { recursive: true, force: true });
    app.exit(0);
  }

  app.on('before-quit', (event) => {
    if (quitting) return;
    event.preventDefault();
    void quitCleanly();
  });
  app.on('window-all-closed', () => {
    void quitCleanly();
  });
  app.on('second-instance', () => {
    if (window === null) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('child-process-gone', (_event, details) => {
    log.event('process.gone', { type: details.type, reason: details.reason, exitCode: details.exitCode });
    if (details.type === 'GPU' && details.reason !== 'clean-exit' && details.reason !== 'killed') mark.set();
  });
  process.on('SIGTERM', () => void quitCleanly(true));
  process.on('SIGINT', () => void quitCleanly(true));
  // A mistake of ours in one corner must not take the work in progress down with it.
  process.on('uncaughtException', (thrown) => {
    log.error('uncaught', thrown);
  });
  process.on('unhandledRejection', (thrown) => {
    log.error('unhandled', thrown);
  });

  setInterval(() => {
    desktop.lockIfIdle();
    desktop.lookAtClock();
    void desktop.followPlan();
  }, IDLE_CHECK_MS);
  // The lid is shut, or the computer's own lock came first.
  for (const event of ['suspend', 'lock-screen'] as const) {
    powerMonitor.on(event as 'suspend', () => {
      desktop.lock();
    });
  }

  statusChanged();
  showWindow();
  await desktop.open();
}
