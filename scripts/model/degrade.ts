import sharp from 'sharp';
import { findRetina } from '../../electron/engine/images/find-retina';
import { locateRetina, type LocatedImage } from '../../electron/engine/images/preprocess';
import { bell, between, seededRandom } from '../../electron/services/demo/random';

/** What spoils photographs in the field, each strong enough that nobody could read the result. */
export const DEGRADATIONS = ['blurred', 'dark', 'half-shadow', 'washed-out'] as const;
export type Degradation = (typeof DEGRADATIONS)[number];

/** The same photograph, spoilt; the retina is looked for again, as it would be in the field. */
export async function degrade(image: LocatedImage, how: Degradation, seed: number): Promise<LocatedImage> {
  const { width, height } = image.pixels;
  const raw = { width, height, channels: 3 } as const;
  const data = how === 'blurred' ? await blurred(image, seed) : Buffer.from(image.pixels.data);
  if (how !== 'blurred') relight(data, image, how, seed);
  return locateRetina(await sharp(data, { raw }).jpeg({ quality: 92 }).toBuffer());
}

/** Colours that another camera or its white balance gives the same photograph: it can be read as well as before. */
export const TINTS = ['warm', 'cold'] as const;
export type Tint = (typeof TINTS)[number];

/** Red up and blue down by a factor of 1.15 to 2, or the other way. */
export function tint(image: LocatedImage, how: Tint, seed: number): LocatedImage {
  const factor = between(seededRandom(seed), 1.15, 2);
  const [red, blue] = how === 'warm' ? [factor, 1 / factor] : [1 / factor, factor];
  const data = new Uint8Array(image.pixels.data.length);
  for (let at = 0; at < data.length; at += 3) {
    data[at] = Math.min(255, (image.pixels.data[at] as number) * red);
    data[at + 1] = image.pixels.data[at + 1] as number;
    data[at + 2] = Math.min(255, (image.pixels.data[at + 2] as number) * blue);
  }
  const pixels = { ...image.pixels, data };
  return { ...image, pixels, retina: findRetina(pixels) };
}

async function blurred({ pixels, retina }: LocatedImage, seed: number): Promise<Buffer> {
  const { width, height, data } = pixels;
  const radius = retina?.circle.radius ?? Math.min(width, height) / 2;
  const soft = await sharp(data, { raw: { width, height, channels: 3 } })
    .blur(radius * between(seededRandom(seed), 0.03, 0.05))
    .raw()
    .toBuffer();
  // The camera's mask stays sharp: it lies behind the optics that blur.
  for (let at = 0; at < data.length; at += 3) {
    if (Math.max(data[at] as number, data[at + 1] as number, data[at + 2] as number) < 12) soft.set(data.subarray(at, at + 3), at);
  }
  return soft;
}

function relight(data: Buffer, { pixels, retina }: LocatedImage, how: Exclude<Degradation, 'blurred'>, seed: number): void {
  const random = seededRandom(seed);
  const { width, height } = pixels;
  const circle = retina?.circle ?? { centreX: width / 2, centreY: height / 2, radius: Math.min(width, height) / 2 };
  const towards = between(random, 0, 2 * Math.PI);
  const level = how === 'dark' ? between(random, 0.07, 0.16) : 1;
  const haze = how === 'washed-out' ? between(random, 0.72, 0.85) : 0;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      if (Math.max(data[at] as number, data[at + 1] as number, data[at + 2] as number) < 12) continue;
      const along = ((x - circle.centreX) * Math.cos(towards) + (y - circle.centreY) * Math.sin(towards)) / circle.radius;
      const shadow = how === 'half-shadow' ? 1 - 0.96 / (1 + Math.exp(-(along + 0.1) * 7)) : 1;
      for (let channel = 0; channel < 3; channel++) {
        const value = (data[at + channel] as number) * level * shadow * (1 - haze) + haze * (230 - 20 * channel) + bell(random) * 1.5;
        data[at + channel] = value <= 0 ? 0 : value >= 255 ? 255 : value;
      }
    }
  }
}
