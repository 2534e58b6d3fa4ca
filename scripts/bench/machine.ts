import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../../..');

/** What a figure means nothing without. */
export interface Machine {
  date: string;
  commit: string;
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  onnxruntime: string;
  sharp: string;
  /** Running programs, one minute's mean, when the benchmark began: above a few tenths the machine was not its own. */
  loadAtStart: number;
}

export function machine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    processor: cpus()[0]?.model.trim() ?? '',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    onnxruntime: versionOf('onnxruntime-node'),
    sharp: versionOf('sharp'),
    loadAtStart: round(loadavg()[0] ?? 0, 2),
  };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The value that a share of the sorted values does not pass (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(resolve(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
