import { describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../../../electron/main/security/content-security-policy';
import { isTrustedSender } from '../../../../electron/main/security/ipc-sender';
import { isOwnPage } from '../../../../electron/main/security/navigation';
import { isLocalRequest } from '../../../../electron/main/security/no-network';
import { pageFile } from '../../../../electron/main/security/own-protocol';
import { refuseUnsandboxedRelease } from '../../../../electron/main/security/sandbox';
import { securePreferences } from '../../../../electron/main/security/web-preferences';

describe('own pages (items 13 and 17)', () => {
  it.each(['app://netra/', 'app://netra/index.html', 'app://netra'])('%s is ours', (url) => {
    expect(isOwnPage(url)).toBe(true);
  });
  it.each([
    'app://netra.example/',
    'app://netra@example/',
    'app://image/1/full',
    'https://netra/',
    'file:///netra',
    'APP://netra/',
    'about:blank',
    'data:text/html,x',
    'javascript:alert(1)',
    '',
  ])('%s is not', (url) => {
    expect(isOwnPage(url)).toBe(false);
    expect(isTrustedSender({ url, parent: null })).toBe(false);
  });
});

describe('pages on disk (item 18)', () => {
  it('maps an address to its file', () => {
    expect(pageFile('app://netra/', '/app/renderer')).toBe('/app/renderer/index.html');
    expect(pageFile('app://netra/assets/a.js?v=1#x', '/app/renderer')).toBe('/app/renderer/assets/a.js');
  });
  it.each([
    'app://netra/../main/index.js',
    'app://netra/%2e%2e/main/index.js',
    'app://netra/..%2fmain/index.js',
    'app://netra/assets/../../main/index.js',
    'app://netra/..\\main\\index.js',
    'app://netra/%00',
    'app://netra/%',
    'app://netra/..',
    'app://netra/../renderer-other/x.js',
    'app://other/index.html',
    'file:///etc/passwd',
  ])('%s is no page', (url) => {
    expect(pageFile(url, '/app/renderer')).toBeNull();
  });
});

describe('requests (item 1)', () => {
  it.each(['app://netra/index.html', 'app://image/1/full', 'blob:app://netra/1', 'data:image/png;base64,'])('%s is local', (url) => {
    expect(isLocalRequest(url)).toBe(true);
  });
  it.each(['https://example.org', 'http://localhost:5173', 'ws://x', 'file:///etc/passwd', 'ftp://x', 'chrome://gpu', 'apps://x'])(
    '%s is refused',
    (url) => {
      expect(isLocalRequest(url)).toBe(false);
    },
  );
});

describe('the content security policy (item 7)', () => {
  it('begins with nothing and names no other origin, no inline and no evaluated code', () => {
    expect(CONTENT_SECURITY_POLICY).toMatch(/^default-src 'none'/);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*|wss?:|file:/);
  });
});

describe('web preferences (items 2 to 4, 6, 8 to 11)', () => {
  it('are the safe ones, every one written out', () => {
    expect(securePreferences('/p', 'netra')).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    });
    expect(securePreferences('/p', 'netra')).not.toHaveProperty('enableBlinkFeatures');
  });
});

describe('a release without its sandbox (item 4)', () => {
  function release(isPackaged: boolean, hasSwitch: boolean) {
    return { isPackaged, commandLine: { hasSwitch: () => hasSwitch } } as unknown as Parameters<typeof refuseUnsandboxedRelease>[0];
  }
  it('does not start for a user', () => {
    expect(refuseUnsandboxedRelease(release(true, true), 1000)).toBe(true);
  });
  it('starts for root, on a build server, and with its sandbox', () => {
    expect(refuseUnsandboxedRelease(release(true, true), 0)).toBe(false);
    expect(refuseUnsandboxedRelease(release(true, false), 1000)).toBe(false);
  });
});
