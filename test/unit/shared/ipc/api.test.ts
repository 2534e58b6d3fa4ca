import { describe, expect, it } from 'vitest';
import { createApi, type Transport } from '../../../../electron/shared/ipc/api';
import type { Result } from '../../../../electron/shared/result';

function transport(reply: Result<unknown>) {
  const asked: unknown[] = [];
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const fake: Transport = {
    invoke: (channel, input) => {
      asked.push([channel, input]);
      return Promise.resolve(reply);
    },
    subscribe: (event, listener) => {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
    pathOf: () => '/dropped',
  };
  return { fake, asked, send: (event: string, payload: unknown) => listeners.get(event)?.forEach((listener) => listener(payload)) };
}

describe("the window's API", () => {
  it('asks over whatever transport it is given', async () => {
    const { fake, asked } = transport({ ok: true, value: [] });
    await expect(createApi(fake).call('listRuns', {})).resolves.toEqual([]);
    expect(asked).toEqual([['listRuns', {}]]);
  });

  it('throws the error that main gave, with its code and parameters', async () => {
    const { fake } = transport({ ok: false, error: { code: 'not-found', params: { what: 'run' } } });
    await expect(createApi(fake).call('runDetail', { runId: 'r' })).rejects.toMatchObject({ code: 'not-found', params: { what: 'run' } });
  });

  it('makes inputs plain before they leave', async () => {
    const { fake, asked } = transport({ ok: true, value: null });
    await createApi(fake, (input) => ({ plain: input })).call('cancelTask', { taskId: 't' });
    expect(asked).toEqual([['cancelTask', { plain: { taskId: 't' } }]]);
  });

  it('hears events until it unsubscribes', () => {
    const { fake, send } = transport({ ok: true, value: null });
    const heard: string[] = [];
    const stop = createApi(fake).on('runChanged', ({ runId }) => heard.push(runId));
    send('runChanged', { runId: 'a' });
    stop();
    send('runChanged', { runId: 'b' });
    expect(heard).toEqual(['a']);
  });
});
