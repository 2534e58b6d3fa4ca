import type { Graph, GraphNode, Activation } from './graph';

/**
 * EfficientNet-Lite0 with batch norm folded into its convolutions: ReLU6, no squeeze-and-excite.
 * Source: tensorflow/tpu, models/official/efficientnet/lite (Tan and Le 2019, arXiv 1905.11946).
 */

/** expansion, kernel side, stride of the first block, blocks, output channels */
const STAGES = [
  [1, 3, 1, 1, 16],
  [6, 3, 2, 2, 24],
  [6, 5, 2, 2, 40],
  [6, 3, 2, 3, 80],
  [6, 5, 1, 3, 112],
  [6, 5, 2, 4, 192],
  [6, 3, 1, 1, 320],
] as const;

const STEM_CHANNELS = 32;

/**
 * @param sizePx side of the square input
 * @param outputs outputs of the linear head; null for the backbone alone
 */
export function efficientNetLite0(sizePx: number, outputs: number | null): Graph {
  const nodes: GraphNode[] = [{ op: 'input', name: 'image', inputs: [], height: sizePx, width: sizePx, channels: 3 }];
  let last = 'image';

  function convolution(op: 'conv' | 'depthwise', name: string, stride: number, activation: Activation): void {
    const kernel = op === 'conv' ? `${name}/kernel` : `${name}/depthwise_kernel`;
    nodes.push({ op, name, inputs: [last], kernel, bias: `${name}/bias`, strides: [stride, stride], padding: 'same', activation });
    last = name;
  }

  convolution('conv', 'stem', 2, 'relu6');
  let channels = STEM_CHANNELS;
  let block = 0;
  for (const [expansion, , firstStride, blocks, outChannels] of STAGES) {
    for (let i = 0; i < blocks; i += 1) {
      const stride = i === 0 ? firstStride : 1;
      const entry = last;
      const name = `block${block}`;
      if (expansion > 1) convolution('conv', `${name}.expand`, 1, 'relu6');
      convolution('depthwise', `${name}.depthwise`, stride, 'relu6');
      convolution('conv', `${name}.project`, 1, 'linear');
      if (stride === 1 && channels === outChannels) {
        nodes.push({ op: 'add', name: `${name}.add`, inputs: [entry, last] });
        last = `${name}.add`;
      }
      channels = outChannels;
      block += 1;
    }
  }
  convolution('conv', 'top', 1, 'relu6');
  nodes.push({ op: 'global-average', name: 'pool', inputs: ['top'] });
  if (outputs !== null)
    nodes.push({ op: 'dense', name: 'head', inputs: ['pool'], kernel: 'head/kernel', bias: 'head/bias', activation: 'linear' });
  return { nodes, input: 'image', featureMap: 'top', embedding: 'pool', logits: outputs === null ? null : 'head' };
}

/** Shapes of all weights of `efficientNetLite0`, in the order of its nodes: what an initialiser or an importer must fill. */
export function lite0WeightShapes(outputs: number | null): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  function add(name: string, kernel: string, kernelShape: readonly number[], channels: number): void {
    shapes.set(`${name}/${kernel}`, kernelShape);
    shapes.set(`${name}/bias`, [channels]);
  }
  add('stem', 'kernel', [3, 3, 3, STEM_CHANNELS], STEM_CHANNELS);
  let channels: number = STEM_CHANNELS;
  let block = 0;
  for (const [expansion, side, , blocks, outChannels] of STAGES) {
    for (let i = 0; i < blocks; i += 1) {
      const name = `block${block}`;
      const wide = channels * expansion;
      if (expansion > 1) add(`${name}.expand`, 'kernel', [1, 1, channels, wide], wide);
      add(`${name}.depthwise`, 'depthwise_kernel', [side, side, wide, 1], wide);
      add(`${name}.project`, 'kernel', [1, 1, wide, outChannels], outChannels);
      channels = outChannels;
      block += 1;
    }
  }
  add('top', 'kernel', [1, 1, channels, 1280], 1280);
  if (outputs !== null) add('head', 'kernel', [1280, outputs], outputs);
  return shapes;
}
