import type { Profile } from '../../db/profile/profile';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { RunFacts } from '../../shared/domain/screening';
import { unblindedRunResults } from '../screening/run-results';
import { requireRole } from '../actor';
import { buildRunView, type RunView } from './run-view';

interface Built {
  view: RunView;
  facts: RunFacts;
}
interface Entry {
  built: Promise<Built>;
  builtAt: number;
  /** Results have been stored since. */
  outdated: boolean;
}

/** While a run goes on, its list is built anew at most this often: reading a thousand files takes a tenth of a second of the main thread. */
const REBUILD_INTERVAL_MS = 2000;
/** Runs whose lists are kept; a list of a thousand patients is a few megabytes. */
const KEPT_VIEWS = 3;

/** The arranged results of the runs that were looked at last, with nothing hidden: whoever shows them hides what is to be read blind (blind-view.ts). */
export class RunViews {
  readonly #profile: Profile;
  readonly #entries = new Map<string, Entry>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Results of this run have been stored, and more will be: a list that is a little old will do. */
  outdate(runId: string): void {
    const entry = this.#entries.get(runId);
    if (entry !== undefined) entry.outdated = true;
  }

  /** The run has ended: whoever asks from now on gets all of it. */
  forget(runId: string): void {
    this.#entries.delete(runId);
  }

  /** @throws AppError not-found, not-permitted */
  of(actor: Actor, runId: string): Promise<Built> {
    requireRole(actor, ...ROLES);
    const known = this.#entries.get(runId);
    if (known !== undefined && (!known.outdated || performance.now() - known.builtAt < REBUILD_INTERVAL_MS)) return known.built;
    const built = this.#build(runId);
    const entry: Entry = { built, builtAt: performance.now(), outdated: false };
    this.#entries.delete(runId);
    this.#entries.set(runId, entry);
    // A list that could not be built is asked for again next time.
    built.catch(() => {
      if (this.#entries.get(runId) === entry) this.#entries.delete(runId);
    });
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > KEPT_VIEWS && oldest !== undefined) this.#entries.delete(oldest);
    return built;
  }

  async #build(runId: string): Promise<Built> {
    const results = await unblindedRunResults(this.#profile, runId);
    return { view: buildRunView(results), facts: results.facts };
  }
}
