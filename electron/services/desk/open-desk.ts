import { blindedImages, recordUnblinding } from '../../db/queries/blinding';
import { getSetting, putSetting } from '../../db/queries/settings';
import type { UnlockedVault } from '../../db/profile/vault';
import { transaction } from '../../db/sql';
import { getOwnSite } from '../../db/queries/sites';
import type { EngineState as ClientState } from '../../engine/client/engine-client';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { SpawnEngine } from '../../engine/client/transport';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { RunFacts } from '../../shared/domain/screening';
import { AppError, type AppErrorData, toAppError } from '../../shared/errors';
import { type EngineState, LOCALES, type RunDetail, type Settings, THEMES } from '../../shared/ipc/types';
import { z } from 'zod';
import { requireRole } from '../actor';
import { adviceSite } from '../encounter/site-facts';
import { recordRead } from '../audit/record-read';
import { defaultFolders } from '../default-folders';
import { Capture } from '../capture/capture';
import { ModelDesk } from '../models/model-desk';
import { keepAuditing } from '../drift/running-audit';
import { datedAdvice } from '../report/advice-text';
import { readingPictureId } from '../reading/reading-picture';
import { screen } from '../screening/screen';
import type { FolderProblem } from '../screening/walk';
import { TrainingDesk } from '../train/training-desk';
import { openWorkspace, starterFolder, type Workspace } from '../workspace';
import type { Desk, RunWatch } from './desk';
import { imageDetails } from './image-detail';
import { Pictures } from './pictures';
import { runPaths, runSummaries, runSummary } from './run-list';
import { blindView, imageIdsOf } from './blind-view';
import { failedFilePage, neighbours, patientPage, type RunView } from './run-view';
import { RunViews } from './run-views';

export interface DeskOptions {
  profileFolder: string;
  resourcesFolder: string;
  workerEntry: string;
  spawnEngine: SpawnEngine;
  spawnTraining: SpawnTraining;
  /** Before anything was chosen: the system's language. */
  firstSettings: Settings;
  /** For a profile with accounts; null where the key lies in the folder. */
  vault: UnlockedVault | null;
}

const SETTINGS_KEY = 'window';
const settingsSchema = z.object({ locale: z.enum(LOCALES), theme: z.enum(THEMES) });

/**
 * Opens the profile at once; the engine starts and loads its model beside it, and `facts` says how far it is.
 *
 * @throws AppError profile-*, database-*, disk-full
 */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const workspace = await openWorkspace({
    profileFolder: options.profileFolder,
    resourcesFolder: options.resourcesFolder,
    workerEntry: options.workerEntry,
    spawnEngine: options.spawnEngine,
    modelFolder: null,
    backend: 'auto',
    cacheFolder: defaultFolders().cache,
    ...(options.vault !== null && { keySource: options.vault }),
  });
  return new OpenDesk(workspace, options);
}

class OpenDesk implements Desk {
  readonly workspace: Workspace;
  readonly models: ModelDesk;
  readonly training: TrainingDesk;
  readonly capture: Capture;
  readonly #firstSettings: Settings;
  readonly #views: RunViews;
  readonly #pictures: Pictures;
  readonly #listeners = new Set<() => void>();
  /** Folders that could not be listed, by run; known only to the process that walked them. */
  readonly #problems = new Map<string, FolderProblem[]>();
  readonly #stopAudit: () => void;
  #modelError: AppErrorData | null = null;

  constructor(workspace: Workspace, { firstSettings, resourcesFolder, spawnEngine, spawnTraining }: DeskOptions) {
    this.workspace = workspace;
    this.models = new ModelDesk({ workspace, starterFolder: starterFolder(resourcesFolder), spawnEngine });
    this.training = new TrainingDesk({ profile: workspace.profile, resourcesFolder, spawn: spawnTraining });
    this.capture = new Capture(workspace);
    this.#firstSettings = firstSettings;
    this.#views = new RunViews(workspace.profile);
    this.#pictures = new Pictures(workspace);
    workspace.engine.onState(() => {
      this.#tell();
    });
    void this.#loadModel();
    this.#stopAudit = keepAuditing(workspace);
  }

