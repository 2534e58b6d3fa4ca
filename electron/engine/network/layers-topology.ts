import { z } from 'zod';
import { foreign, inferShapes, type Activation, type Graph, type GraphNode, type Padding, type Weight, type Weights } from './graph';
import { decodeHalf, encodeHalf } from './float16';

/**
 * `model.json` and `weights.bin` in the tfjs layers format (tensorflow/tfjs, tfjs-layers/src/models.ts and
 * tfjs-core/src/io/types.ts): readable by `tf.loadLayersModel`, and by us without loading tfjs.
 */

const pair = z.union([
  z
    .number()
    .int()
    .positive()
    .transform((side): [number, number] => [side, side]),
  z.tuple([z.number().int().positive(), z.number().int().positive()]),
]);
const padding = z.enum(['same', 'valid']);
const layerSchema = z.object({
  class_name: z.string().max(100),
  name: z.string().min(1).max(200),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z
    .array(z.array(z.tuple([z.string(), z.literal(0), z.literal(0)]).rest(z.unknown())).min(1))
    .max(1, 'a layer used twice is not supported'),
});
const endpoints = z.array(z.tuple([z.string(), z.literal(0), z.literal(0)]));
const manifestSchema = z.object({
  paths: z.array(z.string()),
  weights: z.array(
    z.object({
      name: z.string().min(1).max(300),
      shape: z.array(z.number().int().positive()).max(4),
      dtype: z.literal('float32'),
      quantization: z.object({ dtype: z.literal('float16') }).optional(),
    }),
  ),
});
const fileSchema = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.object({
    model_config: z.object({
      class_name: z.enum(['Model', 'Functional']),
      config: z.object({
        layers: z.array(layerSchema).min(2).max(2000),
        input_layers: endpoints.length(1),
        output_layers: endpoints.length(1),
      }),
    }),
  }),
  weightsManifest: z.array(manifestSchema).length(1),
});

const convolutionConfig = z.object({
  kernel_size: pair,
  strides: pair.default([1, 1]),
  padding: padding.default('valid'),
  activation: z.string().nullish(),
  use_bias: z.boolean().default(true),
  dilation_rate: pair.default([1, 1]),
  data_format: z.literal('channels_last').default('channels_last'),
});
const poolConfig = z.object({
  pool_size: pair,
  strides: pair.nullish(),
  padding: padding.default('valid'),
  data_format: z.literal('channels_last').default('channels_last'),
});
const side = z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]);

type Layer = z.infer<typeof layerSchema>;

export interface Network {
  graph: Graph;
  weights: Weights;
}

/**
 * @param modelJson text of `model.json`
 * @param weightsBin bytes of `weights.bin`
 * @throws AppError bundle-foreign for any layer, layout or weight that our engines do not run
 */
export function parseNetwork(modelJson: Uint8Array, weightsBin: Uint8Array): Network {
  const file = parseFile(modelJson);
  const { layers, input_layers: inputs, output_layers: outputs } = file.modelTopology.model_config.config;
  const renamed = new Map<string, string>();
  const nodes: GraphNode[] = [];
  for (const layer of layers) {
    const node = toNode(
      layer,
      (layer.inbound_nodes[0] ?? []).map(([name]) => renamed.get(name) ?? name),
    );
    if (node === null) {
      // Dropout does nothing outside training: whoever reads it reads what it read.
      const source = layer.inbound_nodes[0]?.[0]?.[0];
      if (source !== undefined) renamed.set(layer.name, renamed.get(source) ?? source);
    } else {
      nodes.push(node);
    }
  }
  const output = outputs[0]?.[0] ?? '';
  const graph = withRoles(nodes, inputs[0]?.[0] ?? '', renamed.get(output) ?? output);
  const weights = parseWeights(file.weightsManifest[0], weightsBin);
  inferShapes(graph, weights);
  return { graph, weights };
}

function parseFile(modelJson: Uint8Array): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(new TextDecoder().decode(modelJson)));
  } catch (error) {
    throw Object.assign(foreign('model.json is not a tfjs layers model that we can run'), { cause: error });
  }
}

