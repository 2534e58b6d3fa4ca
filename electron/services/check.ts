import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { verifyAuditChain } from '../db/audit';
import { profileKind } from '../db/profile/profile';
import { readBundle } from '../engine/bundle/read';
import { backendOrder, checkBackends } from '../engine/client/backend-checks';
import type { SpawnEngine } from '../engine/client/transport';
import type { BackendCheck } from '../engine/protocol';
import type { AuditChain } from '../shared/domain/audit';
import { type Actor, type BackendName, ROLES } from '../shared/domain/codes';
import { type AppErrorData, toAppError } from '../shared/errors';
import { openProfileAs } from './accounts/open-as';
import { loginsOf } from './accounts/open-vault';
import { requireRole } from './actor';
import { starterFolder } from './workspace';

interface MachineCheckOptions {
  profileFolder: string;
  /** For a profile with accounts; null looks at it from outside. */
  credentials: { login: string; password: string } | null;
  resourcesFolder: string;
  cacheFolder: string;
  spawnEngine: SpawnEngine;
  threads: number;
  onBackend?: (backend: BackendName) => void;
}

interface MachineCheck {
  backends: BackendCheck[];
  /** What `auto` takes; null when nothing works. */
  auto: BackendName | null;
  profile: ProfileCheck;
}

export type ProfileCheck =
  | { kind: 'none' }
  /** Protected, and nobody signed in: what is inside cannot be looked at. */
  | { kind: 'closed'; accounts: number }
  | { kind: 'trouble'; error: AppErrorData }
  | { kind: 'open'; protected: boolean; audit: AuditChain };

/** Finds out what works on this machine, and keeps it for `auto`. Each backend runs in a process of its own, so that one that crashes is only one that fails. */
export async function checkMachine(actor: Actor, options: MachineCheckOptions): Promise<MachineCheck> {
  requireRole(actor, ...ROLES);
  const { files } = await readBundle(starterFolder(options.resourcesFolder));
  const { cacheFolder, threads, onBackend } = options;
  const backends = await checkBackends({
    spawn: options.spawnEngine,
    bundle: files,
    threads,
    cacheFolder,
    ...(onBackend && { onBackend }),
  });
  const auto = backends.some(({ works }) => works) ? (backendOrder(backends)[0] ?? null) : null;
  return { backends, auto, profile: await checkProfile(options.profileFolder, options.credentials) };
}

/** A look at a profile makes none. */
async function checkProfile(folder: string, credentials: MachineCheckOptions['credentials']): Promise<ProfileCheck> {
  if (!existsSync(join(folder, 'netra.db'))) return { kind: 'none' };
  try {
    if (credentials === null && profileKind(folder) === 'accounts') return { kind: 'closed', accounts: (await loginsOf(folder)).length };
    const { profile } = await openProfileAs(folder, credentials);
    try {
      return { kind: 'open', protected: profile.protected, audit: verifyAuditChain(profile.database) };
    } finally {
      profile.close();
    }
  } catch (thrown) {
    return { kind: 'trouble', error: toAppError(thrown).toData() };
  }
}
