import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { augment } from '../../../../electron/engine/train/augment';
import { Random } from '../../../../electron/engine/train/random';
import { classWeightsOf, Sampler, targetsOf, type TrainingImage } from '../../../../electron/engine/train/sampler';
import { learningRateAt, planEpochs } from '../../../../electron/engine/train/schedule';
import { balancedPart, validationPart } from '../../../../electron/engine/train/scoring';
import { recipeSchema, type Recipe } from '../../../../electron/shared/domain/recipe';

const RECIPES = resolve(import.meta.dirname, '../../../../resources/recipes');

async function shipped(name: string): Promise<Recipe> {
  return recipeSchema.parse(JSON.parse(await readFile(join(RECIPES, `${name}.json`), 'utf8')));
}

function image(index: number, changes: Partial<TrainingImage> = {}): TrainingImage {
  return { sha256: index.toString(16).padStart(64, '0'), source: 'one', grade: 0, referable: false, certainty: 1, ...changes };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}

describe('shipped recipes', () => {
  it('fit the schema and give a reason for every choice that they name', async () => {
    const files = (await readdir(RECIPES)).filter((file) => file.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const recipe = await shipped(file.replace('.json', ''));
      expect(`${recipe.name}.json`).toBe(file);
      expect(Object.keys(recipe.reasons).filter((field) => !(field in recipe))).toEqual([]);
    }
  });
});

describe('sampling', () => {
  it('balances the classes within each source', async () => {
    const recipe = { ...(await shipped('netra-1')), drawsPerEpoch: 4000 };
    const images = [
      ...Array.from({ length: 900 }, (_, index) => image(index)),
      ...Array.from({ length: 500 }, (_, index) => image(1000 + index, { referable: true, grade: 2 })),
      ...Array.from({ length: 100 }, (_, index) => image(2000 + index, { source: 'two', referable: index % 2 === 0 })),
    ];
    const draws = new Sampler(images, recipe, 1).draws(0);
    expect(
      share(
        draws.filter(({ image: drawn }) => drawn.source === 'one'),
        ({ image: drawn }) => drawn.referable,
      ),
    ).toBeCloseTo(0.45, 1);
    // Square roots of 1400 and 100: a small source counts for more than its size.
    expect(share(draws, ({ image: drawn }) => drawn.source === 'two')).toBeCloseTo(10 / (10 + Math.sqrt(1400)), 1);
  });

  it('at 200 to 3 does not hammer the three in', async () => {
    const recipe = await shipped('netra-1');
    const images = Array.from({ length: 203 }, (_, index) => image(index, { referable: index >= 200, grade: index >= 200 ? 2 : 0 }));
    const positives = new Sampler(images, recipe, 1).draws(0).filter(({ image: drawn }) => drawn.referable).length;
    expect(positives).toBeGreaterThan(0);
    expect(positives).toBeLessThan(3 * recipe.sampling.maxRepeats * 2.5);
  });

  it('draws the same for the same seed and epoch, whatever the order of the list', async () => {
    const recipe = await shipped('netra-1');
    const images = Array.from({ length: 50 }, (_, index) => image(index, { referable: index % 3 === 0 }));
    const names = (of: TrainingImage[], seed: number, epoch: number): string[] =>
      new Sampler(of, recipe, seed).draws(epoch).map((draw) => `${draw.image.sha256} ${draw.seed.join()}`);
    expect(names([...images].reverse(), 1, 4)).toEqual(names(images, 1, 4));
    expect(names(images, 1, 5)).not.toEqual(names(images, 1, 4));
    expect(names(images, 2, 4)).not.toEqual(names(images, 1, 4));
  });

  it('weighs a target by what its label says: a referable without grade says nothing of grade 3', async () => {
    const recipe = { ...(await shipped('netra-1')), labelSmoothing: 0 };
    expect(targetsOf(image(1, { grade: null, referable: true }), recipe, [1, 1])).toEqual({
      targets: [1, 1, 0, 0],
      weights: [0.5, 1.5, 0, 0],
    });
    expect(targetsOf(image(1, { grade: null, referable: false }), recipe, [1, 1])).toEqual({
      targets: [0, 0, 0, 0],
      weights: [0, 1.5, 0.6, 0.4],
    });
    expect(targetsOf(image(1, { grade: 3, referable: true, certainty: 0.5 }), recipe, [1, 1])).toEqual({
      targets: [1, 1, 1, 0],
      weights: [0.25, 0.75, 0.3, 0.2],
    });
    // Macular oedema makes a mild retinopathy referable.
    expect(targetsOf(image(1, { grade: 1, referable: true }), recipe, [1, 1]).targets.slice(0, 2)).toEqual([1, 1]);
  });

  it('of 2016: weighs three infected as much as two hundred healthy, or draws as many of each, anew every epoch', async () => {
    const recipe = await shipped('julia-2016');
    const images = Array.from({ length: 203 }, (_, index) => image(index, { referable: index >= 200 }));
    const weighted = { ...recipe, sampling: { ...recipe.sampling, draw: 'natural' as const } };
    const [healthy, infected] = classWeightsOf(images, weighted);
    expect(200 * healthy).toBeCloseTo(3 * infected, 6);
    expect(targetsOf(image(1, { referable: true }), weighted, [healthy, infected])).toEqual({
      targets: [0, 1],
      weights: [infected, infected],
    });
    expect(classWeightsOf(images, recipe)).toEqual([1, 1]);
    const draws = new Sampler(images, recipe, 1).draws(0);
    const share = draws.filter(({ image: drawn }) => drawn.referable).length / draws.length;
    expect(share).toBeGreaterThan(0.46);
    expect(share).toBeLessThan(0.54);
    expect(balancedPart(images, 6, 1, 1).map(({ referable }) => referable)).toEqual([true, true, true, false, false, false]);
    expect(balancedPart(images, 6, 1, 2)).not.toEqual(balancedPart(images, 6, 1, 1));
  });

  it('chooses validation images evenly over sources and classes', () => {
    const images = Array.from({ length: 300 }, (_, index) =>
      image(index, { source: index < 250 ? 'large' : 'small', referable: index % 10 === 0 }),
    );
    const part = validationPart(images, 40);
    expect(part.filter((chosen) => chosen.source === 'small' && chosen.referable)).toHaveLength(5);
    expect(part).toHaveLength(40);
    expect(validationPart([...images].reverse(), 40)).toEqual(part);
  });
});

