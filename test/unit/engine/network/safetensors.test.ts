import { describe, expect, it } from 'vitest';
import { importLite0Weights } from '../../../../electron/engine/network/import-weights';
import { lite0WeightShapes } from '../../../../electron/engine/network/lite0';
import { readSafeTensors } from '../../../../electron/engine/network/safetensors';

function file(header: object, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe('safetensors', () => {
  const data = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);

  it('reads tensors by name, from a Node buffer too', () => {
    const header = {
      __metadata__: { made: 'here' },
      a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      b: { dtype: 'F32', shape: [2], data_offsets: [16, 24] },
    };
    const { tensors, metadata } = readSafeTensors(Buffer.from(file(header, data)));
    expect(tensors.get('b')).toEqual({ shape: [2], values: new Float32Array([5, 6]) });
    expect(metadata).toEqual({ made: 'here' });
  });

  it('refuses offsets outside the file, other types and a header of nonsense', () => {
    expect(() => readSafeTensors(file({ a: { dtype: 'F32', shape: [8], data_offsets: [0, 32] } }, data))).toThrow('bundle-foreign');
    expect(() => readSafeTensors(file({ a: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, data))).toThrow('bundle-foreign');
    expect(() => readSafeTensors(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0, 1]))).toThrow('bundle-foreign');
    expect(() => readSafeTensors(new Uint8Array(3))).toThrow('bundle-foreign');
  });
});

describe('importing the weights of EfficientNet-Lite0', () => {
  function tensors(): Map<string, { shape: readonly number[]; values: Float32Array }> {
    return new Map(
      [...lite0WeightShapes(null)].map(([name, shape]) => [
        name.replace('/depthwise_kernel', '.kernel').replace('/', '.'),
        { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1) },
      ]),
    );
  }

  it('takes our layer names and rounds to float16', () => {
    const weights = importLite0Weights(tensors(), null);
    expect(weights.get('block3.depthwise/depthwise_kernel')?.shape).toEqual([5, 5, 144, 1]);
    expect(weights.get('stem/bias')?.values[0]).toBe(0.0999755859375);
  });

  it('refuses a tensor that is missing, of another shape, or unknown', () => {
    const missing = tensors();
    missing.delete('top.bias');
    expect(() => importLite0Weights(missing, null)).toThrow('bundle-foreign');
    const other = tensors().set('top.bias', { shape: [7], values: new Float32Array(7) });
    expect(() => importLite0Weights(other, null)).toThrow('bundle-foreign');
    const unknown = tensors().set('extra', { shape: [1], values: new Float32Array(1) });
    expect(() => importLite0Weights(unknown, null)).toThrow('bundle-foreign');
  });
});