function parseWeights(manifest: z.infer<typeof manifestSchema> | undefined, bin: Uint8Array): Weights {
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const entry of manifest?.weights ?? []) {
    const length = entry.shape.reduce((product, extent) => product * extent, 1);
    const byteLength = length * (entry.quantization === undefined ? 4 : 2);
    if (offset + byteLength > bin.byteLength) throw foreign('weights.bin is too short');
    // Copied, since a typed array must start at a multiple of its element; not by `slice`, which for a Node Buffer does not copy.
    const { buffer } = Uint8Array.from(bin.subarray(offset, offset + byteLength));
    weights.set(entry.name, {
      shape: entry.shape,
      values: entry.quantization === undefined ? new Float32Array(buffer) : decodeHalf(new Uint16Array(buffer)),
    });
    offset += byteLength;
  }
  if (offset !== bin.byteLength) throw foreign('weights.bin is too long');
  return weights;
}

function withRoles(nodes: readonly GraphNode[], input: string, output: string): Graph {
  const pool = nodes.find((node) => node.op === 'global-average');
  const featureMap = pool?.inputs[0] ?? output;
  return {
    nodes,
    input,
    featureMap,
    embedding: pool?.name ?? null,
    logits: output === pool?.name || output === featureMap ? null : output,
  };
}

function toNode(layer: Layer, inputs: readonly string[]): GraphNode | null {
  const { name, config } = layer;
  function read<T>(schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(config);
    if (!parsed.success) throw foreign(`layer ${name} (${layer.class_name}) has a configuration that we do not run`);
    return parsed.data;
  }
  switch (layer.class_name) {
    case 'InputLayer': {
      const [, height, width, channels] = read(
        z.object({
          batch_input_shape: z.tuple([z.null(), z.number().int().positive(), z.number().int().positive(), z.number().int().positive()]),
        }),
      ).batch_input_shape;
      return { op: 'input', name, inputs, height, width, channels };
    }
    case 'Conv2D':
    case 'DepthwiseConv2D': {
      const depthwise = layer.class_name === 'DepthwiseConv2D';
      const settings = read(convolutionConfig);
      if (settings.dilation_rate[0] !== 1 || settings.dilation_rate[1] !== 1) throw foreign(`layer ${name} is dilated`);
      return {
        op: depthwise ? 'depthwise' : 'conv',
        name,
        inputs,
        kernel: `${name}/${depthwise ? 'depthwise_kernel' : 'kernel'}`,
        bias: settings.use_bias ? `${name}/bias` : null,
        strides: settings.strides,
        padding: settings.padding,
        activation: toActivation(settings.activation, name),
      };
    }
    case 'Dense': {
      const settings = read(z.object({ activation: z.string().nullish(), use_bias: z.boolean().default(true) }));
      return {
        op: 'dense',
        name,
        inputs,
        kernel: `${name}/kernel`,
        bias: settings.use_bias ? `${name}/bias` : null,
        activation: toActivation(settings.activation, name),
      };
    }
    case 'ReLU': {
      const { max_value: max } = read(z.object({ max_value: z.union([z.literal(6), z.null()]).default(null) }));
      return { op: 'activation', name, inputs, activation: max === 6 ? 'relu6' : 'relu' };
    }
    case 'Activation':
      return { op: 'activation', name, inputs, activation: toActivation(read(z.object({ activation: z.string() })).activation, name) };
    case 'ZeroPadding2D': {
      const [[top, bottom], [left, right]] = read(z.object({ padding: z.tuple([side, side]) })).padding;
      return { op: 'zero-pad', name, inputs, padding: [top, bottom, left, right] };
    }
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const settings = read(poolConfig);
      return {
        op: layer.class_name === 'MaxPooling2D' ? 'max-pool' : 'average-pool',
        name,
        inputs,
        size: settings.pool_size,
        strides: settings.strides ?? settings.pool_size,
        padding: settings.padding,
      };
    }
    case 'Add':
      return { op: 'add', name, inputs };
    case 'Concatenate':
      return { op: 'concat', name, inputs };
    case 'GlobalAveragePooling2D':
      return { op: 'global-average', name, inputs };
    case 'Dropout':
      return null;
    default:
      throw foreign(`layer ${name} is a ${layer.class_name}, which we do not run`);
  }
}

