import { availableParallelism } from 'node:os';
import type { Recipe } from '../../shared/domain/recipe';
import { AppError, toAppError } from '../../shared/errors';
import { interceptFor, sigmoid } from '../../shared/statistics/calibration';
import { loadBackend, type BackendInput } from '../backends/load';
import { GENERATED_BY } from '../bundle/write';
import type { TrainingImageFacts, TrainingInput, TrainingResult } from '../client/training-protocol';
import { PREPROCESSING_VERSION, toNetworkInput } from '../images/preprocess';
import { GATE_VERSION } from '../quality/gate';
import { roundToHalf } from '../network/float16';
import { weightOf, type Weights } from '../network/graph';
import { serialiseNetwork } from '../network/layers-topology';
import { efficientNetLite0 } from '../network/lite0';
import { writeOnnx } from '../network/onnx-writer';
import { decodeCheckpoint } from './checkpoint';
import { ImageFeed, type PixelWorkers, type ReadableImage } from './image-feed';
import { initialWeights } from './initial-weights';
import { knownTarget } from './sampler';
import { train, type TrainerHooks } from './trainer';
import { TrainingGraph, unflatten } from './training-graph';

/** The two forms of a model must not differ by more in any probability. */
export const MOST_DIFFERENCE = 1e-3;
const OUTPUTS = 4;
/** Photographs on which the forms are compared. */
const PARITY_IMAGES = 16;

export interface TrainingSurroundings extends TrainerHooks {
  read(sha256: string): Promise<Uint8Array>;
  onDevice(device: string): void;
}

/**
 * A whole training: network, epochs, then the bundle's two forms, compared, and the calibration images scored with what is shipped.
 * @throws AppError backend-unavailable, checkpoint-foreign, checkpoint-damaged, bundle-foreign, bundle-forms-differ, training-diverged
 */
export async function runTraining(
  input: TrainingInput,
  workers: PixelWorkers,
  surroundings: TrainingSurroundings,
): Promise<TrainingResult> {
  const images = input.images.map((facts): ReadableImage & TrainingImageFacts => ({
    ...facts,
    read: () => surroundings.read(facts.sha256),
  }));
  const feed = new ImageFeed(workers, input.recipe, input.cacheBytes);
  const graph = await TrainingGraph.load(input.graphFolder);
  surroundings.onDevice(graph.device);
  const calibration = images.filter((image) => image.part === 'calibration');
  const trained = await train(
    {
      recipe: input.recipe,
      seed: input.seed,
      training: images.filter((image) => image.part === 'training'),
      calibration,
      initial: initialWeights(input.initial, input.seed),
      checkpoint: input.checkpoint && decodeCheckpoint(input.checkpoint),
    },
    graph,
    feed,
    surroundings,
  );
  graph.dispose();
  const before = rounded(unflatten(trained.weights));
  const shift = await interceptsOf(before, trained.sizePx, fittedOn(calibration, input.recipe), feed);
  const weights = rounded(withBias(before, shift));
  const graphOfNetwork = efficientNetLite0(trained.sizePx, OUTPUTS);
  const files = serialiseNetwork(graphOfNetwork, weights, GENERATED_BY);
  const onnx = writeOnnx(graphOfNetwork, weights, GENERATED_BY);
  const backendInput: BackendInput = {
    network: { graph: graphOfNetwork, weights },
    onnx,
    inputSizePx: trained.sizePx,
    threads: availableParallelism(),
  };
  const reference = await loadBackend('tensorflow', backendInput);
  let parity = 0;
  const scored = await scoreAll(backendInput, calibration, feed, async (input, logits, index) => {
    if (index >= PARITY_IMAGES) return;
    const other = await reference.forward(input, 1);
    for (const [output, logit] of logits.entries())
      parity = Math.max(parity, Math.abs(sigmoid(logit) - sigmoid(other.logits[output] ?? Number.NaN)));
  });
  reference.dispose();
  // Also true of NaN.
  if (!(parity <= MOST_DIFFERENCE)) throw new AppError('bundle-forms-differ', { difference: String(parity) });
  return {
    ...files,
    onnx,
    sizePx: trained.sizePx,
    epoch: trained.epoch,
    calibration: scored,
    parity,
    preprocessing: PREPROCESSING_VERSION,
    gate: GATE_VERSION,
    history: trained.history,
  };
}

/** Logits of every readable image through the ONNX form, one at a time as screening does. */
async function scoreAll(
  backendInput: BackendInput,
  images: readonly ReadableImage[],
  feed: ImageFeed,
  onScored: (input: Float32Array, logits: Float32Array, index: number) => Promise<void>,
): Promise<TrainingResult['calibration']> {
  const backend = await loadBackend('onnx', backendInput);
  const scored: TrainingResult['calibration'] = [];
  for (const [index, image] of images.entries()) {
    const pixels = await readOrNull(feed, image, backendInput.inputSizePx);
    if (!pixels) continue;
    const input = toNetworkInput(pixels);
    const { logits } = await backend.forward(input, 1);
    scored.push({ sha256: image.sha256, logits: [...logits] });
    await onScored(input, logits, index);
  }
  backend.dispose();
  return scored;
}

/** The images that speak on biases, temperature and thresholds. */
function fittedOn<T extends { source: string }>(images: readonly T[], { calibrationSources }: Recipe): T[] {
  return images.filter(({ source }) => calibrationSources === undefined || calibrationSources.includes(source));
}

/** What each output's bias lacks to the calibration part's own share of grades; the draws of training were balanced. */
async function interceptsOf(weights: Weights, sizePx: number, calibration: readonly ReadableImage[], feed: ImageFeed): Promise<number[]> {
  const graph = efficientNetLite0(sizePx, OUTPUTS);
  const onnx = writeOnnx(graph, weights, GENERATED_BY);
  const input = { network: { graph, weights }, onnx, inputSizePx: sizePx, threads: availableParallelism() };
  const logits = new Map((await scoreAll(input, calibration, feed, async () => undefined)).map((row) => [row.sha256, row.logits]));
  return Array.from({ length: OUTPUTS }, (_, output) => {
    const rows = calibration.flatMap((image) => {
      const positive = knownTarget(image, output + 1);
      const logit = logits.get(image.sha256)?.[output];
      return positive === null || logit === undefined ? [] : [{ positive, logit }];
    });
    return interceptFor(
      rows.map((row) => row.logit),
      rows.map((row) => row.positive),
    );
  });
}

function withBias(weights: Weights, shift: readonly number[]): Weights {
  const bias = weightOf(weights, 'head/bias');
  return new Map([...weights, ['head/bias', { ...bias, values: bias.values.map((value, output) => value + (shift[output] ?? 0)) }]]);
}

function rounded(weights: Weights): Weights {
  return new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: roundToHalf(values) }]));
}

async function readOrNull(feed: ImageFeed, image: ReadableImage, sizePx: number): Promise<Uint8Array | null> {
  try {
    return await feed.forScoring(image, sizePx);
  } catch (thrown) {
    if (toAppError(thrown).code === 'internal') throw thrown;
    return null;
  }
}
