import type { Handlers } from '../../shared/ipc/contract';
import type { ModelOutputs } from '../../shared/ipc/models';
import { lastBenchmark } from '../../services/benchmark/benchmark';
import { listModels, showModel } from '../../services/models/registry';
import { recallList } from '../../services/models/rollback';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { ModelTasks } from '../tasks/model-tasks';

/** Models of the site: what is in use, what may replace it, what it had said. */
export function modelHandlers(desktop: Desktop): Handlers<AskedBy, keyof ModelOutputs> {
  const tasks = new ModelTasks(desktop);
  return {
    listModels: async () => {
      const { workspace, models } = await desktop.desk();
      return listModels(desktop.actor(), workspace.profile, models.starterFolder);
    },
    modelDetail: async ({ model }) => {
      const { workspace, models } = await desktop.desk();
      return showModel(desktop.actor(), workspace.profile, models.starterFolder, model);
    },
    networkDrawing: async ({ model }) => ({ svg: await (await desktop.desk()).models.drawing(desktop.actor(), model) }),
    compareModels: async (request) => ({ taskId: (await tasks.compare(desktop.actor(), request)).id }),
    examineModel: async (request) => ({ taskId: (await tasks.examine(desktop.actor(), request)).id }),
    comparison: async ({ comparisonId }) => (await desktop.desk()).models.comparison(desktop.actor(), comparisonId),
    signModel: async ({ comparisonId, doctor, password }) => ({
      activated: await tasks.sign(desktop.actor(), comparisonId, doctor, password),
    }),
    rollBackModel: () => tasks.rollBack(desktop.actor()),
    recallList: async () => recallList(desktop.actor(), (await desktop.desk()).workspace.profile),
    benchmark: async () => lastBenchmark(desktop.actor(), (await desktop.desk()).workspace.profile),
    runBenchmark: async () => ({ taskId: (await tasks.benchmark(desktop.actor())).id }),
    rescoreRecalled: async () => ({ taskId: (await tasks.rescore(desktop.actor())).id }),
  };
}
