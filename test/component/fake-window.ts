import { type Api, createApi } from '../../electron/shared/ipc/api';
import type { SessionState } from '../../electron/shared/domain/accounts';
import { ROLES } from '../../electron/shared/domain/codes';
import { AppError, toAppError } from '../../electron/shared/errors';
import type { Channel, EventName, Events, Input, Output } from '../../electron/shared/ipc/contract';
import type { AppStatus, PatientListRow, RunSummary, Task } from '../../electron/shared/ipc/types';

type Answers = { [C in Channel]?: (input: Input<C>) => Output<C> | Promise<Output<C>> };

export interface FakeMain {
  api: Api;
  /** What the window asked for, in order. */
  asked: { channel: string; input: unknown }[];
  /** Main says something by itself. */
  push: <E extends EventName>(event: E, payload: Events[E]) => void;
}

/** Nobody has an account: what a window without accounts is told. */
export const LOCAL_SESSION: SessionState = {
  state: 'signed-in',
  who: { userId: 'local', login: 'local', name: '', roles: [...ROLES], kind: 'local', hasPin: false, mustChangePassword: false },
};

export const OPEN_STATUS: AppStatus = {
  version: '0.1.0',
  profile: { state: 'open', protected: false },
  roles: ['technician', 'doctor', 'admin'],
  session: LOCAL_SESSION,
  brokenGlass: [],
  newKeyPlan: null,
  siteName: '',
  siteMode: 'doctor-reads-all',
  validatedHere: false,
  model: { id: 'ab'.repeat(32), name: 'Starter', threshold: 0.31 },
  modelError: null,
  engine: { state: 'ready', backend: 'onnx', device: 'onnxruntime 1.30.0, CPU, 2 threads' },
  settings: { locale: 'en', theme: 'system' },
  safeMode: false,
  notice: null,
  demo: null,
};

export const RUN: RunSummary = {
  runId: 'run-1',
  state: 'done',
  folder: 'camp',
  paths: ['/camp'],
  startedAt: 1_760_000_000_000,
  finishedAt: 1_760_000_100_000,
  counts: { found: 4, done: 4, reused: 0, failed: 1, otherFiles: 0 },
  patients: { urgent: 1, refer: 1, ungradable: 0, incomplete: 1, 'no-refer': 0 },
  resumable: true,
  taskId: null,
};

export const TASK: Task = {
  id: 'task-1',
  kind: 'screen',
  subject: 'camp',
  state: 'running',
  cancellable: true,
  progress: null,
  steps: null,
  runId: null,
  recordId: null,
  error: null,
  startedAt: 1,
  finishedAt: null,
};

export function patientRow(change: Partial<PatientListRow>): PatientListRow {
  return {
    patient: '101',
    patientId: null,
    identified: true,
    result: 'refer',
    urgent: false,
    reasons: ['score'],
    eyes: [],
    unplacedImageIds: [],
    key: `patient:${change.patient ?? '101'}`,
    group: 'refer',
    imageCount: 2,
    p2: 0.5,
    imageId: null,
    ...change,
  };
}

/** The main process as far as a window can tell; a channel without an answer here is an error as a person would see it. */
export function fakeMain(answers: Answers): FakeMain {
  const known: Answers = { status: () => OPEN_STATUS, listTasks: () => [], listRuns: () => [], ...answers };
  const asked: FakeMain['asked'] = [];
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const api = createApi({
    async invoke(channel, input) {
      asked.push({ channel, input });
      const answer = known[channel as Channel] as ((input: unknown) => unknown) | undefined;
      try {
        // Main never answers with nothing.
        if (!answer) throw new AppError('not-found');
        return { ok: true, value: await answer(input) };
      } catch (thrown) {
        return { ok: false, error: toAppError(thrown).toData() };
      }
    },
    subscribe(event, listener) {
      const those = listeners.get(event) ?? new Set();
      those.add(listener);
      listeners.set(event, those);
      return () => those.delete(listener);
    },
    pathOf: () => '',
  });
  return {
    api,
    asked,
    push: (event, payload) => {
      for (const listener of listeners.get(event) ?? []) listener(payload);
    },
  };
}
