import { describe, expect, it } from 'vitest';
import { answer } from '../../../electron/main/ipc/answer';
import { AppError } from '../../../electron/shared/errors';
import { type Channel, type Handlers, inputs } from '../../../electron/shared/ipc/contract';

const OURS = { url: 'app://netra/index.html', parent: null };

function ask(question: {
  frame?: { url: string; parent: unknown } | null;
  channel?: unknown;
  input?: unknown;
  handler?: () => unknown;
  permit?: () => void;
}) {
  const errors: unknown[] = [];
  const handler = question.handler ?? (() => 'answered');
  const handlers = Object.fromEntries(Object.keys(inputs).map((channel) => [channel, handler])) as unknown as Handlers<null>;
  const reply = answer(
    handlers,
    question.permit ?? (() => undefined),
    {
      frame: question.frame === undefined ? OURS : question.frame,
      channel: question.channel ?? 'runDetail',
      input: question.input ?? { runId: 'r1' },
      context: null,
    },
    (_channel, thrown) => errors.push(thrown),
  );
  return { reply, errors };
}

describe('a question from a window', () => {
  it('is answered when it comes from our own page', async () => {
    await expect(ask({}).reply).resolves.toEqual({ ok: true, value: 'answered' });
  });

  it.each([
    ['another site', { url: 'https://example.org/', parent: null }],
    ['a file', { url: 'file:///etc/passwd', parent: null }],
    ['a host that only begins like ours', { url: 'app://netra.example/index.html', parent: null }],
    ['the photographs', { url: 'app://image/1/full', parent: null }],
    ['a frame inside our page', { url: 'app://netra/index.html', parent: {} }],
    ['a frame that has gone', null],
  ])('is refused from %s before anything else is looked at', async (_name, frame) => {
    const { reply } = ask({ frame, channel: 'no such channel', input: 5, handler: () => expect.unreachable() });
    await expect(reply).resolves.toEqual({ ok: false, error: { code: 'ipc-forbidden', params: {} } });
  });

  it.each(['nothing', 'toString', '__proto__', 7, ['status']])('on the unknown channel %s is invalid', async (channel) => {
    await expect(ask({ channel }).reply).resolves.toMatchObject({ ok: false, error: { code: 'ipc-invalid' } });
  });

  it.each([
    ['a missing field', 'runDetail', {}],
    ['a field too many', 'runDetail', { runId: 'r1', extra: 1 }],
    ['a wrong type', 'runDetail', { runId: 7 }],
    ['no object', 'status', null],
    ['an endless page', 'listPatients', { runId: 'r', groups: [], search: '', sort: 'name', offset: 0, limit: 1e9 }],
    ['an unknown language', 'setSettings', { locale: 'xx' }],
    ['no path', 'startRun', { paths: [] }],
  ])('with %s never reaches its handler', async (_name, channel, input) => {
    const { reply } = ask({ channel, input, handler: () => expect.unreachable() });
    await expect(reply).resolves.toEqual({ ok: false, error: { code: 'ipc-invalid', params: { channel } } });
  });

  it('gets the code and parameters of an error, and its cause stays behind for the log', async () => {
    const thrown = new AppError('disk-full', { needed: 5 }, new Error('ENOSPC /home/Ramesh'));
    const { reply, errors } = ask({
      handler: () => {
        throw thrown;
      },
    });
    await expect(reply).resolves.toEqual({ ok: false, error: { code: 'disk-full', params: { needed: 5 } } });
    expect(errors).toEqual([thrown]);
  });

  it('gets "internal" for what nobody foresaw, and not its message', async () => {
    const { reply } = ask({ handler: () => Promise.reject(new TypeError('x of Ramesh is undefined')) });
    expect(JSON.stringify(await reply)).toBe('{"ok":false,"error":{"code":"internal","params":{}}}');
  });
});

describe('the contract', () => {
  it.each(Object.keys(inputs) as Channel[])('%s refuses fields that it does not know', (channel) => {
    expect(inputs[channel].safeParse({ 'no such field': 1 }).success).toBe(false);
  });
});
