import { foreign, nodeOf, weightOf, type DenseNode, type Graph, type Weights } from '../network/graph';

/**
 * A network's last layers as one linear function of the pooled features, at one image. Behind a global average pool every cell of the
 * feature map adds its own part to the logit, so the class activation map needs no gradients and adds up to the score (Zhou
 * 2016, arXiv 1512.04150): exactly for a linear head; for a head with ReLU layers between, exactly for this image's own
 * pattern of active units, which is why such a map is marked approximate.
 */
export interface Evidence {
  weights: Float32Array;
  bias: number;
}

/**
 * @param direction weight of each output: (0, 1, 0, 0) for P(grade >= 2) of a cumulative head, (-1, 1) for the log-odds of a softmax one
 * @param embedding this image's pooled features, channels
 */
export function evidenceFor(graph: Graph, weights: Weights, embedding: Float32Array, direction: readonly number[]): Evidence {
  const head = headOf(graph);
  const masks = activeUnits(head, weights, embedding);
  let current = Float64Array.from(direction);
  let bias = 0;
  for (let layer = head.length - 1; layer >= 0; layer -= 1) {
    const node = head[layer];
    const mask = masks[layer];
    if (node === undefined || mask === undefined) break;
    current = current.map((value, unit) => (mask[unit] === true ? value : 0));
    const biases = node.bias === null ? null : weightOf(weights, node.bias).values;
    const { shape, values } = weightOf(weights, node.kernel);
    const [inputs = 0, units = 0] = shape;
    const next = new Float64Array(inputs);
    for (let unit = 0; unit < units; unit += 1) bias += (current[unit] ?? 0) * (biases?.[unit] ?? 0);
    for (let k = 0; k < inputs; k += 1) {
      let sum = 0;
      for (let unit = 0; unit < units; unit += 1) sum += (values[k * units + unit] ?? 0) * (current[unit] ?? 0);
      next[k] = sum;
    }
    current = next;
  }
  return { weights: Float32Array.from(current), bias };
}

/**
 * @param featureMap rows x columns x channels of one image
 * @returns rows x columns; its mean is the raw logit
 */
export function evidenceMap(featureMap: Float32Array, rows: number, columns: number, evidence: Evidence): Float32Array {
  const channels = evidence.weights.length;
  const map = new Float32Array(rows * columns);
  for (let cell = 0; cell < map.length; cell += 1) {
    let sum = evidence.bias;
    const from = cell * channels;
    for (let k = 0; k < channels; k += 1) sum += (featureMap[from + k] ?? 0) * (evidence.weights[k] ?? 0);
    map[cell] = sum;
  }
  return map;
}

/** The dense layers between the pool and the logits, first to last. */
function headOf(graph: Graph): DenseNode[] {
  const layers: DenseNode[] = [];
  for (let name = graph.logits; name !== null && name !== graph.embedding;) {
    const node = nodeOf(graph, name);
    if (node.op !== 'dense') throw foreign(`layer ${node.name} stands between the pool and the output`);
    layers.unshift(node);
    name = node.inputs[0] ?? null;
  }
  return layers;
}

/** Per layer, which units pass their input on unchanged for this image. */
function activeUnits(head: readonly DenseNode[], weights: Weights, embedding: Float32Array): boolean[][] {
  let inputs: ArrayLike<number> = embedding;
  return head.map((node) => {
    if (node.activation === 'linear' && node === head.at(-1))
      return Array.from({ length: weightOf(weights, node.kernel).shape[1] ?? 0 }, () => true);
    const { shape, values } = weightOf(weights, node.kernel);
    const [count = 0, units = 0] = shape;
    const biases = node.bias === null ? null : weightOf(weights, node.bias).values;
    const raw = Array.from({ length: units }, (_, unit) => {
      let sum = biases?.[unit] ?? 0;
      for (let k = 0; k < count; k += 1) sum += (values[k * units + unit] ?? 0) * (inputs[k] ?? 0);
      return sum;
    });
    const mask = raw.map((value) => node.activation === 'linear' || (value > 0 && (node.activation === 'relu' || value < 6)));
    inputs = raw.map((value) => activate(value, node.activation));
    return mask;
  });
}

function activate(value: number, activation: DenseNode['activation']): number {
  if (activation === 'linear') return value;
  return activation === 'relu' ? Math.max(0, value) : Math.min(6, Math.max(0, value));
}
