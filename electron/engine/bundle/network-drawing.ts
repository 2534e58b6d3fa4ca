import { inferShapes, type GraphNode, type NodeShape, type Weights } from '../network/graph';
import { parseNetwork } from '../network/layers-topology';
import type { BundleFiles } from '../protocol';

const ROW_PX = 30;
const BOX = { width: 268, height: 22 } as const;
/** Left of a box: room for connections that skip layers. Right of it: sizes and counts. */
const LANES_PX = 56;
const FIGURES_PX = 164;
const COLUMN_PX = LANES_PX + BOX.width + FIGURES_PX;
const MARGIN_PX = 24;
const HEADER_PX = 76;
const COLUMN_ROWS = 24;
const LANE_PX = 7;

const COLOURS: Record<GraphNode['op'], string> = {
  input: '#e6e6e6',
  conv: '#cfe1f7',
  depthwise: '#d3efdf',
  dense: '#f9d9c6',
  'zero-pad': '#efefef',
  'max-pool': '#e6dcf5',
  'average-pool': '#e6dcf5',
  activation: '#f5f0cf',
  add: '#ffffff',
  concat: '#ffffff',
  'global-average': '#e6dcf5',
};

interface Place {
  x: number;
  y: number;
  column: number;
}

/**
 * A bundle's network, layer by layer, as SVG: what each layer does, the size of what it gives (rows x columns x channels) and how many
 * numbers it learnt; red lines are connections that skip layers.
 *
 * @param title name of the model
 * @throws AppError bundle-foreign
 */
