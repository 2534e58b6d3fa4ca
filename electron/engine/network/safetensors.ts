import { z } from 'zod';
import { foreign, type Weight, type Weights } from './graph';

/** The safetensors container (huggingface/safetensors, format description in its README): a JSON header, then raw little-endian tensors. */

const MAX_HEADER_BYTES = 10_000_000;

const tensorSchema = z.object({
  dtype: z.literal('F32'),
  shape: z.array(z.number().int().nonnegative()).max(8),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

export interface SafeTensors {
  tensors: Map<string, Weight>;
  metadata: Record<string, string>;
}

/**
 * @param file a whole safetensors file with float32 tensors
 * @throws AppError bundle-foreign for anything else
 */
export function readSafeTensors(file: Uint8Array): SafeTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 8) throw foreign('not a safetensors file');
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > file.byteLength) throw foreign('safetensors header is too long');
  const dataStart = 8 + headerBytes;
  const header = parseHeader(file.subarray(8, dataStart));
  const tensors = new Map<string, Weight>();
  for (const [name, entry] of Object.entries(header.tensors)) {
    const [from, to] = entry.data_offsets;
    const length = entry.shape.reduce((product, side) => product * side, 1);
    if (to - from !== length * 4 || dataStart + to > file.byteLength) throw foreign(`tensor ${name} does not fit its file`);
    // Copied, since a float array must start at a multiple of four; not by `slice`, which for a Node Buffer does not copy.
    const bytes = Uint8Array.from(file.subarray(dataStart + from, dataStart + to));
    tensors.set(name, { shape: entry.shape, values: new Float32Array(bytes.buffer) });
  }
  return { tensors, metadata: header.metadata };
}

/** The same container, float32, written. */
export function writeSafeTensors(tensors: Weights, metadata: Record<string, string> = {}): Uint8Array {
  const entries = [...tensors];
  let offset = 0;
  const described = entries.map(([name, { shape, values }]): [string, z.infer<typeof tensorSchema>] => {
    const from = offset;
    offset += values.byteLength;
    return [name, { dtype: 'F32', shape: [...shape], data_offsets: [from, offset] }];
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(described) });
  // Padded with spaces: the data begin at a multiple of eight.
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + header.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const [, { values }] of entries) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

function parseHeader(bytes: Uint8Array): { tensors: Record<string, z.infer<typeof tensorSchema>>; metadata: Record<string, string> } {
  try {
    const { __metadata__: metadata = {}, ...tensors } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<
      string,
      unknown
    >;
    return { tensors: z.record(z.string(), tensorSchema).parse(tensors), metadata: z.record(z.string(), z.string()).parse(metadata) };
  } catch (error) {
    throw Object.assign(foreign('safetensors header is not readable'), { cause: error });
  }
}
