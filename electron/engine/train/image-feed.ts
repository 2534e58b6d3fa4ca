import type { Recipe, RecipeStage } from '../../shared/domain/recipe';
import { toAppError } from '../../shared/errors';
import type { Draw, TrainingImage } from './sampler';
import { targetsOf } from './sampler';
import type { WorkerAnswers, SharedSquare, WorkerJob } from './worker-messages';

/** A training image whose bytes can be fetched. */
export interface ReadableImage extends TrainingImage {
  /** @throws AppError image-vanished and what reading may throw */
  read(): Promise<Uint8Array>;
}

/** Whoever does the pixels: a crew of threads, or the calling thread in tests. */
export interface PixelWorkers {
  run<K extends WorkerJob['kind']>(job: Extract<WorkerJob, { kind: K }>): Promise<WorkerAnswers[K]>;
}

export interface Batch {
  images: Float32Array;
  targets: Float32Array;
  targetWeights: Float32Array;
}

/** Batches whose pixels are made while earlier ones are trained on. */
const AHEAD = 3;

/**
 * Decodes each photograph once, keeps its retina in memory (never on disk) up to a limit, and makes batches ahead of the step.
 */
export class ImageFeed {
  readonly #workers: PixelWorkers;
  readonly #recipe: Recipe;
  readonly #limitBytes: number;
  readonly #squares = new Map<string, Promise<SharedSquare>>();
  readonly #unreadable = new Set<string>();
  readonly #viewPx: number;
  #heldBytes = 0;

  /** @param limitBytes of cached pixels; what does not fit is decoded again when drawn */
  constructor(workers: PixelWorkers, recipe: Recipe, limitBytes: number) {
    this.#workers = workers;
    this.#recipe = recipe;
    this.#limitBytes = limitBytes;
    // The largest stage decides: a smaller one uses the same squares.
    this.#viewPx = Math.max(...recipe.stages.map((stage) => stage.sizePx));
  }

  /** The batches of an epoch, in order. */
  async *batches(draws: readonly Draw<ReadableImage>[], stage: RecipeStage): AsyncGenerator<Batch> {
    const size = this.#recipe.batchSize;
    const steps = Math.floor(draws.length / size);
    const queue: Promise<Batch>[] = [];
    let next = 0;
    while (next < steps || queue.length > 0) {
      while (next < steps && queue.length < AHEAD) {
        const batch = this.#batch(draws.slice(next * size, (next + 1) * size), stage.sizePx);
        // An error is met when its turn comes; until then it must not count as unhandled.
        batch.catch(() => undefined);
        queue.push(batch);
        next += 1;
      }
      const first = queue.shift();
      if (first) yield await first;
    }
  }

  /** RGB bytes as screening would give them to the network. */
  async forScoring(image: ReadableImage, sizePx: number): Promise<Uint8Array> {
    return this.#workers.run({ kind: 'score', bytes: await image.read(), sizePx });
  }

  /** Photographs that could not be read since the last call. */
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
      for (let ahead = 1; ahead < draws.length; ahead++) {
        const other = squares[(index + ahead) % draws.length];
        if (other?.status === 'fulfilled')
          return { draw: { ...(draws[(index + ahead) % draws.length] as Draw<ReadableImage>), seed: draw.seed }, square: other.value };
      }
      throw toAppError(own?.reason);
    });
    const views = drawn.map(({ draw, square }) => ({ square, seed: draw.seed }));
    const images = await this.#workers.run({ kind: 'batch', sizePx, settings: this.#recipe.augmentation, views });
    const labels = drawn.map(({ draw }) => targetsOf(draw.image, this.#recipe));
    return {
      images,
      targets: Float32Array.from(labels.flatMap((label) => label.targets)),
      targetWeights: Float32Array.from(labels.flatMap((label) => label.weights)),
    };
  }

  #square(image: ReadableImage): Promise<SharedSquare> {
    const held = this.#squares.get(image.sha256);
    if (held) return held;
    const square = image.read().then((bytes) => this.#workers.run({ kind: 'prepare', bytes, viewPx: this.#viewPx }));
    if (this.#heldBytes < this.#limitBytes) {
      this.#squares.set(image.sha256, square);
      square.then(
        ({ pixels }) => (this.#heldBytes += pixels.byteLength),
        () => this.#squares.delete(image.sha256),
      );
    }
    return square;
  }
}
