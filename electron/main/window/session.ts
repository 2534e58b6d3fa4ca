import { type Session, session } from 'electron';
import type { Log } from '../log';
import { type OwnProtocolOptions, serveOwnProtocol } from './protocol';
import { refuseNetwork } from '../security/no-network';
import { denyPermissions } from '../security/permissions';

/** Not `persist:`: cookies, caches and storage of the window live in memory and end with the program. */
const PARTITION = 'netra';

/** Requests by scheme since the start, and what was refused; read by the test that counts them. */
export interface RequestCounts {
  allowed: number;
  refused: number;
}

/** The one session of the window, locked down before anything is loaded into it. */
export function createWindowSession(protocolOptions: OwnProtocolOptions, log: Log): { session: Session; requests: RequestCounts } {
  const requests: RequestCounts = { allowed: 0, refused: 0 };
  const ours = session.fromPartition(PARTITION, { cache: false });
  for (const each of [ours, session.defaultSession]) {
    denyPermissions(each);
    refuseNetwork(each, (_url, allowed) => {
      if (allowed) {
        requests.allowed += 1;
      } else {
        requests.refused += 1;
        // The address is not written down: a page could put anything into it.
        log.event('network.refused');
      }
    });
    // Nothing is ever downloaded either.
    each.on('will-download', (event) => {
      event.preventDefault();
    });
  }
  serveOwnProtocol(ours, protocolOptions);
  return { session: ours, requests };
}
