import { z } from 'zod';
import { AppError } from '../../shared/errors';
import type { CardContent, ModelCard } from '../../shared/domain/card';
import { decodeHalf, roundToHalf } from '../network/float16';
import { inferShapes, type Weight } from '../network/graph';
import { backboneOf } from '../network/head';
import { parseNetwork } from '../network/layers-topology';
import type { BundleFiles } from '../protocol';
import { buildBundle } from './write';

/**
 * A tfjs layers model as anybody may have saved it (tensorflow/tfjs, tfjs-layers/src/models.ts, tfjs-core/src/io/types.ts): more than one group of
 * weights, quantised ones, batch norm behind convolutions, a head of any kind. What we run is much less, so it is brought into that form or refused.
 */
const layerSchema = z.object({
  class_name: z.string().max(100),
  name: z.string().min(1).max(200).optional(),
  config: z.looseObject({ name: z.string().optional() }),
  inbound_nodes: z.array(z.array(z.tuple([z.string(), z.number(), z.number()]).rest(z.unknown()))).optional(),
});
const weightSchema = z.object({
  name: z.string().min(1).max(300),
  shape: z.array(z.number().int().nonnegative()).max(6),
  dtype: z.string(),
  quantization: z
    .object({ dtype: z.enum(['uint8', 'uint16', 'float16']), min: z.number().optional(), scale: z.number().optional() })
    .optional(),
});
const fileSchema = z.object({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.object({ paths: z.array(z.string().max(300)).max(2000), weights: z.array(weightSchema) })).min(1),
});
const configSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({
    layers: z.array(layerSchema).min(2).max(3000),
    input_layers: z.array(z.unknown()),
    output_layers: z.array(z.unknown()),
  }),
});
const endpointSchema = z.tuple([z.string(), z.literal(0), z.literal(0)]);
const normSchema = z.object({
  epsilon: z.number().positive().default(1e-3),
  scale: z.boolean().default(true),
  center: z.boolean().default(true),
  axis: z.union([z.number(), z.array(z.number()).length(1)]).default(-1),
});

type Layer = { className: string; name: string; config: Record<string, unknown>; inputs: string[] };

function refuse(detail: string): AppError {
  return new AppError('backbone-foreign', { detail });
}

/** Names of the weight files that `model.json` asks for, beside it. @throws AppError backbone-foreign, also for a path that leaves the folder */
export function weightFilesOf(modelJson: Uint8Array): string[] {
  const paths = parseFile(modelJson).weightsManifest.flatMap((group) => group.paths);
  for (const path of paths) {
    if (!/^[A-Za-z0-9._-]+$/.test(path) || path.startsWith('.')) throw refuse(`the weight file ${path} does not lie beside the model`);
  }
  return paths;
}

/**
 * @param modelJson the file
 * @param parts contents of its weight files, in the order of `weightFilesOf`
 * @param sizePx side of the input, where the model leaves it open; the model's own where null
 * @param facts what the card cannot know by itself
 * @throws AppError backbone-foreign with the layer and the reason
 */
export function importBackbone(
  modelJson: Uint8Array,
  parts: readonly Uint8Array[],
  sizePx: number | null,
  facts: { name: string; source: string; licence: string; command: string; createdAt: string },
): { files: BundleFiles; card: ModelCard } {
  const file = parseFile(modelJson);
  const weights = readWeights(file.weightsManifest, parts);
  const { layers, output } = functionalLayers(file.modelTopology);
  const size = sized(layers, sizePx);
  const kept = upTo(layers, featureMapOf(layers, output));
  const folded = foldNorms(kept.layers, weights, kept.target);
  const { graph, weights: known } = parsed(folded.layers, folded.weights, folded.target);
  const map = inferShapes(graph, known).get(graph.featureMap);
  if (map === undefined || map.rows === 0) throw refuse('its output is not a feature map of rows, columns and channels');
  const content: CardContent = {
    name: facts.name,
    summary: `An imported backbone: ${facts.source}. Not a model: it has no head and cannot screen.`,
    createdAt: facts.createdAt,
    backbone: facts.name,
    inputSizePx: size,
    normalisation: { subtract: 127, divide: 128 },
    preprocessing: null,
    gate: null,
    head: null,
    temperature: 1,
    operatingPoints: null,
    recipe: null,
    seed: null,
    dataset: { description: `As its makers say: ${facts.source}`, manifestSha256: null },
    metrics: [],
    licence: facts.licence,
    initialWeights: { source: facts.source, licence: facts.licence, sha256: null },
    parent: null,
    commands: [facts.command],
    limits: ['A backbone for training, not a model.', 'Pixels enter as (v - 127) / 128, whatever its makers used: training adapts to it.'],
  };
  const rounded = new Map([...known].map(([name, { shape, values }]) => [name, { shape, values: roundToHalf(values) }]));
  return asForeign(() => buildBundle(backboneOf(graph, size), rounded, content));
}

