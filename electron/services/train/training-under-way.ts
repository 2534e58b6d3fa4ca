import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addTrainingEpoch, addTrainingEvent, type TrainingEventKind } from '../../db/queries/trainings';
import { transaction } from '../../db/sql';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { Actor } from '../../shared/domain/codes';
import type { TrainingLive, TrainingNote, TrainingRequest } from '../../shared/domain/training';
import { toAppError } from '../../shared/errors';
import { findModel, keepModel } from '../models/store';
import { starterFolder } from '../workspace';
import type { PictureCache } from './picture-cache';
import type { TrainingPause } from './run-process';
import { train } from './train';
import { gatherSource } from './training-source';

/** A training that is going on: what is known of it, and how it is stopped and held. */
export interface UnderWay {
  state: TrainingLive;
  abort: AbortController;
  pause: TrainingPause;
}

export interface TrainingMeans {
  profile: Profile;
  resourcesFolder: string;
  spawn: SpawnTraining;
  cache: PictureCache;
}

/**
 * One training of the window, from its data to the kept model; what happens is written into the profile. Never throws: what went wrong ends the run.
 *
 * @param resumed goes on from its checkpoint where there is one
 * @param tell `stored`: list and detail have changed; else only what is going on
 */
export async function trainUnderWay(
  actor: Actor,
  { profile, resourcesFolder, spawn, cache }: TrainingMeans,
  live: UnderWay,
  request: TrainingRequest,
  resumed: boolean,
  tell: (stored: boolean) => void,
): Promise<void> {
  const { database } = profile;
  const { state } = live;
  const folder = join(profile.folder, 'trainings', state.runId);
  const note = (kind: TrainingEventKind, details: object): void => {
    transaction(database, () => addTrainingEvent(database, { runId: state.runId, kind, details, actorId: actor.userId }));
    tell(true);
  };
  try {
    await mkdir(folder, { recursive: true });
    const out = join(folder, 'bundle');
    const from = request.from === null ? null : await findModel(profile, starterFolder(resourcesFolder), request.from);
    // A bundle that was written but not kept is written again from its checkpoint.
    await rm(out, { recursive: true, force: true });
    const checkpoint = await readFile(join(`${out}.work`, 'checkpoint.bin')).then(
      () => true,
      () => false,
    );
    const trained = await train(actor, {
      gather: (recipe) =>
        gatherSource(
          actor,
          profile,
          request.source,
          recipe,
          (done, total) => {
            state.files = { done, total };
            tell(false);
          },
          live.abort.signal,
        ),
      recipe: request.recipe,
      from: from?.folder ?? null,
      out,
      epochs: request.epochs,
      resume: resumed && checkpoint,
      seed: request.seed,
      learnt: null,
      command: commandOf(request),
      resourcesFolder,
      spawn,
      signal: live.abort.signal,
      pause: live.pause,
      cache: cache,
      hooks: {
        onSet: ({ counts }) => note('set', counts),
        onDevice: (device) => {
          state.device = device;
          if (state.phase === 'reading-files') state.phase = 'training';
          note('device', { device });
        },
        onPrepared: (done, total) => {
          state.files = { done, total };
          tell(false);
        },
        onStep: (facts) => {
          state.step = facts;
          tell(false);
        },
        onEpoch: (facts) => {
          transaction(database, () => addTrainingEpoch(database, state.runId, facts));
          if (facts.epoch === facts.epochs) state.phase = 'finishing';
          tell(true);
        },
        onNote: (facts: TrainingNote) => note('note', facts),
        onPaused: () => {
          if (state.phase === 'pausing') state.phase = 'paused';
          tell(true);
        },
      },
    });
    const known = await findModel(profile, starterFolder(resourcesFolder), trained.folder);
    await keepModel(profile, known);
    recordTrainingEvent(actor, profile, state.runId, 'finished', { modelId: trained.id });
    await rm(folder, { recursive: true, force: true });
  } catch (thrown) {
    const error = toAppError(thrown);
    // Cancelled by a person: said already. By the closing program: interrupted, which needs no word.
    if (error.code === 'cancelled') return;
    recordTrainingEvent(actor, profile, state.runId, 'failed', { error: error.toData() });
  }
}

/** With its line in the audit log. */
export function recordTrainingEvent(
  actor: Actor,
  { database, site }: Profile,
  runId: string,
  kind: TrainingEventKind,
  details: { modelId?: string; error?: unknown } = {},
): void {
  transaction(database, () => {
    addTrainingEvent(database, { runId, kind, details, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: `training.${kind}`,
      recordType: 'training',
      recordId: runId,
      details: { ...(details.modelId !== undefined && { model: details.modelId }) },
    });
  });
}

/** For the card: what the window did, as a command; no folder of this machine. */
function commandOf({ source, recipe, from, epochs, seed }: TrainingRequest): string {
  const data = source.kind === 'list' ? source.data.slice(dirname(source.data).length).replace(/^[\\/]/, '') : source.datasetId;
  const parts = ['netra train', `--data ${data}`, `--recipe ${recipe}`, from === null ? '' : `--from ${from.slice(0, 12)}`];
  return [...parts, epochs === null ? '' : `--epochs ${epochs}`, `--seed ${seed}`].filter((part) => part !== '').join(' ');
}