  /** Beside everything else: lists and photographs do not wait for the engine. */
  #loadModel(): Promise<void> {
    return this.#loading(this.workspace.loadModel());
  }

  reloadModel(): Promise<void> {
    return this.#loading(this.workspace.reloadModel());
  }

  async #loading(model: Promise<unknown>): Promise<void> {
    try {
      await model;
      this.#modelError = null;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'cancelled') return;
      this.#modelError = error.toData();
    }
    this.#tell();
  }

  facts(): ReturnType<Desk['facts']> {
    const { profile, model } = this.workspace;
    return {
      protected: profile.protected,
      ...adviceSite(profile.database),
      model: model === null ? null : { id: model.id, name: model.name, threshold: model.point.refer },
      modelError: this.#modelError,
      engine: engineState(this.workspace.engine.state, this.#modelError),
    };
  }

  onFacts(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  settings(): Settings {
    return getSetting(this.workspace.profile.database, SETTINGS_KEY, settingsSchema) ?? this.#firstSettings;
  }

  saveSettings(actor: Actor, change: Partial<Settings>): Settings {
    requireRole(actor, ...ROLES);
    const settings = settingsSchema.parse({ ...this.settings(), ...change });
    const { database } = this.workspace.profile;
    transaction(database, () => {
      putSetting(database, SETTINGS_KEY, settings);
    });
    return settings;
  }

  async screen(actor: Actor, paths: readonly string[], watch: RunWatch): Promise<void> {
    let current: string | null = null;
    try {
      const { runId, problems } = await screen(actor, this.workspace, {
        paths,
        patientListFile: null,
        signal: watch.signal,
        onRunStarted: (started) => {
          current = started;
          watch.run(started);
        },
        onProgress: (progress) => {
          if (current !== null) this.#views.outdate(current);
          watch.progress(progress);
        },
      });
      this.#problems.set(runId, problems);
    } finally {
      // The model may have been loaded only now.
      if (this.workspace.model !== null) this.#modelError = null;
      if (current !== null) this.#views.forget(current);
      this.#tell();
    }
  }

  pathsOf(actor: Actor, runId: string): Promise<string[]> {
    requireRole(actor, ...ROLES);
    const { database } = this.workspace.profile;
    const run = runSummary(database, runId, actor.userId);
    if (!run.resumable) throw new AppError('not-permitted', { reason: 'patient-list' });
    return Promise.resolve(runPaths(database, runId));
  }

  listRuns(actor: Actor): ReturnType<Desk['listRuns']> {
    requireRole(actor, ...ROLES);
    return Promise.resolve(runSummaries(this.workspace.profile.database, actor.userId));
  }

  async runDetail(actor: Actor, runId: string): Promise<RunDetail> {
    const summary = runSummary(this.workspace.profile.database, runId, actor.userId);
    const { view, facts } = await this.#viewFor(actor, runId);
    return {
      ...summary,
      counts: { ...facts.counts, otherFiles: summary.counts.otherFiles },
      patients: view.groups,
      facts,
      problems: this.#problems.get(runId) ?? [],
    };
  }

  async listPatients(actor: Actor, query: Parameters<Desk['listPatients']>[1]): ReturnType<Desk['listPatients']> {
    const { view, hidden } = await this.#viewFor(actor, query.runId);
    const page = patientPage(view, query, hidden);
    this.#unblinds(actor, page.rows.flatMap(imageIdsOf));
    return page;
  }

  async patientDetail(actor: Actor, query: Parameters<Desk['patientDetail']>[1]): ReturnType<Desk['patientDetail']> {
    const { view, facts } = await this.#viewFor(actor, query.runId);
    const row = view.byKey.get(query.key);
    if (row === undefined) throw new AppError('not-found', { what: 'patient' });
    const { database } = this.workspace.profile;
    const images = imageDetails(database, query.runId, view.imagesByPatient.get(query.key) ?? []);
    const advice = datedAdvice(row, facts, getOwnSite(database));
    this.#unblinds(actor, imageIdsOf(row));
    // A patient of a run whom nobody registered has no id of their own.
    recordRead(this.workspace.profile, actor, row.patientId === null ? 'run' : 'patient', row.patientId ?? query.runId);
    return { row, advice, images, ...neighbours(view, query, query.key) };
  }

  /** A run as far as this person may see it just now: what is to be read blind is left out. */
  async #viewFor(actor: Actor, runId: string): Promise<{ view: RunView; hidden: number; facts: RunFacts }> {
    const { view, facts } = await this.#views.of(actor, runId);
    return { ...blindView(view, blindedImages(this.workspace.profile.database, actor.userId)), facts };
  }

  /** Whoever has read one of these sees the model's word now: from here on that answer is corrected, no longer undone. */
  #unblinds(actor: Actor, imageIds: readonly string[]): void {
    const { database } = this.workspace.profile;
    transaction(database, () => {
      recordUnblinding(database, actor.userId, imageIds, 'run-view');
    });
  }

  async listFailedFiles(actor: Actor, query: Parameters<Desk['listFailedFiles']>[1]): ReturnType<Desk['listFailedFiles']> {
    const { view } = await this.#viewFor(actor, query.runId);
    return failedFilePage(view, query);
  }

  async picture(actor: Actor, imageId: string, rendition: Parameters<Desk['picture']>[2]): ReturnType<Desk['picture']> {
    requireRole(actor, ...ROLES);
    const read = readingPictureId(actor, this.workspace.profile.database, imageId);
    if (read !== null) return this.#pictures.get(read, rendition, true);
    return (await this.models.picture(actor, imageId)) ?? this.#pictures.get(imageId, rendition);
  }

  async close(): Promise<void> {
    this.#stopAudit();
    this.#listeners.clear();
    await this.capture.close();
    // A training that is cut off here goes on from its last epoch when somebody asks for it.
    await this.training.close();
    await this.workspace.close();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Ready means: ready to screen. A process that is up but has no model is still starting, or has failed for good. */
function engineState(state: ClientState, modelError: AppErrorData | null): EngineState {
  switch (state.kind) {
    case 'starting':
      return { state: 'starting' };
    case 'ready':
      if (state.facts !== null) return { state: 'ready', backend: state.facts.backend, device: state.facts.device };
      return modelError === null ? { state: 'starting' } : { state: 'failed', error: modelError };
    case 'restarting':
      return { state: 'restarting', error: { code: 'engine-crashed', params: {} }, attempt: state.attempt, retryInMs: state.delayMs };
    case 'failed':
      return { state: 'failed', error: state.error };
    case 'closed':
      return { state: 'stopped' };
  }
}