function parseFile(modelJson: Uint8Array): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(modelJson)));
  } catch (error) {
    throw Object.assign(refuse('this is not the model.json of a tfjs layers model'), { cause: error });
  }
}

function readWeights(manifest: z.infer<typeof fileSchema>['weightsManifest'], parts: readonly Uint8Array[]): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let part = 0;
  for (const group of manifest) {
    const bytes = Buffer.concat(parts.slice(part, part + group.paths.length));
    part += group.paths.length;
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      if (dtype !== 'float32') throw refuse(`weight ${name} holds ${dtype}, not float32`);
      const length = shape.reduce((product, extent) => product * extent, 1);
      const width = quantization === undefined ? 4 : quantization.dtype === 'uint8' ? 1 : 2;
      if (at + length * width > bytes.length) throw refuse('its weight files are too short');
      const { buffer } = Uint8Array.from(bytes.subarray(at, at + length * width));
      at += length * width;
      weights.set(name.replace(/:0$/, ''), { shape, values: decoded(buffer, quantization) });
    }
    if (at !== bytes.length) throw refuse('its weight files are too long');
  }
  return weights;
}

function decoded(buffer: ArrayBuffer, quantization: z.infer<typeof weightSchema>['quantization']): Float32Array {
  if (quantization === undefined) return new Float32Array(buffer);
  if (quantization.dtype === 'float16') return decodeHalf(new Uint16Array(buffer));
  const { min = 0, scale = 1 } = quantization;
  return Float32Array.from(
    quantization.dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer),
    (value) => value * scale + min,
  );
}

function functionalLayers(topology: Record<string, unknown>): { layers: Layer[]; output: string } {
  const found = configSchema.safeParse(topology['model_config'] ?? topology);
  if (!found.success) {
    const named = z.looseObject({ class_name: z.string() }).safeParse(topology['model_config'] ?? topology);
    if (named.success && named.data.class_name === 'Sequential') throw refuse('it is a Sequential model; save it as a functional one');
    throw refuse('its topology is not that of a functional model');
  }
  const { config } = found.data;
  if (config.input_layers.length !== 1) throw refuse(`it has ${config.input_layers.length} inputs, not one`);
  const output = endpointSchema.safeParse(config.output_layers[0]);
  if (config.output_layers.length !== 1 || !output.success) throw refuse('it has more than one output');
  const layers = config.layers.map((layer): Layer => {
    const name = layer.name ?? layer.config.name ?? '';
    if ((layer.inbound_nodes?.length ?? 0) > 1) throw refuse(`layer ${name} is used more than once`);
    return { className: layer.class_name, name, config: layer.config, inputs: (layer.inbound_nodes?.[0] ?? []).map(([input]) => input) };
  });
  return { layers, output: output.data[0] };
}

/** The input's side, written into the input layer. */
function sized(layers: readonly Layer[], sizePx: number | null): number {
  const input = layers.find(({ className }) => className === 'InputLayer');
  const shape = z
    .array(z.number().nullable())
    .length(4)
    .safeParse(input?.config['batch_input_shape'] ?? input?.config['batch_shape']);
  if (input === undefined || !shape.success) throw refuse('it has no input of rows, columns and channels');
  const [, rows, columns, channels] = shape.data;
  const size = sizePx ?? rows ?? null;
  if (size === null) throw refuse('its input has no size of its own: say one with --size');
  if (channels !== 3) throw refuse(`its input has ${String(channels)} channels, not three`);
  if (sizePx === null && rows !== columns) throw refuse('its input is not square');
  input.config['batch_input_shape'] = [null, size, size, 3];
  return size;
}

/**
 * What the pooled features are made from: the input of the last global average pool, or of the flattening that older networks have in its place, else the
 * output. An average pool just before the flattening goes with it: ours takes its place, at any size.
 */
function featureMapOf(layers: readonly Layer[], output: string): string {
  const head = layers.filter(({ className }) => className === 'GlobalAveragePooling2D' || className === 'Flatten').at(-1);
  const input = head?.inputs[0] ?? output;
  const before = layers.find(({ name }) => name === input);
  return head?.className === 'Flatten' && before?.className === 'AveragePooling2D' ? (before.inputs[0] ?? input) : input;
}

function upTo(layers: readonly Layer[], target: string): { layers: Layer[]; target: string } {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const needed = new Set<string>();
  const open = [target];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    open.push(...(byName.get(name)?.inputs ?? []));
  }
  return { layers: layers.filter(({ name }) => needed.has(name)), target };
}

