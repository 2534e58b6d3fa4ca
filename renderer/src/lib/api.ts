import { type Api, createApi, type Transport } from '../../../electron/shared/ipc/api';

declare global {
  interface Window {
    /** Set by the preload script; the only thing it adds. */
    readonly netra: Transport;
  }
}

/** Svelte proxies cannot be cloned across the process boundary: the one place where inputs are made plain. */
function plain(input: unknown): unknown {
  return input === undefined ? {} : (JSON.parse(JSON.stringify(input)) as unknown);
}

export function createWindowApi(transport: Transport): Api {
  return createApi(transport, plain);
}
