import { createContext } from 'svelte';
import { type AppErrorData, toAppError } from '../../../electron/shared/errors';
import type { Api } from '../../../electron/shared/ipc/api';
import type { EmergencyCodes } from '../../../electron/shared/ipc/accounts';
import type { Input } from '../../../electron/shared/ipc/contract';
import type { AppStatus, Task } from '../../../electron/shared/ipc/types';
import { useLocale } from './locale.svelte';
import { Router } from './route.svelte';
import { waitingApi } from './waiting-api.svelte';

/** What the whole window knows: the program's status, the tasks, where the person is. All of it is main's and only shown here. */
export class Session {
  readonly api: Api;
  readonly router = new Router();
  status = $state.raw<AppStatus | null>(null);
  tasks = $state.raw<readonly Task[]>([]);
  /** What the last thing asked for came to, when it came to nothing. */
  problem = $state.raw<AppErrorData | null>(null);
  /** The screening under way; other work goes on beside it. */
  running = $derived(this.tasks.find((task) => task.finishedAt === null && task.kind === 'screen') ?? null);
  /** New codes of the vault: shown before anything else, once. */
  codes = $state.raw<Partial<EmergencyCodes> | null>(null);
  /** A run that was asked for here and has not begun yet. */
  #awaited: string | null = null;

  constructor(api: Api) {
    this.api = waitingApi(api, () => this.status);
  }

  /** Listens first and asks then, so that nothing falls between. @returns the function that stops it */
  start(): () => void {
    const stops = [
      this.api.on('statusChanged', (status) => {
        this.#setStatus(status);
      }),
      this.api.on('taskCreated', (task) => {
        this.#setTask(task);
      }),
      this.api.on('taskUpdated', (task) => {
        this.#setTask(task);
      }),
      this.api.on('taskRemoved', ({ taskId }) => {
        this.tasks = this.tasks.filter((task) => task.id !== taskId);
      }),
      this.router.follow(),
    ];
    void this.attempt(async () => {
      const heard = this.status;
      const status = await this.api.call('status', {});
      if (this.status === heard) this.#setStatus(status);
    });
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Does something the person asked for; what goes wrong is said in the banner, once. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.problem = toAppError(thrown).toData();
    }
  }

  async chooseFolder(): Promise<void> {
    await this.attempt(async () => {
      const chosen = await this.api.call('chooseFolder', {});
      if (chosen !== null) await this.#screen('startRun', { paths: [chosen.path] });
    });
  }

  async screenPaths(paths: string[]): Promise<void> {
    await this.attempt(() => this.#screen('startRun', { paths }));
  }

  async resume(runId: string): Promise<void> {
    await this.attempt(() => this.#screen('resumeRun', { runId }));
  }

  async cancel(taskId: string): Promise<void> {
    await this.attempt(async () => {
      await this.api.call('cancelTask', { taskId });
    });
  }

  async dismiss(taskId: string): Promise<void> {
    await this.attempt(async () => {
      await this.api.call('dismissTask', { taskId });
    });
  }

  async changeSettings(change: Input<'setSettings'>): Promise<void> {
    await this.attempt(async () => {
      const settings = await this.api.call('setSettings', change);
      if (this.status !== null) this.#setStatus({ ...this.status, settings });
    });
  }

  async #screen<C extends 'startRun' | 'resumeRun'>(channel: C, input: Input<C>): Promise<void> {
    this.problem = null;
    const { taskId } = await this.api.call(channel, input);
    this.#awaited = taskId;
    const known = this.tasks.find((task) => task.id === taskId);
    if (known !== undefined) this.#follow(known);
  }

  /** What is under way is for whoever is signed in, and may have begun before they were. */
  async #loadTasks(): Promise<void> {
    await this.attempt(async () => {
      const listed = await this.api.call('listTasks', {});
      const heard = new Set(this.tasks.map((task) => task.id));
      this.tasks = [...this.tasks, ...listed.filter((task) => !heard.has(task.id))];
    });
  }

  #setStatus(status: AppStatus): void {
    const before = this.status?.session.state;
    this.status = status;
    if (status.session.state !== before) {
      if (status.session.state === 'signed-out') this.problem = null;
      if (status.session.state === 'signed-in') void this.#loadTasks();
    }
    useLocale(status.settings.locale);
    // The style sheet takes it from here; `system` leaves it to the computer.
    document.documentElement.dataset['theme'] = status.settings.theme;
  }

  #setTask(task: Task): void {
    const known = this.tasks.some((each) => each.id === task.id);
    this.tasks = known ? this.tasks.map((each) => (each.id === task.id ? task : each)) : [task, ...this.tasks];
    this.#follow(task);
  }

  /** Opens the run that was asked for as soon as it has a name. */
  #follow(task: Task): void {
    if (task.id !== this.#awaited) return;
    if (task.runId !== null) {
      this.#awaited = null;
      this.router.go({ name: 'run', runId: task.runId });
    } else if (task.state === 'failed') {
      this.#awaited = null;
      this.problem = task.error;
    }
  }
}

export const [getSession, setSession] = createContext<Session>();