describe('the schedule', () => {
  it('warms up, then falls as a cosine to nothing at the end of each stage', async () => {
    const plans = planEpochs(await shipped('netra-1'));
    const [first] = plans;
    if (!first) throw new Error('no epochs');
    expect(learningRateAt(first, 0)).toBeLessThan(first.stage.learningRate / 50);
    expect(learningRateAt(first, first.stage.warmUpSteps)).toBeGreaterThan(first.stage.learningRate * 0.9);
    expect(learningRateAt(first, first.stepsOfStage - 1)).toBeLessThan(first.stage.learningRate * 1e-3);
    expect(plans.at(-1)?.stage.sizePx).toBe(384);
  });
});

describe('an augmented view', () => {
  const sizePx = 96;
  const pixels = Uint8Array.from({ length: sizePx * sizePx * 3 }, (_, index) => {
    const [x, y] = [(Math.floor(index / 3) % sizePx) - 48, Math.floor(index / 3 / sizePx) - 48];
    return x * x + y * y < 46 * 46 ? ([200, 110, 50][index % 3] ?? 0) : 0;
  });

  it('is a function of its seed', async () => {
    const { augmentation } = await shipped('netra-1');
    const view = (seed: number): Uint8Array => augment({ sizePx, pixels }, 64, new Random(1, seed), augmentation);
    expect(view(3)).toEqual(view(3));
    expect(view(3)).not.toEqual(view(4));
  });

  it('stays black outside the retina, and keeps its order of colours inside', async () => {
    const { augmentation } = await shipped('netra-1');
    for (let seed = 0; seed < 40; seed++) {
      const view = augment({ sizePx, pixels }, 64, new Random(9, seed), {
        ...augmentation,
        spots: { chance: 0, amount: 1 },
        noise: { chance: 0, sigma: 1 },
      });
      for (const corner of [0, 63, 64 * 63, 64 * 64 - 1]) expect([...view.subarray(corner * 3, corner * 3 + 3)]).toEqual([0, 0, 0]);
      const centre = (32 * 64 + 32) * 3;
      // A byte that had wrapped would make the brightest channel the darkest.
      expect(view[centre]).toBeGreaterThan(view[centre + 2] ?? 0);
    }
  });
});
