import type { Advice } from '../clinical/advice';
import type { BackendName, Eye, ImageResult, QualityReason, Role, SiteMode } from '../domain/codes';
import type { GradeProbabilities, ImageNote, PatientRow, RunCounts, RunFacts, RunProgress } from '../domain/screening';
import type { AppErrorData } from '../errors';
import type { DemoAccount, NewKeyPlan, SessionState } from '../domain/accounts';

/** What the window gets. Plain data only: everything here survives a structured clone. */

export const LOCALES = ['en', 'hi', 'ta'] as const;
export type Locale = (typeof LOCALES)[number];

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface Settings {
  locale: Locale;
  theme: Theme;
}

/**
 * `starting`: model being loaded; `restarting`: died, tried again in `retryInMs`; `failed`: given up,
 * photographs can be looked at but not screened.
 */
export type EngineState =
  | { state: 'stopped' }
  | { state: 'starting' }
  | { state: 'ready'; backend: BackendName; device: string }
  | { state: 'restarting'; error: AppErrorData; attempt: number; retryInMs: number }
  | { state: 'failed'; error: AppErrorData };

export interface ModelFacts {
  id: string;
  name: string;
  /** Calibrated P(grade >= 2) at or above which a photograph is referred. */
  threshold: number;
}

/** What a person can do about a profile that does not open. `set-aside` renames the folder and starts empty: nothing is deleted. */
export const PROFILE_ACTIONS = ['retry', 'restore-backup', 'set-aside', 'choose-profile', 'show-logs', 'quit'] as const;
export type ProfileAction = (typeof PROFILE_ACTIONS)[number];

export type ProfileState =
  | { state: 'opening' }
  /** Nothing is there yet: set the clinic up, or begin without accounts. */
  | { state: 'new' }
  /** Protected, and nobody has signed in since the program was started. */
  | { state: 'closed' }
  /** Everything is copied under a new key; files. */
  | { state: 'copying'; done: number; total: number }
  /** `protected` is false while the key lies unwrapped beside the data. */
  | { state: 'open'; protected: boolean }
  | { state: 'trouble'; error: AppErrorData; actions: ProfileAction[] };

export interface AppStatus {
  version: string;
  profile: ProfileState;
  /** Of who is at the window or has locked it: which rooms are shown. What may be done is decided in the services. */
  roles: Role[];
  session: SessionState;
  /** The glass was broken and no administrator has looked into it yet; newest first. */
  brokenGlass: { at: number }[];
  /** Everything is to be encrypted under a new key when nobody works. */
  newKeyPlan: NewKeyPlan | null;
  siteName: string;
  siteMode: SiteMode;
  /** False until a named doctor has signed a validation on this site's own patients. */
  validatedHere: boolean;
  model: ModelFacts | null;
  /** Why there is no model. */
  modelError: AppErrorData | null;
  engine: EngineState;
  settings: Settings;
  /** The window draws without the GPU (started so, or after a crash of the GPU process). */
  safeMode: boolean;
  notice: Notice | null;
  /** Of a demonstration, to be shown at the door; null otherwise. */
  demo: readonly DemoAccount[] | null;
}

/**
 * What happened while the window could not say it. `window-restarted`: the page crashed and was loaded again, the work went on;
 * `clock-behind`: the computer's clock says less than `params.latest`, when work was stored; `profile-set-aside`: the damaged data lie in the folder `params.folder` beside the new, empty profile.
 */
export interface Notice {
  code: 'window-restarted' | 'profile-set-aside' | 'backup-restored' | 'clock-behind';
  params: Record<string, string>;
}

/** `interrupted`: stopped by a crash or a closed window; the same folder goes on where it stopped. */
export const RUN_STATES = ['running', 'interrupted', 'cancelled', 'done'] as const;
export type RunState = (typeof RUN_STATES)[number];

export const PATIENT_GROUPS = ['urgent', 'refer', 'ungradable', 'incomplete', 'no-refer'] as const;
/** Sickest first; `urgent` is a part of refer, so a patient is in one group only. */
export type PatientGroup = (typeof PATIENT_GROUPS)[number];
export type PatientGroupCounts = Record<PatientGroup, number>;

