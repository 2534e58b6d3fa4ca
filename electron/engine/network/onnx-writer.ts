import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { encodeHalf } from './float16';
import { ONNX_NAMES } from './onnx-names';
import {
  inferShapes,
  weightOf,
  type Activation,
  type ConvolutionNode,
  type Graph,
  type GraphNode,
  type PoolNode,
  type Weights,
} from './graph';

/**
 * The same network as an ONNX file (opset 13, onnx/onnx docs/Operators.md). Images come in and feature maps go out NHWC, as
 * everywhere in the engine; inside it is NCHW. Weights are float16 initialisers behind a Cast, which the runtime folds away
 * when it loads: half the file, and exactly the numbers of `weights.bin`.
 */

// A CommonJS module whose names Node cannot see from ESM.
const { DataType } = onnxProto.onnx.TensorProto;
const { AttributeType } = onnxProto.onnx.AttributeProto;
const OPSET = 13;
const IR_VERSION = 7;

export function writeOnnx(graph: Graph, weights: Weights, producer: string): Uint8Array {
  return new OnnxWriter(graph, weights).write(producer);
}

class OnnxWriter {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #initialisers: onnx.ITensorProto[] = [];
  readonly #graph: Graph;
  readonly #weights: Weights;

  constructor(graph: Graph, weights: Weights) {
    this.#graph = graph;
    this.#weights = weights;
  }

  write(producer: string): Uint8Array {
    const graph = this.#graph;
    const shapes = inferShapes(graph, this.#weights);
    for (const node of graph.nodes) this.#add(node);
    const outputs: onnx.IValueInfoProto[] = [];
    if (graph.logits !== null) {
      this.#node('Identity', [layerName(graph.logits)], ONNX_NAMES.logits);
      outputs.push(valueInfo(ONNX_NAMES.logits, [shapes.get(graph.logits)?.channels ?? 0]));
    }
    const map = shapes.get(graph.featureMap) ?? { rows: 0, columns: 0, channels: 0 };
    this.#node('Transpose', [layerName(graph.featureMap)], ONNX_NAMES.featureMap, [integers('perm', [0, 2, 3, 1])]);
    outputs.push(valueInfo(ONNX_NAMES.featureMap, [map.rows, map.columns, map.channels]));
    if (graph.embedding !== null) {
      this.#node('Identity', [layerName(graph.embedding)], ONNX_NAMES.embedding);
      outputs.push(valueInfo(ONNX_NAMES.embedding, [map.channels]));
    }
    const input = shapes.get(graph.input) ?? map;
    return onnxProto.onnx.ModelProto.encode({
      irVersion: IR_VERSION,
      opsetImport: [{ domain: '', version: OPSET }],
      producerName: producer,
      graph: {
        name: 'network',
        node: this.#nodes,
        initializer: this.#initialisers,
        input: [valueInfo(ONNX_NAMES.image, [input.rows, input.columns, input.channels])],
        output: outputs,
      },
    }).finish();
  }

  #node(opType: string, input: string[], output: string, attribute: onnx.IAttributeProto[] = []): void {
    this.#nodes.push({ opType, name: `${output}:${opType}`, input, output: [output], attribute });
  }

