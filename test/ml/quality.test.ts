import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { locateRetina, squareOf } from '../../electron/engine/images/preprocess';
import type { QualityResult } from '../../electron/engine/protocol';
import { FEATURE_NAMES, measureFeatures, QUALITY_SIZE_PX, type Features } from '../../electron/engine/quality/features';
import { assessQuality, GATE_VERSION, judge } from '../../electron/engine/quality/gate';
import { GATE_MODEL, gateModelSchema } from '../../electron/engine/quality/gate-model';
import { paintFundus, type FundusPainting } from '../../electron/services/demo/paint-fundus';
import { paintPage } from '../../electron/services/demo/paint-page';
import { NOT_FUNDUS_KINDS, paintNotFundus } from '../../scripts/model/not-fundus';

const SIZE_PX = 600;

async function assess(bytes: Uint8Array): Promise<QualityResult> {
  return assessQuality(await locateRetina(bytes));
}

async function assessPainting(painting: Omit<FundusPainting, 'sizePx'>): Promise<QualityResult> {
  return assess(await paintFundus({ sizePx: SIZE_PX, ...painting }));
}

async function featuresOf(painting: FundusPainting): Promise<Features> {
  const located = await locateRetina(await paintFundus(painting));
  const features = measureFeatures(located, squareOf(located, QUALITY_SIZE_PX));
  if (!features) throw new Error('nothing found');
  return features;
}

describe('a readable retina is gradable', () => {
  test.each([
    ['healthy', { grade: 0 }],
    ['left eye', { grade: 0, eye: 'left' }],
    ['moderate disease', { grade: 2 }],
    ['severe disease', { grade: 3 }],
    ['proliferative disease: lesions are no fault of the photograph', { grade: 4 }],
    ['cut by the sensor', { grade: 0, border: 'cut' }],
    ['with a notch', { grade: 0, border: 'notch' }],
  ] as const)('%s', async (_, painting) => {
    const result = await assessPainting({ seed: 31, ...painting });
    expect(result).toMatchObject({ kind: 'retina', gradable: true, reasons: [] });
    expect(result.score).toBeGreaterThan(0.8);
    expect(result.score).toBeLessThanOrEqual(1);
  });
});