export interface RunSummary {
  runId: string;
  state: RunState;
  /** Last part of the folder's name, for display. */
  folder: string;
  /** Folders and files as given. */
  paths: string[];
  startedAt: number;
  finishedAt: number | null;
  counts: RunCounts;
  /** null while nothing has been concluded. */
  patients: PatientGroupCounts | null;
  /** False for a run that needs more than its folders to go on (it was started with a patient list). */
  resumable: boolean;
  /** The running task, if any. */
  taskId: string | null;
}

export interface RunDetail extends RunSummary {
  facts: RunFacts;
  /** Folders whose files could not be listed: their photographs are missing from the run. */
  problems: { folder: string; error: AppErrorData }[];
}

export interface PatientListRow extends PatientRow {
  /** Unique within the run; what `patientDetail` asks for. */
  key: string;
  group: PatientGroup;
  imageCount: number;
  /** Worst calibrated P(grade >= 2) over all scored photographs; null where nothing was scored. */
  p2: number | null;
  /** The photograph behind `p2`, else the first; for the list's small picture. */
  imageId: string | null;
}

export interface PatientPage {
  /** Matching filter and search, over all pages. */
  total: number;
  /** Of the whole run, whatever the filter. */
  groups: PatientGroupCounts;
  /** Patients left out, with their counts, while whoever asks has photographs of them to read blind. */
  hidden: number;
  rows: PatientListRow[];
}

/** Where the retina lies in the oriented original, pixels; the heat map covers its bounding square. */
export interface RetinaPlace {
  centreX: number;
  centreY: number;
  radius: number;
}

/**
 * A small grid, row-major, over the retina's bounding square. A value is absolute: the calibrated P(grade >= 2), 0..1, that the
 * whole photograph would have if all of it looked like this place. Colours are the same on every photograph.
 */
export interface HeatMapGrid {
  rows: number;
  columns: number;
  values: Float32Array;
}

export interface ImageDetail {
  imageId: string | null;
  file: string;
  eye: Eye | null;
  width: number | null;
  height: number | null;
  takenAt: string | null;
  camera: string | null;
  gradable: boolean | null;
  quality: number | null;
  reasons: QualityReason[];
  p: GradeProbabilities | null;
  /** Of the model that gave `p`, on P(grade >= 2); another model may be in use by now. */
  threshold: number | null;
  /** The image's own: not a patient's decision. */
  result: ImageResult;
  retina: RetinaPlace | null;
  heatMap: HeatMapGrid | null;
  error: AppErrorData | null;
  notes: ImageNote[];
  modelId: string | null;
  backend: BackendName | null;
  ms: number | null;
}

export interface PatientDetail {
  row: PatientListRow;
  /** What the patient is told; `day` is `YYYY-MM-DD` at the site, for the two sentences with a date. */
  advice: { code: Advice; day: string | null };
  images: ImageDetail[];
  /** Keys of the neighbours in the list as it was filtered and sorted. */
  previous: string | null;
  next: string | null;
}

/** A file of the run, whoever it belongs to. */
export interface FailedFile {
  file: string;
  imageId: string | null;
  patient: string | null;
  error: AppErrorData;
}

export interface FailedFilePage {
  total: number;
  rows: FailedFile[];
}

export const TASK_KINDS = [
  'screen',
  'compare',
  'examine',
  'recall',
  'benchmark',
  'papers',
  'backup',
  'restore',
  'freeze',
  'export-data',
  'import-data',
  'package',
  'label-noise',
  'campaign',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];
export const TASK_STATES = ['running', 'cancelling', 'done', 'cancelled', 'failed'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** Files that a person chooses in the system's dialog. */
export const FILE_KINDS = ['label-list', 'recipe', 'package', 'referral-list'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** How far work is that is no screening. */
export interface TaskSteps {
  done: number;
  /** null: not known yet. */
  total: number | null;
  secondsLeft: number | null;
}

/** Long work, held by main: it outlives a reload of the window. */
export interface Task {
  id: string;
  kind: TaskKind;
  /** For a title: the folder's last part. */
  subject: string;
  state: TaskState;
  cancellable: boolean;
  /** Of a screening. */
  progress: RunProgress | null;
  /** Of everything else. */
  steps: TaskSteps | null;
  /** Of a screening: its run. */
  runId: string | null;
  /** Of everything else: what it works on or has made, e.g. a training. */
  recordId: string | null;
  error: AppErrorData | null;
  startedAt: number;
  finishedAt: number | null;
}

export interface PatientQuery {
  runId: string;
  groups: PatientGroup[];
  search: string;
  sort: 'sickest' | 'name';
}
