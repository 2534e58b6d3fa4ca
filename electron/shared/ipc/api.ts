import { AppError } from '../errors';
import type { Result } from '../result';
import type { Channel, EventName, Events, Input, Output } from './contract';

/**
 * All that the preload offers, and all that a test has to supply in its place.
 * `invoke` never rejects for a reason that a user can meet: errors come as data.
 */
export interface Transport {
  invoke(channel: string, input: unknown): Promise<Result<unknown>>;
  /** @returns the function that ends the subscription */
  subscribe(event: string, listener: (payload: unknown) => void): () => void;
  /** Where a dropped file or folder lies; empty when it is not from the disk. */
  pathOf(file: unknown): string;
}

export interface Api {
  /** @throws AppError with the code that main gave */
  call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>>;
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
  pathOf(file: unknown): string;
}

/**
 * @param plain turns reactive proxies into plain data; what Svelte proxies cannot be cloned across the boundary
 */
export function createApi(transport: Transport, plain: (input: unknown) => unknown = (input) => input): Api {
  return {
    async call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
      const result = await transport.invoke(channel, plain(input));
      if (!result.ok) throw new AppError(result.error.code, result.error.params);
      return result.value as Output<C>;
    },
    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
      return transport.subscribe(event, (payload) => {
        listener(payload as Events[E]);
      });
    },
    pathOf: (file) => transport.pathOf(file),
  };
}
