import { z } from 'zod';

/** What speed and numbers depend on; kept with benchmarks and with trained models. Never a name of the machine or a path. */
export const machineSchema = z.strictObject({
  processor: z.string().max(200),
  cores: z.number().int().positive(),
  memoryGb: z.number().nonnegative(),
  system: z.string().max(200),
});
export type MachineFacts = z.infer<typeof machineSchema>;
