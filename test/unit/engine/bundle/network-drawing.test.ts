import { expect, test } from 'vitest';
import { drawNetwork } from '../../../../electron/engine/bundle/network-drawing';
import { TINY_SIZE_PX, tinyBundle, tinyNetwork } from '../../../helpers/tiny-model';

const network = tinyNetwork();
const svg = drawNetwork(tinyBundle({}, network).files, 'Tiny <b> & "co"');

test('the drawing names every layer, its size and how many numbers it learnt', () => {
  for (const { name } of network.graph.nodes) expect(svg).toContain(`<title>${name}</title>`);
  expect(svg).toContain(`>${TINY_SIZE_PX}×${TINY_SIZE_PX}×3<`);
  expect(svg).toContain('>224<');
  const total = [...network.weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  expect(svg).toContain(`12 layers, ${total} parameters`);
});

test('there is one arrow for every connection, those that skip layers in their own colour', () => {
  const connections = network.graph.nodes.flatMap((node, index) =>
    node.inputs.map((input) => index - network.graph.nodes.findIndex(({ name }) => name === input)),
  );
  expect(svg.match(/marker-end/g)).toHaveLength(connections.length);
  expect(svg.match(/#b0452f/g)).toHaveLength(connections.filter((distance) => distance > 1).length);
});

test('a name from a foreign bundle cannot write into the drawing', () => {
  expect(svg).not.toContain('<b>');
});
