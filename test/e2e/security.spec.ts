import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { paintCamp } from './helpers/photographs';
import { expect, finished, type Netra, ready, start, startRun, test } from './helpers/netra';

/** Electron's security checklist, item by item, on the running program. The pure parts: test/unit/main/security. */
test.describe('the window', () => {
  // One window for all of them: none changes it, and a start takes seconds.
  let netra: Netra;
  let profileFolder: string;
  test.beforeAll(async () => {
    profileFolder = mkdtempSync(join(tmpdir(), 'netra-e2e-'));
    netra = await start({ profile: join(profileFolder, 'profile') });
  });
  test.afterAll(async () => {
    await netra.app.close();
    rmSync(profileFolder, { recursive: true, force: true });
  });

  /** What happens when the page fetches an address. */
  function status(page: Page, url: string): Promise<number | string> {
    return page.evaluate(
      (address) =>
        fetch(address).then(
          (response) => response.status,
          () => 'refused',
        ),
      url,
    );
  }

  test('is sandboxed and isolated, without Node (items 2, 3, 4, 6, 8 to 11)', async () => {
    const preferences = await netra.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    const globals = await netra.page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => name in window),
    );
    expect(globals).toEqual([]);
  });

  test('gets one global with three functions and nothing of Electron (item 20)', async () => {
    expect(await netra.page.evaluate(() => Object.keys((window as unknown as { netra: object }).netra).sort())).toEqual([
      'invoke',
      'pathOf',
      'subscribe',
    ]);
  });

  test('gets no permission (item 5)', async () => {
    const granted = await netra.page.evaluate(async () => {
      const notifications = await Notification.requestPermission();
      const camera = await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'granted',
        () => 'denied',
      );
      const place = await new Promise((tell) => {
        navigator.geolocation.getCurrentPosition(
          () => tell('granted'),
          () => tell('denied'),
        );
      });
      const clipboard = await navigator.clipboard.readText().then(
        () => 'granted',
        () => 'denied',
      );
      return { notifications, camera, place, clipboard };
    });
    expect(granted).toEqual({ notifications: 'denied', camera: 'denied', place: 'denied', clipboard: 'denied' });
  });

  test('runs no inline and no evaluated code (item 7)', async () => {
    const ran = await netra.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.head.append(script);
      // Later, so that it is the page's own doing and not the test's, to which the policy does not apply.
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- this is what must not run
      setTimeout('window.evaluatedRan = true', 0);
      await new Promise((wait) => setTimeout(wait, 50));
      return { inline: 'inlineRan' in window, evaluated: 'evaluatedRan' in window };
    });
    expect(ran).toEqual({ inline: false, evaluated: false });
    const headers = await netra.page.evaluate(async () => {
      const response = await fetch('app://netra/index.html');
      return Object.fromEntries([...response.headers].map(([name, value]) => [name, value]));
    });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
  });

  test('embeds nothing (items 11 and 12)', async () => {
    const embedded = await netra.page.evaluate(async () => {
      const view = document.createElement('webview');
      view.setAttribute('src', 'https://example.org');
      const frame = document.createElement('iframe');
      frame.src = 'https://example.org';
      document.body.append(view, frame);
      await new Promise((wait) => setTimeout(wait, 300));
      return { webview: 'getURL' in view, frames: window.frames.length };
    });
    expect(embedded.webview).toBe(false);
    const frames = netra.page.frames().map((frame) => frame.url());
    expect(frames.filter((url) => url.startsWith('http'))).toEqual([]);
  });

  for (const target of ['https://example.org/', 'file:///etc/passwd', 'app://image/1/full', 'data:text/html,x']) {
    test(`does not go to ${target} (item 13)`, async () => {
      await netra.page.evaluate((address) => {
        location.href = address;
      }, target);
      await netra.page.waitForTimeout(300);
      expect(netra.page.url()).toBe('app://netra/index.html');
    });
  }

  test('opens no other window and no browser (items 14 and 15)', async () => {
    const opened = await netra.page.evaluate(() => window.open('https://example.org') !== null);
    expect(opened).toBe(false);
    expect(netra.app.windows()).toHaveLength(1);
  });

  test('reaches its own pages and nothing around them (item 18)', async () => {
    expect(await status(netra.page, 'app://netra/index.html')).toBe(200);
    for (const url of [
      'app://netra/%2e%2e/main/index.js',
      'app://netra/..%2f..%2fpackage.json',
      'app://netra/nothing.js',
      'app://netra/assets',
    ]) {
      expect(await status(netra.page, url), url).toBe(404);
    }
    expect(await status(netra.page, 'app://image/00000000-0000-7000-8000-000000000000/full')).toBe(404);
    expect(await status(netra.page, 'app://image/..%2f..%2fkey/full')).toBe(404);
    expect(await status(netra.page, 'file:///etc/passwd')).toBe('refused');
    expect(await status(netra.page, 'app://other/index.html')).toBe('refused');
  });

  test('answers no question that comes from a frame (item 17)', async () => {
    const reply = await netra.app.evaluate(async ({ ipcMain, BrowserWindow }) => {
      // The registered answerer, asked as a frame inside our own page would ask.
      const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...all: unknown[]) => unknown> })._invokeHandlers;
      const sender = BrowserWindow.getAllWindows()[0]?.webContents;
      const event = { sender, senderFrame: { url: 'app://netra/index.html', parent: {} } };
      return handlers.get('netra:invoke')?.(event, 'status', {});
    });
    expect(reply).toEqual({ ok: false, error: { code: 'ipc-forbidden', params: {} } });
  });

  test('downloads nothing', async () => {
    const downloads: string[] = [];
    netra.page.on('download', (download) => downloads.push(download.url()));
    await netra.page.evaluate(() => {
      const link = document.createElement('a');
      link.href = 'data:text/plain,x';
      link.download = 'x.txt';
      document.body.append(link);
      link.click();
    });
    await netra.page.waitForTimeout(300);
    for (const url of downloads) expect(url).toMatch(/^data:/);
  });

  test('starts no crash reporter', async () => {
    const reporting = await netra.app.evaluate(({ crashReporter }) => {
      try {
        return crashReporter.getUploadToServer();
      } catch {
        return false;
      }
    });
    expect(reporting).toBe(false);
  });
});

