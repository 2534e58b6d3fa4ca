import type { App, Session } from 'electron';
import { APP_SCHEME } from '../../shared/ipc/images';

/** `blob:` and `data:` never leave the page; developer tools exist only in development. */
const LOCAL_SCHEMES = [`${APP_SCHEME}:`, 'blob:', 'data:', 'devtools:'];

/** True for what stays inside the application. */
export function isLocalRequest(url: string): boolean {
  return LOCAL_SCHEMES.some((scheme) => url.startsWith(scheme));
}

/**
 * Item 1, and more: not only no insecure content but none at all from outside. Whatever asks for another address is refused.
 * https://www.electronjs.org/docs/latest/tutorial/security#1-only-load-secure-content
 * @param onRequest told of every request and whether it was let through; counted by a test
 */
export function refuseNetwork(session: Session, onRequest: (url: string, allowed: boolean) => void): void {
  session.webRequest.onBeforeRequest((details, callback) => {
    const allowed = isLocalRequest(details.url);
    onRequest(details.url, allowed);
    callback({ cancel: !allowed });
  });
}

/** Chromium's own errands, before any session exists: no name is ever looked up, no proxy asked for, nothing updated or reported. */
export function silenceChromium(app: App): void {
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('no-proxy-server');
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.commandLine.appendSwitch('disable-domain-reliability');
  app.commandLine.appendSwitch('disable-breakpad');
  app.commandLine.appendSwitch('disable-sync');
  app.commandLine.appendSwitch('no-pings');
  app.commandLine.appendSwitch(
    'disable-features',
    'MediaRouter,OptimizationHints,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater',
  );
}
