import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { type FSWatcher, watch } from 'chokidar';

import { hasPhotographEnding } from '../screening/walk';

/** `missing`: the folder is not there now (unplugged, no network); it is looked for until it is. */
export type HotFolderState = 'off' | 'watching' | 'missing';

interface HotFolderOptions {
  folder: string;
  /** Network shares tell nobody of a new file: they are asked. */
  polling: boolean;
  /** @param older it lay there before anybody watched */
  found: (file: { path: string; folderName: string; older: boolean }) => void;
  changed: (state: HotFolderState) => void;
}

/** A camera writes a photograph in one go; on a share the last bytes may be long in coming. */
export const STABLE_MS = { local: 300, share: 1500 } as const;
const POLL_MS = 100;
const SHARE_POLL_MS = 700;
/** How often a folder is looked for that went away. */
const LOOK_MS = 1500;

/**
 * Watches the folder that a camera writes to, whatever becomes of it. A folder that disappears and returns is read anew; what was taken from it
 * before is known by its content.
 */
export class HotFolder {
  readonly #options: HotFolderOptions;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #state: HotFolderState = 'off';
  #closed = false;

  constructor(options: HotFolderOptions) {
    this.#options = options;
    void this.#look();
  }

  get state(): HotFolderState {
    return this.#state;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#stop();
  }

  async #look(): Promise<void> {
    const there = await stat(this.#options.folder).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    if (this.#closed) return;
    if (!there && this.#state !== 'missing') {
      await this.#stop();
      this.#say('missing');
    }
    if (there && this.#watcher === null) {
      this.#start();
      this.#say('watching');
    }
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #start(): void {
    const { folder, polling, found } = this.#options;
    let ready = false;
    const watcher = watch(folder, {
      usePolling: polling,
      interval: SHARE_POLL_MS,
      awaitWriteFinish: { stabilityThreshold: polling ? STABLE_MS.share : STABLE_MS.local, pollInterval: POLL_MS },
      followSymlinks: false,
      ignorePermissionErrors: true,
      // A camera's tree is shallow: day, patient, file.
      depth: 4,
    });
    const seen = (path: string): void => {
      if (!hasPhotographEnding(Buffer.from(path))) return;
      const parent = dirname(path);
      found({ path, folderName: parent === folder ? '' : basename(parent), older: !ready });
    };
    watcher.on('add', seen);
    watcher.on('change', seen);
    watcher.on('ready', () => {
      ready = true;
    });
    // The folder itself is looked after above; what else fails shows as a file that does not come.
    watcher.on('error', () => undefined);
    this.#watcher = watcher;
  }

  async #stop(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = null;
    await watcher?.close();
  }

  #say(state: HotFolderState): void {
    this.#state = state;
    this.#options.changed(state);
  }
}
