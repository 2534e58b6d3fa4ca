import { dirname, join } from 'node:path';
import { newId } from '../../db/ids';
import { superviseEngine } from '../../engine/client/supervisor';
import type { SpawnEngine } from '../../engine/client/transport';
import { drawNetwork } from '../../engine/bundle/network-drawing';
import { requireOneNetwork } from '../../engine/bundle/forms';
import type { Comparison } from '../../shared/domain/comparison';
import { type Actor, BACKENDS } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { TaskSteps } from '../../shared/ipc/types';
import { requireRole } from '../actor';
import { runBenchmark } from '../benchmark/benchmark';
import { defaultFolders } from '../default-folders';
import { evaluate } from '../evaluate/evaluate';
import { paced } from '../pace';
import type { PictureBytes } from '../picture-work';
import { inferenceThreads, type Workspace } from '../workspace';
import { keepSeen, type MeasuredModel, type SeenImages, sideBySide } from './comparison';
import { examine, type Examination, type Examined, signExamination } from './promote';
import { findModel, type KnownModel } from './store';

export interface ModelDeskOptions {
  workspace: Workspace;
  starterFolder: string;
  /** A second engine: whoever screens meanwhile keeps the first one. */
  spawnEngine: SpawnEngine;
}

export interface MeasureRequest {
  data: string;
  /** null: beside the list. */
  images: string | null;
}

export interface MeasureWatch {
  signal: AbortSignal;
  steps: (steps: TaskSteps) => void;
}

interface Kept {
  comparison: Omit<Comparison, 'gate'>;
  /** Where the list's files lie, and what they were when they were measured. */
  pictures: Map<string, { path: string; sha256: string }>;
  examination: Examination | null;
  countersignedBy: string | null;
}

/** Measurements that can still be looked at; older ones are gone, what the gate said of them is in the database. */
const KEPT = 4;

