import { constants, setPriority } from 'node:os';
import { utilityProcess } from 'electron';
import { type SpawnTraining, trainingEnvironment, type TrainingTransport } from '../../engine/client/spawn-training';
import type { FromTraining } from '../../engine/client/training-protocol';
import type { Log } from '../log';

/**
 * A training as an Electron utility process: what blocks or kills it leaves window and screening alone.
 * @param entry the built `training.js`
 */
export function utilityTraining(entry: string, log: Log): SpawnTraining {
  return (options) => {
    const child = utilityProcess.fork(entry, [], {
      serviceName: 'netra-training',
      stdio: 'ignore',
      env: { ...process.env, ...trainingEnvironment(options) },
      // libtensorflow and onnxruntime are not signed by us; without this macOS refuses to load them.
      allowLoadingUnsignedLibraries: process.platform === 'darwin',
    });
    let exited = false;
    const exitListeners: (() => void)[] = [];
    child.once('spawn', () => {
      log.event('training.spawned', { pid: child.pid ?? null });
      // Screening and the window go first: its threads are started later and inherit this.
      if (child.pid !== undefined) lowerPriority(child.pid);
    });
    child.once('exit', (code) => {
      exited = true;
      log.event('training.exited', { exitCode: code });
      for (const listener of exitListeners) listener();
    });
    const transport: TrainingTransport = {
      send(message) {
        if (!exited) child.postMessage(message);
      },
      onMessage(listener) {
        child.on('message', (message: unknown) => {
          listener(message as FromTraining);
        });
      },
      onExit(listener) {
        exitListeners.push(listener);
      },
      kill() {
        child.kill();
      },
    };
    return transport;
  };
}

/** Where the system does not allow it, a training is only less polite. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    return;
  }
}