describe('an unreadable retina is refused as a retina, with its reason', () => {
  test.each([
    ['blur', { blur: 0.05 }],
    ['dark', { dark: 0.9 }],
    ['uneven', { uneven: 0.98, dark: 0.3 }],
  ] as const)('%s', async (reason, fault) => {
    const result = await assessPainting({ seed: 33, ...fault });
    expect(result.kind).toBe('retina');
    expect(result.gradable).toBe(false);
    expect(result.reasons).toContain(reason);
    expect(result.reasons).not.toContain('not-fundus');
    expect(result.score).toBeLessThan(0.3);
  });

  test('bright: washed out by haze', async () => {
    const result = await assessPainting({ seed: 35, bright: 0.5, blur: 0.05 });
    expect(result).toMatchObject({ kind: 'retina', gradable: false });
    expect(result.reasons).toContain('bright');
  });

  test('field-cut: less than two thirds of the field in the frame, however sharp', async () => {
    const features = await featuresOf({ seed: 36, sizePx: SIZE_PX });
    expect(judge(GATE_MODEL, features)).toMatchObject({ gradable: true });
    const cut = judge(GATE_MODEL, { ...features, areaInFrame: 0.6 });
    expect(cut).toMatchObject({ kind: 'retina', gradable: false });
    expect(cut.reasons).toContain('field-cut');
  });

  test.each([
    ['left', 0.5],
    ['right', 0.5],
    ['left', 0.6],
    ['right', 0.6],
  ])(
    'field-cut: a photograph of which only the %s part is left, %d of its width: it may look like a squeezed retina',
    async (side, kept) => {
      const whole = await paintFundus({ seed: 31, sizePx: SIZE_PX });
      const { width = 0, height = 0 } = await sharp(whole).metadata();
      const left = Math.round(side === 'left' ? 0 : width * (1 - kept));
      const cut = await sharp(whole)
        .extract({ left, top: 0, width: Math.floor(width * kept), height })
        .jpeg({ quality: 95 })
        .toBuffer();
      const result = await assess(cut);
      expect(result).toMatchObject({ kind: 'retina', gradable: false });
      expect(result.reasons).toContain('field-cut');
    },
  );

  test('field-cut: no rim in sight, so neither field nor scale is known', async () => {
    const inside = await sharp(await paintFundus({ seed: 41, sizePx: SIZE_PX }))
      .extract({ left: 260, top: 160, width: 280, height: 280 })
      .jpeg()
      .toBuffer();
    expect((await assess(inside)).gradable).toBe(false);
    expect(judge(GATE_MODEL, { ...(await featuresOf({ seed: 36, sizePx: SIZE_PX })), visibleRim: 0 }).reasons).toContain('field-cut');
  });

  test('every refused retina has at least one reason, in the order of severity on screen', async () => {
    const features = await featuresOf({ seed: 37, sizePx: SIZE_PX, blur: 0.02 });
    const strict = { ...GATE_MODEL, quality: { ...GATE_MODEL.quality, leastScore: 1 } };
    expect(judge(strict, features)).toMatchObject({ gradable: false });
    expect(judge(strict, features).reasons.length).toBeGreaterThan(0);
    expect((await assessPainting({ seed: 38, dark: 0.9, blur: 0.05 })).reasons).toEqual(['dark', 'uneven', 'blur']);
  });

  test('the score falls as the blur grows', async () => {
    const scores: number[] = [];
    for (const blur of [0, 0.01, 0.02, 0.03, 0.05]) scores.push((await assessPainting({ seed: 39, blur })).score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });
});

describe('compression is measured on this retina', () => {
  const small = (): Promise<Uint8Array> => paintFundus({ seed: 31, sizePx: 260 });
  const large = (): Promise<Uint8Array> => paintFundus({ seed: 31, sizePx: 1400 });
  const recompressed = async (photograph: Uint8Array, quality: number): Promise<Buffer> => sharp(photograph).jpeg({ quality }).toBuffer();

  test.each([20, 35, 50])('a small photograph at quality %i is refused as compressed', async (quality) => {
    const result = await assess(await recompressed(await small(), quality));
    expect(result).toMatchObject({ kind: 'retina', gradable: false });
    expect(result.reasons).toContain('compressed');
  });

  test('the same small photograph at quality 75, as public sets hold it, can be read', async () => {
    expect(await assess(await recompressed(await small(), 75))).toMatchObject({ gradable: true, reasons: [] });
  });

  test('a block is small on a large photograph: quality 35 can be read', async () => {
    expect(await assess(await recompressed(await large(), 35))).toMatchObject({ gradable: true, reasons: [] });
  });

  test('saving it anew without loss does not hide it: its blocks are seen', async () => {
    const hidden = await sharp(await recompressed(await small(), 20))
      .png()
      .toBuffer();
    expect((await assess(hidden)).reasons).toContain('compressed');
    const harmless = await sharp(await recompressed(await small(), 90))
      .png()
      .toBuffer();
    expect((await assess(harmless)).reasons).toEqual([]);
  });
});

describe('what is not a retina is refused as such', () => {
  // Seeds from 1000 on: the gate was fitted on those below 40.
  test.each(NOT_FUNDUS_KINDS)('%s', async (kind) => {
    for (const seed of [1000, 1001]) {
      const result = await assess(await paintNotFundus(kind, seed));
      expect(result, `seed ${seed}`).toEqual({ kind: 'not-fundus', score: 0, gradable: false, reasons: ['not-fundus'] });
    }
  });

  test('a page in a camp folder', async () => {
    expect((await assess(await paintPage({ seed: 4 }))).kind).toBe('not-fundus');
  });

  test('a lesion mask, where each pixel is a small number', async () => {
    const data = new Uint8Array(400 * 300);
    for (let at = 0; at < data.length; at += 97) data[at] = [1, 2, 4, 8, 16][at % 5] as number;
    const mask = await sharp(data, { raw: { width: 400, height: 300, channels: 1 } })
      .png()
      .toBuffer();
    expect((await assess(mask)).kind).toBe('not-fundus');
  });
});

describe('the fitted gate is checked data', () => {
  test('it names its version and the features of this program, in order', () => {
    expect(GATE_VERSION).toMatch(/^netra-gate-\d+$/);
    expect(GATE_MODEL.features).toEqual([...FEATURE_NAMES]);
  });

  test.each([
    ['a weight missing', { ...GATE_MODEL, mean: GATE_MODEL.mean.slice(1) }],
    ['features in another order', { ...GATE_MODEL, features: GATE_MODEL.features.toReversed() }],
    ['a deviation of zero', { ...GATE_MODEL, deviation: GATE_MODEL.deviation.map(() => 0) }],
    ['a threshold that is no share', { ...GATE_MODEL, quality: { ...GATE_MODEL.quality, leastScore: 7 } }],
    ['no reasons', { ...GATE_MODEL, reasons: {} }],
  ])('%s is refused', (_, damaged) => {
    expect(gateModelSchema.safeParse(damaged).success).toBe(false);
  });

  test('features are finite for every picture that has something in it', async () => {
    for (const painting of [{ dark: 0.97 }, { bright: 1 }, { blur: 0.2 }] as const) {
      expect(Object.values(await featuresOf({ seed: 40, sizePx: 200, ...painting })).every(Number.isFinite)).toBe(true);
    }
  });
});
