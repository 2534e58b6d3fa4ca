import { arch, availableParallelism, cpus, release, totalmem, type as systemType } from 'node:os';
import type { MachineFacts } from '../shared/domain/machine';

/** This machine without its name or its user: what speed and numbers depend on. */
export function machineFacts(): MachineFacts {
  return {
    // Some systems name no processor.
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${systemType()} ${release()} ${arch()}`,
  };
}
