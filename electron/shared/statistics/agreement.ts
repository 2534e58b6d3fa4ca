/** The ratings of one image: one entry for each reader, null where that reader gave none. */
export type Ratings = readonly (number | null)[];

export interface FleissKappa {
  value: number;
  /** Of the hypothesis that readers agree by chance only. */
  standardErrorByChance: number;
  observed: number;
  expected: number;
  /** For each class against all others; null for a class that nobody used. */
  byClass: (number | null)[];
}

/**
 * Fleiss' kappa (1971): more than two readers, not necessarily the same ones for every image.
 *
 * @param counts for each image how many readers chose each class; the same number of readers for all
 * @returns null without images, with fewer than two readers, or where chance alone agrees wholly
 * @throws TypeError where the images have different numbers of readers
 */
export function fleissKappa(counts: readonly (readonly number[])[]): FleissKappa | null {
  const images = counts.length;
  const readers = sum(counts[0] ?? []);
  if (images === 0 || readers < 2) return null;
  if (counts.some((row) => sum(row) !== readers)) throw new TypeError('Fleiss wants the same number of readers for every image');
  const classes = counts[0]?.length ?? 0;
  const shares = Array.from({ length: classes }, (_, index) => sum(counts.map((row) => row[index] ?? 0)) / (images * readers));
  const observed = sum(counts.map((row) => (sum(row.map((count) => count * count)) - readers) / (readers * (readers - 1)))) / images;
  const expected = sum(shares.map((share) => share * share));
  if (expected >= 1) return null;
  const spread = sum(shares.map((share) => share * (1 - share)));
  const skew = sum(shares.map((share) => share * (1 - share) * (1 - 2 * share)));
  return {
    value: (observed - expected) / (1 - expected),
    standardErrorByChance: (Math.SQRT2 / (spread * Math.sqrt(images * readers * (readers - 1)))) * Math.sqrt(spread * spread - skew),
    observed,
    expected,
    byClass: shares.map((share, index) => {
      if (share === 0 || share === 1) return null;
      const split = sum(counts.map((row) => (row[index] ?? 0) * (readers - (row[index] ?? 0))));
      return 1 - split / (images * readers * (readers - 1) * share * (1 - share));
    }),
  };
}

export type AlphaMetric = 'nominal' | 'ordinal' | 'interval' | 'ratio';

/**
 * Krippendorff's alpha: any number of readers, gaps allowed; images with fewer than two ratings say nothing and are left out.
 *
 * @param scale the values there are, ascending: fixed, never inferred from the ratings
 * @returns null where fewer than two values can be paired, or all of them are the same
 */
export function krippendorffAlpha(images: readonly Ratings[], scale: readonly number[], metric: AlphaMetric): number | null {
  const classes = scale.length;
  const place = new Map(scale.map((value, index) => [value, index]));
  const coincidences = Array.from({ length: classes }, () => new Float64Array(classes));
  for (const ratings of images) {
    const counts = new Float64Array(classes);
    let given = 0;
    for (const rating of ratings) {
      if (rating === null) continue;
      const index = place.get(rating);
      if (index === undefined) throw new TypeError('a rating outside the scale');
      counts[index] = (counts[index] ?? 0) + 1;
      given += 1;
    }
    if (given < 2) continue;
    for (let c = 0; c < classes; c++) {
      const row = coincidences[c];
      if (!row || !counts[c]) continue;
      for (let k = 0; k < classes; k++) row[k] = (row[k] ?? 0) + ((counts[c] ?? 0) * ((counts[k] ?? 0) - (c === k ? 1 : 0))) / (given - 1);
    }
  }
  const totals = coincidences.map((row) => sum([...row]));
  const all = sum(totals);
  let [observed, expected] = [0, 0];
  for (let c = 0; c < classes; c++) {
    for (let k = 0; k < classes; k++) {
      const distance = distanceOf(c, k, scale, totals, metric);
      observed += (coincidences[c]?.[k] ?? 0) * distance;
      expected += (totals[c] ?? 0) * (totals[k] ?? 0) * distance;
    }
  }
  return expected === 0 ? null : 1 - ((all - 1) * observed) / expected;
}

function distanceOf(c: number, k: number, scale: readonly number[], totals: readonly number[], metric: AlphaMetric): number {
  if (c === k) return 0;
  const [first, second] = [scale[c] ?? 0, scale[k] ?? 0];
  switch (metric) {
    case 'nominal':
      return 1;
    case 'interval':
      return (first - second) ** 2;
    case 'ratio':
      return ((first - second) / (first + second)) ** 2;
    case 'ordinal': {
      const between = totals.slice(Math.min(c, k), Math.max(c, k) + 1);
      return (sum(between) - ((totals[c] ?? 0) + (totals[k] ?? 0)) / 2) ** 2;
    }
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
