import { availableParallelism } from 'node:os';
import { AppError, toAppError } from '../../shared/errors';
import { sigmoid } from '../../shared/statistics/calibration';
import { loadBackend } from '../backends/load';
import { GENERATED_BY } from '../bundle/write';
import type { TrainingImageFacts, TrainingInput, TrainingResult } from '../client/training-protocol';
import { PREPROCESSING_VERSION, toNetworkInput } from '../images/preprocess';
import { GATE_VERSION } from '../quality/gate';
import { roundToHalf } from '../network/float16';
import type { Weights } from '../network/graph';
import { serialiseNetwork } from '../network/layers-topology';
import { efficientNetLite0 } from '../network/lite0';
import { writeOnnx } from '../network/onnx-writer';
import { decodeCheckpoint } from './checkpoint';
import { ImageFeed, type PixelWorkers, type ReadableImage } from './image-feed';
import { initialWeights } from './initial-weights';
import { train, type TrainerHooks } from './trainer';
import { TrainingGraph, unflatten } from './training-graph';

/** The two forms of a model must not differ by more in any probability. */
export const MOST_DIFFERENCE = 1e-3;
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
  const weights = rounded(unflatten(trained.weights));
  const network = { graph: efficientNetLite0(trained.sizePx, 4), weights };
  const files = serialiseNetwork(network.graph, weights, GENERATED_BY);
  const onnx = writeOnnx(network.graph, weights, GENERATED_BY);
  const backendInput = { network, onnx, inputSizePx: trained.sizePx, threads: Math.max(1, availableParallelism()) };
  const fast = await loadBackend('onnx', backendInput);
  const reference = await loadBackend('tensorflow', backendInput);
  let parity = 0;
  const scored: TrainingResult['calibration'] = [];
  for (const [index, image] of calibration.entries()) {
    const pixels = await readOrNull(feed, image, trained.sizePx);
    if (!pixels) continue;
    const input = toNetworkInput(pixels);
    const { logits } = await fast.forward(input, 1);
    scored.push({ sha256: image.sha256, logits: [...logits] });
    if (index >= PARITY_IMAGES) continue;
    const other = await reference.forward(input, 1);
    for (const [output, logit] of logits.entries())
      parity = Math.max(parity, Math.abs(sigmoid(logit) - sigmoid(other.logits[output] ?? Number.NaN)));
  }
  fast.dispose();
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
