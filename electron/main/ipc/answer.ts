import { AppError, toAppError } from '../../shared/errors';
import { type Channel, type Handlers, inputs } from '../../shared/ipc/contract';
import type { Result } from '../../shared/result';
import { isTrustedSender, type SenderFrame } from '../security/ipc-sender';

/**
 * One question from a window: is the sender ours, is the channel known, does the input fit its schema, may who is signed in ask this; only then the handler.
 * Never throws: an error crosses as its code and parameters, and its cause stays here for the log.
 */
export async function answer<Context>(
  handlers: Handlers<Context>,
  /** @throws AppError not-signed-in | not-permitted unless whoever is signed in may ask this */
  permit: (channel: Channel) => void,
  question: { frame: SenderFrame | null; channel: unknown; input: unknown; context: Context },
  onError: (channel: string, thrown: unknown) => void,
): Promise<Result<unknown>> {
  const { frame, channel, input, context } = question;
  try {
    if (!isTrustedSender(frame)) throw new AppError('ipc-forbidden');
    if (!isChannel(channel)) throw new AppError('ipc-invalid', { channel: 'unknown' });
    const parsed = inputs[channel].safeParse(input);
    if (!parsed.success) throw new AppError('ipc-invalid', { channel }, parsed.error);
    permit(channel);
    const handler = handlers[channel] as (input: unknown, context: Context) => unknown;
    return { ok: true, value: await handler(parsed.data, context) };
  } catch (thrown) {
    const error = toAppError(thrown);
    onError(isChannel(channel) ? channel : 'unknown', thrown);
    return { ok: false, error: error.toData() };
  }
}

function isChannel(name: unknown): name is Channel {
  return typeof name === 'string' && Object.hasOwn(inputs, name);
}
