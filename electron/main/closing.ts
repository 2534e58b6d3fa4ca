import type { BrowserWindow } from 'electron';
import { app } from 'electron';
import type { Desktop } from './desktop';
import type { Log } from './log';
import type { Demonstration } from './start/demonstration';
import { askToStop } from './window/dialogs';

export interface ClosingOptions {
  desktop: Desktop;
  demonstration: Demonstration | null;
  window: () => BrowserWindow | null;
  log: Log;
}

/** The one way out of the program: stops what is under way, with the person's consent, and leaves nothing half written. */
export class Closing {
  readonly #options: ClosingOptions;
  /** Set when the person has agreed to stop, or there was nothing to stop. */
  #quitting = false;
  #asking = false;

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  get quitting(): boolean {
    return this.#quitting;
  }

  async quit(withoutAsking = false): Promise<void> {
    if (this.#quitting || this.#asking) return;
    const { desktop, demonstration, window, log } = this.#options;
    if (desktop.tasks.running().length > 0 && !withoutAsking) {
      this.#asking = true;
      const stop = await askToStop(window(), desktop.status().settings.locale);
      this.#asking = false;
      if (!stop) return;
    }
    this.#quitting = true;
    demonstration?.stop();
    log.event('quit', { running: desktop.tasks.running().length });
    // Gone at once, its place kept; what is under way ends behind it.
    window()?.close();
    try {
      await desktop.close();
    } catch (thrown) {
      log.error('quit', thrown);
    }
    demonstration?.remove();
    app.exit(0);
  }

  /** However the end comes: from the menu, the last window, or the system. */
  listen(): void {
    app.on('before-quit', (event) => {
      if (this.#quitting) return;
      event.preventDefault();
      void this.quit();
    });
    app.on('window-all-closed', () => {
      void this.quit();
    });
    process.on('SIGTERM', () => void this.quit(true));
    process.on('SIGINT', () => void this.quit(true));
  }
}
