import type { Handlers } from '../../shared/ipc/contract';
import type { ScreeningOutputs } from '../../shared/ipc/screening';
import type { FileKind, RunSummary, Task } from '../../shared/ipc/types';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** The system's own dialogs; null when closed without a choice. */
export interface Dialogs {
  folder: (askedBy: AskedBy) => Promise<string | null>;
  file: (askedBy: AskedBy, kind: FileKind) => Promise<string | null>;
  photographs: (askedBy: AskedBy) => Promise<string[] | null>;
}

/** Folder runs, their results, and the program itself. */
export function screeningHandlers(desktop: Desktop, dialogs: Dialogs): Handlers<AskedBy, keyof ScreeningOutputs> {
  /** The registry knows what is running; the database does not. */
  function withTask<T extends RunSummary>(run: T, running: readonly Task[]): T {
    const task = running.find((each) => each.runId === run.runId);
    if (task === undefined) return run;
    return { ...run, state: 'running', taskId: task.id };
  }

  return {
    status: () => desktop.status(),
    setSettings: (input) => desktop.saveSettings(input),
    profileAction: ({ action }) => desktop.profileAction(action),
    restartEngine: async () => {
      await desktop.restart();
      return null;
    },
    dismissNotice: () => {
      desktop.setNotice(null);
      return null;
    },

    chooseFolder: async (_input, askedBy) => {
      const path = await dialogs.folder(askedBy);
      return path === null ? null : { path };
    },
    chooseFile: async ({ kind }, askedBy) => {
      const path = await dialogs.file(askedBy, kind);
      return path === null ? null : { path };
    },
    startRun: async ({ paths }) => ({ taskId: (await desktop.screening.start(desktop.actor(), paths)).id }),
    resumeRun: async ({ runId }) => {
      const desk = await desktop.desk();
      return { taskId: (await desktop.screening.start(desktop.actor(), await desk.pathsOf(desktop.actor(), runId))).id };
    },

    listRuns: async () => {
      const running = desktop.tasks.running();
      return (await (await desktop.desk()).listRuns(desktop.actor())).map((run) => withTask(run, running));
    },
    runDetail: async ({ runId }) => withTask(await (await desktop.desk()).runDetail(desktop.actor(), runId), desktop.tasks.running()),
    listPatients: async (query) => (await desktop.desk()).listPatients(desktop.actor(), query),
    patientDetail: async (query) => (await desktop.desk()).patientDetail(desktop.actor(), query),
    listFailedFiles: async (query) => (await desktop.desk()).listFailedFiles(desktop.actor(), query),

    listTasks: () => desktop.tasks.list(),
    cancelTask: ({ taskId }) => {
      desktop.tasks.cancel(taskId);
      return null;
    },
    dismissTask: ({ taskId }) => {
      desktop.tasks.dismiss(taskId);
      return null;
    },
  };
}
