import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { FromTraining, ToTraining } from './training-protocol';
import { ENGINE_ENVIRONMENT } from './transport';

/** A training process as whoever started it sees it. */
export interface TrainingTransport {
  send(message: ToTraining): void;
  onMessage(listener: (message: FromTraining) => void): void;
  /** Called once, also when the process could not be started. */
  onExit(listener: () => void): void;
  kill(): void;
}

export interface SpawnTrainingOptions {
  /** After a GPU was lost. */
  cpuOnly: boolean;
}
/** Starts a process of the training engine's one entry. */
export type SpawnTraining = (options: SpawnTrainingOptions) => TrainingTransport;

/**
 * What a training process needs in its environment. The thread counts are fixed: a sum in another order ends in other bits, and a resumed training
 * must end with the same ones.
 */
export function trainingEnvironment({ cpuOnly }: SpawnTrainingOptions): Record<string, string> {
  const threads = String(availableParallelism());
  return {
    ...ENGINE_ENVIRONMENT,
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: '1',
    OMP_NUM_THREADS: threads,
    ...(cpuOnly && { CUDA_VISIBLE_DEVICES: '-1' }),
  };
}

/**
 * Training in a child process of Node.
 * @param entry the built file, out/main/training.js
 */
export function spawnTraining(entry: string, options: SpawnTrainingOptions): TrainingTransport {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...trainingEnvironment(options) },
  });
  let exited = false;
  const listeners: (() => void)[] = [];
  function exit(): void {
    if (exited) return;
    exited = true;
    for (const listener of listeners) listener();
  }
  child.once('exit', exit);
  child.on('error', exit);
  return {
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => child.on('message', (message) => listener(message as FromTraining)),
    onExit: (listener) => listeners.push(listener),
    kill: () => child.kill('SIGKILL'),
  };
}
