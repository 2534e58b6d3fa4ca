import sharp from 'sharp';
import type { Eye } from '../../shared/domain/codes';
import { softNoise } from './canvas';
import { paintLesions, paintVessels, type DemoGrade, type Eyeground } from './fundus-anatomy';
import { between, bell, seededRandom, type Random } from './random';

export interface FundusPainting {
  seed: number;
  /** Height of the picture; the width is 4/3 of it. */
  sizePx?: number;
  eye?: Eye;
  grade?: DemoGrade;
  /** Standard deviation of the defocus as a share of the field's radius; 0.05 is beyond use. */
  blur?: number;
  /** 0 as exposed, 1 black. */
  dark?: number;
  /** 0 even light, 1 half of the field in shadow. */
  uneven?: number;
  /** 0 none, 1 washed out. */
  bright?: number;
  /** `whole`: the circle lies inside the frame, `cut`: the sensor cuts its top and bottom, `notch`: whole, with a marker tab at the rim. */
  border?: 'whole' | 'cut' | 'notch';
  format?: 'jpeg' | 'png';
}

/**
 * A fundus photograph that no patient ever sat for: field, disc, vessels, macula and lesions painted from a seed.
 * For demonstrations and tests; it resembles an eye enough to pass the gate and proves nothing about screening.
 */
export async function paintFundus(painting: FundusPainting): Promise<Uint8Array> {
  const random = seededRandom(painting.seed * 7919 + 17);
  const eye = layOut(painting, random);
  const { width, height } = eye;
  const raw = { width, height, channels: 3 } as const;
  let tissue = paintTissue(painting, eye, random);
  const blurPx = (painting.blur ?? 0) * eye.radius;
  // The optics blur the retina; the camera's mask and the sensor's grain come after them and stay sharp.
  if (blurPx >= 0.3) tissue = await sharp(tissue, { raw }).blur(blurPx).raw().toBuffer();
  exposeThroughMask(tissue, painting, eye, random);
  const image = sharp(tissue, { raw });
  return painting.format === 'png' ? image.png({ compressionLevel: 3 }).toBuffer() : image.jpeg({ quality: 92 }).toBuffer();
}

/** The retina as it would look sharp, evenly lit and without the camera's mask. RGB, 3 bytes a pixel. */
function paintTissue(painting: FundusPainting, eye: Eyeground, random: Random): Uint8Array {
  const { width, height } = eye;
  const pigment = between(random, 0.8, 1.15);
  const vessels = paintVessels(eye, random).values;
  const lesions = paintLesions(eye, painting.grade ?? 0, random);
  const mottle = softNoise(width, height, eye.radius * 0.09, random).values;
  const cloud = softNoise(width, height, eye.radius * 0.6, random).values;
  const data = new Uint8Array(width * height * 3);
  const colour = new Float32Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      tissueAt(colour, eye, x + 0.5, y + 0.5, pigment, (mottle[at] as number) * 0.06 + (cloud[at] as number) * 0.07);
      blendDisc(colour, eye, x + 0.5, y + 0.5);
      blend(colour, 236, 208, 90, lesions.hard.values[at] as number);
      blend(colour, 226, 196, 150, (lesions.soft.values[at] as number) * 0.75);
      const vessel = vessels[at] as number;
      blend(colour, (colour[0] as number) * 0.66, (colour[1] as number) * 0.36, (colour[2] as number) * 0.45, vessel);
      blend(colour, 96, 22, 14, (lesions.red.values[at] as number) * 0.85);
      for (let channel = 0; channel < 3; channel++) data[at * 3 + channel] = Math.min(255, colour[channel] as number);
    }
  }
  return data;
}

/** Light, mask and grain, in place. */
function exposeThroughMask(data: Uint8Array, painting: FundusPainting, eye: Eyeground, random: Random): void {
  const { dark = 0, uneven = 0, bright = 0 } = painting;
  const towards = between(random, 0, 2 * Math.PI);
  for (let y = 0; y < eye.height; y++) {
    for (let x = 0; x < eye.width; x++) {
      const inside = fieldAt(eye, x + 0.5, y + 0.5, painting.border === 'notch');
      const along = ((x - eye.centreX) * Math.cos(towards) + (y - eye.centreY) * Math.sin(towards)) / eye.radius;
      const shadow = 1 - uneven * (0.97 / (1 + Math.exp(-(along + 0.05) * 7)));
      const level = (1 - dark) * shadow * (1 + 0.5 * bright);
      const grain = bell(random) * (inside > 0 ? 2.2 : 0.9);
      for (let at = (y * eye.width + x) * 3, end = at + 3; at < end; at++) {
        const value = ((data[at] as number) * level + 235 * bright) * inside + grain;
        data[at] = value <= 0 ? 0 : value >= 255 ? 255 : value;
      }
    }
  }
}

function layOut(painting: FundusPainting, random: Random): Eyeground {
  const height = painting.sizePx ?? 768;
  const width = Math.round((height * 4) / 3);
  const radius = height * (painting.border === 'cut' ? 0.58 : 0.48);
  const centreX = width / 2 + bell(random) * radius * 0.01;
  const centreY = height / 2;
  const nasal = painting.eye === 'left' ? -1 : 1;
  const discX = centreX + nasal * radius * between(random, 0.52, 0.6);
  const discY = centreY - radius * between(random, 0.0, 0.09);
  return { width, height, centreX, centreY, radius, nasal, discX, discY, discRadius: radius * between(random, 0.125, 0.15) };
}

/** 1 inside the field of view, 0 outside, between them on the one pixel of its rim. */
function fieldAt(eye: Eyeground, x: number, y: number, notch: boolean): number {
  const distance = Math.hypot(x - eye.centreX, y - eye.centreY);
  const tab = Math.hypot(x - eye.centreX - eye.radius * 0.73, y - eye.centreY + eye.radius * 0.73) < eye.radius * 0.06;
  if (notch && tab) return 1;
  return Math.min(1, Math.max(0, eye.radius + 0.5 - distance));
}

function tissueAt(colour: Float32Array, eye: Eyeground, x: number, y: number, pigment: number, mottle: number): void {
  const distance = Math.hypot(x - eye.centreX, y - eye.centreY) / eye.radius;
  const macula = Math.exp(-((distance / 0.13) ** 2)) * 0.32 + Math.exp(-((distance / 0.035) ** 2)) * 0.18;
  const shade = (1.06 - 0.3 * Math.min(1.2, distance) ** 2) * (1 - macula) * (1 + mottle);
  colour[0] = 205 * shade * pigment ** 0.4;
  colour[1] = 104 * shade * (1 - 0.4 * macula) * pigment;
  colour[2] = 46 * shade * pigment;
}

function blendDisc(colour: Float32Array, eye: Eyeground, x: number, y: number): void {
  const distance = Math.hypot((x - eye.discX) * 1.08, y - eye.discY) / eye.discRadius;
  if (distance > 1.6) return;
  const cover = 0.92 / (1 + Math.exp((distance - 1) * 14));
  const cup = Math.exp(-((distance / 0.45) ** 2));
  blend(colour, 252, 214 + 24 * cup, 150 + 70 * cup, cover);
}

function blend(colour: Float32Array, red: number, green: number, blue: number, share: number): void {
  if (share <= 0) return;
  colour[0] = (colour[0] as number) + (red - (colour[0] as number)) * share;
  colour[1] = (colour[1] as number) + (green - (colour[1] as number)) * share;
  colour[2] = (colour[2] as number) + (blue - (colour[2] as number)) * share;
}
