import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserWindow } from 'electron';
import { app, nativeTheme, powerMonitor, protocol, shell } from 'electron';
import { v7 as uuid } from 'uuid';
import { openDesk } from '../services/desk/open-desk';
import { LOCALES, type Settings } from '../shared/ipc/types';
import { Closing } from './closing';
import { Desktop } from './desktop';
import { utilityEngine } from './engines/engine-process';
import { utilityTraining } from './engines/training-process';
import { createHandlers } from './handlers';
import { permit } from './ipc/permit';
import { push, registerHandlers } from './ipc/register';
import { openLog } from './log';
import { careFor } from './profile/profile-care-desktop';
import { limitNavigation } from './security/navigation';
import { refuseNewWindows } from './security/new-windows';
import { silenceChromium } from './security/no-network';
import { refuseDictionaries } from './security/no-spellcheck';
import { OWN_SCHEME } from './security/own-protocol';
import { enforceSandbox, refuseUnsandboxedRelease } from './security/sandbox';
import { refuseWebviews } from './security/webviews';
import { startDemonstration } from './start/demonstration';
import { foldersFor } from './start/folders';
import { readKeptSettings } from './start/kept-settings';
import { readStartOptions } from './start/options';
import { SafeModeMark } from './start/safe-mode';
import { askForFile, askForFolder, askForPhotographs, askWhereToSave } from './window/dialogs';
import { statusFollower } from './window/follow-status';
import { setMenu } from './window/menu';
import { createWindowSession } from './window/session';
import { openWindow } from './window/window';

/** `out/`: main, preload and the pages beside each other. */
const OUT = dirname(dirname(fileURLToPath(import.meta.url)));
const RESOURCES = join(dirname(OUT), 'resources');
/** How often it is looked whether somebody is still there. */
const IDLE_CHECK_MS = 5_000;
/** More crashes of the page than this in a minute, and loading it again does not help. */
const MAX_WINDOW_CRASHES = 3;

const options = readStartOptions(process.argv, process.env);
const folders = foldersFor(options);
// Language and theme of the sign-in: the profile's own cannot be read before it.
const settingsFile = join(folders.window, 'settings.json');
const log = openLog(folders.logs);
const mark = new SafeModeMark(join(folders.window, 'safe-mode'));
const safeMode = options.safeMode || mark.isSet();

// All of this must be said before Electron is ready.
app.setName('Netra');
app.setPath('userData', folders.window);
app.setPath('sessionData', folders.window);
app.setPath('crashDumps', join(folders.window, 'crashes'));
// Chromium's own words are few: its date fields, which follow this, put the day before the month as the rest of the window does.
app.commandLine.appendSwitch('lang', 'en-GB');
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

function firstSettings(): Settings {
  const kept = readKeptSettings(settingsFile);
  if (kept !== null) return kept;
  const wanted = app.getPreferredSystemLanguages().map((language) => language.slice(0, 2));
  const [locale = 'en'] = wanted.flatMap((code) => LOCALES.filter((one) => one === code));
  return { locale, theme: 'system' };
}

async function start(): Promise<void> {
  await app.whenReady();
  log.event('start', { version: app.getVersion(), electron: process.versions.electron, safeMode, platform: process.platform });

  const demonstration = folders.demo === null ? null : await startDemonstration(folders.demo, log);
  let window: BrowserWindow | null = null;

  const desktop = new Desktop({
    version: app.getVersion(),
    safeMode,
    firstSettings: firstSettings(),
    profileFolder: folders.profile,
    openDesk: (vault) =>
      openDesk({
        profileFolder: folders.profile,
        vault,
        spawnEngine: utilityEngine(join(OUT, 'main/engine.js'), log),
        spawnTraining: utilityTraining(join(OUT, 'main/training.js'), log),
        workerEntry: join(OUT, 'main/worker.js'),
        resourcesFolder: RESOURCES,
        firstSettings: firstSettings(),
      }),
    care: careFor({ profileFolder: folders.profile, logFolder: folders.logs, window: () => window, relaunch }),
    push: (event, payload) => {
      push(event, payload);
      if (event === 'statusChanged') followStatus(desktop.status());
    },
    newId: uuid,
    log,
    quit: () => {
      app.quit();
    },
    demo: demonstration,
  });
  const closing = new Closing({ desktop, demonstration, window: () => window, log });

  const followStatus = statusFollower(settingsFile, (locale) => {
    setMenu(
      {
        locale,
        safeMode,
        openFolder: () => {
          push('command', { name: 'open-folder' });
        },
        lock: () => {
          desktop.people.lock();
        },
        showLogs: () => void shell.openPath(folders.logs),
        restartWithSafeMode: (on) => {
          if (!on) mark.clear();
          relaunch(null, on);
        },
      },
      !app.isPackaged,
    );
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
      { resourcesFolder: RESOURCES, workerEntry: join(OUT, 'main/worker.js'), profileFolder: folders.profile },
    ),
    (channel) => {
      permit(desktop.people, channel);
    },
    log,
  );

  function relaunch(profile: string | null, withSafeMode: boolean): void {
    const args = process.argv
      .slice(1)
      .filter((argument, index, all) => argument !== '--safe-mode' && !argument.startsWith('--profile') && all[index - 1] !== '--profile');
    app.relaunch({ args: [...args, `--profile=${profile ?? folders.profile}`, ...(withSafeMode ? ['--safe-mode'] : [])] });
    app.quit();
  }

  const crashes: number[] = [];
  function showWindow(): BrowserWindow {
    const opened = openWindow({
      stateFile: join(folders.window, 'window.json'),
      preload: join(OUT, 'preload/index.cjs'),
      session,
      dark: nativeTheme.shouldUseDarkColors,
      log,
      mayClose: () => {
        if (closing.quitting) return true;
        void closing.quit();
        return false;
      },
      onCrash: () => {
        crashes.push(Date.now());
        if (crashes.filter((at) => Date.now() - at < 60_000).length > MAX_WINDOW_CRASHES) {
          void closing.quit(true);
          return;
        }
        desktop.setNotice({ code: 'window-restarted', params: {} });
        opened.webContents.reload();
      },
    });
    // Keys, mouse and touch as they come in: what the page itself says about it is not asked.
    opened.webContents.on('input-event', () => {
      desktop.people.touch();
    });
    opened.on('closed', () => {
      if (window === opened) window = null;
    });
    window = opened;
    return opened;
  }

  closing.listen();
  app.on('second-instance', () => {
    if (window === null) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('child-process-gone', (_event, details) => {
    log.event('process.gone', { type: details.type, reason: details.reason, exitCode: details.exitCode });
    if (details.type === 'GPU' && details.reason !== 'clean-exit' && details.reason !== 'killed') mark.set();
  });
  // A mistake of ours in one corner must not take the work in progress down with it.
  process.on('uncaughtException', (thrown) => {
    log.error('uncaught', thrown);
  });
  process.on('unhandledRejection', (thrown) => {
    log.error('unhandled', thrown);
  });

  setInterval(() => {
    desktop.people.lockIfIdle();
    desktop.lookAtClock();
    void desktop.newKey.followPlan();
  }, IDLE_CHECK_MS);
  // The lid is shut, or the computer's own lock came first.
  for (const event of ['suspend', 'lock-screen'] as const) {
    powerMonitor.on(event as 'suspend', () => {
      desktop.people.lock();
    });
  }

  followStatus(desktop.status());
  showWindow();
  await desktop.profile.open();
}