export function drawNetwork(files: BundleFiles, title: string): string {
  const { graph, weights } = parseNetwork(files.modelJson, files.weights);
  const shapes = inferShapes(graph, weights);
  const columns = Math.max(1, Math.ceil(graph.nodes.length / COLUMN_ROWS));
  const rows = Math.ceil(graph.nodes.length / columns);
  const places = new Map(
    graph.nodes.map((node, index): [string, Place] => {
      const column = Math.floor(index / rows);
      return [node.name, { column, x: MARGIN_PX + column * COLUMN_PX + LANES_PX, y: HEADER_PX + (index % rows) * ROW_PX }];
    }),
  );
  const learnt = graph.nodes.map((node) => parametersOf(node, weights));
  const total = learnt.reduce((sum, count) => sum + count, 0);
  const width = 2 * MARGIN_PX + columns * COLUMN_PX;
  const foot = HEADER_PX + rows * ROW_PX;
  const height = foot + MARGIN_PX + 20;
  const boxes = graph.nodes.map((node, index) => box(node, weights, shapes.get(node.name), learnt[index] ?? 0, places));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'Noto Sans', sans-serif" font-size="11">
<title>${escaped(title)}</title>
<defs><marker id="arrow" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#555"/></marker></defs>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${MARGIN_PX}" y="34" font-size="18" font-weight="600">${escaped(title)}</text>
<text x="${MARGIN_PX}" y="54" fill="#444">${graph.nodes.length} layers, ${grouped(total)} parameters, ${files.id.slice(0, 12)}</text>
${connections(graph.nodes, places, foot)}
${boxes.join('\n')}
</svg>
`;
}

function box(
  node: GraphNode,
  weights: Weights,
  shape: NodeShape | undefined,
  parameters: number,
  places: ReadonlyMap<string, Place>,
): string {
  const { x, y } = places.get(node.name) ?? { x: 0, y: 0 };
  const middle = y + BOX.height / 2 + 4;
  const size = shape === undefined ? '' : shape.rows === 0 ? `${shape.channels}` : `${shape.rows}×${shape.columns}×${shape.channels}`;
  const right = x + BOX.width;
  const count =
    parameters === 0
      ? ''
      : `<text x="${right + FIGURES_PX - 14}" y="${middle}" text-anchor="end" fill="#777">${grouped(parameters)}</text>`;
  return `<g><title>${escaped(node.name)}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="${COLOURS[node.op]}" stroke="#555" stroke-width="0.8"/><text x="${x + 8}" y="${middle}">${escaped(describe(node, weights))}</text><text x="${right - 8}" y="${middle}" text-anchor="end" fill="#555" font-size="9.5">${escaped(shortened(node.name))}</text><text x="${right + 10}" y="${middle}">${size}</text>${count}</g>`;
}

function describe(node: GraphNode, weights: Weights): string {
  switch (node.op) {
    case 'input':
      return 'input';
    case 'conv':
    case 'depthwise': {
      const [rows, columns] = weights.get(node.kernel)?.shape ?? [];
      const stride = node.strides[0] === 1 && node.strides[1] === 1 ? '' : ` /${node.strides[0]}`;
      return `${node.op} ${rows}×${columns}${stride}${activationText(node.activation)}`;
    }
    case 'dense':
      return `dense${activationText(node.activation)}`;
    case 'activation':
      return node.activation;
    case 'max-pool':
    case 'average-pool':
      return `${node.op} ${node.size[0]}×${node.size[1]} /${node.strides[0]}`;
    case 'zero-pad':
      return `zero-pad ${node.padding.join(' ')}`;
    case 'add':
    case 'concat':
    case 'global-average':
      return node.op;
  }
}

function activationText(activation: string): string {
  return activation === 'linear' ? '' : `, ${activation}`;
}

/** The inner end of a name says more than its beginning. */
function shortened(name: string): string {
  return name.length <= 24 ? name : `…${name.slice(-23)}`;
}

function parametersOf(node: GraphNode, weights: Weights): number {
  if (!('kernel' in node)) return 0;
  return [node.kernel, node.bias].reduce((sum, name) => sum + (name === null ? 0 : (weights.get(name)?.values.length ?? 0)), 0);
}

function connections(nodes: readonly GraphNode[], places: ReadonlyMap<string, Place>, foot: number): string {
  const indexOf = new Map(nodes.map((node, index) => [node.name, index]));
  /** By lane: the layer where its last connection ends. */
  const laneEnds: number[] = [];
  const paths: string[] = [];
  for (const [index, node] of nodes.entries()) {
    for (const input of node.inputs) {
      const [from, to] = [places.get(input), places.get(node.name)];
      const fromIndex = indexOf.get(input);
      if (from === undefined || to === undefined || fromIndex === undefined) continue;
      paths.push(index - fromIndex === 1 ? next(from, to, foot) : skip(from, to, takeLane(laneEnds, fromIndex, index), foot));
    }
  }
  return paths.join('\n');
}

/** Two connections share a lane when one ends before the other begins. */
function takeLane(laneEnds: number[], from: number, to: number): number {
  const free = laneEnds.findIndex((end) => end <= from);
  const lane = free === -1 ? laneEnds.length : free;
  laneEnds[lane] = to;
  return lane;
}

/** From one layer to the next; from the foot of a column to the head of the next one. */
function next(from: Place, to: Place, foot: number): string {
  const x = from.x + 30;
  if (from.column === to.column) return line(`M${x} ${from.y + BOX.height}V${to.y}`);
  return line(`M${x} ${from.y + BOX.height}V${foot + 4}H${to.x - 10}V${to.y + BOX.height / 2}H${to.x}`);
}

/** Over layers in between, left of the boxes; into another column below its foot. */
function skip(from: Place, to: Place, lane: number, foot: number): string {
  const start = from.y + BOX.height / 2 + 4;
  const end = to.y + BOX.height / 2 - (from.column === to.column ? 4 : -4);
  const offset = 20 + lane * LANE_PX;
  if (from.column === to.column) return skipping(`M${from.x} ${start}H${from.x - offset}V${end}H${to.x}`);
  // Outside the lanes of the other column, which it passes on its way up.
  const arrival = to.x - LANES_PX + 4 + (lane % 3) * 3;
  return skipping(`M${from.x} ${start}H${from.x - offset}V${foot + 10 + lane * 3}H${arrival}V${end}H${to.x}`);
}

function line(path: string): string {
  return `<path d="${path}" fill="none" stroke="#555" marker-end="url(#arrow)"/>`;
}

function skipping(path: string): string {
  return `<path d="${path}" fill="none" stroke="#b0452f" stroke-width="1.1" marker-end="url(#arrow)"/>`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
