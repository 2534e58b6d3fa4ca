import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Profile } from '../../db/profile/profile';
import { addTrainingRun, getTrainingRun, listTrainingRuns } from '../../db/queries/trainings';
import { transaction } from '../../db/sql';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { Actor } from '../../shared/domain/codes';
import type { Recipe } from '../../shared/domain/recipe';
import type {
  RecipeSummary,
  TrainingLive,
  TrainingRequest,
  TrainingRunDetail,
  TrainingRunSummary,
  TrainingSetSummary,
  TrainingSource,
} from '../../shared/domain/training';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { findModel } from '../models/store';
import { starterFolder } from '../workspace';
import { PictureCache } from './picture-cache';
import { readRecipe } from './recipes';
import { TrainingPause } from './run-process';
import { planEpochCount, recipeFor } from './train';
import { detailOf, summaryOf } from './training-runs';
import { summariseSource } from './training-summary';
import { recordTrainingEvent, trainUnderWay, type UnderWay } from './training-under-way';

export interface TrainingDeskOptions {
  profile: Profile;
  resourcesFolder: string;
  spawn: SpawnTraining;
}

interface Live extends UnderWay {
  ended: Promise<void>;
  toldAt: number;
}

/** `stored`: list and detail have changed; else only `live()`. */
export type TrainingChange = { runId: string; stored: boolean };

/** A message to the window for each of them: a curve needs no more. */
const TELL_INTERVAL_MS = 400;

/**
 * The trainings of a profile: one at a time, beside the screening, in a process of its own. What has happened is in the database; what is
 * happening is in `live`.
 */
export class TrainingDesk {
  readonly #options: TrainingDeskOptions;
  readonly #cache: PictureCache;
  readonly #listeners = new Set<(change: TrainingChange) => void>();
  #live: Live | null = null;

  constructor(options: TrainingDeskOptions) {
    this.#options = options;
    this.#cache = new PictureCache(options.profile);
  }

  /** What other work on labels needs of it: the process that learns, and the recipes. */
  get surroundings(): Pick<TrainingDeskOptions, 'resourcesFolder' | 'spawn'> {
    return this.#options;
  }