interface NetLog {
  constants: { logEventTypes: Record<string, number> };
  events: { type: number; params?: { url?: string; host?: string; address_list?: string[] } }[];
}

test('asks nothing but app:// from its first to its last moment, while a folder is screened and looked at', async ({ launch, folder }) => {
  const file = join(folder, 'net.json');
  const netra = await launch({ switches: [`--log-net-log=${file}`] });
  await ready(netra);
  const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), 2));
  await finished(netra, id);
  const { rows } = await netra.ask('listPatients', { runId: runId ?? '', groups: [], search: '', sort: 'sickest', offset: 0, limit: 10 });
  const shown = await netra.page.evaluate(async (imageId) => {
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.src = `app://image/${imageId}/full`;
    await image.decode();
    return image.naturalWidth;
  }, rows[0]?.imageId ?? '');
  expect(shown).toBeGreaterThan(100);
  // What a page that had been taken over would try.
  const refused = await netra.page.evaluate(() =>
    Promise.all(
      ['https://example.org/', 'http://127.0.0.1:1/', 'http://[::1]:1/'].map((url) =>
        fetch(url).then(
          () => 'answered',
          () => 'refused',
        ),
      ),
    ),
  );
  expect(refused).toEqual(['refused', 'refused', 'refused']);
  const log = netra.log();
  await netra.app.close();

  const { constants, events } = JSON.parse(readFileSync(file, 'utf8')) as NetLog;
  function urlsOf(name: string): string[] {
    return events
      .filter((event) => event.type === constants.logEventTypes[name])
      .flatMap((event) => event.params?.url ?? event.params?.host ?? ['?']);
  }
  expect(urlsOf('URL_REQUEST_START_JOB').filter((url) => !url.startsWith('app://'))).toEqual([]);
  expect(urlsOf('HOST_RESOLVER_MANAGER_REQUEST')).toEqual([]);
  expect(urlsOf('TCP_CONNECT_ATTEMPT')).toEqual([]);
  expect(urlsOf('UDP_CONNECT')).toEqual([]);
  expect(log).not.toContain('example');
});
