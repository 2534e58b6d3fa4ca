import { createHash } from 'node:crypto';
import { AppError, toAppError } from '../../shared/errors';
import type { Recipe } from '../../shared/domain/recipe';
import type { EpochFacts, SourceAuc, StepFacts } from '../client/training-protocol';
import { encodeCheckpoint, type Checkpoint } from './checkpoint';
import type { ImageFeed, ReadableImage } from './image-feed';
import { Sampler } from './sampler';
import { learningRateAt, planEpochs, stepsPerEpoch, type EpochPlan } from './schedule';
import { aucBySource, validationPart } from './scoring';
import type { TrainingGraph } from './training-graph';
import type { Weights } from '../network/graph';

const SCORING_BATCH = 16;
/** Weight average: short memory at first, or it would remember the untrained network. */
const AVERAGE_WARM_UP = 10;

export interface TrainerInput {
  recipe: Recipe;
  seed: number;
  training: ReadableImage[];
  calibration: ReadableImage[];
  initial: Weights;
  checkpoint: Checkpoint | null;
}

export interface TrainerHooks {
  onStep(facts: StepFacts): void;
  /** Resolves when the checkpoint is on disk. */
  onEpoch(facts: EpochFacts, checkpoint: Uint8Array): Promise<void>;
}

export interface Trained {
  weights: Float32Array;
  epoch: number;
  sizePx: number;
  history: EpochFacts[];
}

