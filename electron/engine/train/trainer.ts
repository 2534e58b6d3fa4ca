import { createHash } from 'node:crypto';
import { HEAD_OUTPUTS } from '../../shared/domain/card';
import { AppError, toAppError } from '../../shared/errors';
import type { Recipe } from '../../shared/domain/recipe';
import type { EpochFacts, SourceAuc, StepFacts } from '../../shared/domain/training';
import { encodeCheckpoint, type Checkpoint } from './checkpoint';
import type { Feed, ReadableImage } from './feed';
import { classWeightsOf, lossOf, Sampler, targetsOf } from './sampler';
import { learningRateAt, planEpochs, stepsPerEpoch, type EpochPlan } from './schedule';
import { aucBySource, balancedPart, validationPart } from './scoring';
import type { StepEngine } from './step-engine';
import type { Weights } from '../network/graph';
import { dottedName } from '../network/import-weights';
import { writeSafeTensors } from '../network/safetensors';
import { REFERABLE_DIRECTION } from '../screening/probabilities';

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
  /** Photographs a step, where memory is short fewer than the recipe's. */
  batchSize: number;
}

export interface TrainerHooks {
  /** Resolves at once, or when a paused training may go on. */
  mayGoOn(): Promise<void>;
  onStep(facts: StepFacts): void;
  /** Resolves when the checkpoint is on disk. @param weights the epoch's network as safetensors, where the recipe keeps every epoch */
  onEpoch(facts: EpochFacts, checkpoint: Uint8Array, weights: Uint8Array | null): Promise<void>;
}

export interface Trained {
  weights: Weights;
  epoch: number;
  sizePx: number;
  history: EpochFacts[];
}

