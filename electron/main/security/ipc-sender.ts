import { isOwnPage } from './navigation';

/** The part of Electron's WebFrameMain that tells who is asking. */
export interface SenderFrame {
  url: string;
  parent: unknown;
}

/**
 * Item 17: only the top frame of one of our own pages is answered.
 * https://www.electronjs.org/docs/latest/tutorial/security#17-validate-the-sender-of-all-ipc-messages
 * @param frame null when the frame has gone while its question was under way
 */
export function isTrustedSender(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}
