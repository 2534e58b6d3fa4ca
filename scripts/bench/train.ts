/**
 * Benchmark of training; `npm run bench -- train`. Prints JSON; a benchmark, never a timed test. The Python frameworks it compares with are installed into
 * environments outside the tree (folder NETRA_BENCH_VENVS, default in the cache folder): one that is there already is used as it is.
 *
 *   npm run bench -- train [--embed N] [--steps N] [--without-python]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startingNetwork } from '../../electron/engine/bundle/learnt-elsewhere';
import { readBundle } from '../../electron/engine/bundle/read';
import { spawnTraining } from '../../electron/engine/client/spawn-training';
import { parseNetwork } from '../../electron/engine/network/layers-topology';
import { initialNetwork } from '../../electron/engine/train/initial-weights';
import { TrainingGraph } from '../../electron/engine/train/training-graph';
import { defaultFolders } from '../../electron/services/default-folders';
import { readRecipe } from '../../electron/services/train/recipes';
import { TrainingPause } from '../../electron/services/train/run-process';
import { train } from '../../electron/services/train/train';
import { gatherListed } from '../../electron/services/train/training-source';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import type { Recipe } from '../../electron/shared/domain/recipe';
import { machine, percentile, ROOT, round } from './machine';
import { writePhotographs } from './photographs';

const RESOURCES = join(ROOT, 'resources');
const SIZE_PX = 224;
const BATCH = 16;
const THREADS = availableParallelism();
const LONGER_SIDE_PX = 2048;
const PYTHON = { keras: ['tensorflow-cpu==2.21.0'], torch: ['torch==2.13.0'] } as const;
type Kind = 'all' | 'late' | 'tail' | 'head';

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  options: {
    embed: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '12' },
    'without-python': { type: 'boolean', default: false },
  },
});
const steps = Number(flags.steps);
// As the training process has them: said before TensorFlow is loaded.
Object.assign(process.env, { TF_NUM_INTRAOP_THREADS: String(THREADS), TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' });

const scratch = mkdtempSync(join(tmpdir(), 'netra-bench-train-'));
try {
  process.stdout.write(`${JSON.stringify(await measure(), null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure() {
  const facts = machine();
  const ours = await ourSteps();
  const keras = flags['without-python']
    ? null
    : python('keras', 'keras_step.py', [networkFolder(await startingFiles()), SIZE_PX, BATCH, steps, THREADS]);
  const torch = flags['without-python'] ? null : python('torch', 'torch_step.py', [SIZE_PX, BATCH, steps, THREADS]);
  const epoch = await epochRate();
  const head = await headOnly(Number(flags.embed));
  return {
    machine: facts,
    step: {
      sizePx: SIZE_PX,
      batch: BATCH,
      threads: THREADS,
      device: ours.device,
      msAPhotograph: ours.ms,
      tailAgainstAll: round(ours.ms.all / ours.ms.tail, 2),
      keras,
      torch,
      againstKeras: keras && round(ours.ms.all / keras.msAPhotograph, 3),
      againstPyTorch: torch && round(ours.ms.all / torch.msAPhotograph, 3),
    },
    epoch: { ...epoch, shareOfBareStep: round(epoch.imagesPerSecond / (1000 / ours.ms.all), 3) },
    head,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function startingFiles() {
  const { files } = await readBundle(join(RESOURCES, 'models/imagenet-lite0'));
  return files;
}

/** Bare steps on a batch in memory. */
async function ourSteps(): Promise<{ device: string; ms: Record<Kind, number> }> {
  const kinds: Kind[] = ['all', 'late', 'tail', 'head'];
  const files = await startingFiles();
  const ms: Partial<Record<Kind, number>> = {};
  let device = '';
  for (const kind of kinds) {
    const graph = await TrainingGraph.load(join(RESOURCES, 'training-graph'), 'cumulative-4', [kind]);
    device = graph.device;
    graph.start(initialNetwork(parseNetwork(files.modelJson, files.weights), SIZE_PX, 'cumulative-4', 1).weights);
    const pixels = Float32Array.from({ length: BATCH * SIZE_PX * SIZE_PX * 3 }, (_, index) => (index * 7919) % 256);
    const images = kind === 'tail' ? graph.early(pixels, BATCH, SIZE_PX) : pixels;
    if (kind === 'tail') graph.workOnMaps();
    const targets = Float32Array.from({ length: BATCH * 4 }, (_, index) => index % 2);
    const settings = {
      learningRate: 1e-5,
      headLearningRate: 1e-5,
      weightDecay: 0.01,
      clipNorm: 2,
      averageDecay: 0.99,
      dropout: 0.2,
      trained: kind,
    };
    const times: number[] = [];
    for (let step = 0; step < steps + 3; step += 1) {
      const start = performance.now();
      graph.step({ images, targets, targetWeights: new Float32Array(targets.length).fill(1) }, SIZE_PX, { ...settings, seed: [1, step] });
      if (step >= 3) times.push((performance.now() - start) / BATCH);
    }
    graph.dispose();
    ms[kind] = round(percentile(times, 0.5), 2);
    say(`step ${kind}: ${ms[kind]} ms a photograph`);
  }
  return { device, ms: ms as Record<Kind, number> };
}

