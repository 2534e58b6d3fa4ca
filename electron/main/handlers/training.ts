import type { Handlers } from '../../shared/ipc/contract';
import type { TrainingOutputs } from '../../shared/ipc/training';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** Trainings on this machine. */
export function trainingHandlers(desktop: Desktop): Handlers<AskedBy, keyof TrainingOutputs> {
  return {
    trainingSummary: async ({ source }) => (await desktop.desk()).training.summary(desktop.actor(), source),
    trainingRecipes: async () => (await desktop.desk()).training.recipes(desktop.actor()),
    startTraining: async (request) => ({ runId: await (await desktop.desk()).training.start(desktop.actor(), request) }),
    pauseTraining: async ({ runId }) => {
      (await desktop.desk()).training.pause(desktop.actor(), runId);
      return null;
    },
    resumeTraining: async ({ runId }) => {
      (await desktop.desk()).training.resume(desktop.actor(), runId);
      return null;
    },
    cancelTraining: async ({ runId }) => {
      (await desktop.desk()).training.cancel(desktop.actor(), runId);
      return null;
    },
    listTrainings: async () => (await desktop.desk()).training.list(desktop.actor()),
    trainingDetail: async ({ runId }) => (await desktop.desk()).training.detail(desktop.actor(), runId),
    trainingLive: async () => (await desktop.desk()).training.live(desktop.actor()),
  };
}
