import { z } from 'zod';
import { HEADS } from './card';

/** How a network is trained, as data (`resources/recipes/*.json`): every choice stands in the file, with its reason. */

const share = z.number().min(0).max(1);
const chance = z.strictObject({ chance: share });
const range = z.strictObject({ least: z.number().positive(), most: z.number().positive() });

/** What one view of a photograph may look like. Spreads are natural logarithms: 0.25 is a factor of 0.78 to 1.28. */
const augmentationSchema = z.strictObject({
  rotation: z.boolean(),
  /** Chance of a turn by 180 degrees, where there is no rotation by any angle. */
  halfTurn: share.optional(),
  flip: z.boolean(),
  zoom: range,
  /** Share of the side. */
  shift: share,
  stretch: z.number().min(0).max(0.5),
  /** Resampling to a coarser image, down to this share of the size. */
  coarser: chance.extend({ least: z.number().min(0.2).max(1) }),
  sharpness: chance.extend({ amount: z.number().min(0).max(2) }),
  saturation: chance.extend(range.shape),
  gain: z.number().min(0).max(1),
  brightness: z.number().min(0).max(1),
  contrast: z.number().min(0).max(1),
  gamma: z.number().min(0).max(1),
  light: chance.extend({ amount: share }),
  spots: chance.extend({ amount: z.number().min(0).max(128) }),
  /** Standard deviation, of 255: at most, or always this where `exact`. */
  noise: chance.extend({ sigma: z.number().min(1).max(64), exact: z.literal(true).optional() }),
  /** JPEG compression at a quality drawn evenly. */
  jpeg: chance.extend({ least: z.number().int().min(5).max(100), most: z.number().int().min(5).max(100) }),
  /** Straight edges, from this share of the radius outwards. */
  cut: chance.extend({ least: z.number().min(0.5).max(0.95) }),
  /** The rim may hide up to this share of the radius more. */
  rim: z.number().min(0).max(0.2),
});
export type AugmentationSettings = z.infer<typeof augmentationSchema>;

const stageSchema = z.strictObject({
  sizePx: z.number().int().min(64).max(1024).multipleOf(32),
  epochs: z.number().int().min(1).max(500),
  /** Of the network; the head's is `headFactor` times it. Reached after warm-up, then a cosine to zero over the stage. */
  learningRate: z.number().positive().max(0.1),
  warmUpSteps: z.number().int().min(0).max(10_000),
  /** First steps in which only the head learns. */
  headOnlySteps: z.number().int().min(0).max(10_000),
  /**
   * `late`: the stem and the first three blocks keep their weights; a step costs two thirds of one that trains `all`. `tail`: from the eleventh
   * block on, from feature maps computed once. `head`: on embeddings computed once; needs no TensorFlow.
   */
  trained: z.enum(['all', 'late', 'tail', 'head']),
});
export type RecipeStage = z.infer<typeof stageSchema>;

export const recipeSchema = z
  .strictObject({
    format: z.literal('netra-recipe-1'),
    name: z.string().regex(/^[a-z0-9-]{1,60}$/),
    summary: z.string().min(1).max(1000),
    /** `any`: an imported backbone too. */
    backbone: z.enum(['efficientnet-lite0', 'any']),
    head: z.enum(HEADS),
    /** Weights of the outputs P(grade >= 1..4) in the loss of `cumulative-4`. */
    outputWeights: z.tuple([z.number().min(0), z.number().min(0), z.number().min(0), z.number().min(0)]).optional(),
    /** Both classes weigh the same in the loss, whatever their numbers (weighted softmax): N / (2 n of the class). */
    classWeights: z.literal('inverse-frequency').optional(),
    labelSmoothing: z.number().min(0).max(0.3),
    drawsPerEpoch: z.number().int().min(16).max(1_000_000),
    batchSize: z.number().int().min(2).max(128),
    stages: z.array(stageSchema).min(1).max(5),
    headFactor: z.number().min(1).max(100),
    weightDecay: z.number().min(0).max(1),
    clipNorm: z.number().positive(),
    dropout: z.number().min(0).max(0.9),
    averageDecay: z.number().min(0).max(0.9999),
    /**
     * So much of the weights that training began from stays in what is scored and shipped; the training itself goes on from the unmixed ones. Bridges
     * cameras: WiSE-FT, Wortsman 2022, arXiv 2109.01903. For training that goes on from a model with the same head.
     */
    parentShare: z.number().min(0).max(0.9).optional(),
    sampling: z.strictObject({
      /**
       * `natural`: every photograph as likely as another; `balanced`: as many of each class, both drawn anew in every epoch. Where absent: by source
       * and class, as the fields below say.
       */
      draw: z.enum(['natural', 'balanced']).optional(),
      /** Share of referable images among the draws of a source that has both. */
      positiveShare: z.number().min(0.05).max(0.95),
      /** Most draws of one image in an epoch, on average: what is rare is repeated, not hammered in. */
      maxRepeats: z.number().positive(),
      /** Relative weight of a source; one that is not named counts as the square root of its images. */
      sources: z.record(z.string(), z.strictObject({ weight: z.number().min(0), positiveShare: z.number().min(0).max(1).optional() })),
    }),
    /** Share of the training patients kept back to choose the epoch, the temperature and the operating points. */
    calibrationShare: z.number().min(0.05).max(0.5),
    /** Sources that biases, temperature and operating points are fitted on: those like the photographs to be screened. All where absent. */
    calibrationSources: z.array(z.string()).min(1).optional(),
    /** Images of the kept-back part that are scored after every epoch; all are, at the end. */
    validationImages: z.number().int().min(10),
    /** `balanced`: as many of each class, drawn anew for every epoch. Where absent: the same, as evenly as the sources allow. */
    validation: z.literal('balanced').optional(),
    /** Which epoch becomes the model: the best by validation AUC, or the last where this says so. Never by accuracy. */
    selection: z.literal('last-epoch').optional(),
    /** Keeps the weights of every epoch, the untrained network (epoch 0) among them, as safetensors beside the checkpoint. */
    keepEveryEpoch: z.literal(true).optional(),
    /** `head` and `tail`: views of each photograph that are computed once; the first is the photograph as it is screened. */
    views: z.number().int().min(1).max(16).optional(),
    /** `head` alone: folds by patient. Every photograph is scored by a head that has not seen its patient, and the model learns from all. */
    folds: z.number().int().min(2).max(20).optional(),
    operatingPoints: z.strictObject({ screeningSensitivity: share, confirmSpecificity: share, urgentSensitivity: share }),
    augmentation: augmentationSchema,
    /** The reason of each choice, by field. */
    reasons: z.record(z.string(), z.string().min(1).max(1000)),
  })
  .superRefine((recipe, context) => {
    const kinds = new Set(recipe.stages.map(({ trained }) => (trained === 'head' || trained === 'tail' ? trained : 'pixels')));
    if (kinds.size > 1) context.addIssue({ code: 'custom', path: ['stages'], message: 'head and tail stages stand alone' });
    if (recipe.folds !== undefined && !kinds.has('head'))
      context.addIssue({ code: 'custom', path: ['folds'], message: 'folds are for head-only recipes' });
    if (recipe.head === 'cumulative-4' && recipe.outputWeights === undefined)
      context.addIssue({ code: 'custom', path: ['outputWeights'], message: 'cumulative-4 needs weights of its outputs' });
  });
export type Recipe = z.infer<typeof recipeSchema>;
