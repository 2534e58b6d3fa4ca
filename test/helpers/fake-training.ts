import type { SpawnTraining, SpawnTrainingOptions } from '../../electron/engine/client/spawn-training';
import type { FromTraining, ToTraining, TrainingInput } from '../../electron/engine/client/training-protocol';
import type { EpochFacts } from '../../electron/shared/domain/training';
import { PREPROCESSING_VERSION } from '../../electron/engine/images/preprocess';
import { tinyBundle } from './tiny-model';

/** What a training process does in a test, one after the other; `wait` stops until it is told to go on. */
export type FakeStep =
  { kind: 'say'; message: FromTraining } | { kind: 'epoch'; epoch: number } | { kind: 'finish' } | { kind: 'die' } | { kind: 'wait' };

export interface FakeTraining {
  spawn: SpawnTraining;
  /** Of each process started, in order. */
  starts: { options: SpawnTrainingOptions; input: TrainingInput }[];
  /** Everything sent to any of them. */
  sent: ToTraining[];
  /** Lets a waiting process go on. */
  goOn(): void;
}

export function epochFacts(epoch: number, epochs = 2): EpochFacts {
  return {
    epoch,
    epochs,
    stage: 1,
    sizePx: 64,
    trainingLoss: 1 / epoch,
    validationLoss: 1.1 / epoch,
    validationAccuracy: 0.7,
    validationAuc: 0.6 + epoch / 100,
    sources: [],
    learningRate: 1e-3,
    imagesPerSecond: 10,
    seconds: 1,
    unreadable: 0,
    best: true,
  };
}

/** @param scripts of the first process, the second, ...; the last one serves all that follow */
export function fakeTraining(...scripts: FakeStep[][]): FakeTraining {
  const fake: FakeTraining = { spawn, starts: [], sent: [], goOn: () => undefined };
  let count = 0;

  function spawn(options: SpawnTrainingOptions): ReturnType<SpawnTraining> {
    const script = scripts[Math.min(count++, scripts.length - 1)] ?? [];
    const listeners: ((message: FromTraining) => void)[] = [];
    const exits: (() => void)[] = [];
    let alive = true;
    let stored: () => void = () => undefined;
    const say = (message: FromTraining): void => {
      if (alive) for (const listener of listeners) listener(message);
    };
    const exit = (): void => {
      if (!alive) return;
      alive = false;
      for (const listener of exits) listener();
    };
    async function play(input: TrainingInput): Promise<void> {
      for (const step of script) {
        if (step.kind === 'say') say(step.message);
        else if (step.kind === 'die') exit();
        else if (step.kind === 'wait') await new Promise<void>((resolve) => (fake.goOn = resolve));
        else if (step.kind === 'epoch') {
          const done = new Promise<void>((resolve) => (stored = resolve));
          say({ kind: 'epoch', facts: epochFacts(step.epoch), checkpoint: Uint8Array.of(step.epoch), weights: null });
          await done;
        } else {
          const { files } = tinyBundle();
          const calibration = input.images.map(({ sha256 }, index) => ({ sha256, logits: [0, index / 10, -1, -2] }));
          const result = { ...files, onnx: files.onnx ?? new Uint8Array(), sizePx: 32, epoch: 2, calibration, parity: 0 };
          say({
            kind: 'finished',
            result: { ...result, preprocessing: PREPROCESSING_VERSION, gate: 'none', history: [epochFacts(1), epochFacts(2)] },
          });
        }
      }
    }
    queueMicrotask(() => say({ kind: 'ready' }));
    return {
      send(message) {
        fake.sent.push(message);
        if (message.kind === 'start') {
          fake.starts.push({ options, input: message.input });
          void play(message.input);
        } else if (message.kind === 'stored') stored();
        else if (message.kind === 'pause') say({ kind: 'paused' });
      },
      onMessage: (listener) => listeners.push(listener),
      onExit: (listener) => exits.push(listener),
      kill: exit,
    };
  }
  return fake;
}
