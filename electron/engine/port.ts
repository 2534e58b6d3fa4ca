/** An engine process's end of its channel: an Electron utilityProcess has `process.parentPort`, a forked Node child `process.send`. */
export interface EnginePort<In, Out> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
}

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** A forked child ends when whoever started it is gone: nobody waits for an answer, and a training's last checkpoint is on disk. */
export function openPort<In, Out>(): EnginePort<In, Out> {
  const { parentPort } = process as unknown as { parentPort?: ParentPort };
  if (parentPort !== undefined) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data as In)),
    };
  }
  process.on('disconnect', () => process.exit(0));
  // Gone while this file was still loading: that event has been and does not come again.
  if (!process.connected) process.exit(0);
  return {
    send(message) {
      if (process.connected) process.send?.(message, undefined, {}, () => undefined);
    },
    onMessage: (listener) => process.on('message', (message) => listener(message as In)),
  };
}
