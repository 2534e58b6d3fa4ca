import type { FromEngine, ToEngine } from '../protocol';

export interface EngineExit {
  code: number | null;
  signal: string | null;
  /** The end of what it wrote to its error output, for the log. */
  lastWords: string;
}

/**
 * One running engine process as the supervisor sees it. The command line forks a Node child
 * (`spawn-node.ts`), the desktop starts an Electron utilityProcess; neither is known here.
 */
export interface EngineTransport {
  readonly pid: number | undefined;
  send(message: ToEngine): void;
  onMessage(listener: (message: FromEngine) => void): void;
  /** Called once, also when the process could not be started at all. */
  onExit(listener: (exit: EngineExit) => void): void;
  /** Ends the process at once; nothing in it needs saving. */
  kill(): void;
}

/** Starts a process of the engine's one entry. */
export type SpawnEngine = () => EngineTransport;

/**
 * What whoever starts an engine must put into its environment: libtensorflow reads these when it is loaded,
 * and has no other way to be told (memory growth on a GPU, log level).
 */
export const ENGINE_ENVIRONMENT = {
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_CPP_MIN_LOG_LEVEL: '2',
} as const;
