import { z } from 'zod';
import { machineSchema } from './machine';

/** What a model bundle says about itself (`card.json`); the human-readable model card is generated from it. */

export const CARD_FORMAT = 'netra-model-1';

export const HEADS = ['cumulative-4', 'softmax-2'] as const;
export type Head = (typeof HEADS)[number];
export const HEAD_OUTPUTS: Readonly<Record<Head, number>> = { 'cumulative-4': 4, 'softmax-2': 2 };
/** Units of the ReLU layer between the pooled features and the outputs; null for a linear head. */
export const HEAD_HIDDEN: Readonly<Record<Head, number | null>> = { 'cumulative-4': null, 'softmax-2': 128 };

const text = z.string().min(1).max(4000);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const share = z.number().min(0).max(1);

const metricSchema = z.strictObject({
  /** e.g. `AUC`, `specificity at sensitivity 0.90` */
  name: text,
  /** What counts as positive: every figure names its target. */
  target: text,
  measuredOn: text,
  /** Whether these images took part in training or in choosing anything: such a figure flatters. */
  seenInTraining: z.boolean(),
  images: z.number().int().nonnegative(),
  positives: z.number().int().nonnegative().nullable(),
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** e.g. `DeLong 95 %`, `Wilson 95 %` */
  interval: text.nullable(),
});
export type CardMetric = z.infer<typeof metricSchema>;

const programSchema = z.strictObject({
  version: z.string().min(1).max(40),
  /** `+changes`: the sources differed from the commit. `unknown`: built where there was no repository. */
  commit: z.string().regex(/^(?:[0-9a-f]{40}(?:\+changes)?|unknown)$/),
});
export type ProgramVersion = z.infer<typeof programSchema>;

const pointSchema = z.strictObject({
  /** At or above this calibrated probability the image is positive. */
  threshold: share,
  /** How it was chosen. */
  chosen: text,
  sensitivity: share.nullable(),
  specificity: share.nullable(),
});

export const cardSchema = z.strictObject({
  format: z.literal(CARD_FORMAT),
  name: text,
  /** One sentence: what it is for and how far it may be trusted. */
  summary: text,
  createdAt: z.iso.date(),
  backbone: text,
  /** Side of the square input, pixels. */
  inputSizePx: z.number().int().min(32).max(2048),
  /** A pixel value v of 0..255 enters the network as (v - subtract) / divide. */
  normalisation: z.strictObject({ subtract: z.number(), divide: z.number().positive() }),
  /** Versions it was trained and measured with; null for a backbone without a head. */
  preprocessing: text.nullable(),
  gate: text.nullable(),
  /** null for a backbone without a head: it cannot screen. */
  head: z.enum(HEADS).nullable(),
  /** Logits are divided by it before the sigmoid or softmax. */
  temperature: z.number().min(0.25).max(4),
  /** On P(grade >= 2), and for `urgent` on P(grade >= 3); null for a backbone without a head. */
  operatingPoints: z.strictObject({ screening: pointSchema, confirm: pointSchema.nullable(), urgent: pointSchema.nullable() }).nullable(),
  recipe: text.nullable(),
  seed: z.number().int().nullable(),
  dataset: z.strictObject({ description: text, manifestSha256: sha256.nullable() }),
  metrics: z.array(metricSchema).max(500),
  licence: text,
  initialWeights: z.strictObject({ source: text, licence: text, sha256: sha256.nullable() }),
  /** Id of the model it was trained from. */
  parent: sha256.nullable(),
  /** What trained it and where; cards written before this was recorded lack it. */
  trainedBy: z
    .strictObject({
      code: programSchema,
      machine: machineSchema,
      /** What the steps ran on, e.g. `TensorFlow 2.9.1, CPU`; null where the weights learnt elsewhere and were only finished here. */
      device: text.nullable(),
    })
    .optional(),
  commands: z.array(text).max(50),
  limits: z.array(text).max(50),
  /** SHA-256 of every other file of the bundle. */
  files: z.record(z.string().max(100), sha256),
  /** SHA-256 of this card as JSON without `seal`: one changed digit of a threshold must not go unseen. */
  seal: sha256,
});
export type ModelCard = z.infer<typeof cardSchema>;
/** A card as its maker writes it: the bundle writer adds the hashes. */
export type CardContent = Omit<ModelCard, 'files' | 'seal' | 'format'>;
