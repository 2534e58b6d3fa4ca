import type { Recipe, RecipeStage } from '../../shared/domain/recipe';
import { toAppError } from '../../shared/errors';
import type { Batch, Feed, ReadableImage } from './feed';
import { type Keeper, keptKey } from './keeper';
import type { ClassWeights, Draw } from './sampler';
import { targetsOf } from './sampler';
import type { WorkerAnswers, SharedSquare, WorkerJob } from './worker-messages';

/** Whoever does the pixels: a crew of threads, or the calling thread in tests. */
export interface PixelWorkers {
  run<K extends WorkerJob['kind']>(job: Extract<WorkerJob, { kind: K }>): Promise<WorkerAnswers[K]>;
}

/** Batches whose pixels are made while earlier ones are trained on. */
const AHEAD = 3;

/** Runs several batches' work ahead of the one that is wanted. */
export async function* ahead<T>(count: number, make: (index: number) => Promise<T>): AsyncGenerator<T> {
  const queue: Promise<T>[] = [];
  let next = 0;
  while (next < count || queue.length > 0) {
    while (next < count && queue.length < AHEAD) {
      const made = make(next);
      // An error is met when its turn comes; until then it must not count as unhandled.
      made.catch(() => undefined);
      queue.push(made);
      next += 1;
    }
    const first = queue.shift();
    if (first) yield await first;
  }
}

/**
 * Decodes each photograph once, keeps its retina in memory up to a limit (and with whoever started the training, encrypted), and makes batches of
 * augmented pixels ahead of the step.
 */
export class PixelFeed implements Feed {
  readonly #workers: PixelWorkers;
  readonly #recipe: Recipe;
  readonly #classWeights: ClassWeights;
  readonly #limitBytes: number;
  readonly #keeper: Keeper;
  readonly #squares = new Map<string, Promise<SharedSquare>>();
  readonly #unreadable = new Set<string>();
  readonly #viewPx: number;
  #heldBytes = 0;

  /** @param limitBytes of cached pixels; what does not fit is decoded again when drawn */
  constructor(workers: PixelWorkers, recipe: Recipe, classWeights: ClassWeights, limitBytes: number, keeper: Keeper) {
    this.#workers = workers;
    this.#recipe = recipe;
    this.#classWeights = classWeights;
    this.#limitBytes = limitBytes;
    this.#keeper = keeper;
    // The largest stage decides: a smaller one uses the same squares.
    this.#viewPx = Math.max(...recipe.stages.map((stage) => stage.sizePx));
  }

  batches(draws: readonly Draw<ReadableImage>[], stage: RecipeStage, batchSize: number): AsyncGenerator<Batch> {
    return ahead(Math.floor(draws.length / batchSize), (step) =>
      this.#batch(draws.slice(step * batchSize, (step + 1) * batchSize), stage.sizePx),
    );
  }

  /** RGB bytes as screening would give them to the network. */
  async forScoring(image: ReadableImage, sizePx: number): Promise<Uint8Array> {
    return this.#workers.run({ kind: 'score', bytes: await image.read(), sizePx });
  }

  /** A view of it. @param seed parts of the view's seed @returns RGB, values 0..255 */
  async view(image: ReadableImage, sizePx: number, seed: readonly number[]): Promise<Float32Array> {
    const square = await this.#square(image);
    return this.#workers.run({ kind: 'batch', sizePx, settings: this.#recipe.augmentation, views: [{ square, seed }] });
  }

  takeUnreadable(): number {
    const count = this.#unreadable.size;
    this.#unreadable.clear();
    return count;
  }

  async #batch(draws: readonly Draw<ReadableImage>[], sizePx: number): Promise<Batch> {
    const squares = await Promise.allSettled(draws.map(({ image }) => this.#square(image)));
    // A photograph that is gone or damaged is replaced by the next readable one of its batch: training goes on, and says so.
    const drawn = draws.map((draw, index) => {
      const own = squares[index];
      if (own?.status === 'fulfilled') return { draw, square: own.value };
      this.#unreadable.add(draw.image.sha256);
      for (let step = 1; step < draws.length; step++) {
        const other = squares[(index + step) % draws.length];
        if (other?.status === 'fulfilled')
          return { draw: { ...(draws[(index + step) % draws.length] as Draw<ReadableImage>), seed: draw.seed }, square: other.value };
      }
      throw toAppError(own?.reason);
    });
    const views = drawn.map(({ draw, square }) => ({ square, seed: draw.seed }));
    const images = await this.#workers.run({ kind: 'batch', sizePx, settings: this.#recipe.augmentation, views });
    return {
      images,
      ...labelsOf(
        drawn.map(({ draw }) => draw),
        this.#recipe,
        this.#classWeights,
      ),
    };
  }

  #square(image: ReadableImage): Promise<SharedSquare> {
    const held = this.#squares.get(image.sha256);
    if (held) return held;
    const square = this.#preparedSquare(image);
    if (this.#heldBytes < this.#limitBytes) {
      this.#squares.set(image.sha256, square);
      square.then(
        ({ pixels }) => (this.#heldBytes += pixels.byteLength),
        () => this.#squares.delete(image.sha256),
      );
    }
    return square;
  }

  async #preparedSquare(image: ReadableImage): Promise<SharedSquare> {
    const key = keptKey(image.sha256, 'square', this.#viewPx);
    const kept = await this.#keeper.get(key);
    const sizePx = kept === null ? 0 : Math.sqrt(kept.byteLength / 3);
    if (kept !== null && Number.isInteger(sizePx)) {
      const pixels = new SharedArrayBuffer(kept.byteLength);
      new Uint8Array(pixels).set(kept);
      return { sizePx, pixels };
    }
    const square = await this.#workers.run({ kind: 'prepare', bytes: await image.read(), viewPx: this.#viewPx });
    this.#keeper.put(key, Uint8Array.from(new Uint8Array(square.pixels)));
    return square;
  }
}

/** Targets and weights of a batch, row after row. */
export function labelsOf(
  draws: readonly Draw<ReadableImage>[],
  recipe: Recipe,
  classWeights: ClassWeights,
): Pick<Batch, 'targets' | 'targetWeights'> {
  const labels = draws.map(({ image }) => targetsOf(image, recipe, classWeights));
  return {
    targets: Float32Array.from(labels.flatMap((label) => label.targets)),
    targetWeights: Float32Array.from(labels.flatMap((label) => label.weights)),
  };
}
