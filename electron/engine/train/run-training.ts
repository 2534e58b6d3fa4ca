import { availableParallelism } from 'node:os';
import { HEAD_OUTPUTS } from '../../shared/domain/card';
import type { Recipe } from '../../shared/domain/recipe';
import { AppError, toAppError } from '../../shared/errors';
import { interceptFor, sigmoid } from '../../shared/statistics/calibration';
import type { Backend } from '../backends/backend';
import { loadBackend, type BackendInput } from '../backends/load';
import { GENERATED_BY } from '../bundle/write';
import type { TrainingImageFacts, TrainingInput, TrainingResult } from '../client/training-protocol';
import { PREPROCESSING_VERSION, toNetworkInput } from '../images/preprocess';
import { GATE_VERSION } from '../quality/gate';
import { roundToHalf } from '../network/float16';
import { type Graph, weightOf, type Weights } from '../network/graph';
import { parseNetwork, serialiseNetwork } from '../network/layers-topology';
import { writeOnnx } from '../network/onnx-writer';
import { decodeCheckpoint } from './checkpoint';
import type { ReadableImage } from './feed';
import { type InitialNetwork, initialNetwork } from './initial-weights';
import type { Keeper } from './keeper';
import { setUp } from './kinds';
import { trainFolds } from './folds';
import { PixelFeed, type PixelWorkers } from './pixel-feed';
import { classWeightsOf, knownTarget } from './sampler';
import { train, type TrainerHooks } from './trainer';

/** The two forms of a model must not differ by more in any probability. */
export const MOST_DIFFERENCE = 1e-3;
/** Photographs on which the forms are compared. */
const PARITY_IMAGES = 16;

export type FeedImage = ReadableImage & TrainingImageFacts;

export interface TrainingSurroundings extends TrainerHooks {
  read(sha256: string): Promise<Uint8Array>;
  keeper: Keeper;
  onDevice(device: string): void;
  onPrepared(done: number, total: number): void;
}

/**
 * A whole training: network, epochs, then the bundle's two forms, compared, and the images that speak on temperature and thresholds scored with what is
 * shipped.
 *
 * @throws AppError backend-unavailable, checkpoint-foreign, checkpoint-damaged, bundle-foreign, bundle-forms-differ, training-diverged, memory-short, gpu-lost
 */
export async function runTraining(
  input: TrainingInput,
  workers: PixelWorkers,
  surroundings: TrainingSurroundings,
): Promise<TrainingResult> {
  const { recipe, seed } = input;
  const images = input.images.map((facts): FeedImage => ({ ...facts, read: () => surroundings.read(facts.sha256) }));
  const training = images.filter((image) => image.part === 'training');
  const calibration = images.filter((image) => image.part === 'calibration');
  const sizePx = recipe.stages.at(-1)?.sizePx ?? 0;
  const initial = initialNetwork(parseNetwork(input.initial.modelJson, input.initial.weights), sizePx, recipe.head, seed);
  const pixels = new PixelFeed(workers, recipe, classWeightsOf(training, recipe), input.cacheBytes, surroundings.keeper);
  if (input.task === 'finish') {
    const learnt = { weights: initial.weights, sizePx };
    return { ...(await finish(input, initial, learnt, { pixels, calibration, outOfFold: null })), epoch: 0, history: [] };
  }
  const kind = await setUp({ input, initial, pixels, training, calibration, surroundings });
  const trained = await train(
    {
      recipe,
      seed,
      training: kind.training,
      calibration: kind.calibration,
      initial: initial.weights,
      checkpoint: input.checkpoint && decodeCheckpoint(input.checkpoint),
      batchSize: input.batchSize,
    },
    kind.engine,
    kind.feed,
    surroundings,
  );
  const outOfFold = recipe.folds === undefined ? null : await trainFolds(recipe.folds, { input, initial, kind, surroundings });
  kind.engine.dispose();
  const finished = await finish(input, initial, { weights: trained.weights, sizePx: trained.sizePx }, { pixels, calibration, outOfFold });
  return { ...finished, epoch: trained.epoch, history: trained.history };
}

type Scored = TrainingResult['calibration'];