function networkFolder(files: Awaited<ReturnType<typeof startingFiles>>): string {
  const folder = join(scratch, 'network');
  mkdirSync(folder, { recursive: true });
  const recipe = { head: 'cumulative-4', stages: [{ sizePx: SIZE_PX }] } as unknown as Recipe;
  writeFileSync(join(folder, 'network.json'), startingNetwork(files, recipe, 1).network);
  return folder;
}

function python(name: keyof typeof PYTHON, script: string, args: (string | number)[]): { library: string; msAPhotograph: number } {
  const folder = join(process.env['NETRA_BENCH_VENVS'] ?? join(defaultFolders().cache, 'bench-venvs'), name);
  const program = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(program)) {
    say(`installing ${PYTHON[name].join(', ')} into ${folder}`);
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 2, 2] });
    execFileSync(program, ['-m', 'pip', '-q', 'install', ...PYTHON[name]], { stdio: ['ignore', 2, 2] });
  }
  const text = execFileSync(program, [join(ROOT, 'test/bench', script), ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const result = JSON.parse(text.trim().split('\n').at(-1) ?? '') as { library: string; msAPhotograph: number };
  say(`${result.library}: ${round(result.msAPhotograph, 2)} ms a photograph`);
  return { ...result, msAPhotograph: round(result.msAPhotograph, 2) };
}

/** Photographs as a clinic has them, with a list that has both classes. */
async function listOf(name: string, count: number): Promise<string> {
  const folder = join(scratch, name);
  await writePhotographs(folder, count, LONGER_SIDE_PX);
  const rows = Array.from({ length: count }, (_, index) => `${index}_left.jpg,p${index},${index % 3 === 0 ? 3 : 0}`);
  const list = join(folder, 'list.csv');
  writeFileSync(list, ['file,patient,grade', ...rows].join('\n'));
  return list;
}

interface Timed {
  imagesPerSecond: number;
  preparedSeconds: number;
  prepared: number;
  trainedSeconds: number;
}

/** A whole training by the real process. */
async function trained(name: string, list: string, recipe: Recipe): Promise<Timed> {
  const file = join(scratch, `${name}.json`);
  writeFileSync(file, JSON.stringify(recipe));
  const nothing = (): void => undefined;
  const timed: Timed = { imagesPerSecond: 0, preparedSeconds: 0, prepared: 0, trainedSeconds: 0 };
  let startedAt = 0;
  let preparedAt = 0;
  await train(LOCAL_ACTOR, {
    gather: (of) => gatherListed({ data: list, images: null }, of, nothing, new AbortController().signal),
    recipe: file,
    from: null,
    out: join(scratch, name),
    epochs: null,
    resume: false,
    seed: 1,
    learnt: null,
    command: 'bench',
    resourcesFolder: RESOURCES,
    spawn: (options) => spawnTraining(join(ROOT, 'out/main/training.js'), options),
    signal: new AbortController().signal,
    pause: new TrainingPause(),
    cache: null,
    hooks: {
      onSet: nothing,
      onDevice: () => (startedAt ||= performance.now()),
      onPrepared(done) {
        preparedAt = performance.now();
        timed.prepared = done;
        timed.preparedSeconds = (preparedAt - startedAt) / 1000;
      },
      onStep: nothing,
      onEpoch(facts) {
        // The last epoch: the first one decodes, as every first one does.
        timed.imagesPerSecond = round(facts.imagesPerSecond, 2);
        timed.trainedSeconds = (performance.now() - preparedAt) / 1000;
      },
      onNote: nothing,
      onPaused: nothing,
    },
  });
  return timed;
}

/** Whole epochs, decode and augmentation beside the steps: the second of two. */
async function epochRate(): Promise<{ draws: number; imagesPerSecond: number }> {
  const ours = await readRecipe('netra-1', RESOURCES);
  const draws = 320;
  const stages = [{ sizePx: SIZE_PX, epochs: 2, learningRate: 1e-4, warmUpSteps: 5, headOnlySteps: 0, trained: 'all' as const }];
  const recipe: Recipe = {
    ...ours,
    name: 'bench-epoch',
    drawsPerEpoch: draws,
    batchSize: BATCH,
    stages,
    validationImages: 10,
    calibrationShare: 0.1,
  };
  const { imagesPerSecond } = await trained('epoch', await listOf('epoch-photographs', 160), recipe);
  say(`epoch: ${imagesPerSecond} photographs a second`);
  return { draws, imagesPerSecond };
}

/** Head-only training without TensorFlow: embeddings at the recipe's own size, then the fit. */
async function headOnly(count: number): Promise<{ photographs: number; embeddingSeconds: number; fitSeconds: number }> {
  const recipe = await readRecipe('netra-head', RESOURCES);
  const { prepared, preparedSeconds, trainedSeconds } = await trained('head', await listOf('head-photographs', count), recipe);
  return { photographs: prepared, embeddingSeconds: round(preparedSeconds, 1), fitSeconds: round(trainedSeconds, 1) };
}