  /** An initialiser of small values in full precision (bounds, sizes). */
  #constant(name: string, dataType: number, dims: number[], raw: ArrayBufferLike): string {
    this.#initialisers.push({ name, dataType, dims, rawData: new Uint8Array(raw) });
    return name;
  }

  #weight(name: string, dims: readonly number[], values: Float32Array): string {
    this.#initialisers.push({
      name: `${name}:half`,
      dataType: DataType.FLOAT16,
      dims: [...dims],
      rawData: new Uint8Array(encodeHalf(values).buffer),
    });
    this.#node('Cast', [`${name}:half`], name, [integer('to', DataType.FLOAT)]);
    return name;
  }

  #bias(name: string | null): string[] {
    if (name === null) return [];
    const { shape, values } = weightOf(this.#weights, name);
    return [this.#weight(name, shape, values)];
  }

  /** Writes the node, with its activation behind it, under the node's own name. */
  #withActivation(opType: string, input: string[], name: string, activation: Activation, attribute: onnx.IAttributeProto[]): void {
    if (activation === 'linear') {
      this.#node(opType, input, name, attribute);
      return;
    }
    this.#node(opType, input, `${name}:raw`, attribute);
    this.#activation(`${name}:raw`, name, activation);
  }

  #activation(input: string, output: string, activation: Activation): void {
    if (activation === 'linear') this.#node('Identity', [input], output);
    else if (activation === 'relu') this.#node('Relu', [input], output);
    else this.#node('Clip', [input, this.#bound('clip:0', 0), this.#bound('clip:6', 6)], output);
  }

  #bound(name: string, value: number): string {
    if (!this.#initialisers.some((initialiser) => initialiser.name === name))
      this.#constant(name, DataType.FLOAT, [], new Float32Array([value]).buffer);
    return name;
  }

  #add(node: GraphNode): void {
    const inputs = node.inputs.map(layerName);
    const name = layerName(node.name);
    switch (node.op) {
      case 'input':
        this.#node('Transpose', [ONNX_NAMES.image], name, [integers('perm', [0, 3, 1, 2])]);
        return;
      case 'conv':
      case 'depthwise':
        this.#convolution(node, inputs);
        return;
      case 'dense': {
        const { shape, values } = weightOf(this.#weights, node.kernel);
        const bias = this.#bias(node.bias);
        this.#withActivation('Gemm', [...inputs, this.#weight(node.kernel, shape, values), ...bias], name, node.activation, []);
        return;
      }
      case 'activation':
        this.#activation(inputs[0] ?? '', name, node.activation);
        return;
      case 'zero-pad': {
        const [top, bottom, left, right] = node.padding;
        const pads = this.#constant(
          `${name}:pads`,
          DataType.INT64,
          [8],
          new BigInt64Array([0, 0, top, left, 0, 0, bottom, right].map(BigInt)).buffer,
        );
        this.#node('Pad', [...inputs, pads], name);
        return;
      }
      case 'max-pool':
      case 'average-pool':
        this.#pool(node, inputs);
        return;
      case 'add':
        inputs.slice(1).reduce((sum, input, i) => {
          const output = i === inputs.length - 2 ? name : `${name}:${i}`;
          this.#node('Add', [sum, input], output);
          return output;
        }, inputs[0] ?? '');
        return;
      case 'concat':
        this.#node('Concat', inputs, name, [integer('axis', 1)]);
        return;
      case 'global-average':
        this.#node('GlobalAveragePool', inputs, `${name}:map`);
        this.#node('Flatten', [`${name}:map`], name);
    }
  }

  #convolution(node: ConvolutionNode, inputs: string[]): void {
    const { shape, values } = weightOf(this.#weights, node.kernel);
    const [rows = 0, columns = 0, third = 0, fourth = 0] = shape;
    const depthwise = node.op === 'depthwise';
    // HWIO -> OIHW; a depthwise kernel is H W C 1 -> C 1 H W.
    const dims = depthwise ? [third, 1, rows, columns] : [fourth, third, rows, columns];
    const moved = depthwise ? moveKernel(values, rows * columns, 1, third) : moveKernel(values, rows * columns, third, fourth);
    const kernel = this.#weight(node.kernel, dims, moved);
    this.#withActivation('Conv', [...inputs, kernel, ...this.#bias(node.bias)], layerName(node.name), node.activation, [
      integers('kernel_shape', [rows, columns]),
      integers('strides', node.strides),
      autoPad(node.padding),
      ...(depthwise ? [integer('group', third)] : []),
    ]);
  }

  #pool(node: PoolNode, inputs: string[]): void {
    // TensorFlow's average leaves padding out of the count, which is ONNX's default too.
    this.#node(node.op === 'max-pool' ? 'MaxPool' : 'AveragePool', inputs, layerName(node.name), [
      integers('kernel_shape', node.size),
      integers('strides', node.strides),
      autoPad(node.padding),
    ]);
  }
}

/** A layer may be called `image` or `logits`, as the file's own ends are. */
function layerName(name: string): string {
  return `layer/${name}`;
}

/** [place][in][out] -> [out][in][place] */
function moveKernel(values: Float32Array, places: number, inChannels: number, outChannels: number): Float32Array {
  const moved = new Float32Array(values.length);
  let source = 0;
  for (let place = 0; place < places; place += 1) {
    for (let i = 0; i < inChannels; i += 1) {
      for (let o = 0; o < outChannels; o += 1) moved[(o * inChannels + i) * places + place] = values[source++] ?? 0;
    }
  }
  return moved;
}

function autoPad(padding: 'same' | 'valid'): onnx.IAttributeProto {
  // TensorFlow's SAME puts the odd pixel at the end: SAME_UPPER.
  return { name: 'auto_pad', type: AttributeType.STRING, s: new TextEncoder().encode(padding === 'same' ? 'SAME_UPPER' : 'VALID') };
}

function integers(name: string, ints: readonly number[]): onnx.IAttributeProto {
  return { name, type: AttributeType.INTS, ints: [...ints] };
}

function integer(name: string, i: number): onnx.IAttributeProto {
  return { name, type: AttributeType.INT, i };
}

/** A float tensor with a free number of images in front. */
function valueInfo(name: string, dims: readonly number[]): onnx.IValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: DataType.FLOAT, shape: { dim: [{ dimParam: 'n' }, ...dims.map((dimValue) => ({ dimValue }))] } } },
  };
}
