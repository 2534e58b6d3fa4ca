import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { EngineState } from '../../../../electron/engine/client/engine-client';
import { retryAfterCrash } from '../../../../electron/engine/client/retry';
import { superviseEngine } from '../../../../electron/engine/client/supervisor';
import type { EngineExit, EngineTransport } from '../../../../electron/engine/client/transport';
import type { EngineFacts, FromEngine, ToEngine } from '../../../../electron/engine/protocol';
import type { BackendName } from '../../../../electron/shared/domain/codes';
import { AppError } from '../../../../electron/shared/errors';
import { tinyBundle } from '../../../helpers/tiny-model';

/** A process that does what the test tells it; `say` is its voice, `die` its end. */
class FakeProcess implements EngineTransport {
  readonly pid = 1;
  readonly heard: ToEngine[] = [];
  #listener: (message: FromEngine) => void = () => undefined;
  #exit: (exit: EngineExit) => void = () => undefined;
  onHear: (message: ToEngine) => void = () => undefined;

  send(message: ToEngine): void {
    this.heard.push(message);
    this.onHear(message);
  }
  onMessage(listener: (message: FromEngine) => void): void {
    this.#listener = listener;
  }
  onExit(listener: (exit: EngineExit) => void): void {
    this.#exit = listener;
  }
  kill(): void {
    this.die();
  }
  say(message: FromEngine): void {
    this.#listener(message);
  }
  die(): void {
    this.#exit({ code: null, signal: 'SIGKILL', lastWords: 'out of memory' });
  }
  requests(name: string): Extract<ToEngine, { kind: 'request' }>[] {
    return this.heard.filter((message) => message.kind === 'request' && message.name === name) as Extract<ToEngine, { kind: 'request' }>[];
  }
}

function facts(backend: BackendName): EngineFacts {
  return { backend, device: 'fake', modelId: 'm', preprocessing: 'p', gate: 'g', readyMs: 1 };
}

interface Fixture {
  engine: ReturnType<typeof superviseEngine>;
  processes: FakeProcess[];
  states: EngineState[];
  current: () => FakeProcess;
}

/** @param behave what each process does with what it hears; by default it loads whatever it is given */
function supervised({
  capacity = 2,
  behave = loads,
  backOffMs = [0, 5, 10],
  hungAfterMs,
}: { capacity?: number; behave?: (process: FakeProcess) => void; backOffMs?: number[]; hungAfterMs?: number } = {}): Fixture {
  const processes: FakeProcess[] = [];
  const states: EngineState[] = [];
  const engine = superviseEngine({
    capacity,
    backOffMs,
    ...(hungAfterMs === undefined ? {} : { hungAfterMs }),
    spawn() {
      const process = new FakeProcess();
      processes.push(process);
      behave(process);
      return process;
    },
  });
  engine.onState((state) => states.push(state));
  return { engine, processes, states, current: () => processes.at(-1) as FakeProcess };
}

function loads(process: FakeProcess): void {
  process.onHear = (message) => {
    if (message.kind === 'request' && message.name === 'load')
      queueMicrotask(() => process.say({ kind: 'result', id: message.id, output: facts(message.input.backend) }));
  };
  setTimeout(() => process.say({ kind: 'ready' }));
}

const bundle = tinyBundle().files;
const load = { bundle, backend: 'onnx', order: [], threads: 1 } as const;
const bytes = new Uint8Array(4);
const answer = {} as never;

