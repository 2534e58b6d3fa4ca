import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DEMO_STAFF, makeDemoClinic, photographDemo } from '../../services/demo/demo-clinic';
import type { Desk } from '../../services/desk/desk';
import type { DemoAccount } from '../../shared/domain/accounts';
import type { Log } from '../log';

/** A clinic of invented patients, gone when the program ends. */
export interface Demonstration {
  /** Who can sign in, with their passwords. */
  accounts: readonly DemoAccount[];
  /** The morning's photographs arrive. */
  opened: (desk: Desk) => void;
  /** No more of them. */
  stop: () => void;
  remove: () => void;
}

/** @param folder of its own; the profile is made in `folder`/profile */
export async function startDemonstration(folder: string, log: Log): Promise<Demonstration> {
  await makeDemoClinic(join(folder, 'profile'));
  const ends = new AbortController();
  return {
    accounts: DEMO_STAFF,
    opened: (desk) => {
      photographDemo(desk.workspace.profile, desk.capture, join(folder, 'camp'), ends.signal).catch((thrown: unknown) => {
        if (!ends.signal.aborted) log.error('demo', thrown);
      });
    },
    stop: () => {
      ends.abort();
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