/** Batch norm of a convolution's output is another convolution: kernel times gamma / sqrt(variance + epsilon), bias accordingly. */
function foldNorms(
  layers: readonly Layer[],
  weights: Map<string, Weight>,
  target: string,
): { layers: Layer[]; weights: Map<string, Weight>; target: string } {
  const folded = new Map(weights);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const replaced = new Map<string, string>();
  for (const layer of layers) {
    if (layer.className !== 'BatchNormalization') continue;
    const before = byName.get(layer.inputs[0] ?? '');
    const depthwise = before?.className === 'DepthwiseConv2D';
    const readers = layers.filter(({ inputs }) => inputs.includes(before?.name ?? ''));
    const plain = before !== undefined && (before.config['activation'] ?? 'linear') === 'linear';
    if (before === undefined || !(depthwise || before.className === 'Conv2D') || readers.length !== 1 || !plain)
      throw refuse(`batch norm ${layer.name} does not stand directly behind a convolution of its own, so it cannot be folded into one`);
    const settings = normSchema.safeParse(layer.config);
    if (!settings.success) throw refuse(`batch norm ${layer.name} has a configuration that we do not know`);
    const axis = Array.isArray(settings.data.axis) ? settings.data.axis[0] : settings.data.axis;
    if (axis !== -1 && axis !== 3) throw refuse(`batch norm ${layer.name} works along axis ${axis}`);
    foldOne(before, depthwise, layer.name, settings.data, folded);
    replaced.set(layer.name, before.name);
  }
  const left = layers
    .filter(({ name }) => !replaced.has(name))
    .map((layer) => ({ ...layer, inputs: layer.inputs.map((name) => replaced.get(name) ?? name) }));
  return { layers: left, weights: folded, target: replaced.get(target) ?? target };
}

function foldOne(
  convolution: Layer,
  depthwise: boolean,
  norm: string,
  settings: z.infer<typeof normSchema>,
  weights: Map<string, Weight>,
): void {
  const need = (name: string): Weight => {
    const weight = weights.get(name);
    if (weight === undefined) throw refuse(`weight ${name} is missing`);
    return weight;
  };
  const kernelName = `${convolution.name}/${depthwise ? 'depthwise_kernel' : 'kernel'}`;
  const kernel = need(kernelName);
  const [mean, variance] = [need(`${norm}/moving_mean`).values, need(`${norm}/moving_variance`).values];
  const channels = mean.length;
  const factor = Float64Array.from(variance, (value, channel) => {
    const gamma = settings.scale ? (need(`${norm}/gamma`).values[channel] ?? 1) : 1;
    return gamma / Math.sqrt(value + settings.epsilon);
  });
  const hadBias = convolution.config['use_bias'] !== false;
  const bias = Float32Array.from({ length: channels }, (_, channel) => {
    const own = hadBias ? (need(`${convolution.name}/bias`).values[channel] ?? 0) : 0;
    const beta = settings.center ? (need(`${norm}/beta`).values[channel] ?? 0) : 0;
    return (own - (mean[channel] ?? 0)) * (factor[channel] ?? 1) + beta;
  });
  if (kernel.values.length % channels !== 0) throw refuse(`batch norm ${norm} does not fit the convolution before it`);
  // The channel is the last extent of a kernel, and the last but one (of one multiple) of a depthwise kernel: the fastest in both.
  weights.set(kernelName, { shape: kernel.shape, values: kernel.values.map((value, at) => value * (factor[at % channels] ?? 1)) });
  weights.set(`${convolution.name}/bias`, { shape: [channels], values: bias });
  convolution.config['use_bias'] = true;
}

/** Through the reader that every bundle goes through: what it refuses cannot work. */
function parsed(layers: readonly Layer[], weights: ReadonlyMap<string, Weight>, target: string): ReturnType<typeof parseNetwork> {
  const used = layers.flatMap(({ className, name, config }) => {
    const kernel = className === 'DepthwiseConv2D' ? 'depthwise_kernel' : 'kernel';
    if (!['Conv2D', 'DepthwiseConv2D', 'Dense'].includes(className)) return [];
    return [`${name}/${kernel}`, ...(config['use_bias'] === false ? [] : [`${name}/bias`])];
  });
  const entries = used.map((name): [string, Weight] => {
    const weight = weights.get(name);
    if (weight === undefined) throw refuse(`weight ${name} is missing`);
    return [name, weight];
  });
  const document = {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Functional',
        config: {
          layers: layers.map(({ className, name, config, inputs }) => ({
            class_name: className,
            name,
            config,
            inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
          })),
          input_layers: [[layers.find(({ className }) => className === 'InputLayer')?.name ?? '', 0, 0]],
          output_layers: [[target, 0, 0]],
        },
      },
    },
    weightsManifest: [{ paths: ['weights.bin'], weights: entries.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })) }],
  };
  const bin = Buffer.concat(entries.map(([, { values }]) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)));
  return asForeign(() => parseNetwork(new TextEncoder().encode(JSON.stringify(document)), bin));
}

/** The same refusal under the name that this import has. */
function asForeign<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'bundle-foreign') throw refuse(String(thrown.params['detail'] ?? ''));
    throw thrown;
  }
}
