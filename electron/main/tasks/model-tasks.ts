import { basename } from 'node:path';
import type { Desk } from '../../services/desk/desk';
import type { MeasureRequest } from '../../services/models/model-desk';
import { recallList, rescoreRecalled, rollBack } from '../../services/models/rollback';
import { paced } from '../../services/pace';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { Task } from '../../shared/ipc/types';
import type { TaskRegistry } from './registry';

export interface ModelTaskParts {
  desk: () => Promise<Desk>;
  tasks: TaskRegistry;
  /** Somebody else at the machine, by their own password. */
  people: { secondPerson: (login: string, password: string) => Promise<Actor> };
}

/** Long work on models as tasks, and the change of the model in use, which never happens under a screening. */
export class ModelTasks {
  readonly #parts: ModelTaskParts;

  constructor(parts: ModelTaskParts) {
    this.#parts = parts;
  }

  async compare(actor: Actor, request: MeasureRequest & { first: string; second: string }): Promise<Task> {
    const { models } = await this.#parts.desk();
    return this.#parts.tasks.start({
      kind: 'compare',
      subject: basename(request.data),
      work: async ({ signal, steps, record }) => record(await models.compare(actor, request, { signal, steps })),
    });
  }

  async examine(actor: Actor, request: MeasureRequest & { model: string; acceptNotValidated: boolean }): Promise<Task> {
    const { models } = await this.#parts.desk();
    return this.#parts.tasks.start({
      kind: 'examine',
      subject: basename(request.data),
      work: async ({ signal, steps, record }) => record(await models.examine(actor, request, { signal, steps })),
    });
  }

  /** @returns whether the model is in use now; @throws AppError model-screening, model-changed-since, not-found, sign-in-failed, sign-in-throttled */
  async sign(actor: Actor, comparisonId: string, doctor: string, password: string | null): Promise<boolean> {
    const desk = await this.#parts.desk();
    this.#requireNoScreening();
    // Without accounts, whoever sits at the machine vouches for the doctor's code.
    const countersigner: Actor = desk.facts().protected
      ? await this.#parts.people.secondPerson(doctor, password ?? '')
      : { userId: doctor, roles: ['doctor'] };
    const { activated } = await desk.models.sign(actor, comparisonId, countersigner);
    if (activated) await desk.reloadModel();
    return activated;
  }

  /** Back to the model before at once; whom the other one sent home is looked at again in a task. @throws AppError model-screening, model-nothing-to-roll-back */
  async rollBack(actor: Actor): Promise<{ recalled: number; taskId: string | null }> {
    const desk = await this.#parts.desk();
    this.#requireNoScreening();
    const { recalled } = rollBack(actor, desk.workspace.profile);
    await desk.reloadModel();
    return { recalled, taskId: recalled === 0 ? null : (await this.rescore(actor)).id };
  }

  async rescore(actor: Actor): Promise<Task> {
    const { workspace } = await this.#parts.desk();
    const waiting = recallList(actor, workspace.profile).filter(({ rescored }) => rescored === null).length;
    return this.#parts.tasks.start({
      kind: 'recall',
      subject: String(waiting),
      work: ({ signal, steps }) => rescoreRecalled(actor, workspace, { signal, onProgress: paced(steps) }),
    });
  }

  async benchmark(actor: Actor): Promise<Task> {
    const { models } = await this.#parts.desk();
    return this.#parts.tasks.start({
      kind: 'benchmark',
      subject: '',
      work: ({ signal, steps }) => models.benchmark(actor, { signal, steps }),
    });
  }

  #requireNoScreening(): void {
    if (this.#parts.tasks.running('screen').length > 0) throw new AppError('model-screening');
  }
}
