import type { App } from 'electron';

/**
 * Item 4: every renderer is sandboxed, whatever its preferences say.
 * https://www.electronjs.org/docs/latest/tutorial/security#4-enable-process-sandboxing
 */
export function enforceSandbox(app: App): void {
  app.enableSandbox();
}

/**
 * A release does not run with `--no-sandbox`: a launcher that adds it takes the wall away unnoticed. Only for root, where Chromium
 * does not start at all otherwise (a build server), it is let through.
 * @returns true when the program must not go on
 */
export function refuseUnsandboxedRelease(
  app: Pick<App, 'isPackaged' | 'commandLine'>,
  userId: number | undefined = process.getuid?.(),
): boolean {
  return app.isPackaged && userId !== 0 && app.commandLine.hasSwitch('no-sandbox');
}
