import { createHash } from 'node:crypto';
import type { DatasetItem } from '../../shared/domain/data-sets';
import { withPauses } from '../pause';

/** One line an item, sorted: what the hash of a data set is made over. */
export function manifestOf(items: readonly DatasetItem[]): string {
  return items.map(lineOf).sort().join('\n');
}

/** All at once, for a thread of its own. */
export function manifestHash(items: readonly DatasetItem[]): string {
  return hashOf(items.map(lineOf));
}

/** The same, with turns of the event loop in between. */
export async function manifestHashWithPauses(items: readonly DatasetItem[]): Promise<string> {
  const lines: string[] = [];
  for await (const item of withPauses(items)) lines.push(lineOf(item));
  return hashOf(lines);
}

function hashOf(lines: string[]): string {
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function lineOf(item: DatasetItem): string {
  return [
    item.imageSha256,
    item.subject,
    item.eye ?? '',
    item.part,
    item.weight.toFixed(6),
    item.method,
    item.certainty.toFixed(4),
    item.gradable ? 1 : 0,
    item.grade ?? '',
    item.macular ?? '',
    item.referable === null ? '' : item.referable ? 1 : 0,
    JSON.stringify(item.camera),
    item.source,
  ].join(' ');
}