  /** @returns a function that ends the subscription */
  onChange(listener: (change: TrainingChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The training under way; null when there is none. */
  live(actor: Actor): TrainingLive | null {
    requireRole(actor, 'admin');
    return this.#live && { ...this.#live.state };
  }

  /** Newest first. */
  list(actor: Actor): TrainingRunSummary[] {
    requireRole(actor, 'admin');
    const { database } = this.#options.profile;
    return listTrainingRuns(database).map((run) => summaryOf(database, run, this.#live?.state.runId === run.id));
  }

  /** With its curve. @throws AppError not-found */
  detail(actor: Actor, runId: string): TrainingRunDetail {
    requireRole(actor, 'admin');
    const { database } = this.#options.profile;
    return detailOf(database, this.#run(runId), this.#live?.state.runId === runId);
  }

  /** The shipped recipes, in words. @throws AppError recipe-invalid */
  async recipes(actor: Actor): Promise<RecipeSummary[]> {
    requireRole(actor, 'admin');
    const { resourcesFolder } = this.#options;
    const names = (await readdir(join(resourcesFolder, 'recipes'))).filter((name) => name.endsWith('.json')).sort();
    const recipes = await Promise.all(names.map((name) => readRecipe(name.slice(0, -'.json'.length), resourcesFolder)));
    return recipes.map(inWords);
  }

  /** A data set at a glance, without opening a photograph. @throws AppError path-not-found, label-list-invalid, not-found */
  async summary(actor: Actor, source: TrainingSource): Promise<TrainingSetSummary> {
    requireRole(actor, 'admin');
    return summariseSource(actor, this.#options.profile, source);
  }

  /**
   * Starts a training and answers at once. What is wrong with the data ends the run as `failed`.
   *
   * @returns id of the run
   * @throws AppError training-under-way, recipe-invalid, model-unknown, bundle-*
   */
  async start(actor: Actor, request: TrainingRequest): Promise<string> {
    requireRole(actor, 'admin');
    this.#requireIdle();
    const { profile, resourcesFolder } = this.#options;
    const recipe = await recipeFor({ ...request, resourcesFolder });
    if (request.from !== null) await findModel(profile, starterFolder(resourcesFolder), request.from);
    this.#requireIdle();
    const runId = transaction(profile.database, () => {
      const id = addTrainingRun(profile.database, {
        siteId: profile.site.id,
        actorId: actor.userId,
        request,
        recipe,
        epochs: planEpochCount(recipe),
      });
      recordTrainingEvent(actor, profile, id, 'started');
      return id;
    });
    this.#begin(actor, runId, request, false);
    return runId;
  }

  /** Before the next step, holding everything in memory. @throws AppError training-not-resumable where it is not under way */
  pause(actor: Actor, runId: string): void {
    requireRole(actor, 'admin');
    const live = this.#requireLive(runId);
    if (live.state.phase !== 'training') throw new AppError('training-not-resumable');
    live.state.phase = 'pausing';
    live.pause.set(true);
    recordTrainingEvent(actor, this.#options.profile, runId, 'paused');
    this.#tell(true);
  }

  /**
   * Goes on: a paused training where it stopped, one that was interrupted, cancelled or failed from its last epoch.
   *
   * @throws AppError training-not-resumable for one that is finished or running, training-under-way while another one runs
   */
  resume(actor: Actor, runId: string): void {
    requireRole(actor, 'admin');
    const { state, request } = this.detail(actor, runId);
    if (state === 'paused' && this.#live?.state.runId === runId) {
      this.#live.state.phase = 'training';
      this.#live.pause.set(false);
      recordTrainingEvent(actor, this.#options.profile, runId, 'resumed');
      this.#tell(true);
      return;
    }
    if (state === 'finished' || state === 'running') throw new AppError('training-not-resumable');
    this.#requireIdle();
    recordTrainingEvent(actor, this.#options.profile, runId, 'resumed');
    this.#begin(actor, runId, request, true);
  }

  /** Ends it; what the last epoch reached stays, and `resume` goes on from there. @throws AppError training-not-resumable */
  cancel(actor: Actor, runId: string): void {
    requireRole(actor, 'admin');
    const live = this.#requireLive(runId);
    live.state.phase = 'cancelling';
    recordTrainingEvent(actor, this.#options.profile, runId, 'cancelled');
    live.abort.abort();
    this.#tell(true);
  }

  /** Stops what is under way; it counts as interrupted and can be resumed. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#listeners.clear();
    if (live === null) return;
    live.abort.abort();
    await live.ended;
  }

  #begin(actor: Actor, runId: string, request: TrainingRequest, resumed: boolean): void {
    const live: Live = {
      state: { runId, phase: 'reading-files', files: null, device: null, step: null },
      abort: new AbortController(),
      pause: new TrainingPause(),
      ended: Promise.resolve(),
      toldAt: -Infinity,
    };
    this.#live = live;
    live.ended = trainUnderWay(actor, { ...this.#options, cache: this.#cache }, live, request, resumed, (stored) => {
      this.#tell(stored);
    }).finally(() => {
      this.#live = null;
      this.#tellAll({ runId, stored: true });
    });
    this.#tell(true);
  }

  #run(runId: string) {
    const run = getTrainingRun(this.#options.profile.database, runId);
    if (run === undefined) throw new AppError('not-found', { what: 'training' });
    return run;
  }

  #requireIdle(): void {
    if (this.#live !== null) throw new AppError('training-under-way');
  }

  #requireLive(runId: string): Live {
    if (this.#live?.state.runId !== runId) throw new AppError('training-not-resumable');
    return this.#live;
  }

  #tell(stored: boolean): void {
    const live = this.#live;
    if (live === null) return;
    const now = performance.now();
    if (!stored && now - live.toldAt < TELL_INTERVAL_MS) return;
    live.toldAt = now;
    this.#tellAll({ runId: live.state.runId, stored });
  }

  #tellAll(change: TrainingChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function inWords(recipe: Recipe): RecipeSummary {
  const { name, summary, backbone, head, drawsPerEpoch, reasons } = recipe;
  return {
    name,
    summary,
    backbone,
    head,
    drawsPerEpoch,
    reasons,
    stages: recipe.stages.map(({ sizePx, epochs, trained }) => ({ sizePx, epochs, trained })),
  };
}
