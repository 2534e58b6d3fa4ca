import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { verifyAuditChain } from '../db/audit';
import { createOrOpenProfile } from '../db/profile/profile';
import { readBundle } from '../engine/bundle/read';
import { backendOrder, checkBackends } from '../engine/client/backend-checks';
import type { SpawnEngine } from '../engine/client/transport';
import type { BackendCheck } from '../engine/protocol';
import type { AuditChain } from '../shared/domain/audit';
import { type Actor, type BackendName, ROLES } from '../shared/domain/codes';
import { type AppErrorData, toAppError } from '../shared/errors';
import { requireRole } from './actor';
import { starterFolder } from './workspace';

interface MachineCheckOptions {
  profileFolder: string;
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
  { kind: 'none' } | { kind: 'trouble'; error: AppErrorData } | { kind: 'open'; protected: boolean; audit: AuditChain };

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
  return { backends, auto, profile: await checkProfile(options.profileFolder) };
}

/** A look at a profile makes none. */
async function checkProfile(folder: string): Promise<ProfileCheck> {
  if (!existsSync(join(folder, 'netra.db'))) return { kind: 'none' };
  try {
    const profile = await createOrOpenProfile(folder);
    try {
      return { kind: 'open', protected: profile.protected, audit: verifyAuditChain(profile.database) };
    } finally {
      profile.close();
    }
  } catch (thrown) {
    return { kind: 'trouble', error: toAppError(thrown).toData() };
  }
}
