/** Benchmark of the main job; `scripts/bench.mjs` runs it. Prints JSON; a benchmark, never a timed test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as ort from 'onnxruntime-node';
import { loadBackend } from '../../electron/engine/backends/load';
import { readBundle } from '../../electron/engine/bundle/read';
import { nodeEngine } from '../../electron/engine/client/spawn-node';
import { superviseEngine } from '../../electron/engine/client/supervisor';
import { parseNetwork } from '../../electron/engine/network/layers-topology';
import { runResults } from '../../electron/services/screening/run-results';
import { screen } from '../../electron/services/screening/screen';
import { inferenceThreads, openWorkspace } from '../../electron/services/workspace';
import { type BackendName, BACKENDS, LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { machine, percentile, ROOT, round } from './machine';
import { performanceDocument } from './performance-document';
import { writePhotographs } from './photographs';

const PROGRAMS = join(ROOT, 'out/main');
const RESOURCES = join(ROOT, 'resources');
const PHOTOGRAPHS: Record<BackendName, number> = { onnx: 300, tensorflow: 100, wasm: 100 };
const LONGER_SIDE_PX = 2048;

export interface FolderFigures {
  photographs: number;
  imagesPerSecond: number;
  /** File to stored result while the whole folder is screened, milliseconds. */
  p50Ms: number;
  p95Ms: number;
  /** The same with one file at a time: what a technician waits for after a shot. */
  oneAtATimeP95Ms: number;
  /** Longest and 99th percentile of the delay of the main thread's event loop, milliseconds. */
  mainThreadMaxMs: number;
  mainThreadP99Ms: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'netra-bench-'));
