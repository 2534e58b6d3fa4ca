import sharp from 'sharp';

/** Changes whenever the same photograph would give another fingerprint. */
export const FINGERPRINT_VERSION = 'netra-look-1';
/** Side of the small grey picture of the cut-out retina, pixels. */
export const FINGERPRINT_PX = 48;
/** Low frequencies of the cosine transform that make the hash: 8 x 8. */
const HASH_SIDE = 8;
/** Further apart than this many of 64 bits, two photographs are not even compared. */
const MAX_HASH_DISTANCE = 14;
/** From this correlation on, a pair is shown to a person. */
export const SHOWN_CORRELATION = 0.9;
/** Of the small picture: the rim of the retina is the same on every photograph. */
const COMPARED_RADIUS = 0.9;
/** Width of what is taken as the local background, pixels of the small picture. */
const BACKGROUND_SIGMA = 5;

export interface Fingerprint {
  /** 64 bits. */
  hash: Uint8Array;
  /** FINGERPRINT_PX squared, row-major, 0..255: the retina without its lighting. */
  pixels: Uint8Array;
}

export interface CircleInPicture {
  centreX: number;
  centreY: number;
  radius: number;
}

/** @param picture encoded; @param circle of the retina, in pixels of this picture */
export async function fingerprintOf(picture: Uint8Array, circle: CircleInPicture): Promise<Fingerprint> {
  const side = Math.max(2, Math.round(2 * circle.radius));
  const [left, top] = [Math.round(circle.centreX - circle.radius), Math.round(circle.centreY - circle.radius)];
  const { width = 0, height = 0 } = await sharp(picture).metadata();
  const border = Math.max(0, -left, -top, left + side - width, top + side - height);
  const padded = await sharp(picture)
    .greyscale()
    .extend({ top: border, bottom: border, left: border, right: border, background: '#000' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data } = await sharp(padded.data, { raw: padded.info })
    .extract({ left: left + border, top: top + border, width: side, height: side })
    .resize(FINGERPRINT_PX, FINGERPRINT_PX, { fit: 'fill', kernel: 'cubic' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const detail = withoutLighting(data);
  return {
    hash: hashOf(detail),
    pixels: detail.map((value) => Math.max(0, Math.min(255, Math.round(128 + value * 4)))) as unknown as Uint8Array,
  };
}

/** How far apart two hashes are, in bits of 64. */
export function hashDistance(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let index = 0; index < 8; index++) {
    let different = (a[index] ?? 0) ^ (b[index] ?? 0);
    while (different !== 0) {
      different &= different - 1;
      bits += 1;
    }
  }
  return bits;
}

/** Pearson correlation of two small pictures within the retina, -1..1. */
export function pixelCorrelation(a: Uint8Array, b: Uint8Array): number {
  let [n, sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0, 0];
  for (const index of COMPARED) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    n += 1;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const spread = Math.sqrt((sumAA - (sumA * sumA) / n) * (sumBB - (sumB * sumB) / n));
  return spread === 0 ? 0 : (sumAB - (sumA * sumB) / n) / spread;
}

const CENTRE = (FINGERPRINT_PX - 1) / 2;
const COMPARED = Array.from({ length: FINGERPRINT_PX * FINGERPRINT_PX }, (_, index) => index).filter(
  (index) =>
    Math.hypot((index % FINGERPRINT_PX) - CENTRE, Math.floor(index / FINGERPRINT_PX) - CENTRE) <= (COMPARED_RADIUS * FINGERPRINT_PX) / 2,
);
const INSIDE = new Set(COMPARED);

/** What is left when the local brightness is taken away: vessels, disc and lesions. Zero outside the compared disc. */
function withoutLighting(grey: Uint8Array): Float64Array {
  const reach = Math.ceil(2 * BACKGROUND_SIGMA);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-((index - reach) ** 2) / (2 * BACKGROUND_SIGMA ** 2)));
  const smooth = (source: Float64Array, stepX: number, stepY: number): Float64Array => {
    const result = new Float64Array(source.length);
    for (let y = 0; y < FINGERPRINT_PX; y++) {
      for (let x = 0; x < FINGERPRINT_PX; x++) {
        let total = 0;
        for (let offset = -reach; offset <= reach; offset++) {
          const [fromX, fromY] = [x + offset * stepX, y + offset * stepY];
          if (fromX < 0 || fromY < 0 || fromX >= FINGERPRINT_PX || fromY >= FINGERPRINT_PX) continue;
          total += (weights[offset + reach] ?? 0) * (source[fromY * FINGERPRINT_PX + fromX] ?? 0);
        }
        result[y * FINGERPRINT_PX + x] = total;
      }
    }
    return result;
  };
  const inside = Float64Array.from(grey, (_value, index) => (INSIDE.has(index) ? 1 : 0));
  const values = Float64Array.from(grey, (value, index) => (INSIDE.has(index) ? value : 0));
  const [background, cover] = [values, inside].map((plane) => smooth(smooth(plane, 1, 0), 0, 1));
  return values.map((value, index) => (INSIDE.has(index) ? value - (background?.[index] ?? 0) / (cover?.[index] || 1) : 0));
}

/** Signs of the lowest frequencies against their median (a perceptual hash by cosine transform). */
function hashOf(detail: Float64Array): Uint8Array {
  const coefficients: number[] = [];
  for (let v = 1; v <= HASH_SIDE; v++) {
    for (let u = 1; u <= HASH_SIDE; u++) {
      let total = 0;
      for (const index of COMPARED) {
        const [x, y] = [index % FINGERPRINT_PX, Math.floor(index / FINGERPRINT_PX)];
        total += (detail[index] ?? 0) * (COSINES[u]?.[x] ?? 0) * (COSINES[v]?.[y] ?? 0);
      }
      coefficients.push(total);
    }
  }
  const median = [...coefficients].sort((a, b) => a - b)[coefficients.length / 2] ?? 0;
  const hash = new Uint8Array(8);
  coefficients.forEach((value, index) => {
    if (value > median) hash[index >> 3] = (hash[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return hash;
}

const COSINES = Array.from({ length: HASH_SIDE + 1 }, (_, frequency) =>
  Array.from({ length: FINGERPRINT_PX }, (_column, place) => Math.cos((Math.PI * frequency * (2 * place + 1)) / (2 * FINGERPRINT_PX))),
);

interface AlikePair {
  /** Places in the list given. */
  first: number;
  second: number;
  correlation: number;
}

/**
 * Pairs that look like one photograph: the hash proposes, the pixels decide, since a hash alone matches strangers (docs/model/look-alikes.md has the rates).
 *
 * @param from pairs that lie wholly before this place in the list are known already
 */
export function findAlike(fingerprints: readonly Fingerprint[], from = 0): AlikePair[] {
  const pairs: AlikePair[] = [];
  for (let second = from; second < fingerprints.length; second++) {
    const later = fingerprints[second];
    if (!later) continue;
    for (let first = 0; first < second; first++) {
      const earlier = fingerprints[first];
      if (!earlier || hashDistance(earlier.hash, later.hash) > MAX_HASH_DISTANCE) continue;
      const correlation = pixelCorrelation(earlier.pixels, later.pixels);
      if (correlation >= SHOWN_CORRELATION) pairs.push({ first, second, correlation });
    }
  }
  return pairs;
}