/** What a checkpoint belongs to: recipe, seed, photographs with their labels, and the network it began from. */
export function runIdentity({ recipe, seed, training, calibration, initial }: Omit<TrainerInput, 'checkpoint'>): string {
  // What is fitted after the last epoch changes no weight, and neither do words.
  const { summary: _summary, reasons: _reasons, operatingPoints: _points, calibrationSources: _sources, ...learnt } = recipe;
  const hash = createHash('sha256').update(JSON.stringify({ recipe: learnt, seed }));
  for (const [part, images] of Object.entries({ training, calibration })) {
    for (const line of images
      .map((image) => `${part} ${image.sha256} ${image.source} ${image.grade} ${image.referable} ${image.certainty}\n`)
      .sort())
      hash.update(line);
  }
  for (const [name, weight] of [...initial].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update(Buffer.from(weight.values.buffer, weight.values.byteOffset, weight.values.byteLength));
  return hash.digest('hex');
}

/**
 * Trains epoch by epoch; after each one the kept-back photographs are scored and a checkpoint is handed out.
 * @throws AppError checkpoint-foreign for a checkpoint of another run, image errors only when a whole batch cannot be read
 */
export async function train(input: TrainerInput, graph: TrainingGraph, feed: ImageFeed, hooks: TrainerHooks): Promise<Trained> {
  const { recipe, seed } = input;
  const run = runIdentity(input);
  if (input.checkpoint && input.checkpoint.run !== run) throw new AppError('checkpoint-foreign');
  const history = [...(input.checkpoint?.history ?? [])];
  let best = input.checkpoint?.best ?? null;
  if (input.checkpoint) graph.restore(input.checkpoint.state);
  else graph.start(input.initial);

  const sampler = new Sampler(input.training, recipe, seed);
  const plans = planEpochs(recipe);
  const validation = validationPart(input.calibration, recipe.validationImages);
  const held = new Map<string, Uint8Array>();

  for (const plan of plans.slice(input.checkpoint?.epochsDone ?? 0)) {
    const started = performance.now();
    const { loss, learningRate, unreadable } = await runEpoch(plan);
    const seconds = (performance.now() - started) / 1000;
    const { mean, sources } = await validate(plan.stage.sizePx);
    // Only the last stage's network is shipped: a smaller size answers another question.
    const lastStage = plan.stageIndex === recipe.stages.length - 1;
    const score = mean ?? -loss;
    const isBest = lastStage && (best === null || score > best.score);
    if (isBest) best = { epoch: plan.epoch + 1, score, weights: graph.averagedWeights() };
    const facts: EpochFacts = {
      epoch: plan.epoch + 1,
      epochs: plans.length,
      stage: plan.stageIndex + 1,
      sizePx: plan.stage.sizePx,
      trainingLoss: loss,
      validationAuc: mean,
      sources,
      learningRate,
      imagesPerSecond: (stepsPerEpoch(recipe) * recipe.batchSize) / seconds,
      seconds,
      unreadable,
      best: isBest,
    };
    // Seconds differ from run to run; a resumed training must still end with the same bytes.
    history.push(facts);
    await hooks.onEpoch(facts, encodeCheckpoint({ run, epochsDone: plan.epoch + 1, state: graph.state(), best, history }));
  }
  if (!best) throw new AppError('internal');
  return { weights: best.weights, epoch: best.epoch, sizePx: recipe.stages.at(-1)?.sizePx ?? 0, history };

  async function runEpoch(plan: EpochPlan): Promise<{ loss: number; learningRate: number; unreadable: number }> {
    const steps = stepsPerEpoch(recipe);
    const started = performance.now();
    let [total, step, learningRate] = [0, 0, 0];
    for await (const batch of feed.batches(sampler.draws(plan.epoch), plan.stage)) {
      const ofStage = plan.firstStep + step;
      learningRate = learningRateAt(plan, ofStage);
      const overall = plan.epoch * steps + step;
      const loss = graph.step(batch, plan.stage.sizePx, {
        learningRate,
        headLearningRate: learningRate * recipe.headFactor,
        weightDecay: recipe.weightDecay,
        clipNorm: recipe.clipNorm,
        averageDecay: Math.min(recipe.averageDecay, (1 + overall) / (AVERAGE_WARM_UP + overall)),
        dropout: recipe.dropout,
        seed: [seed, overall],
        trained: ofStage < plan.stage.headOnlySteps ? 'head' : plan.stage.trained,
      });
      if (!Number.isFinite(loss)) throw new AppError('training-diverged', { epoch: plan.epoch + 1, step: step + 1 });
      total += loss;
      step += 1;
      const seconds = (performance.now() - started) / 1000;
      hooks.onStep({
        epoch: plan.epoch + 1,
        epochs: plans.length,
        step,
        steps,
        loss,
        learningRate,
        imagesPerSecond: (step * recipe.batchSize) / seconds,
        secondsLeft: ((plans.length - plan.epoch) * steps - step) * (seconds / step),
        batchSize: recipe.batchSize,
      });
    }
    return { loss: total / Math.max(1, step), learningRate, unreadable: feed.takeUnreadable() };
  }

  async function validate(sizePx: number): Promise<{ mean: number | null; sources: SourceAuc[] }> {
    const scores: number[] = [];
    const scored: ReadableImage[] = [];
    for (let from = 0; from < validation.length; from += SCORING_BATCH) {
      const part = await readable(validation.slice(from, from + SCORING_BATCH), sizePx);
      if (part.length === 0) continue;
      const logits = graph.predict(joined(part.map(({ pixels }) => pixels)), part.length, sizePx);
      for (const [index, { image }] of part.entries()) {
        scored.push(image);
        scores.push(logits[index * 4 + 1] ?? 0);
      }
    }
    return aucBySource(scored, scores);
  }

  async function readable(images: readonly ReadableImage[], sizePx: number): Promise<{ image: ReadableImage; pixels: Uint8Array }[]> {
    const results = await Promise.all(
      images.map(async (image) => {
        const key = `${sizePx} ${image.sha256}`;
        const known = held.get(key);
        if (known) return { image, pixels: known };
        try {
          const pixels = await feed.forScoring(image, sizePx);
          held.set(key, pixels);
          return { image, pixels };
        } catch (thrown) {
          if (toAppError(thrown).code === 'internal') throw thrown;
          return null;
        }
      }),
    );
    return results.filter((result) => result !== null);
  }
}

function joined(images: readonly Uint8Array[]): Float32Array {
  const size = images[0]?.length ?? 0;
  const result = new Float32Array(images.length * size);
  for (const [index, image] of images.entries()) result.set(image, index * size);
  return result;
}
