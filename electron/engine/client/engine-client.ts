import type { BackendChoice, BackendName } from '../../shared/domain/codes';
import type { AppErrorData } from '../../shared/errors';
import type { BundleFiles, EngineFacts, EngineRequestName, EngineRequests } from '../protocol';

/** What the window shows about the engine; `facts` says which backend is really in use. */
export type EngineState =
  | { kind: 'starting' }
  | { kind: 'ready'; facts: EngineFacts | null }
  | { kind: 'restarting'; attempt: number; delayMs: number }
  | { kind: 'failed'; error: AppErrorData }
  | { kind: 'closed' };

export interface RequestOptions {
  /** Aborting rejects with `cancelled` at once and tells the engine to drop the work. */
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface LoadOptions {
  bundle: BundleFiles;
  backend: BackendChoice;
  /** For `auto`: tried one after the other, best first (see `backendOrder` in backend-checks.ts). */
  order: readonly BackendName[];
  /** CPU threads for inference. */
  threads: number;
}

/** The supervised engine: the only thing services know of the ML process. */
export interface EngineClient {
  readonly state: EngineState;
  /** @returns a function that ends the subscription */
  onState(listener: (state: EngineState) => void): () => void;
  /**
   * Loads a model on one backend and remembers it: after a restart the supervisor loads it again by itself.
   * With `auto` a backend that fails, or crashes its process, gives way to the next of the order.
   * @throws AppError backend-unavailable, bundle-*, engine-unavailable
   */
  load(options: LoadOptions): Promise<EngineFacts>;
  /**
   * Waits its turn when `capacity` requests are under way (see `whenFree`), and through a restart.
   * @throws AppError engine-crashed when the process died while it worked on this one (the caller may try
   *   again: `retryAfterCrash`), engine-unavailable when it cannot be started, cancelled, or what the engine answered
   */
  request<K extends EngineRequestName>(
    name: K,
    input: EngineRequests[K]['input'],
    options?: RequestOptions,
  ): Promise<EngineRequests[K]['output']>;
  /** Requests that the process works on at the same time: more than one, so that one image is decoded while another is in the network. */
  readonly capacity: number;
  /** Resolves when a request made now would be sent at once: await it before reading the next file, and memory stays flat. */
  whenFree(): Promise<void>;
  /** Ends the process; what is under way is rejected with `cancelled`. */
  close(): Promise<void>;
}
