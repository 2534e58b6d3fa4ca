import type { Recipe, RecipeStage } from '../../shared/domain/recipe';

export interface EpochPlan {
  /** From 0 over all stages. */
  epoch: number;
  stageIndex: number;
  stage: RecipeStage;
  /** Steps of this stage before this epoch. */
  firstStep: number;
  stepsOfStage: number;
}

/** @param batchSize photographs a step, where memory is short fewer than the recipe's */
export function stepsPerEpoch(recipe: Recipe, batchSize = recipe.batchSize): number {
  return Math.floor((Math.floor(recipe.drawsPerEpoch / recipe.batchSize) * recipe.batchSize) / batchSize);
}

/** Every epoch of a recipe in order. */
export function planEpochs(recipe: Recipe): EpochPlan[] {
  const steps = stepsPerEpoch(recipe);
  return recipe.stages
    .flatMap((stage, stageIndex) =>
      Array.from({ length: stage.epochs }, (_, epochOfStage) => ({
        stageIndex,
        stage,
        firstStep: epochOfStage * steps,
        stepsOfStage: stage.epochs * steps,
      })),
    )
    .map((plan, epoch) => ({ epoch, ...plan }));
}

/**
 * Linear warm-up, then half a cosine to zero at the stage's end. Where the head learns alone first, the network warms up after it: with
 * batch norm folded nothing catches a first step that is too long, and the features die.
 * @param step of the stage at the recipe's batch size, from 0; a fraction where the batch is smaller
 */
export function learningRateAt({ stage, stepsOfStage }: EpochPlan, step: number): number {
  const since = step < stage.headOnlySteps ? step : step - stage.headOnlySteps;
  const warmUp = Math.min(1, (since + 1) / Math.max(1, stage.warmUpSteps));
  return stage.learningRate * warmUp * 0.5 * (1 + Math.cos((Math.PI * step) / stepsOfStage));
}
