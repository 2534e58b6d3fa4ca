/** The two Electron channels that carry the whole contract: one question, one place to check its sender. */
export const INVOKE_CHANNEL = 'netra:invoke';
export const EVENT_CHANNEL = 'netra:event';
