import { LOCAL_ACTOR } from '../shared/domain/codes';
import type { Handlers } from '../shared/ipc/contract';
import type { RunSummary, Task } from '../shared/ipc/types';
import type { Desktop } from './desktop';
import type { AskedBy } from './ipc/register';

/** Every channel of the contract; leaving one out does not compile. Nothing is decided here: questions are passed on. */
export function createHandlers(desktop: Desktop, chooseFolder: (askedBy: AskedBy) => Promise<string | null>): Handlers<AskedBy> {
  const actor = LOCAL_ACTOR;

  /** The registry knows what is running; the database does not. */
  function withTask<T extends RunSummary>(run: T, running: readonly Task[]): T {
    const task = running.find((each) => each.runId === run.runId);
    if (task === undefined) return run;
    return { ...run, state: 'running', taskId: task.id };
  }

  return {
    status: () => desktop.status(),
    setSettings: async (input) => desktop.saveSettings(actor, input),
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
      const path = await chooseFolder(askedBy);
      return path === null ? null : { path };
    },
    startRun: async ({ paths }) => ({ taskId: (await desktop.screen(actor, paths)).id }),
    resumeRun: async ({ runId }) => {
      const desk = await desktop.desk();
      return { taskId: (await desktop.screen(actor, await desk.pathsOf(actor, runId))).id };
    },

    listRuns: async () => {
      const running = desktop.tasks.running();
      return (await (await desktop.desk()).listRuns(actor)).map((run) => withTask(run, running));
    },
    runDetail: async ({ runId }) => withTask(await (await desktop.desk()).runDetail(actor, runId), desktop.tasks.running()),
    listPatients: async (query) => (await desktop.desk()).listPatients(actor, query),
    patientDetail: async (query) => (await desktop.desk()).patientDetail(actor, query),
    listFailedFiles: async (query) => (await desktop.desk()).listFailedFiles(actor, query),

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
