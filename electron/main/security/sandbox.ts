import type { App } from 'electron';

type AppFacts = Pick<App, 'isPackaged' | 'commandLine'>;

/**
 * Item 4: every renderer is sandboxed, whatever its preferences say.
 * https://www.electronjs.org/docs/latest/tutorial/security#4-enable-process-sandboxing
 */
export function enforceSandbox(app: App): void {
  // As root Chromium starts no process inside its sandbox (a build server): the windows' own preferences still ask for one.
  if (!isRootWithoutSandbox(app, process.getuid?.())) app.enableSandbox();
}

function isRootWithoutSandbox(app: AppFacts, userId: number | undefined): boolean {
  return userId === 0 && app.commandLine.hasSwitch('no-sandbox');
}

/**
 * A release does not run with `--no-sandbox`: a launcher that adds it takes the wall away unnoticed. Only for root, where Chromium
 * does not start at all otherwise (a build server), it is let through.
 * @returns true when the program must not go on
 */
export function refuseUnsandboxedRelease(app: AppFacts, userId: number | undefined = process.getuid?.()): boolean {
  return app.isPackaged && app.commandLine.hasSwitch('no-sandbox') && !isRootWithoutSandbox(app, userId);
}
