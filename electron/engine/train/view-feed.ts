import type { Recipe, RecipeStage } from '../../shared/domain/recipe';
import { toAppError } from '../../shared/errors';
import type { Batch, Feed, ReadableImage } from './feed';
import { bytesOf, floatsOf, type Keeper, keptKey } from './keeper';
import { ahead, labelsOf, type PixelFeed } from './pixel-feed';
import { Random, seedOfHash } from './random';
import type { ClassWeights, Draw } from './sampler';

/** What is computed once from a view: an embedding, or the feature map that enters the trained layers. */
export interface ViewMaker {
  /** Names network and kind: another one never finds the kept ones. */
  readonly version: string;
  /** Numbers of one view. */
  readonly length: number;
  /** @param pixels RGB, values 0..255 */
  make(pixels: Float32Array): Promise<Float32Array>;
}

/** Photographs prepared at the same time: while one is in the network, others are decoded. */
const AT_ONCE = 4;

/**
 * Batches of what a frozen network sees, computed once for each of a few fixed views of a photograph: the first is the photograph as it is screened, the
 * others are augmented. What does not fit into memory is computed again when it is drawn.
 */
export class ViewFeed implements Feed {
  readonly #pixels: PixelFeed;
  readonly #maker: ViewMaker;
  readonly #recipe: Recipe;
  readonly #classWeights: ClassWeights;
  readonly #seed: number;
  readonly #keeper: Keeper;
  readonly #limitBytes: number;
  readonly #views = new Map<string, Float32Array>();
  readonly #unreadable = new Set<string>();
  #heldBytes = 0;

  constructor(
    pixels: PixelFeed,
    maker: ViewMaker,
    {
      recipe,
      classWeights,
      seed,
      keeper,
      limitBytes,
    }: { recipe: Recipe; classWeights: ClassWeights; seed: number; keeper: Keeper; limitBytes: number },
  ) {
    this.#pixels = pixels;
    this.#maker = maker;
    this.#recipe = recipe;
    this.#classWeights = classWeights;
    this.#seed = seed;
    this.#keeper = keeper;
    this.#limitBytes = limitBytes;
  }

  get #viewCount(): number {
    return this.#recipe.views ?? 1;
  }

  /** Computes every view of every image. @returns the images that could be read */
  async prepare<T extends ReadableImage>(images: readonly T[], onPrepared: (done: number, total: number) => void): Promise<T[]> {
    const sizePx = this.#recipe.stages.at(-1)?.sizePx ?? 0;
    const readable = new Set<T>();
    let [next, done] = [0, 0];
    const work = async (): Promise<void> => {
      for (let image = images[next++]; image !== undefined; image = images[next++]) {
        try {
          for (let view = 0; view < this.#viewCount; view += 1) await this.#view(image, sizePx, view);
          readable.add(image);
        } catch (thrown) {
          if (toAppError(thrown).code === 'internal') throw thrown;
          this.#unreadable.add(image.sha256);
        }
        onPrepared(++done, images.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return images.filter((image) => readable.has(image));
  }

  batches(draws: readonly Draw<ReadableImage>[], stage: RecipeStage, batchSize: number): AsyncGenerator<Batch> {
    return ahead(Math.floor(draws.length / batchSize), async (step) => {
      const of = draws.slice(step * batchSize, (step + 1) * batchSize);
      const images = new Float32Array(of.length * this.#maker.length);
      for (const [index, { image, seed }] of of.entries())
        images.set(await this.#view(image, stage.sizePx, new Random(...seed).below(this.#viewCount)), index * this.#maker.length);
      return { images, ...labelsOf(of, this.#recipe, this.#classWeights) };
    });
  }

  forScoring(image: ReadableImage, sizePx: number): Promise<Float32Array> {
    return this.#view(image, sizePx, 0);
  }

  takeUnreadable(): number {
    const count = this.#unreadable.size;
    this.#unreadable.clear();
    return count;
  }

  async #view(image: ReadableImage, sizePx: number, view: number): Promise<Float32Array> {
    const name = `${image.sha256} ${view}`;
    const held = this.#views.get(name);
    if (held !== undefined) return held;
    const made = await this.#made(image, sizePx, view);
    if (this.#heldBytes + made.byteLength <= this.#limitBytes) {
      this.#views.set(name, made);
      this.#heldBytes += made.byteLength;
    }
    return made;
  }

  async #made(image: ReadableImage, sizePx: number, view: number): Promise<Float32Array> {
    const how = view === 0 ? ['screened'] : ['view', view, this.#seed, JSON.stringify(this.#recipe.augmentation)];
    const key = keptKey(image.sha256, this.#maker.version, sizePx, ...how);
    const kept = await this.#keeper.get(key);
    const known = kept === null ? null : floatsOf(kept, this.#maker.length);
    if (known !== null) return known;
    const made = await this.#maker.make(
      view === 0
        ? Float32Array.from(await this.#pixels.forScoring(image, sizePx))
        : await this.#pixels.view(image, sizePx, [this.#seed, 0x76696577, view, seedOfHash(image.sha256)]),
    );
    this.#keeper.put(key, Uint8Array.from(bytesOf(made)));
    return made;
  }
}
