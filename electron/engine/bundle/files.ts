import { createHash } from 'node:crypto';

/** The files of a bundle: a model that can screen has all four, a backbone without a head has no ONNX file. */
export const BUNDLE_FILES = ['card.json', 'model.json', 'model.onnx', 'weights.bin'] as const;
export type BundleFile = (typeof BUNDLE_FILES)[number];

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 over the sorted lines `sha256  name`, as `sha256sum * | sort | sha256sum` prints it. */
export function bundleId(hashes: ReadonlyMap<string, string>): string {
  const lines = [...hashes].map(([name, hash]) => `${hash}  ${name}\n`).sort();
  return sha256(lines.join(''));
}

/** The seal of a card: SHA-256 of its JSON without the field `seal`. */
export function sealOf(card: Record<string, unknown>): string {
  const rest = { ...card };
  delete rest['seal'];
  return sha256(JSON.stringify(rest));
}