/** What a checkpoint belongs to: recipe, seed, photographs with their labels, and the network it began from. */
export function runIdentity({ recipe, seed, training, calibration, initial }: Omit<TrainerInput, 'checkpoint' | 'batchSize'>): string {
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
export async function train(input: TrainerInput, engine: StepEngine, feed: Feed, hooks: TrainerHooks): Promise<Trained> {
  const { recipe, seed } = input;
  const run = runIdentity(input);
  if (input.checkpoint && input.checkpoint.run !== run) throw new AppError('checkpoint-foreign');
  const history = [...(input.checkpoint?.history ?? [])];
  let best = input.checkpoint?.best ?? null;
  const batchSize = Math.min(input.batchSize, input.checkpoint?.batchSize ?? input.batchSize);
  engine.start(input.initial);
  const parent = engine.state().average;
  if (input.checkpoint) engine.restore(input.checkpoint.state);

  const sampler = new Sampler(input.training, recipe, seed);
  const plans = planEpochs(recipe);
  const fixedPart = validationPart(input.calibration, recipe.validationImages);
  const classWeights = classWeightsOf(input.training, recipe);
  const held = new Map<string, Uint8Array | Float32Array>();

  if (recipe.keepEveryEpoch && input.checkpoint === null) await untrained(plans[0]);
  for (const plan of plans.slice(input.checkpoint?.epochsDone ?? 0)) {
    const started = performance.now();
    const { loss, learningRate, unreadable } = await runEpoch(plan);
    const seconds = (performance.now() - started) / 1000;
    const [validation, weights] = await withParent(async () => [await validate(plan), engine.averagedWeights()] as const);
    // Only the last stage's network is shipped: a smaller size answers another question.
    const lastStage = plan.stageIndex === recipe.stages.length - 1;
    const score = recipe.selection === 'last-epoch' ? plan.epoch : (validation.validationAuc ?? -loss);
    const isBest = lastStage && (best === null || score > best.score);
    if (isBest) best = { epoch: plan.epoch + 1, score, weights };
    const facts: EpochFacts = {
      epoch: plan.epoch + 1,
      epochs: plans.length,
      stage: plan.stageIndex + 1,
      sizePx: plan.stage.sizePx,
      trainingLoss: loss,
      ...validation,
      learningRate,
      imagesPerSecond: (stepsPerEpoch(recipe, batchSize) * batchSize) / seconds,
      seconds,
      unreadable,
      best: isBest,
    };
    // Seconds differ from run to run; a resumed training must still end with the same bytes.
    await store(facts, weights);
  }
  if (!best) throw new AppError('internal');
  return { weights: engine.weightsOf(best.weights), epoch: best.epoch, sizePx: recipe.stages.at(-1)?.sizePx ?? 0, history };

  /** Runs with what is shipped in the network's place: the average of the last steps, mixed with the weights that training began from. */
  async function withParent<T>(run: () => Promise<T>): Promise<T> {
    const { parentShare } = recipe;
    if (parentShare === undefined) return run();
    const state = engine.state();
    engine.restore({ ...state, average: state.average.map((value, index) => value + parentShare * ((parent[index] ?? 0) - value)) });
    const result = await run();
    engine.restore(state);
    return result;
  }

  /** Epoch 0: what the network says before its first step. */
  async function untrained(plan: EpochPlan | undefined): Promise<void> {
    if (plan === undefined) return;
    const started = performance.now();
    const validation = await validate({ ...plan, epoch: -1 });
    const facts: EpochFacts = {
      epoch: 0,
      epochs: plans.length,
      stage: 1,
      sizePx: plan.stage.sizePx,
      trainingLoss: validation.validationLoss ?? 0,
      ...validation,
      learningRate: 0,
      imagesPerSecond: 0,
      seconds: (performance.now() - started) / 1000,
      unreadable: feed.takeUnreadable(),
      best: false,
    };
    await store(facts, engine.averagedWeights());
  }

  async function store(facts: EpochFacts, weights: Float32Array): Promise<void> {
    history.push(facts);
    const checkpoint = encodeCheckpoint({ run, epochsDone: facts.epoch, batchSize, state: engine.state(), best, history });
    await hooks.onEpoch(facts, checkpoint, recipe.keepEveryEpoch ? writeSafeTensors(dotted(engine.weightsOf(weights))) : null);
  }

  async function runEpoch(plan: EpochPlan): Promise<{ loss: number; learningRate: number; unreadable: number }> {
    const steps = stepsPerEpoch(recipe, batchSize);
    // Where the batch is smaller there are more steps: the schedule counts in the recipe's.
    const scale = batchSize / recipe.batchSize;
    const started = performance.now();
    let [total, step, learningRate] = [0, 0, 0];
    for await (const batch of feed.batches(sampler.draws(plan.epoch), plan.stage, batchSize)) {
      await hooks.mayGoOn();
      const ofStage = plan.firstStep + step * scale;
      learningRate = learningRateAt(plan, ofStage);
      const overall = plan.epoch * steps + step;
      const loss = engine.step(batch, plan.stage.sizePx, {
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
        imagesPerSecond: (step * batchSize) / seconds,
        secondsLeft: ((plans.length - plan.epoch) * steps - step) * (seconds / step),
        batchSize,
      });
    }
    return { loss: total / Math.max(1, step), learningRate, unreadable: feed.takeUnreadable() };
  }

  async function validate(
    plan: EpochPlan,
  ): Promise<Pick<EpochFacts, 'validationLoss' | 'validationAccuracy' | 'validationAuc'> & { sources: SourceAuc[] }> {
    const images =
      recipe.validation === 'balanced' ? balancedPart(input.calibration, recipe.validationImages, seed, plan.epoch + 1) : fixedPart;
    const outputs = HEAD_OUTPUTS[recipe.head];
    const direction = REFERABLE_DIRECTION[recipe.head];
    const scored: ReadableImage[] = [];
    const scores: number[] = [];
    let loss = 0;
    for (let from = 0; from < images.length; from += SCORING_BATCH) {
      const part = await readable(images.slice(from, from + SCORING_BATCH), plan.stage.sizePx);
      if (part.length === 0) continue;
      const logits = engine.predict(joined(part.map(({ pixels }) => pixels)), part.length, plan.stage.sizePx);
      for (const [index, { image }] of part.entries()) {
        const of = [...logits.subarray(index * outputs, (index + 1) * outputs)];
        scored.push(image);
        scores.push(of.reduce((sum, logit, output) => sum + logit * (direction[output] ?? 0), 0));
        loss += lossOf(of, targetsOf(image, recipe, classWeights), recipe);
      }
    }
    const { mean, sources } = aucBySource(scored, scores);
    const right = scored.filter((image, index) => image.referable === (scores[index] ?? 0) >= 0).length;
    return {
      validationLoss: scored.length === 0 ? null : loss / scored.length,
      validationAccuracy: scored.length === 0 ? null : right / scored.length,
      validationAuc: mean,
      sources,
    };
  }

  async function readable(
    images: readonly ReadableImage[],
    sizePx: number,
  ): Promise<{ image: ReadableImage; pixels: Uint8Array | Float32Array }[]> {
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

function joined(images: readonly (Uint8Array | Float32Array)[]): Float32Array {
  const size = images[0]?.length ?? 0;
  const result = new Float32Array(images.length * size);
  for (const [index, image] of images.entries()) result.set(image, index * size);
  return result;
}

/** Under the names that safetensors files of ours have: `stem.kernel`, `block0.depthwise.kernel`. */
function dotted(weights: Weights): Weights {
  return new Map([...weights].map(([name, weight]) => [dottedName(name), weight]));
}
