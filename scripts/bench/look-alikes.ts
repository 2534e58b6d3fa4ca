import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { locateRetina } from '../../electron/engine/images/preprocess';
import { makeThumbnail } from '../../electron/engine/images/thumbnail';
import { fingerprintOf, type Fingerprint, hashDistance, pixelCorrelation } from '../../electron/services/data-sets/fingerprint';

/**
 * How often two photographs of different patients are taken for one, by the hash alone and with the pixels; and how surely a copy is found (saved again
 * smaller, brighter, cut): node scripts/run-ts.mjs scripts/bench/look-alikes.ts PHOTOS [--every N]
 */
const { positionals, values: options } = parseArgs({ allowPositionals: true, options: { every: { type: 'string', default: '1' } } });
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: look-alikes.ts PHOTOS [--every N]');
sharp.concurrency(1);

interface Shown extends Fingerprint {
  file: string;
  patient: string;
  source: string;
}

/** As screening keeps it: a thumbnail and the circle of the retina. */
async function look(bytes: Uint8Array): Promise<Fingerprint | null> {
  const located = await locateRetina(bytes);
  const circle = located.retina?.circle;
  if (!circle) return null;
  const thumbnail = await makeThumbnail(located.pixels);
  const { width = 1 } = await sharp(thumbnail).metadata();
  const scale = width / located.pixels.width;
  return fingerprintOf(thumbnail, { centreX: circle.centreX * scale, centreY: circle.centreY * scale, radius: circle.radius * scale });
}

const rows = parse<Record<string, string>>(await readFile(resolve(folder, 'index.csv'), 'utf8'), { columns: true })
  .filter((row) => row['source'] !== 'drimdb' && !(row['source'] ?? '').endsWith('-fullres'))
  .filter((_, index) => index % Number(options.every) === 0);
const known: Shown[] = [];
const copies: { distance: number; correlation: number }[] = [];
for (const [index, row] of rows.entries()) {
  const bytes = await readFile(resolve(folder, row['file'] ?? ''));
  const found = await look(bytes).catch(() => null);
  if (!found) continue;
  known.push({ ...found, file: row['file'] ?? '', patient: row['patient'] ?? '', source: row['source'] ?? '' });
  if (index % 40 === 0) {
    const { width = 0, height = 0 } = await sharp(bytes).metadata();
    const cut = Math.round(width * 0.02);
    const copy = await sharp(bytes)
      .extract({ left: cut, top: 0, width: width - cut, height })
      .resize(Math.round(width * 0.8))
      .modulate({ brightness: 1.15 })
      .jpeg({ quality: 75 })
      .toBuffer();
    const again = await look(copy).catch(() => null);
    if (again) copies.push({ distance: hashDistance(found.hash, again.hash), correlation: pixelCorrelation(found.pixels, again.pixels) });
  }
  if (index % 1000 === 0) console.error(`${index} of ${rows.length}`);
}
const limits = [0.8, 0.85, 0.9, 0.95];
const table = [6, 10, 14].map((distance) => ({
  distance,
  hashOnly: 0,
  confirmed: limits.map(() => 0),
  samePatient: limits.map(() => 0),
}));
const strongest: { first: string; second: string; correlation: number; distance: number; same: boolean }[] = [];
let strangers = 0;
for (let second = 1; second < known.length; second++) {
  const b = known[second];
  if (!b) continue;
  for (let first = 0; first < second; first++) {
    const a = known[first];
    if (!a) continue;
    const same = a.patient === b.patient && a.source === b.source;
    if (!same) strangers += 1;
    const distance = hashDistance(a.hash, b.hash);
    if (distance > 14) continue;
    const correlation = pixelCorrelation(a.pixels, b.pixels);
    for (const row of table) {
      if (distance > row.distance) continue;
      if (!same) row.hashOnly += 1;
      limits.forEach((limit, index) => {
        if (correlation < limit) return;
        const cells = same ? row.samePatient : row.confirmed;
        cells[index] = (cells[index] ?? 0) + 1;
      });
    }
    if (correlation >= 0.8) strongest.push({ first: a.file, second: b.file, correlation, distance, same });
  }
}
console.log(
  JSON.stringify(
    {
      photographs: known.length,
      strangerPairs: strangers,
      limits,
      byHashDistance: table,
      copies: {
        made: copies.length,
        found: [6, 10, 14].map((distance) => ({
          distance,
          byLimit: limits.map((limit) => copies.filter((copy) => copy.distance <= distance && copy.correlation >= limit).length),
        })),
      },
      strongest: strongest
        .filter((pair) => !pair.same)
        .sort((a, b) => b.correlation - a.correlation)
        .slice(0, 60),
    },
    null,
    1,
  ),
);
