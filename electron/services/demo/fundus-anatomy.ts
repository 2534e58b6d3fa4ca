import { emptyLayer, stamp, type Layer } from './canvas';
import { between, bell, type Random } from './random';

/** Where things lie, in pixels. The photograph is centred on the macula. */
export interface Eyeground {
  width: number;
  height: number;
  centreX: number;
  centreY: number;
  /** Radius of the field of view: 45 degrees across. */
  radius: number;
  /** +1: disc on the right of the picture (right eye), -1: on the left. */
  nasal: 1 | -1;
  discX: number;
  discY: number;
  discRadius: number;
}

export type DemoGrade = 0 | 1 | 2 | 3 | 4;

/** Vessels from the disc: two arcades around the macula, two towards the nose, each with branches. Values 0..1. */
export function paintVessels(eye: Eyeground, random: Random): Layer {
  const layer = emptyLayer(eye.width, eye.height);
  const temporal = eye.nasal === 1 ? Math.PI : 0;
  for (const side of [-1, 1]) {
    for (const [turn, width, length] of [
      [1.1, 0.017, 2.1],
      [0.95, 0.012, 1.9],
    ] as const) {
      const towards = temporal + side * eye.nasal * turn;
      // The arcade leaves steeply, then bends around the macula.
      grow(layer, eye, random, eye.discX, eye.discY, towards, -side * eye.nasal * 0.75, width * eye.radius, length * eye.radius);
    }
    for (const turn of [0.5, 1.0]) {
      const towards = temporal + Math.PI + side * turn;
      grow(layer, eye, random, eye.discX, eye.discY, towards, 0.1 * bell(random), 0.01 * eye.radius, 0.9 * eye.radius);
    }
  }
  return layer;
}

/** One vessel by steps: it bends, thins and branches until it is too thin or too long. `bend` in radians a field radius. */
function grow(
  layer: Layer,
  eye: Eyeground,
  random: Random,
  startX: number,
  startY: number,
  startAngle: number,
  bend: number,
  startWidth: number,
  length: number,
): void {
  let x = startX;
  let y = startY;
  let angle = startAngle;
  let width = startWidth;
  let wander = 0;
  const step = Math.max(0.7, width * 0.4);
  for (let gone = 0; gone < length && width > 0.0022 * eye.radius; gone += step) {
    stamp(layer, x, y, width / 2, Math.min(1, 0.55 + width / (0.03 * eye.radius)));
    // Tortuous over about a tenth of the field, straight beyond.
    const share = step / eye.radius;
    wander += -wander * share * 9 + bell(random) * 5.5 * Math.sqrt(share);
    angle += (bend + wander) * share;
    x += Math.cos(angle) * step;
    y += Math.sin(angle) * step;
    width *= 1 - (0.5 * step) / eye.radius;
    if (random() < (step / eye.radius) * 5.5 && width > 0.004 * eye.radius) {
      const side = random() < 0.5 ? -1 : 1;
      const angleOff = angle + side * between(random, 0.45, 0.85);
      grow(layer, eye, random, x, y, angleOff, -side * between(random, 0, 0.5), width * between(random, 0.5, 0.75), (length - gone) * 0.6);
      width *= 0.93;
    }
  }
}

/** Red (microaneurysms, haemorrhages) and pale (exudates, cotton wool) lesions. Values 0..1. */
export interface Lesions {
  red: Layer;
  hard: Layer;
  soft: Layer;
}

/** Lesions as the grade has them: ICDR 1 microaneurysms only, 2 more, 3 haemorrhages in every quadrant, 4 new vessels and a large bleed. */
export function paintLesions(eye: Eyeground, grade: DemoGrade, random: Random): Lesions {
  const lesions: Lesions = {
    red: emptyLayer(eye.width, eye.height),
    hard: emptyLayer(eye.width, eye.height),
    soft: emptyLayer(eye.width, eye.height),
  };
  const counts = {
    dots: [0, 5, 22, 60, 45][grade] ?? 0,
    blots: [0, 0, 8, 36, 22][grade] ?? 0,
    exudateGroups: [0, 0, 3, 4, 3][grade] ?? 0,
    cottonWool: [0, 0, 1, 5, 4][grade] ?? 0,
  };
  const { radius } = eye;
  for (let i = 0; i < counts.dots; i++) spot(lesions.red, eye, random, 0.75, between(random, 0.005, 0.009) * radius, 0.8);
  for (let i = 0; i < counts.blots; i++) blot(lesions.red, eye, random);
  for (let i = 0; i < counts.cottonWool; i++) spot(lesions.soft, eye, random, 0.7, between(random, 0.025, 0.045) * radius, 0.9);
  for (let group = 0; group < counts.exudateGroups; group++) {
    const [x, y] = somewhere(eye, random, 0.45);
    for (let i = 0; i < 14; i++) {
      const reach = 0.07 * radius;
      stamp(lesions.hard, x + bell(random) * reach, y + bell(random) * reach, between(random, 0.004, 0.012) * radius, 1);
    }
  }
  if (grade === 4) paintProliferation(lesions.red, eye, random);
  return lesions;
}

function paintProliferation(red: Layer, eye: Eyeground, random: Random): void {
  for (let i = 0; i < 26; i++) {
    grow(red, eye, random, eye.discX, eye.discY, between(random, 0, 2 * Math.PI), bell(random) * 9, 0.006 * eye.radius, 0.3 * eye.radius);
  }
  const [x, y] = somewhere(eye, random, 0.5);
  for (let i = 0; i < 120; i++) {
    // A boat-shaped bleed in front of the retina: flat above, round below.
    const along = between(random, -1, 1);
    const depth = Math.sqrt(1 - along * along) * random();
    stamp(red, x + along * 0.2 * eye.radius, y + depth * 0.1 * eye.radius, 0.02 * eye.radius, 0.9);
  }
}

function somewhere(eye: Eyeground, random: Random, within: number): [number, number] {
  const angle = between(random, 0, 2 * Math.PI);
  const distance = Math.sqrt(between(random, 0.02, 1)) * within * eye.radius;
  return [eye.centreX + Math.cos(angle) * distance, eye.centreY + Math.sin(angle) * distance];
}

function spot(layer: Layer, eye: Eyeground, random: Random, within: number, radiusPx: number, strength: number): void {
  const [x, y] = somewhere(eye, random, within);
  stamp(layer, x, y, radiusPx, strength);
}

function blot(layer: Layer, eye: Eyeground, random: Random): void {
  const [x, y] = somewhere(eye, random, 0.8);
  const size = between(random, 0.01, 0.022) * eye.radius;
  for (let i = 0; i < 5; i++)
    stamp(layer, x + bell(random) * size * 0.6, y + bell(random) * size * 0.6, size * between(random, 0.5, 1), 0.85);
}
