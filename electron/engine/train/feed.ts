import type { RecipeStage } from '../../shared/domain/recipe';
import type { Draw, TrainingImage } from './sampler';

/** A training image whose bytes can be fetched. */
export interface ReadableImage extends TrainingImage {
  /** @throws AppError image-vanished and what reading may throw */
  read(): Promise<Uint8Array>;
}

export interface Batch {
  /** Pixels n x size x size x 3 of 0..255, feature maps or embeddings: as the step engine expects. */
  images: Float32Array;
  targets: Float32Array;
  targetWeights: Float32Array;
}

/** Where a training's batches come from. */
export interface Feed {
  /** The batches of an epoch, in order. @param batchSize photographs a step */
  batches(draws: readonly Draw<ReadableImage>[], stage: RecipeStage, batchSize: number): AsyncGenerator<Batch>;
  /** One photograph, as screening sees it, in the form in which the step engine predicts from it. @throws AppError image-* */
  forScoring(image: ReadableImage, sizePx: number): Promise<Uint8Array | Float32Array>;
  /** Photographs that could not be read since the last call. */
  takeUnreadable(): number;
}
