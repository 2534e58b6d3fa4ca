import { AppError, type AppErrorData, toAppError } from '../../shared/errors';
import type { BackendName } from '../../shared/domain/codes';
import type { EngineFacts, EngineRequestName, EngineRequests, FromEngine, ToEngine } from '../protocol';
import type { EngineClient, EngineState, LoadOptions, RequestOptions } from './engine-client';
import type { EngineTransport, SpawnEngine } from './transport';

export interface SupervisorOptions {
  spawn: SpawnEngine;
  /** Requests under way at the same time; enough to overlap decoding with inference. */
  capacity?: number;
  /** Waiting time before the first, second, ... restart in a row, milliseconds; when they are used up the engine has failed. */
  backOffMs?: readonly number[];
  /** How long one photograph may take before the process is taken for hung and ended, milliseconds. */
  hungAfterMs?: number;
}

interface Job {
  id: number;
  name: EngineRequestName;
  input: unknown;
  options: RequestOptions;
  resolve: (output: never) => void;
  reject: (error: AppError) => void;
  onAbort: (() => void) | null;
  watchdog: NodeJS.Timeout | null;
}

const DEFAULT_CAPACITY = 3;
/** A hundred times what the slowest backend needs for the largest photograph. */
const DEFAULT_HUNG_AFTER_MS = 120_000;
const DEFAULT_BACK_OFF_MS = [0, 200, 1000, 3000, 10_000] as const;

/**
 * Keeps one engine process alive. A process that dies fails what was in flight with `engine-crashed`, is
 * started again after a pause that grows while nothing succeeds, and gets its model back before it gets work.
 */
export function superviseEngine(options: SupervisorOptions): EngineClient {
  return new Supervisor(options);
}

class Supervisor implements EngineClient {
  readonly capacity: number;
  readonly #spawn: SpawnEngine;
  readonly #backOffMs: readonly number[];
  readonly #hungAfterMs: number;
  readonly #listeners = new Set<(state: EngineState) => void>();
  readonly #inFlight = new Map<number, Job>();
  readonly #waiting: Job[] = [];
  #freeWaiters: (() => void)[] = [];
  #state: EngineState = { kind: 'starting' };
  #transport: EngineTransport | null = null;
  #timer: NodeJS.Timeout | null = null;
  #nextId = 1;
  #failuresInARow = 0;
  /** What to load after a restart: the options, narrowed to the backend that worked. */
  #loaded: { options: LoadOptions; backend: BackendName } | null = null;
  /** Set while a model is loaded by `load` or after a restart: ordinary work waits. */
  #loading = false;
  #exitWaiters: (() => void)[] = [];
  #hasGreeted = false;
  #lastWords = '';

  constructor(options: SupervisorOptions) {
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#spawn = options.spawn;
    this.#backOffMs = options.backOffMs ?? DEFAULT_BACK_OFF_MS;
    this.#hungAfterMs = options.hungAfterMs ?? DEFAULT_HUNG_AFTER_MS;
    this.#start();
  }

  get state(): EngineState {
    return this.#state;
  }

  onState(listener: (state: EngineState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async load(options: LoadOptions): Promise<EngineFacts> {
    const candidates = options.backend === 'auto' ? options.order : [options.backend];
    let lastError = new AppError('backend-unavailable', { backend: options.backend });
    this.#loading = true;
    try {
      for (const backend of candidates) {
        try {
          const facts = await this.#loadOn(options, backend);
          this.#loaded = { options, backend };
          this.#failuresInARow = 0;
          this.#setState({ kind: 'ready', facts });
          return facts;
        } catch (thrown) {
          lastError = toAppError(thrown);
          // A damaged or foreign bundle is that on every backend.
          if (lastError.code.startsWith('bundle-') || lastError.code === 'engine-unavailable' || lastError.code === 'cancelled')
            throw lastError;
        }
      }
      throw lastError.code === 'engine-crashed' ? new AppError('backend-unavailable', { backend: options.backend }, lastError) : lastError;
    } finally {
      this.#loading = false;
      this.#pump();
    }
  }

  #loadOn(options: LoadOptions, backend: BackendName): Promise<EngineFacts> {
    return this.#enqueue('load', { bundle: options.bundle, backend, threads: options.threads }, {}, true);
  }

  request<K extends EngineRequestName>(
    name: K,
    input: EngineRequests[K]['input'],
    options: RequestOptions = {},
  ): Promise<EngineRequests[K]['output']> {
    return this.#enqueue(name, input, options, false);
  }

  whenFree(): Promise<void> {
    if (this.#isFree() || this.#isOver()) return Promise.resolve();
    return new Promise((resolve) => this.#freeWaiters.push(resolve));
  }

  async close(): Promise<void> {
    if (this.#state.kind === 'closed') return;
    this.#setState({ kind: 'closed' });
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#rejectAll(new AppError('cancelled'));
    const transport = this.#transport;
    if (transport === null) return;
    const exited = new Promise<void>((resolve) => this.#exitWaiters.push(resolve));
    transport.kill();
    await exited;
  }

  #enqueue<K extends EngineRequestName>(
    name: K,
    input: EngineRequests[K]['input'],
    options: RequestOptions,
    first: boolean,
  ): Promise<EngineRequests[K]['output']> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted === true) return reject(new AppError('cancelled'));
      if (this.#state.kind === 'closed') return reject(new AppError('cancelled'));
      if (this.#state.kind === 'failed') return reject(new AppError(this.#state.error.code, this.#state.error.params));
      const job: Job = { id: this.#nextId++, name, input, options, resolve: resolve, reject, onAbort: null, watchdog: null };
      if (options.signal !== undefined) {
        const signal = options.signal;
        const abort = (): void => this.#cancel(job);
        signal.addEventListener('abort', abort, { once: true });
        job.onAbort = () => signal.removeEventListener('abort', abort);
      }
      if (first) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#pump();
    });
  }

  #isOver(): boolean {
    return this.#state.kind === 'failed' || this.#state.kind === 'closed';
  }

  #isFree(): boolean {
    return (
      this.#transport !== null &&
      !this.#loading &&
      this.#state.kind === 'ready' &&
      this.#inFlight.size + this.#waiting.length < this.capacity
    );
  }

  #setState(state: EngineState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
    if (this.#isOver()) this.#releaseWaiters();
  }

  #releaseWaiters(): void {
    const waiters = this.#freeWaiters;
    this.#freeWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #start(): void {
    this.#timer = null;
    const transport = this.#spawn();
    let hasExited = false;
    transport.onMessage((message) => {
      if (!hasExited && this.#transport === transport) this.#receive(message);
    });
    transport.onExit(({ lastWords }) => {
      hasExited = true;
      this.#lastWords = lastWords;
      this.#exited();
    });
    this.#transport = transport;
  }

  #receive(message: FromEngine): void {
    if (message.kind === 'ready') {
      this.#hasGreeted = true;
      this.#greeted();
      return;
    }
    const job = this.#inFlight.get(message.id);
    if (job === undefined) return;
    if (message.kind === 'progress') {
      job.options.onProgress?.(message.done, message.total);
      return;
    }
    this.#finish(job);
    if (message.kind === 'result') {
      // A model that loads and then falls over its first image is still failing.
      if (job.name !== 'load') this.#failuresInARow = 0;
      job.resolve(message.output as never);
    } else {
      job.reject(new AppError(message.error.code, message.error.params));
    }
    this.#pump();
  }

