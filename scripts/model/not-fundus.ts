import sharp from 'sharp';
import { softNoise } from '../../electron/services/demo/canvas';
import { paintPage } from '../../electron/services/demo/paint-page';
import { between, bell, seededRandom, type Random } from '../../electron/services/demo/random';

/**
 * Pictures that are no retina, painted from seeds: what the gate learns to refuse and what its tests show it. Natural textures are
 * imitated by sums of soft noise (as in photographs, energy falls with frequency), scenes by rectangles and discs.
 */
export const NOT_FUNDUS_KINDS = [
  'noise',
  'coarse-noise',
  'texture',
  'texture-in-mask',
  'skin-and-eye',
  'street',
  'page',
  'screen',
  'diagram',
  'icon',
  'solid',
  'gradient',
  'black',
  'dark-room',
  'lesion-mask',
  'disc',
] as const;
export type NotFundusKind = (typeof NOT_FUNDUS_KINDS)[number];

const WIDTH = 480;
const HEIGHT = 360;

interface Canvas {
  data: Uint8Array;
  random: Random;
}

/** A JPEG of 480 x 360, different for each seed. */
export async function paintNotFundus(kind: NotFundusKind, seed: number): Promise<Uint8Array> {
  if (kind === 'page') return paintPage({ seed, sizePx: HEIGHT });
  const canvas: Canvas = { data: new Uint8Array(WIDTH * HEIGHT * 3), random: seededRandom(seed * 9973 + NOT_FUNDUS_KINDS.indexOf(kind)) };
  PAINTERS[kind](canvas);
  return sharp(canvas.data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

const PAINTERS: Record<Exclude<NotFundusKind, 'page'>, (canvas: Canvas) => void> = {
  noise: ({ data, random }) => {
    const grey = random() < 0.5;
    for (let at = 0; at < data.length; at += 3)
      for (let c = 0; c < 3; c++) data[at + c] = grey && c > 0 ? (data[at] as number) : random() * 256;
  },
  'coarse-noise': (canvas) => paintTexture(canvas, [between(canvas.random, 4, 14)], anyColour(canvas.random), anyColour(canvas.random)),
  texture: (canvas) => paintTexture(canvas, octaves(canvas.random), anyColour(canvas.random), anyColour(canvas.random)),
  'texture-in-mask': (canvas) => {
    const warm = canvas.random() < 0.5;
    const paint = warm ? warmColour : anyColour;
    paintTexture(canvas, octaves(canvas.random), paint(canvas.random), paint(canvas.random));
    maskOutside(canvas, between(canvas.random, 0.95, 1.45));
  },
  'skin-and-eye': paintOuterEye,
  street: paintStreet,
  screen: paintScreen,
  diagram: paintDiagram,
  icon: paintIcon,
  solid: ({ data, random }) => {
    const colour = random() < 0.4 ? grey(random() * 255) : anyColour(random);
    for (let at = 0; at < data.length; at++) data[at] = colour[at % 3] as number;
  },
  gradient: (canvas) => {
    const [from, to] = [anyColour(canvas.random), coolColour(canvas.random)];
    each(canvas, (x, y) => mix(from, to, (x / WIDTH + y / HEIGHT) / 2));
  },
  black: ({ data, random }) => {
    const level = random() * 4;
    for (let at = 0; at < data.length; at++) data[at] = Math.max(0, level + bell(random) * level);
  },
  'dark-room': (canvas) => {
    paintStreet(canvas);
    const level = between(canvas.random, 0.05, 0.2);
    for (let at = 0; at < canvas.data.length; at++) canvas.data[at] = (canvas.data[at] as number) * level * (at % 3 === 0 ? 1.4 : 0.8);
    disc(canvas, WIDTH / 2, HEIGHT / 2, 6, [190, 200, 255]);
    maskOutside(canvas, 1.35);
  },
  'lesion-mask': ({ data, random }) => {
    // One small number a pixel, saved as grey: nearly black with faint blobs.
    const level = random() < 0.5 ? between(random, 1, 16) : 255;
    for (let i = 0; i < 60; i++) disc({ data, random }, random() * WIDTH, random() * HEIGHT, between(random, 1, 12), grey(level));
  },
  disc: (canvas) => {
    const colour = canvas.random() < 0.5 ? coolColour(canvas.random) : grey(between(canvas.random, 60, 255));
    disc(canvas, WIDTH / 2, HEIGHT / 2, between(canvas.random, 0.3, 0.49) * HEIGHT, colour);
  },
};

type Colour = readonly [number, number, number];

function grey(level: number): Colour {
  return [level, level, level];
}
function anyColour(random: Random): Colour {
  return [random() * 255, random() * 255, random() * 255];
}
function warmColour(random: Random): Colour {
  const red = between(random, 60, 230);
  return [red, red * between(random, 0.35, 0.9), red * between(random, 0.1, 0.8)];
}
function coolColour(random: Random): Colour {
  const blue = between(random, 80, 255);
  return [blue * between(random, 0, 0.7), blue * between(random, 0.3, 1), blue];
}
function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function octaves(random: Random): number[] {
  const finest = between(random, 2, 8);
  return [finest, finest * 2.7, finest * 7, finest * 19];
}

function each({ data }: Canvas, colourAt: (x: number, y: number) => Colour): void {
  for (let y = 0, at = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++, at += 3) data.set(colourAt(x, y).map(clamp), at);
}

function clamp(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value;
}

/** Mixture of two colours and black by soft noise of several scales. */
function paintTexture(canvas: Canvas, scales: number[], one: Colour, other: Colour): void {
  const layers = scales.map((scale) => ({
    a: softNoise(WIDTH, HEIGHT, scale, canvas.random),
    b: softNoise(WIDTH, HEIGHT, scale, canvas.random),
  }));
  const weights = scales.map((_, index) => 0.6 + 0.4 * index);
  const total = weights.reduce((sum, weight) => sum + weight, 0) * 0.55;
  const depth = between(canvas.random, 0.3, 1);
  each(canvas, (x, y) => {
    const at = y * WIDTH + x;
    let [hue, shade] = [0, 0];
    layers.forEach(({ a, b }, index) => {
      hue += ((weights[index] as number) * (a.values[at] as number)) / total;
      shade += ((weights[index] as number) * (b.values[at] as number)) / total;
    });
    const colour = mix(one, other, Math.min(1, Math.max(0, 0.5 + hue)));
    return mix(colour, [0, 0, 0], Math.min(0.95, Math.max(0, 0.35 + depth * shade)));
  });
}

function maskOutside({ data }: Canvas, diameterInHeights: number): void {
  const reach = (diameterInHeights * HEIGHT) / 2;
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 3) if (Math.hypot(x - WIDTH / 2, y - HEIGHT / 2) > reach) data.fill(0, at, at + 3);
  }
}

