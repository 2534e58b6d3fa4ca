import type { TrainingInput, TrainingResult } from '../client/training-protocol';
import { HEAD_OUTPUTS } from '../../shared/domain/card';
import type { InitialNetwork } from './initial-weights';
import type { Kind } from './kinds';
import type { FeedImage, TrainingSurroundings } from './run-training';
import { train } from './trainer';

/**
 * Every image scored by a head that has learnt from none of its patient's: as many short trainings as folds, each from the same start.
 *
 * @returns raw logits by the last epoch's averaged weights
 */
export async function trainFolds(
  folds: number,
  { input, initial, kind, surroundings }: { input: TrainingInput; initial: InitialNetwork; kind: Kind; surroundings: TrainingSurroundings },
): Promise<{ images: FeedImage[]; scored: TrainingResult['calibration'] }> {
  const { recipe, seed, batchSize } = input;
  const sizePx = recipe.stages.at(-1)?.sizePx ?? 0;
  const outputs = HEAD_OUTPUTS[recipe.head];
  const scored: TrainingResult['calibration'] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const left = kind.training.filter((image) => image.fold === fold);
    if (left.length === 0) continue;
    await train(
      // A fold takes seconds: it is trained again after a power cut, and leaves neither curve nor checkpoint.
      {
        recipe: { ...recipe, keepEveryEpoch: undefined, selection: 'last-epoch' },
        seed,
        training: kind.training.filter((image) => image.fold !== fold),
        calibration: [],
        initial: initial.weights,
        checkpoint: null,
        batchSize,
      },
      kind.engine,
      kind.feed,
      { mayGoOn: () => surroundings.mayGoOn(), onStep: () => undefined, onEpoch: async () => undefined },
    );
    for (const image of left) {
      const logits = kind.engine.predict(Float32Array.from(await kind.feed.forScoring(image, sizePx)), 1, sizePx);
      scored.push({ sha256: image.sha256, logits: [...logits.subarray(0, outputs)] });
    }
  }
  return { images: kind.training, scored };
}