/** Biases, rounding, both forms and their comparison. */
async function finish(
  { recipe }: TrainingInput,
  initial: InitialNetwork,
  trained: { weights: Weights; sizePx: number },
  {
    pixels,
    calibration,
    outOfFold,
  }: { pixels: PixelFeed; calibration: readonly FeedImage[]; outOfFold: { images: FeedImage[]; scored: Scored } | null },
): Promise<Omit<TrainingResult, 'epoch' | 'history'>> {
  const { graph } = initial;
  const { sizePx } = trained;
  const before = rounded(trained.weights);
  // What speaks on biases: kept-back images scored by the network itself, or all images out of fold.
  const speaking = outOfFold?.images ?? calibration;
  const firstScores = outOfFold?.scored ?? (await scoreAll(graph, before, sizePx, fittedOn(calibration, recipe), pixels));
  const shift = interceptsOf(fittedOn(speaking, recipe), firstScores, HEAD_OUTPUTS[recipe.head], recipe);
  const weights = rounded(withBias(before, shift));
  const files = serialiseNetwork(graph, weights, GENERATED_BY);
  const onnx = writeOnnx(graph, weights, GENERATED_BY);
  const parity = await parityOf(
    { network: { graph, weights }, onnx, inputSizePx: sizePx, threads: availableParallelism() },
    speaking,
    pixels,
  );
  // Also true of NaN.
  if (!(parity <= MOST_DIFFERENCE)) throw new AppError('bundle-forms-differ', { difference: String(parity) });
  const scored =
    outOfFold === null
      ? await scoreAll(graph, weights, sizePx, calibration, pixels)
      : outOfFold.scored.map(({ sha256, logits }) => ({ sha256, logits: logits.map((logit, output) => logit + (shift[output] ?? 0)) }));
  return { ...files, onnx, sizePx, calibration: scored, parity, preprocessing: PREPROCESSING_VERSION, gate: GATE_VERSION };
}

/** Largest difference of a probability between the ONNX form and TensorFlow's, or WebAssembly's where there is no TensorFlow. */
async function parityOf(input: BackendInput, images: readonly ReadableImage[], pixels: PixelFeed): Promise<number> {
  const onnx = await loadBackend('onnx', input);
  const reference = await loadBackend('tensorflow', input).catch(() => loadBackend('wasm', input));
  let parity = 0;
  for (const image of images.slice(0, PARITY_IMAGES)) {
    const bytes = await readOrNull(pixels, image, input.inputSizePx);
    if (bytes === null) continue;
    const values = toNetworkInput(bytes);
    const [a, b] = [await onnx.forward(values, 1), await reference.forward(values, 1)];
    for (const [output, logit] of a.logits.entries())
      parity = Math.max(parity, Math.abs(sigmoid(logit) - sigmoid(b.logits[output] ?? Number.NaN)));
  }
  onnx.dispose();
  reference.dispose();
  return parity;
}

/** Logits of every readable image through the ONNX form, one at a time as screening does. */
async function scoreAll(
  graph: Graph,
  weights: Weights,
  sizePx: number,
  images: readonly ReadableImage[],
  pixels: PixelFeed,
): Promise<Scored> {
  const onnx = writeOnnx(graph, weights, GENERATED_BY);
  const backend: Backend = await loadBackend('onnx', {
    network: { graph, weights },
    onnx,
    inputSizePx: sizePx,
    threads: availableParallelism(),
  });
  const scored: Scored = [];
  for (const image of images) {
    const bytes = await readOrNull(pixels, image, sizePx);
    if (bytes !== null) scored.push({ sha256: image.sha256, logits: [...(await backend.forward(toNetworkInput(bytes), 1)).logits] });
  }
  backend.dispose();
  return scored;
}

/** The images that speak on biases, temperature and thresholds. */
function fittedOn<T extends { source: string }>(images: readonly T[], { calibrationSources }: Recipe): T[] {
  return images.filter(({ source }) => calibrationSources === undefined || calibrationSources.includes(source));
}

/** What each output's bias lacks to the images' own share of grades; the draws of training were balanced. */
function interceptsOf(images: readonly ReadableImage[], scored: Scored, outputs: number, { head }: Recipe): number[] {
  const logits = new Map(scored.map((row) => [row.sha256, row.logits]));
  function intercept(threshold: number, of: (row: readonly number[]) => number): number {
    const rows = images.flatMap((image) => {
      const positive = knownTarget(image, threshold);
      const row = logits.get(image.sha256);
      return positive === null || row === undefined ? [] : [{ positive, logit: of(row) }];
    });
    return interceptFor(
      rows.map((row) => row.logit),
      rows.map((row) => row.positive),
    );
  }
  if (head === 'softmax-2') return [0, intercept(2, ([healthy = 0, ill = 0]) => ill - healthy)];
  return Array.from({ length: outputs }, (_, output) => intercept(output + 1, (row) => row[output] ?? 0));
}

function withBias(weights: Weights, shift: readonly number[]): Weights {
  const bias = weightOf(weights, 'head/bias');
  return new Map([...weights, ['head/bias', { ...bias, values: bias.values.map((value, output) => value + (shift[output] ?? 0)) }]]);
}

function rounded(weights: Weights): Weights {
  return new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: roundToHalf(values) }]));
}

async function readOrNull(pixels: PixelFeed, image: ReadableImage, sizePx: number): Promise<Uint8Array | null> {
  try {
    return await pixels.forScoring(image, sizePx);
  } catch (thrown) {
    if (toAppError(thrown).code === 'internal') throw thrown;
    return null;
  }
}