function rectangle({ data }: Canvas, left: number, top: number, width: number, height: number, colour: Colour): void {
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(HEIGHT, top + height); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(WIDTH, left + width); x++) data.set(colour.map(clamp), (y * WIDTH + x) * 3);
  }
}

function disc({ data }: Canvas, centreX: number, centreY: number, radius: number, colour: Colour, squash = 1): void {
  for (let y = Math.max(0, Math.floor(centreY - radius)); y < Math.min(HEIGHT, centreY + radius); y++) {
    for (let x = Math.max(0, Math.floor(centreX - radius * squash)); x < Math.min(WIDTH, centreX + radius * squash); x++) {
      if (Math.hypot((x - centreX) / squash, y - centreY) <= radius) data.set(colour.map(clamp), (y * WIDTH + x) * 3);
    }
  }
}

function grain({ data, random }: Canvas, strength: number): void {
  for (let at = 0; at < data.length; at++) data[at] = clamp((data[at] as number) + bell(random) * strength);
}

/** Sky, houses with windows, road. */
function paintStreet(canvas: Canvas): void {
  const { random } = canvas;
  const sky = mix(coolColour(random), [235, 235, 240], 0.5);
  each(canvas, (_, y) => mix(sky, [230, 220, 210], y / HEIGHT));
  for (let left = -20; left < WIDTH;) {
    const width = between(random, 40, 130);
    const top = between(random, 30, 190);
    const wall = mix(anyColour(random), [150, 130, 110], 0.6);
    rectangle(canvas, left, top, width, HEIGHT, wall);
    for (let y = top + 12; y < HEIGHT * 0.75; y += 30) {
      for (let x = left + 8; x < left + width - 14; x += 24) rectangle(canvas, x, y, 12, 17, mix(wall, grey(random() * 120), 0.8));
    }
    left += width + between(random, 0, 12);
  }
  rectangle(canvas, 0, HEIGHT * 0.78, WIDTH, HEIGHT, grey(between(random, 60, 120)));
  for (let i = 0; i < 6; i++)
    disc(canvas, random() * WIDTH, HEIGHT * between(random, 0.7, 0.95), between(random, 8, 30), anyColour(random), 1.6);
  grain(canvas, between(random, 2, 8));
}