function toActivation(name: string | null | undefined, layer: string): Activation {
  if (name === undefined || name === null || name === 'linear') return 'linear';
  if (name === 'relu' || name === 'relu6') return name;
  throw foreign(`layer ${layer} has the activation ${name}, which we do not run`);
}

/** The two files of a network; weights in the order of the layers, as float16 in bundles, as float32 on the way to another training. */
export function serialiseNetwork(
  graph: Graph,
  weights: Weights,
  generatedBy: string,
  precision: 'float16' | 'float32' = 'float16',
): { modelJson: Uint8Array; weights: Uint8Array } {
  inferShapes(graph, weights);
  const names = graph.nodes.flatMap((node) => ('kernel' in node ? [node.kernel, ...(node.bias === null ? [] : [node.bias])] : []));
  const entries = names.map((name) => {
    const weight = weights.get(name);
    if (weight === undefined) throw foreign(`weight ${name} is missing`);
    return { name, weight };
  });
  const parts = entries.map(({ weight: { values } }) => (precision === 'float16' ? encodeHalf(values) : values));
  const bin = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bin.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  const output = graph.logits ?? graph.embedding ?? graph.featureMap;
  const document = {
    format: 'layers-model',
    generatedBy,
    convertedBy: null,
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'network',
          layers: graph.nodes.map((node) => toLayer(node, weights)),
          input_layers: [[graph.input, 0, 0]],
          output_layers: [[output, 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: entries.map(({ name, weight }) => ({
          name,
          shape: weight.shape,
          dtype: 'float32',
          ...(precision === 'float16' && { quantization: { dtype: 'float16', original_dtype: 'float32' } }),
        })),
      },
    ],
  };
  return { modelJson: new TextEncoder().encode(`${JSON.stringify(document)}\n`), weights: bin };
}

function toLayer(node: GraphNode, weights: Weights): object {
  const [className, config] = layerOf(node, weights);
  const inbound = node.inputs.length === 0 ? [] : [node.inputs.map((name) => [name, 0, 0, {}])];
  return { class_name: className, name: node.name, config: { name: node.name, trainable: true, ...config }, inbound_nodes: inbound };
}

function layerOf(node: GraphNode, weights: Weights): [className: string, config: object] {
  switch (node.op) {
    case 'input':
      return ['InputLayer', { batch_input_shape: [null, node.height, node.width, node.channels], dtype: 'float32', sparse: false }];
    case 'conv':
    case 'depthwise': {
      const [rows, columns, , filters] = weights.get(node.kernel)?.shape ?? [];
      const common = {
        kernel_size: [rows, columns],
        strides: node.strides,
        padding: node.padding,
        data_format: 'channels_last',
        dilation_rate: [1, 1],
        activation: node.activation,
        use_bias: node.bias !== null,
      };
      return node.op === 'conv' ? ['Conv2D', { filters, ...common }] : ['DepthwiseConv2D', { depth_multiplier: 1, ...common }];
    }
    case 'dense':
      return ['Dense', { units: weights.get(node.kernel)?.shape[1], activation: node.activation, use_bias: node.bias !== null }];
    case 'activation':
      return ['Activation', { activation: node.activation }];
    case 'zero-pad': {
      const [top, bottom, left, right] = node.padding;
      return [
        'ZeroPadding2D',
        {
          padding: [
            [top, bottom],
            [left, right],
          ],
          data_format: 'channels_last',
        },
      ];
    }
    case 'max-pool':
    case 'average-pool':
      return [node.op === 'max-pool' ? 'MaxPooling2D' : 'AveragePooling2D', poolSettings(node.size, node.strides, node.padding)];
    case 'add':
      return ['Add', {}];
    case 'concat':
      return ['Concatenate', { axis: -1 }];
    case 'global-average':
      return ['GlobalAveragePooling2D', { data_format: 'channels_last' }];
  }
}

function poolSettings(size: readonly [number, number], strides: readonly [number, number], poolPadding: Padding): object {
  return { pool_size: size, strides, padding: poolPadding, data_format: 'channels_last' };
}