/** What the admin's window does with models beyond listing them. Measurements live in memory: they are looked at, signed for, and done with. */
export class ModelDesk {
  readonly starterFolder: string;
  readonly #options: ModelDeskOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ModelDeskOptions) {
    this.starterFolder = options.starterFolder;
    this.#options = options;
  }

  /**
   * Measures two models on the patients of a list that are not locked, side by side.
   * @returns the comparison's id
   * @throws AppError model-unknown, bundle-*, path-not-found, label-list-invalid, engine-*, cancelled, not-permitted
   */
  async compare(actor: Actor, request: MeasureRequest & { first: string; second: string }, watch: MeasureWatch): Promise<string> {
    requireRole(actor, 'admin');
    const { starterFolder } = this;
    const { workspace } = this.#options;
    const models: [KnownModel, KnownModel] = [
      await findModel(workspace.profile, starterFolder, request.first),
      await findModel(workspace.profile, starterFolder, request.second),
    ];
    const engine = superviseEngine({ spawn: this.#options.spawnEngine });
    const steps = paced(watch.steps);
    try {
      const measured: MeasuredModel[] = [];
      for (const [index, { bundle }] of models.entries()) {
        requireOneNetwork(bundle.files);
        const facts = await engine.load({ bundle: bundle.files, backend: 'auto', order: BACKENDS, threads: inferenceThreads() });
        const seen: SeenImages = new Map();
        const evaluation = await evaluate(actor, {
          ...request,
          patients: 'open',
          bundle,
          engine,
          signal: watch.signal,
          onProgress: (done, total) => steps(index * total + done, 2 * total),
          onScreened: keepSeen(seen, bundle),
        });
        measured.push({ bundle, facts, evaluation, seen });
      }
      const [first, second] = measured;
      if (first === undefined || second === undefined) throw new AppError('internal');
      return this.#keep(request, first, second, null);
    } finally {
      await engine.close();
    }
  }

  /**
   * Has a model stand before the promotion gate; without a signature it stays out of use until `sign`.
   * @returns the comparison's id
   * @throws as `examine`
   */
  async examine(
    actor: Actor,
    request: MeasureRequest & { model: string; acceptNotValidated: boolean },
    watch: MeasureWatch,
  ): Promise<string> {
    requireRole(actor, 'admin');
    const { starterFolder } = this;
    const { workspace } = this.#options;
    const engine = superviseEngine({ spawn: this.#options.spawnEngine });
    const steps = paced(watch.steps);
    let measuring = 0;
    try {
      const examination = await examine(actor, {
        ...request,
        profile: workspace.profile,
        starterFolder,
        engine,
        backend: 'auto',
        manifestFile: null,
        countersigner: null,
        signal: watch.signal,
        hooks: {
          onFiles: () => undefined,
          onMeasuring: () => void (measuring += 1),
          onProgress: (done, total) => steps((measuring - 1) * total + done, 2 * total),
        },
      });
      return this.#keep(request, examination.ofActive, examination.ofCandidate, examination);
    } finally {
      await engine.close();
    }
  }

  /** @throws AppError not-found */
  comparison(actor: Actor, id: string): Comparison {
    requireRole(actor, 'admin');
    const { comparison, examination, countersignedBy } = this.#find(id);
    if (examination === null) return { ...comparison, gate: null };
    const { result, activated } = examination.examined;
    const missing = result.reasons.filter(({ code }) => code !== 'labels-not-adjudicated');
    const maySign = !activated && missing.length === 1 && missing[0]?.code === 'not-countersigned';
    return { ...comparison, gate: { result, activated, countersignedBy, maySign } };
  }

  /**
   * A doctor signs for an examined model; if the gate opens it comes into use.
   * @throws AppError not-found, model-changed-since, bundle-*, not-permitted
   */
  async sign(actor: Actor, id: string, countersigner: Actor): Promise<Examined> {
    requireRole(actor, 'admin');
    const kept = this.#find(id);
    if (kept.examination === null) throw new AppError('not-found', { what: 'examination' });
    const { starterFolder } = this;
    const { workspace } = this.#options;
    const options = { profile: workspace.profile, starterFolder, countersigner };
    kept.examination = await signExamination(actor, options, kept.examination);
    kept.countersignedBy = countersigner.userId;
    return kept.examination.examined;
  }

  /** How fast this machine is, kept in the profile. @throws AppError bundle-*, cancelled */
  async benchmark(actor: Actor, watch: MeasureWatch): Promise<void> {
    const { workspace, spawnEngine } = this.#options;
    const { starterFolder } = this;
    await runBenchmark(actor, workspace.profile, {
      starterFolder,
      spawnEngine,
      cacheFolder: defaultFolders().cache,
      signal: watch.signal,
      onBackend: paced(watch.steps),
    });
  }

  /** The network of a model, drawn. @throws AppError model-unknown, bundle-* */
  async drawing(actor: Actor, model: string): Promise<string> {
    requireRole(actor, 'admin');
    const { bundle } = await findModel(this.#options.workspace.profile, this.starterFolder, model);
    return drawNetwork(bundle.files, bundle.card.name);
  }

  /** A photograph that two models see differently, as it was measured. @returns null when there is no such one, or it has changed */
  async picture(actor: Actor, pictureId: string): Promise<PictureBytes | null> {
    if (!actor.roles.includes('admin')) return null;
    for (const { pictures } of this.#kept.values()) {
      const file = pictures.get(pictureId);
      if (file !== undefined) return this.#options.workspace.pool.filePicture(file);
    }
    return null;
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new AppError('not-found', { what: 'comparison' });
    return kept;
  }

  #keep({ data, images }: MeasureRequest, first: MeasuredModel, second: MeasuredModel, examination: Examination | null): string {
    const id = newId();
    const folder = images ?? dirname(data);
    const hashes = new Map(first.evaluation.images.map((image) => [image.file, image.sha256]));
    const pictures: Kept['pictures'] = new Map();
    const compared = sideBySide(first, second, (file) => {
      const pictureId = newId();
      pictures.set(pictureId, { path: join(folder, file), sha256: hashes.get(file) ?? '' });
      return pictureId;
    });
    this.#kept.set(id, { comparison: { ...compared, id, at: Date.now() }, pictures, examination, countersignedBy: null });
    for (const oldest of this.#kept.keys()) if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    return id;
  }
}