/** Window frames, lines of text, buttons. */
function paintScreen(canvas: Canvas): void {
  const { random } = canvas;
  const dark = random() < 0.4;
  rectangle(canvas, 0, 0, WIDTH, HEIGHT, grey(dark ? 30 : 245));
  rectangle(canvas, 0, 0, WIDTH, 24, coolColour(random));
  rectangle(canvas, 0, 24, between(random, 60, 130), HEIGHT, grey(dark ? 45 : 225));
  for (let y = 40; y < HEIGHT - 20; y += 14) {
    for (let x = 150; x < WIDTH - 40; x += between(random, 20, 60))
      rectangle(canvas, x, y, between(random, 6, 36), 6, grey(dark ? 200 : 60));
  }
  for (let i = 0; i < 4; i++) rectangle(canvas, between(random, 0, WIDTH), between(random, 30, HEIGHT), 50, 20, anyColour(random));
}

/** Shapes of flat colour on black: an icon whose background was transparent. */
function paintIcon(canvas: Canvas): void {
  const { random } = canvas;
  const size = between(random, 0.3, 0.48) * HEIGHT;
  const [x, y] = [WIDTH / 2, HEIGHT / 2];
  if (random() < 0.5) rectangle(canvas, x - size, y - size * 0.8, size * 2, size * 1.6, anyColour(random));
  else disc(canvas, x, y, size, anyColour(random), between(random, 0.7, 1.2));
  for (let i = 0; i < 2 + random() * 6; i++) {
    const [left, top] = [x + between(random, -0.7, 0.5) * size, y + between(random, -0.7, 0.5) * size];
    if (random() < 0.5)
      rectangle(canvas, left, top, between(random, 0.05, 0.8) * size, between(random, 0.05, 0.5) * size, anyColour(random));
    else disc(canvas, left, top, between(random, 0.05, 0.4) * size, random() < 0.5 ? grey(between(random, 0, 255)) : anyColour(random));
  }
}

/** A drawing in a document: boxes, lines and labels on a plain ground, often with a frame around the page. */
function paintDiagram(canvas: Canvas): void {
  const { random } = canvas;
  const ground = random() < 0.6 ? grey(between(random, 100, 255)) : mix(anyColour(random), [255, 255, 255], random());
  const margin = random() < 0.5 ? between(random, 0, 40) : 0;
  rectangle(canvas, margin, margin * random(), WIDTH - 2 * margin, HEIGHT - margin, random() < 0.5 ? [250, 250, 250] : ground);
  const boxes = Array.from({ length: 3 + Math.floor(random() * 7) }, () => ({
    x: random() * 400,
    y: random() * 300,
    colour: anyColour(random),
  }));
  for (const { x, y, colour } of boxes) {
    rectangle(canvas, x, y, between(random, 20, 120), between(random, 15, 70), mix(colour, [255, 255, 255], between(random, 0, 0.7)));
    rectangle(canvas, x, y + 30, between(random, 30, 300), 1.5, grey(40));
    rectangle(canvas, x + 20, y, 1.5, between(random, 30, 200), grey(40));
    for (let i = 0; i < 6; i++) rectangle(canvas, x + i * 9, y + 8, 6, 7, grey(20));
  }
  if (random() < 0.5) disc(canvas, random() * WIDTH, random() * HEIGHT, between(random, 20, 90), anyColour(random));
}

/** The front of an eye, close: skin with pores, white, iris, pupil, a lamp's reflection; at times in a camera's mask. */
function paintOuterEye(canvas: Canvas): void {
  const { random } = canvas;
  const skin: Colour = [between(random, 110, 225), between(random, 80, 175), between(random, 50, 140)];
  paintTexture(canvas, [between(random, 2, 4), 9, 40, 120], skin, mix(skin, [190, 90, 80], 0.4));
  const [x, y] = [WIDTH * between(random, 0.35, 0.65), HEIGHT * between(random, 0.35, 0.65)];
  const size = HEIGHT * between(random, 0.16, 0.42);
  disc(canvas, x, y, size, mix([225, 215, 205], skin, 0.2), between(random, 1.3, 1.9));
  const iris = mix([70, 45, 25], anyColour(random), 0.3);
  disc(canvas, x, y, size * 0.8, iris);
  disc(canvas, x, y, size * between(random, 0.25, 0.6), random() < 0.5 ? grey(12) : [150, 80, 50]);
  disc(canvas, x + size * 0.15, y - size * 0.15, size * 0.1, grey(250));
  for (let i = 0; i < 50; i++) {
    const at = x + bell(random) * size;
    for (let step = 0; step < 26; step++) rectangle(canvas, at + step * 0.4 * bell(random), y - size * 1.05 - step, 1.5, 1.5, grey(30));
  }
  grain(canvas, 4);
  if (random() < 0.6) maskOutside(canvas, 1.55);
}
