import { createHash } from 'node:crypto';
import type { DatasetItem } from '../../shared/domain/data-sets';

/** One line an item, sorted: what the hash of a data set is made over. */
export function manifestOf(items: readonly DatasetItem[]): string {
  return items
    .map((item) =>
      [
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
      ].join(' '),
    )
    .sort()
    .join('\n');
}

export function manifestHash(items: readonly DatasetItem[]): string {
  return createHash('sha256').update(manifestOf(items)).digest('hex');
}