  /** The process is up: give it its model back, then its work. */
  #greeted(): void {
    const loaded = this.#loaded;
    if (loaded === null || this.#loading) {
      this.#setState({ kind: 'ready', facts: null });
      this.#pump();
      return;
    }
    this.#loading = true;
    // `#pump` sends only `load` while the state is not ready.
    this.#loadOn(loaded.options, loaded.backend)
      .then((facts) => {
        this.#loading = false;
        this.#setState({ kind: 'ready', facts });
        this.#pump();
      })
      .catch((thrown: unknown) => {
        this.#loading = false;
        const error = toAppError(thrown);
        if (error.code !== 'engine-crashed' && !this.#isOver()) this.#fail(error.toData());
      });
    this.#pump(true);
  }

  /** Sends what may be sent: while a model is being loaded, that alone. */
  #pump(greeted = this.#state.kind === 'ready'): void {
    const transport = this.#transport;
    if (transport === null || !greeted) return;
    while (this.#inFlight.size < this.capacity) {
      const next = this.#waiting.findIndex((job) => !this.#loading || job.name === 'load');
      const job = this.#waiting[next];
      if (job === undefined) break;
      this.#waiting.splice(next, 1);
      this.#inFlight.set(job.id, job);
      // Only photographs have a known longest time; a training may think for hours.
      if (job.name === 'screen') job.watchdog = setTimeout(() => transport.kill(), this.#hungAfterMs);
      transport.send({ kind: 'request', id: job.id, name: job.name, input: job.input } as ToEngine);
    }
    if (this.#isFree()) this.#releaseWaiters();
  }

  #cancel(job: Job): void {
    const place = this.#waiting.indexOf(job);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (this.#inFlight.has(job.id)) this.#transport?.send({ kind: 'cancel', id: job.id });
    this.#finish(job);
    job.reject(new AppError('cancelled'));
    this.#pump();
  }

  #finish(job: Job): void {
    this.#inFlight.delete(job.id);
    if (job.watchdog !== null) clearTimeout(job.watchdog);
    job.onAbort?.();
  }

  #exited(): void {
    this.#transport = null;
    for (const resolve of this.#exitWaiters) resolve();
    this.#exitWaiters = [];
    if (this.#isOver()) return;
    for (const job of [...this.#inFlight.values()]) {
      this.#finish(job);
      job.reject(new AppError('engine-crashed', {}, this.#lastWords));
    }
    const delayMs = this.#backOffMs[this.#failuresInARow];
    this.#failuresInARow += 1;
    // What never came up once will not come up the fifth time either.
    if (delayMs === undefined || (!this.#hasGreeted && this.#failuresInARow > 1)) {
      this.#fail({ code: 'engine-unavailable', params: { detail: lastLine(this.#lastWords) } });
    } else {
      this.#setState({ kind: 'restarting', attempt: this.#failuresInARow, delayMs });
      this.#timer = setTimeout(() => this.#start(), delayMs);
    }
  }

  #fail(error: AppErrorData): void {
    this.#setState({ kind: 'failed', error });
    this.#rejectAll(new AppError(error.code, error.params));
  }

  #rejectAll(error: AppError): void {
    for (const job of [...this.#waiting, ...this.#inFlight.values()]) {
      this.#finish(job);
      job.reject(error);
    }
    this.#waiting.length = 0;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