try {
  const figures = await measure();
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  if (process.argv.includes('--write')) writeFileSync(join(ROOT, 'docs/performance.md'), performanceDocument(figures));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

export type Figures = Awaited<ReturnType<typeof measure>>;

async function measure() {
  const facts = machine();
  const bundle = await readBundle(join(RESOURCES, 'models/starter'));
  const folder = join(scratch, 'photographs');
  const source = await writePhotographs(folder, Math.max(...Object.values(PHOTOGRAPHS)), LONGER_SIDE_PX);
  say('photographs written');
  const inference = await inferenceRatio();
  say('inference compared');
  const engineReadyMs = await engineReady();
  say('engine started');
  const folders: Partial<Record<BackendName, FolderFigures>> = {};
  for (const backend of BACKENDS) {
    const figures = await folderFigures(backend, folder, PHOTOGRAPHS[backend]).catch((thrown: unknown) => {
      say(`${backend} left out: ${String(thrown)}`);
      return null;
    });
    if (figures !== null) folders[backend] = figures;
    say(`${backend} measured`);
  }
  const memory = { at200: await peakMemory(200), at2000: await peakMemory(2000) };
  return {
    machine: facts,
    model: { name: bundle.card.name, id: bundle.files.id, inputSizePx: bundle.card.inputSizePx },
    photographs: { longerSidePx: LONGER_SIDE_PX, source },
    folders,
    inference,
    engineReadyMs,
    memory,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A folder screened by the services in this process, with the real engine and the real threads. */
async function folderFigures(backend: BackendName, folder: string, photographs: number): Promise<FolderFigures> {
  const paths = Array.from({ length: photographs }, (_, index) => join(folder, `${index}_left.jpg`));
  // The first images pay for loading code and caches; a clinic pays that once a morning.
  const warmUp = paths.slice(0, 10);
  const timed = paths.slice(10);
  const workspace = await openWorkspace({
    profileFolder: join(scratch, `profile-${backend}`),
    resourcesFolder: RESOURCES,
    workerEntry: join(PROGRAMS, 'worker.js'),
    spawnEngine: nodeEngine({ entry: join(PROGRAMS, 'engine.js') }),
    modelFolder: null,
    backend,
    cacheFolder: null,
  });
  const signal = new AbortController().signal;
  try {
    await screen(LOCAL_ACTOR, workspace, { paths: warmUp, patientListFile: null, signal });
    const single: number[] = [];
    for (const path of timed.slice(-40)) {
      const { runId } = await screen(LOCAL_ACTOR, workspace, { paths: [path], patientListFile: null, signal });
      single.push((await runResults(LOCAL_ACTOR, workspace.profile, runId)).images[0]?.ms ?? NaN);
    }
    const batch = timed.slice(0, -40);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const startedAt = performance.now();
    const { runId } = await screen(LOCAL_ACTOR, workspace, { paths: batch, patientListFile: null, signal });
    const elapsedMs = performance.now() - startedAt;
    delay.disable();
    const { images } = await runResults(LOCAL_ACTOR, workspace.profile, runId);
    const milliseconds = images.map(({ ms }) => ms ?? NaN);
    return {
      photographs: batch.length,
      imagesPerSecond: round((batch.length / elapsedMs) * 1000, 1),
      p50Ms: round(percentile(milliseconds, 0.5), 1),
      p95Ms: round(percentile(milliseconds, 0.95), 1),
      oneAtATimeP95Ms: round(percentile(single, 0.95), 1),
      mainThreadMaxMs: round(delay.max / 1e6, 1),
      mainThreadP99Ms: round(delay.percentile(99) / 1e6, 1),
    };
  } finally {
    await workspace.close();
  }
}

/** Our backend's call against a plain one on the same file, turn by turn in this process. */
async function inferenceRatio(): Promise<{ threads: number; oursMs: number; plainMs: number; ratio: number }> {
  const { files, card } = await readBundle(join(RESOURCES, 'models/starter'));
  if (files.onnx === null) throw new Error('the starter has no ONNX file');
  const threads = inferenceThreads();
  const network = parseNetwork(files.modelJson, files.weights);
  const ours = await loadBackend('onnx', { network, onnx: files.onnx, inputSizePx: card.inputSizePx, threads });
  const plain = await ort.InferenceSession.create(files.onnx, { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const size = card.inputSizePx;
  const image = new Float32Array(size * size * 3).map((_, index) => Math.sin(index / 50));
  const input = plain.inputMetadata[0];
  if (input === undefined || !input.isTensor) throw new Error('the starter has no input');
  const channelsFirst = input.shape[1] === 3;
  const feeds = { [input.name]: new ort.Tensor('float32', image, channelsFirst ? [1, 3, size, size] : [1, size, size, 3]) };
  const oursMs: number[] = [];
  const plainMs: number[] = [];
  for (let turn = 0; turn < 120; turn += 1) {
    // Who goes first changes, so that neither has the warmer cache.
    if (turn % 2 === 0) oursMs.push(await timed(() => ours.forward(image, 1)));
    plainMs.push(await timed(() => plain.run(feeds)));
    if (turn % 2 === 1) oursMs.push(await timed(() => ours.forward(image, 1)));
  }
  ours.dispose();
  await plain.release();
  const [a, b] = [percentile(oursMs.slice(20), 0.5), percentile(plainMs.slice(20), 0.5)];
  return { threads, oursMs: round(a, 2), plainMs: round(b, 2), ratio: round(a / b, 3) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** From starting the process to a loaded model, median of five. */
async function engineReady(): Promise<number> {
  const { files } = await readBundle(join(RESOURCES, 'models/starter'));
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const startedAt = performance.now();
    const engine = superviseEngine({ spawn: nodeEngine({ entry: join(PROGRAMS, 'engine.js') }) });
    await engine.load({ bundle: files, backend: 'onnx', order: ['onnx'], threads: inferenceThreads() });
    times.push(performance.now() - startedAt);
    await engine.close();
  }
  return Math.round(percentile(times, 0.5));
}

/** Peak memory of the program and of its engine while the command line screens a folder, from the system's own count. */
async function peakMemory(photographs: number): Promise<{ programMb: number; engineMb: number }> {
  const folder = join(scratch, `memory-${photographs}`);
  await writePhotographs(folder, photographs, LONGER_SIDE_PX);
  const args = [
    join(PROGRAMS, 'cli.js'),
    'screen',
    folder,
    '--backend',
    'onnx',
    '--profile',
    join(scratch, `memory-profile-${photographs}`),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  let programMb = 0;
  let engineMb = 0;
  const timer = setInterval(() => {
    programMb = Math.max(programMb, peakOf(child.pid));
    for (const pid of childrenOf(child)) engineMb = Math.max(engineMb, peakOf(pid));
  }, 250);
  await new Promise((settle) => child.on('close', settle));
  clearInterval(timer);
  rmSync(folder, { recursive: true, force: true });
  say(`memory at ${photographs} measured`);
  return { programMb, engineMb };
}

function childrenOf(child: ChildProcess): number[] {
  try {
    return execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' })
      .split('\n')
      .map(Number)
      .filter(Boolean);
  } catch {
    return [];
  }
}

/** VmHWM, the most memory a process ever held; Linux only. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
