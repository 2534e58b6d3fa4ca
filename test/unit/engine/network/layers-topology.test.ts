import { describe, expect, it } from 'vitest';
import { inferShapes, inputSizeOf } from '../../../../electron/engine/network/graph';
import { parseNetwork, serialiseNetwork } from '../../../../electron/engine/network/layers-topology';
import { efficientNetLite0, lite0WeightShapes } from '../../../../electron/engine/network/lite0';
import { seededValues, tinyNetwork } from '../../../helpers/tiny-model';

type Json = Record<string, unknown>;
interface Layers {
  modelTopology: { model_config: { config: { layers: { class_name: string; name: string; config: Json }[] } } };
}

function changed(modelJson: Uint8Array, change: (file: Layers) => void): Uint8Array {
  const file = JSON.parse(new TextDecoder().decode(modelJson)) as Layers;
  change(file);
  return new TextEncoder().encode(JSON.stringify(file));
}

describe('a network in its files', () => {
  const network = tinyNetwork();
  const files = serialiseNetwork(network.graph, network.weights, 'test');

  it('comes back as it was written', () => {
    const back = parseNetwork(files.modelJson, files.weights);
    expect(back.graph).toEqual(network.graph);
    expect(back.weights).toEqual(network.weights);
  });

  it('finds feature map, pooled features and logits by itself', () => {
    const { graph } = parseNetwork(files.modelJson, files.weights);
    expect([graph.featureMap, graph.embedding, graph.logits]).toEqual(['top.relu', 'pool', 'head']);
  });

  it('passes dropout by: it does nothing outside training', () => {
    const json = changed(files.modelJson, (file) => {
      const { layers } = file.modelTopology.model_config.config;
      const head = layers.find((layer) => layer.name === 'head') as unknown as { inbound_nodes: unknown };
      head.inbound_nodes = [[['drop', 0, 0, {}]]];
      layers.push({ class_name: 'Dropout', name: 'drop', config: { rate: 0.2 }, inbound_nodes: [[['pool', 0, 0, {}]]] } as never);
      layers.push(layers.splice(layers.indexOf(head as never), 1)[0] as never);
    });
    expect(parseNetwork(json, files.weights).graph.nodes.at(-1)?.inputs).toEqual(['pool']);
  });

  it('refuses a layer that it does not run', () => {
    const json = changed(files.modelJson, (file) => {
      for (const layer of file.modelTopology.model_config.config.layers) if (layer.name === 'sum') layer.class_name = 'Lambda';
    });
    expect(() => parseNetwork(json, files.weights)).toThrow('bundle-foreign');
  });

  it('refuses weights that do not fit their layers, or their file', () => {
    const json = changed(files.modelJson, (file) => {
      for (const layer of file.modelTopology.model_config.config.layers) {
        if (layer.name === 'image') layer.config['batch_input_shape'] = [null, 32, 32, 4];
      }
    });
    expect(() => parseNetwork(json, files.weights)).toThrow('bundle-foreign');
    expect(() => parseNetwork(files.modelJson, files.weights.subarray(2))).toThrow('bundle-foreign');
    expect(() => parseNetwork(files.modelJson, Uint8Array.from([...files.weights, 0, 0]))).toThrow('bundle-foreign');
  });

  it('refuses what is not JSON of a layers model', () => {
    expect(() => parseNetwork(new TextEncoder().encode('{}'), files.weights)).toThrow('bundle-foreign');
    expect(() => parseNetwork(new Uint8Array([0xff, 0xfe]), files.weights)).toThrow('bundle-foreign');
  });
});

describe('EfficientNet-Lite0', () => {
  it('has the parameters of the published network, batch norm folded and head of our own', () => {
    const shapes = lite0WeightShapes(4);
    const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    // Published 4,652,008 with 1,000 classes (1,281,000) and two more values a channel of batch norm (21,008 channels, of which one stays as bias).
    expect(count).toBe(4_652_008 - 1_281_000 - 21_008 + 1280 * 4 + 4);
  });

  it('shrinks 32 times on the way to its 1,280 feature maps', () => {
    const graph = efficientNetLite0(384, 4);
    const weights = new Map([...lite0WeightShapes(4)].map(([name, shape]) => [name, { shape, values: seededValues(1, 1) }]));
    const shapes = inferShapes(graph, weights);
    expect(shapes.get('top')).toEqual({ rows: 12, columns: 12, channels: 1280 });
    expect(shapes.get('head')).toEqual({ rows: 0, columns: 0, channels: 4 });
    expect(inputSizeOf(graph)).toBe(384);
  });
});
