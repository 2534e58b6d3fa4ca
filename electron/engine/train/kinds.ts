import { availableParallelism } from 'node:os';
import { AppError, toAppError } from '../../shared/errors';
import { BACKENDS } from '../../shared/domain/codes';
import type { Recipe, RecipeStage } from '../../shared/domain/recipe';
import type { Backend } from '../backends/backend';
import { loadBackend } from '../backends/load';
import { sha256 } from '../bundle/files';
import { GENERATED_BY } from '../bundle/write';
import type { TrainingInput } from '../client/training-protocol';
import { roundToHalf } from '../network/float16';
import type { Weights } from '../network/graph';
import { backboneOf } from '../network/head';
import { lite0WeightShapes } from '../network/lite0';
import { writeOnnx } from '../network/onnx-writer';
import { EagerNetwork } from './eager-network';
import type { Feed } from './feed';
import { HeadNetwork } from './head-network';
import type { InitialNetwork } from './initial-weights';
import { bytesOf } from './keeper';
import type { PixelFeed } from './pixel-feed';
import type { FeedImage, TrainingSurroundings } from './run-training';
import { classWeightsOf } from './sampler';
import type { StepEngine } from './step-engine';
import { TAIL_CHANNELS, TrainingGraph } from './training-graph';
import { ViewFeed, type ViewMaker } from './view-feed';

/** Who steps, on what, and the images that are left when all that must be computed first is computed. */
export interface Kind {
  engine: StepEngine;
  feed: Feed;
  training: FeedImage[];
  calibration: FeedImage[];
}

interface SetUp {
  input: TrainingInput;
  initial: InitialNetwork;
  pixels: PixelFeed;
  training: FeedImage[];
  calibration: FeedImage[];
  surroundings: TrainingSurroundings;
}

/**
 * On pixels, by the training graph or the eager loop; on feature maps, by the graph's tail; on embeddings, by the head alone without TensorFlow.
 *
 * @throws AppError backend-unavailable, bundle-foreign, recipe-invalid
 */
export async function setUp(options: SetUp): Promise<Kind> {
  const { input, initial, pixels, training, calibration, surroundings } = options;
  const { recipe } = input;
  switch (recipe.stages[0]?.trained) {
    case 'head':
      return onEmbeddings(options);
    case 'tail':
      return onFeatureMaps(options);
    default: {
      if (recipe.backbone !== 'any' && !isLite0(initial.weights))
        throw new AppError('backbone-foreign', { detail: `the recipe ${recipe.name} needs EfficientNet-Lite0` });
      const engine = await pixelEngine(options);
      surroundings.onDevice(engine.device);
      return { engine, feed: pixels, training, calibration };
    }
  }
}

async function pixelEngine({ input, initial }: SetUp): Promise<StepEngine> {
  const { recipe, graphFolder } = input;
  if (!isLite0(initial.weights)) return EagerNetwork.load(initial.graph, initial.weights, recipe.head);
  try {
    return await TrainingGraph.load(graphFolder, recipe.head, stepKinds(recipe));
  } catch {
    // An older libtensorflow may refuse the graph; without any TensorFlow this fails too, and says so.
    return EagerNetwork.load(initial.graph, initial.weights, recipe.head);
  }
}

async function onFeatureMaps(options: SetUp): Promise<Kind> {
  const { input, initial, surroundings } = options;
  const { recipe } = input;
  const sizePx = recipe.stages.at(-1)?.sizePx ?? 0;
  if (!isLite0(initial.weights)) throw new AppError('backbone-foreign', { detail: `the recipe ${recipe.name} needs EfficientNet-Lite0` });
  const engine = await TrainingGraph.load(input.graphFolder, recipe.head, stepKinds(recipe));
  surroundings.onDevice(engine.device);
  engine.start(initial.weights);
  const side = sizePx / 16;
  const maker: ViewMaker = {
    version: `maps ${trunkHash(initial.weights)}`,
    length: side * side * TAIL_CHANNELS,
    make: async (pixels) => engine.early(pixels, 1, sizePx),
  };
  const feed = viewFeed(options, maker);
  const prepared = await prepareAll(options, feed);
  engine.workOnMaps();
  return { engine, feed, ...prepared };
}

async function onEmbeddings(options: SetUp): Promise<Kind> {
  const { input, initial, surroundings } = options;
  const { recipe } = input;
  const sizePx = recipe.stages.at(-1)?.sizePx ?? 0;
  const embedder = await embedderOf(initial, sizePx);
  surroundings.onDevice(embedder.device);
  const maker: ViewMaker = {
    version: `embedding ${trunkHash(initial.weights)} ${embedder.name}`,
    length: initial.features,
    make: async (pixels) => {
      const normalised = pixels.map((value) => (value - 127) / 128);
      return Float32Array.from((await embedder.forward(normalised, 1)).embedding);
    },
  };
  const feed = viewFeed(options, maker);
  const prepared = await prepareAll(options, feed);
  embedder.dispose();
  const engine = await HeadNetwork.load(recipe.head, initial.weights, initial.features, embedder.device);
  const embeddings = await Promise.all(prepared.training.map((image) => feed.forScoring(image, sizePx)));
  engine.standardise(embeddings);
  surroundings.onDevice(engine.device);
  return { engine, feed, ...prepared };
}

/** The backbone on the first backend that runs it, rounded as it will be shipped. */
async function embedderOf(initial: InitialNetwork, sizePx: number): Promise<Backend> {
  const graph = backboneOf(
    { ...initial.graph, nodes: initial.graph.nodes.filter(({ name }) => name !== 'pool' && name !== 'hidden' && name !== 'head') },
    sizePx,
  );
  const weights = new Map([...initial.weights].map(([name, { shape, values }]) => [name, { shape, values: roundToHalf(values) }]));
  const network = { graph, weights };
  let last: unknown;
  for (const name of BACKENDS) {
    try {
      return await loadBackend(name, {
        network,
        onnx: name === 'onnx' ? writeOnnx(graph, weights, GENERATED_BY) : null,
        inputSizePx: sizePx,
        threads: availableParallelism(),
      });
    } catch (thrown) {
      last = thrown;
    }
  }
  throw toAppError(last);
}

function viewFeed({ input, pixels, training, surroundings }: SetUp, maker: ViewMaker): ViewFeed {
  const { recipe, seed, cacheBytes } = input;
  return new ViewFeed(pixels, maker, {
    recipe,
    classWeights: classWeightsOf(training, recipe),
    seed,
    keeper: surroundings.keeper,
    limitBytes: cacheBytes,
  });
}

async function prepareAll({ training, calibration, surroundings }: SetUp, feed: ViewFeed): Promise<Pick<Kind, 'training' | 'calibration'>> {
  const prepared = await feed.prepare([...training, ...calibration], (done, total) => surroundings.onPrepared(done, total));
  return {
    training: prepared.filter((image) => image.part === 'training'),
    calibration: prepared.filter((image) => image.part === 'calibration'),
  };
}

function stepKinds({ stages }: Recipe): RecipeStage['trained'][] {
  return stages.flatMap(({ trained, headOnlySteps }) => (headOnlySteps > 0 ? [trained, 'head' as const] : [trained]));
}

function isLite0(weights: Weights): boolean {
  return [...lite0WeightShapes(null)].every(([name, shape]) => weights.get(name)?.shape.join() === shape.join());
}

/** Names the frozen layers; the head is not among them. */
function trunkHash(weights: Weights): string {
  const parts = [...weights].filter(([name]) => !/^(?:head|hidden)\//.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(Buffer.concat(parts.map(([, { values }]) => bytesOf(values)))).slice(0, 16);
}
