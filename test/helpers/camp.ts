import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { runResults } from '../../electron/services/screening/run-results';
import type { RunResults } from '../../electron/services/screening/results';
import { screen, type ScreenOptions } from '../../electron/services/screening/screen';
import { openWorkspace, type Workspace } from '../../electron/services/workspace';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { type FakeEngine, fakePhotograph, type FakePhotograph, RESOURCES } from './fake-engine';

/** Writes photographs that tell the fake engine what they show. Two files with the same content are duplicates. */
export function writeCamp(folder: string, photographs: Record<string, FakePhotograph | string>): void {
  for (const [name, photograph] of Object.entries(photographs)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof photograph === 'string' ? photograph : fakePhotograph({ id: name, ...photograph }));
  }
}

/** A real profile and real threads behind a fake engine; closed when the test ends. */
export async function openTestWorkspace(profileFolder: string, workerEntry: string, engine: FakeEngine): Promise<Workspace> {
  const workspace = await openWorkspace({
    profileFolder,
    resourcesFolder: RESOURCES,
    workerEntry,
    spawnEngine: engine.spawn,
    modelFolder: null,
    backend: 'onnx',
    cacheFolder: null,
  });
  let closed = false;
  const close = workspace.close.bind(workspace);
  workspace.close = async () => {
    if (!closed) await close();
    closed = true;
  };
  onTestFinished(() => workspace.close());
  return workspace;
}

/** Screens and reads back what the window would see. */
export async function screenCamp(workspace: Workspace, folder: string, options: Partial<ScreenOptions> = {}): Promise<RunResults> {
  const { runId } = await screen(LOCAL_ACTOR, workspace, {
    paths: [folder],
    patientListFile: null,
    signal: new AbortController().signal,
    ...options,
  });
  return runResults(LOCAL_ACTOR, workspace.profile, runId);
}
