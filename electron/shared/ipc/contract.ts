import { z } from 'zod';
import {
  type AppStatus,
  type FailedFilePage,
  LOCALES,
  PATIENT_GROUPS,
  type PatientDetail,
  type PatientPage,
  PROFILE_ACTIONS,
  type RunDetail,
  type RunSummary,
  type Settings,
  type Task,
  THEMES,
} from './types';

/**
 * The one source of what the window can ask for: channel -> input schema here, output in `Outputs`.
 * Main parses every input before its handler; the window and the preload only see the inferred types.
 */

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
/** A page never carries more than a screen needs a few times over: the answer must stay small. */
const page = { offset: z.number().int().min(0), limit: z.number().int().min(1).max(500) };
const patientQuery = {
  runId: id,
  /** Empty: all. */
  groups: z.array(z.enum(PATIENT_GROUPS)).max(PATIENT_GROUPS.length),
  search: z.string().max(200),
  sort: z.enum(['sickest', 'name']),
};

export const inputs = {
  status: nothing,
  setSettings: z.strictObject({ locale: z.enum(LOCALES).optional(), theme: z.enum(THEMES).optional() }),
  /** What the person chose on the screen that tells of trouble with the profile. */
  profileAction: z.strictObject({ action: z.enum(PROFILE_ACTIONS) }),
  restartEngine: nothing,
  dismissNotice: nothing,

  /** The system's dialog; null when closed without a choice. */
  chooseFolder: nothing,
  startRun: z.strictObject({ paths: z.array(z.string().min(1).max(4096)).min(1).max(64) }),
  /** The same folder again: what is stored is not screened twice. */
  resumeRun: z.strictObject({ runId: id }),

  listRuns: nothing,
  runDetail: z.strictObject({ runId: id }),
  listPatients: z.strictObject({ ...patientQuery, ...page }),
  /** The query says in which order `previous` and `next` go. */
  patientDetail: z.strictObject({ ...patientQuery, key: z.string().min(1).max(4096) }),
  listFailedFiles: z.strictObject({ runId: id, ...page }),

  listTasks: nothing,
  cancelTask: z.strictObject({ taskId: id }),
  /** Takes a finished task off the list. */
  dismissTask: z.strictObject({ taskId: id }),
} as const satisfies Record<keyof Outputs, z.ZodType>;

/** A channel with an input and no output here, or the other way round, does not compile. */
export interface Outputs {
  status: AppStatus;
  setSettings: Settings;
  profileAction: AppStatus;
  restartEngine: null;
  dismissNotice: null;

  chooseFolder: { path: string } | null;
  startRun: { taskId: string };
  resumeRun: { taskId: string };

  listRuns: RunSummary[];
  runDetail: RunDetail;
  listPatients: PatientPage;
  patientDetail: PatientDetail;
  listFailedFiles: FailedFilePage;

  listTasks: Task[];
  cancelTask: null;
  dismissTask: null;
}

export type Channel = keyof typeof inputs;
export type Input<C extends Channel> = z.output<(typeof inputs)[C]>;
export type Output<C extends Channel> = Outputs[C];

/** A channel without its handler, or with a wrong one, does not compile. */
export type Handlers<Context> = {
  [C in Channel]: (input: Input<C>, context: Context) => Output<C> | Promise<Output<C>>;
};

/** Pushed by main. */
export interface Events {
  /** The whole status, whenever a part of it changed. */
  statusChanged: AppStatus;
  taskCreated: Task;
  taskUpdated: Task;
  taskRemoved: { taskId: string };
  /** Results of this run have grown: ask again for what is on screen. At most a few a second. */
  runChanged: { runId: string };
  /** From the menu or the system. */
  command: { name: 'open-folder' | 'show-runs' };
}
export type EventName = keyof Events;
