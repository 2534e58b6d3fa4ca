import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, hostname, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BACKENDS, type BackendName } from '../../shared/domain/codes';
import { toAppError } from '../../shared/errors';
import type { BackendCheck, BundleFiles } from '../protocol';
import { superviseEngine } from './supervisor';
import type { SpawnEngine } from './transport';

/** Backends agree when no probability differs by more; beyond it the odd one out is wrong on this machine. */
export const PARITY_TOLERANCE = 1e-3;

/** A backend that takes longer than this to load and run six times is of no use. */
const CHECK_TIMEOUT_MS = 90_000;

const checkSchema = z.object({
  backend: z.enum(BACKENDS),
  works: z.boolean(),
  device: z.string().nullable(),
  inferenceMs: z.number().nullable(),
  probabilities: z.array(z.number()).nullable(),
  reason: z.string().nullable(),
});
const fileSchema = z.object({ key: z.string(), checks: z.array(checkSchema) });

export interface CheckOptions {
  spawn: SpawnEngine;
  bundle: BundleFiles;
  threads: number;
  /** The user's cache folder. */
  cacheFolder: string;
  /** Called as each backend starts. */
  onBackend?: (backend: BackendName) => void;
}

/**
 * Tests every backend on this machine, each in a process of its own, since a broken native library takes its process along; keeps
 * the result under the versions and the machine it holds for.
 */
export async function checkBackends(options: CheckOptions): Promise<BackendCheck[]> {
  const checks: BackendCheck[] = [];
  for (const backend of BACKENDS) {
    options.onBackend?.(backend);
    checks.push(await checkOne(options, backend));
  }
  const agreed = refuseOddOnes(checks);
  await writeCache(options.cacheFolder, agreed);
  return agreed;
}

async function checkOne({ spawn, bundle, threads }: CheckOptions, backend: BackendName): Promise<BackendCheck> {
  const engine = superviseEngine({ spawn, backOffMs: [] });
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  try {
    return await engine.request('check', { bundle, backend, threads }, { signal: timeout });
  } catch (thrown) {
    const error = toAppError(thrown);
    const reason = timeout.aborted
      ? `no answer within ${CHECK_TIMEOUT_MS / 1000} s`
      : `${error.code}${typeof error.cause === 'string' ? `: ${error.cause.trim().split('\n').at(-1) ?? ''}` : ''}`;
    return { backend, works: false, device: null, inferenceMs: null, probabilities: null, reason };
  } finally {
    await engine.close();
  }
}

/**
 * A backend whose answer differs from the first that works (in order of `BACKENDS`) has not passed; with only two that differ it is
 * still the later one, since onnxruntime is the one whose form of the model was compared when the model was saved.
 */
export function refuseOddOnes(checks: readonly BackendCheck[]): BackendCheck[] {
  const reference = checks.find((check) => check.works)?.probabilities ?? null;
  return checks.map((check) => {
    if (!check.works || reference === null || check.probabilities === null) return check;
    const difference = Math.max(...check.probabilities.map((p, i) => Math.abs(p - (reference[i] ?? NaN))));
    if (difference <= PARITY_TOLERANCE) return check;
    return { ...check, works: false, reason: `answers differ by ${difference.toExponential(1)}` };
  });
}

/**
 * The order in which `auto` tries: those that passed, fastest first, then (nothing is known of them) the others in the usual order.
 * Without a check of this machine and these versions: onnx, tensorflow, wasm.
 */
export function backendOrder(checks: readonly BackendCheck[] | null): BackendName[] {
  if (checks === null) return [...BACKENDS];
  const passed = checks.filter((check) => check.works).sort((a, b) => (a.inferenceMs ?? Infinity) - (b.inferenceMs ?? Infinity));
  // All failed: tried again all the same, so that the user sees why.
  return passed.length === 0 ? [...BACKENDS] : passed.map((check) => check.backend);
}

/** The kept result, or null when there is none for this machine and these versions. */
export async function readBackendChecks(cacheFolder: string): Promise<BackendCheck[] | null> {
  try {
    const file = fileSchema.parse(JSON.parse(await readFile(cacheFile(cacheFolder), 'utf8')));
    return file.key === machineKey() ? file.checks : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written is only slower. */
async function writeCache(cacheFolder: string, checks: readonly BackendCheck[]): Promise<void> {
  const path = cacheFile(cacheFolder);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, JSON.stringify({ key: machineKey(), checks }));
    await rename(`${path}.${process.pid}`, path);
  } catch {
    return;
  }
}

function cacheFile(cacheFolder: string): string {
  return join(cacheFolder, 'backend-checks.json');
}

/** Changes with the machine, the program that runs the engine and the version of every library. */
function machineKey(): string {
  const facts = [
    hostname(),
    platform(),
    arch(),
    cpus().length,
    cpus()[0]?.model ?? '',
    process.version,
    process.versions['electron'] ?? '',
    ...LIBRARIES.map(versionOf),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

const LIBRARIES = ['onnxruntime-node', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-backend-wasm'];

function versionOf(library: string): string {
  try {
    const manifest = createRequire(import.meta.url)(`${library}/package.json`) as { version: string };
    return manifest.version;
  } catch {
    return 'missing';
  }
}