describe('the supervisor of an engine process', () => {
  it('says on which backend the model really runs', async () => {
    const { engine, states } = supervised();
    expect(await engine.load(load)).toEqual(facts('onnx'));
    expect(states.at(-1)).toEqual({ kind: 'ready', facts: facts('onnx') });
  });

  it('fails what is in flight with engine-crashed, starts again, loads the model and goes on', async () => {
    const { engine, processes, states, current } = supervised();
    await engine.load(load);
    const first = engine.request('screen', { bytes });
    const waiting = [engine.request('screen', { bytes }), engine.request('screen', { bytes })];
    waiting[0]?.catch(() => undefined);
    current().die();
    await expect(first).rejects.toMatchObject({ code: 'engine-crashed' });
    await expect(waiting[0]).rejects.toMatchObject({ code: 'engine-crashed' });
    await vi.waitFor(() => expect(current().requests('screen')).toHaveLength(1));
    expect(processes).toHaveLength(2);
    expect(current().requests('load')).toHaveLength(1);
    expect(states.map((state) => state.kind)).toContain('restarting');
    current().say({ kind: 'result', id: current().requests('screen')[0]?.id ?? -1, output: answer });
    await waiting[1];
  });

  it('does crashed work again for a caller that asks so, at most three times', async () => {
    let attempts = 0;
    const crash = (): Promise<never> => {
      attempts += 1;
      return Promise.reject(new AppError('engine-crashed'));
    };
    await expect(retryAfterCrash(crash)).rejects.toMatchObject({ code: 'engine-crashed' });
    expect(attempts).toBe(3);
    await expect(retryAfterCrash(() => Promise.reject(new AppError('image-empty')))).rejects.toMatchObject({ code: 'image-empty' });
  });

  it('waits longer after each crash in a row, and gives up in the end', async () => {
    const { engine, states, processes } = supervised({
      behave(process) {
        loads(process);
        const hear = process.onHear;
        process.onHear = (message) => {
          hear(message);
          if (message.kind === 'request' && message.name === 'screen') process.die();
        };
      },
    });
    await engine.load(load);
    for (let crash = 0; crash < 4; crash += 1)
      await expect(engine.request('screen', { bytes })).rejects.toMatchObject({ code: 'engine-crashed' });
    expect(states.filter((state) => state.kind === 'restarting').map((state) => state.delayMs)).toEqual([0, 5, 10]);
    expect(processes).toHaveLength(4);
    expect(engine.state).toEqual({ kind: 'failed', error: { code: 'engine-unavailable', params: { detail: 'out of memory' } } });
    await expect(engine.request('screen', { bytes })).rejects.toMatchObject({ code: 'engine-unavailable' });
  });

  it('ends a process that hangs over a photograph, and starts another', async () => {
    const { engine, processes } = supervised({ hungAfterMs: 20 });
    await engine.load(load);
    await expect(engine.request('screen', { bytes })).rejects.toMatchObject({ code: 'engine-crashed' });
    await vi.waitFor(() => expect(processes).toHaveLength(2));
  });

  it('does not try long with a process that never comes up', async () => {
    const { engine, processes } = supervised({ behave: (process) => setTimeout(() => process.die()) });
    await expect(engine.load(load)).rejects.toMatchObject({ code: 'engine-unavailable' });
    expect(processes).toHaveLength(2);
  });

  it('goes to the next backend of auto when one fails, and when one takes the process along', async () => {
    const { engine } = supervised({
      behave(process) {
        loads(process);
        const hear = process.onHear;
        process.onHear = (message) => {
          if (message.kind === 'request' && message.name === 'load' && message.input.backend === 'onnx') {
            process.say({ kind: 'error', id: message.id, error: { code: 'backend-unavailable', params: {} } });
          } else if (message.kind === 'request' && message.name === 'load' && message.input.backend === 'tensorflow') process.die();
          else hear(message);
        };
      },
    });
    const loaded = await engine.load({ ...load, backend: 'auto', order: ['onnx', 'tensorflow', 'wasm'] });
    expect(loaded.backend).toBe('wasm');
  });

  it('does not try other backends with a bundle that is damaged', async () => {
    const { engine, current } = supervised({
      behave(process) {
        setTimeout(() => process.say({ kind: 'ready' }));
        process.onHear = (message) => {
          if (message.kind === 'request') process.say({ kind: 'error', id: message.id, error: { code: 'bundle-damaged', params: {} } });
        };
      },
    });
    await expect(engine.load({ ...load, backend: 'auto', order: ['onnx', 'wasm'] })).rejects.toMatchObject({ code: 'bundle-damaged' });
    expect(current().requests('load')).toHaveLength(1);
  });

  it('sends no more than its capacity, and says when there is room', async () => {
    const { engine, current } = supervised({ capacity: 2 });
    await engine.load(load);
    const all = [1, 2, 3].map(() => engine.request('screen', { bytes }));
    expect(current().requests('screen')).toHaveLength(2);
    let free = false;
    const room = engine.whenFree().then(() => (free = true));
    await wait(5);
    expect(free).toBe(false);
    for (let i = 0; i < 3; i += 1) current().say({ kind: 'result', id: current().requests('screen')[i]?.id ?? -1, output: answer });
    await Promise.all([...all, room]);
  });

  it('drops a cancelled request at once and tells the process', async () => {
    const { engine, current } = supervised({ capacity: 1 });
    await engine.load(load);
    const controller = new AbortController();
    const sent = engine.request('screen', { bytes }, { signal: controller.signal });
    const queued = engine.request('screen', { bytes }, { signal: controller.signal });
    const id = current().requests('screen')[0]?.id;
    queued.catch(() => undefined);
    controller.abort();
    await expect(sent).rejects.toMatchObject({ code: 'cancelled' });
    await expect(queued).rejects.toMatchObject({ code: 'cancelled' });
    expect(current().heard).toContainEqual({ kind: 'cancel', id });
    await engine.whenFree();
  });

  it('passes progress on, and ignores answers that nobody waits for', async () => {
    const { engine, current } = supervised();
    await engine.load(load);
    const seen: number[] = [];
    const request = engine.request('screen', { bytes }, { onProgress: (done) => seen.push(done) });
    const id = current().requests('screen')[0]?.id ?? -1;
    current().say({ kind: 'progress', id, done: 3, total: 5 });
    current().say({ kind: 'result', id: 999, output: answer });
    current().say({ kind: 'result', id, output: answer });
    await request;
    expect(seen).toEqual([3]);
  });

  it('is quiet after it was closed', async () => {
    const { engine, processes } = supervised();
    await engine.load(load);
    const request = engine.request('screen', { bytes });
    request.catch(() => undefined);
    await engine.close();
    await expect(request).rejects.toMatchObject({ code: 'cancelled' });
    await wait(10);
    expect(processes).toHaveLength(1);
    await engine.whenFree();
  });
});
