import type {
  FailedFile,
  FailedFilePage,
  PatientGroup,
  PatientListRow,
  PatientPage,
  PatientQuery,
  RunDetail,
} from '../../../../electron/shared/ipc/types';
import { Loaded } from '../../lib/loaded.svelte';
import { Pages } from '../../lib/pages.svelte';
import type { Session } from '../../lib/session.svelte';

type Filter = Omit<PatientQuery, 'runId'>;
const EVERYTHING: Filter = { groups: [], search: '', sort: 'sickest' };

/** The run that is looked at: its facts, its patients as filtered, its failed files. Outlives the way from the list to a patient and back. */
export class RunWatch {
  readonly #session: Session;
  #runId = $state<string | null>(null);
  filter = $state.raw<Filter>(EVERYTHING);
  readonly detail = new Loaded<RunDetail>();
  readonly patients: Pages<PatientListRow, PatientPage>;
  readonly failed: Pages<FailedFile, FailedFilePage>;
  /** The patient looked at last: where the list is entered again. */
  lastKey = $state<string | null>(null);
  readonly task = $derived.by(() => this.#session.tasks.find((task) => task.runId === this.#runId && task.finishedAt === null) ?? null);

  constructor(session: Session) {
    this.#session = session;
    this.patients = new Pages((place) => session.api.call('listPatients', { ...this.query(), ...place }));
    this.failed = new Pages((place) => session.api.call('listFailedFiles', { runId: this.#runId ?? '', ...place }));
  }

  query(): PatientQuery {
    return { runId: this.#runId ?? '', ...this.filter };
  }

  open(runId: string): void {
    if (this.#runId === runId) {
      this.refresh();
      return;
    }
    this.#runId = runId;
    this.filter = EVERYTHING;
    this.lastKey = null;
    this.detail.clear();
    this.patients.restart();
    this.failed.restart();
    this.#loadDetail();
  }

  /** While the run goes on main says when it has changed. @returns the function that stops listening */
  listen(): () => void {
    const stops = [
      this.#session.api.on('runChanged', ({ runId }) => {
        if (runId === this.#runId) this.refresh();
      }),
      this.#session.api.on('taskUpdated', (task) => {
        if (task.runId === this.#runId && task.finishedAt !== null) this.refresh();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  refresh(): void {
    this.patients.refresh();
    this.failed.refresh();
    this.#loadDetail();
  }

  search(text: string): void {
    this.#setFilter({ ...this.filter, search: text });
  }

  sortBy(sort: Filter['sort']): void {
    this.#setFilter({ ...this.filter, sort });
  }

  /** One group, or all of them. */
  showOnly(group: PatientGroup | null): void {
    this.#setFilter({ ...this.filter, groups: group === null ? [] : [group] });
  }

  #setFilter(filter: Filter): void {
    this.filter = filter;
    this.patients.restart();
  }

  #loadDetail(): void {
    const runId = this.#runId;
    if (runId !== null) void this.detail.load(() => this.#session.api.call('runDetail', { runId }));
  }
}
