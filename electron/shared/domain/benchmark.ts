import { z } from 'zod';
import { BACKENDS } from './codes';
import { machineSchema } from './machine';

/** How fast a machine is: kept in the profile with the machine's facts. */
export const benchmarkSchema = z.object({
  at: z.number(),
  machine: machineSchema,
  model: z.object({ id: z.string(), name: z.string(), sizePx: z.number() }),
  /** One photograph through the network of the model in use; `device` says whether a GPU was really used. */
  inference: z.array(
    z.object({
      backend: z.enum(BACKENDS),
      works: z.boolean(),
      device: z.string().nullable(),
      inferenceMs: z.number().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  /** As the newest training of this profile went, median over its epochs; null before the first. */
  training: z.object({ device: z.string().nullable(), sizePx: z.number(), imagesPerSecond: z.number() }).nullable(),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;
