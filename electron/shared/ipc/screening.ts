import { z } from 'zod';
import {
  type AppStatus,
  type FailedFilePage,
  FILE_KINDS,
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

export const screeningInputs = {
  status: nothing,
  setSettings: z.strictObject({ locale: z.enum(LOCALES).optional(), theme: z.enum(THEMES).optional() }),
  /** What the person chose on the screen that tells of trouble with the profile. */
  profileAction: z.strictObject({ action: z.enum(PROFILE_ACTIONS) }),
  restartEngine: nothing,
  dismissNotice: nothing,

  /** The system's dialog; null when closed without a choice. */
  chooseFolder: nothing,
  chooseFile: z.strictObject({ kind: z.enum(FILE_KINDS) }),
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
} as const satisfies Record<keyof ScreeningOutputs, z.ZodType>;

/** What the window gets of a folder run, and of the program itself. */
export interface ScreeningOutputs {
  status: AppStatus;
  setSettings: Settings;
  profileAction: AppStatus;
  restartEngine: null;
  dismissNotice: null;

  chooseFolder: { path: string } | null;
  chooseFile: { path: string } | null;
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
