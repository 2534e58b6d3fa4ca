import type { Actor, SiteMode } from '../../shared/domain/codes';
import type { RunProgress } from '../../shared/domain/screening';
import type { Rendition } from '../../shared/ipc/images';
import type { Input } from '../../shared/ipc/contract';
import type {
  EngineState,
  FailedFilePage,
  ModelFacts,
  PatientDetail,
  PatientPage,
  RunDetail,
  RunSummary,
  Settings,
} from '../../shared/ipc/types';
import type { AppErrorData } from '../../shared/errors';
import type { PictureBytes } from '../picture-work';
import type { Capture } from '../capture/capture';
import type { ModelDesk } from '../models/model-desk';
import type { TrainingDesk } from '../train/training-desk';
import type { Workspace } from '../workspace';

export interface DeskFacts {
  protected: boolean;
  siteMode: SiteMode;
  validatedHere: boolean;
  model: ModelFacts | null;
  modelError: AppErrorData | null;
  engine: EngineState;
}

/** What a screening run reports while it works. */
export interface RunWatch {
  signal: AbortSignal;
  run: (runId: string) => void;
  progress: (progress: RunProgress) => void;
}

/**
 * An open profile with its engine, as the window uses it. Plain Node: the desktop only passes questions on,
 * and the tests ask the same ones without Electron.
 */
export interface Desk {
  /** What the services of the other rooms work on. */
  readonly workspace: Workspace;
  readonly models: ModelDesk;
  readonly training: TrainingDesk;
  /** The camera's folder and the files on their way. */
  readonly capture: Capture;
  /** After another model came into use: the engine gets it. Nothing may be screening. @throws AppError bundle-*, backend-unavailable */
  reloadModel(): Promise<void>;
  facts(): DeskFacts;
  /** Told whenever `facts` changed. */
  onFacts(listener: () => void): () => void;
  settings(): Settings;
  saveSettings(actor: Actor, change: Input<'setSettings'>): Settings;
  /** Screens what `paths` hold; resolves when all of it is stored. @throws AppError, `cancelled` among them */
  screen(actor: Actor, paths: readonly string[], watch: RunWatch): Promise<void>;
  /** The paths that a run was started with. @throws AppError not-found */
  pathsOf(actor: Actor, runId: string): Promise<string[]>;
  listRuns(actor: Actor): Promise<RunSummary[]>;
  runDetail(actor: Actor, runId: string): Promise<RunDetail>;
  listPatients(actor: Actor, query: Input<'listPatients'>): Promise<PatientPage>;
  patientDetail(actor: Actor, query: Input<'patientDetail'>): Promise<PatientDetail>;
  listFailedFiles(actor: Actor, query: Input<'listFailedFiles'>): Promise<FailedFilePage>;
  /** @returns null when there is no such photograph */
  picture(actor: Actor, imageId: string, rendition: Rendition): Promise<PictureBytes | null>;
  close(): Promise<void>;
}
