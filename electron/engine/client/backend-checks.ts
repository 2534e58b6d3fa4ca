import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, hostname, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import manifest from '../../../package.json';
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
  medianMs: z.number().nullable(),
  probabilities: z.array(z.number()).nullable(),
  reason: z.string().nullable(),
});
const fileSchema = z.object({ key: z.string(), at: z.number(), checks: z.array(checkSchema) });

/** Another backend is taken before onnx only where it is so many times faster: figures waver, and onnx is what the model's form was compared with. */
const CLEARLY_FASTER = 1.5;
/** A median so many times the fastest run: other programs ran. Such figures hold for a day. */
const LOADED = 1.5;
const LOADED_HOLD_MS = 86_400_000;

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
    return { backend, works: false, device: null, inferenceMs: null, medianMs: null, probabilities: null, reason };
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
 * The order in which `auto` tries: those that passed, onnx first unless another is clearly faster, else the fastest first.
 * Without a check of this machine and these versions: onnx, tensorflow, wasm.
 */
export function backendOrder(checks: readonly BackendCheck[] | null): BackendName[] {
  if (checks === null) return [...BACKENDS];
  const passed = checks.filter((check) => check.works).sort((a, b) => weighedMs(a) - weighedMs(b));
  // All failed: tried again all the same, so that the user sees why.
  return passed.length === 0 ? [...BACKENDS] : passed.map((check) => check.backend);
}

function weighedMs({ backend, inferenceMs }: BackendCheck): number {
  return (inferenceMs ?? Infinity) * (backend === 'onnx' ? 1 : CLEARLY_FASTER);
}

function looksLoaded(checks: readonly BackendCheck[]): boolean {
  return checks.some(({ inferenceMs, medianMs }) => inferenceMs !== null && medianMs !== null && medianMs > LOADED * inferenceMs);
}

/** The kept result, or null when there is none for this machine and these versions, or an old one from when the machine was busy. */
export async function readBackendChecks(cacheFolder: string, now = Date.now()): Promise<BackendCheck[] | null> {
  try {
    const file = fileSchema.parse(JSON.parse(await readFile(cacheFile(cacheFolder), 'utf8')));
    if (file.key !== machineKey()) return null;
    const ageMs = now - file.at;
    return looksLoaded(file.checks) && (ageMs < 0 || ageMs > LOADED_HOLD_MS) ? null : file.checks;
  } catch {
    return null;
  }
}

/** A cache that cannot be written is only slower. */
async function writeCache(cacheFolder: string, checks: readonly BackendCheck[]): Promise<void> {
  const path = cacheFile(cacheFolder);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, JSON.stringify({ key: machineKey(), at: Date.now(), checks }));
    await rename(`${path}.${process.pid}`, path);
  } catch {
    return;
  }
}

function cacheFile(cacheFolder: string): string {
  return join(cacheFolder, 'backend-checks.json');
}

/** Changes with the machine, Netra, the program that runs the engine and the version of every library. */
function machineKey(): string {
  const facts = [
    hostname(),
    platform(),
    arch(),
    cpus().length,
    cpus()[0]?.model ?? '',
    manifest.version,
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
