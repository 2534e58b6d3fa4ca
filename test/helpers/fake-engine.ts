import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { EngineExit, EngineTransport, SpawnEngine } from '../../electron/engine/client/transport';
import type { EngineFacts, FromEngine, ScreenedImage } from '../../electron/engine/protocol';
import type { QualityReason } from '../../electron/shared/domain/codes';
import type { AppErrorData } from '../../electron/shared/errors';

/** What a photograph of the tests says of itself; its file holds this as JSON. */
export interface FakePhotograph {
  /** Makes two contents differ. */
  id?: string;
  kind?: 'retina' | 'not-fundus';
  p2?: number;
  /** By id of the model that looks: wins over `p2`. */
  p2Of?: Record<string, number>;
  p3?: number;
  gradable?: boolean;
  quality?: number;
  reasons?: QualityReason[];
  disc?: ScreenedImage['disc'];
  error?: AppErrorData['code'];
  /** How often the engine dies over it before it succeeds. */
  crashes?: number;
  /** Never answered. */
  endless?: boolean;
  /** How long the network takes over it. */
  delayMs?: number;
}

export function fakePhotograph(photograph: FakePhotograph): string {
  return JSON.stringify(photograph);
}

export interface FakeEngine {
  spawn: SpawnEngine;
  /** Ids of the photographs that were screened, in order. */
  screened: string[];
  /** Processes started. */
  starts: number;
  /** Kills the process now. */
  die: () => void;
  facts: Partial<EngineFacts>;
}

/** An engine without a network: it answers by what is written in the photograph. It speaks the real protocol and dies like a real process. */
export function fakeEngine(facts: Partial<EngineFacts> = {}): FakeEngine {
  const crashed = new Map<string, number>();
  let exitNow: (() => void) | null = null;
  const engine: FakeEngine = {
    screened: [],
    starts: 0,
    facts,
    die: () => exitNow?.(),
    spawn: () => {
      engine.starts += 1;
      const messages: ((message: FromEngine) => void)[] = [];
      const exits: ((exit: EngineExit) => void)[] = [];
      let alive = true;
      let modelId = '';
      function say(message: FromEngine): void {
        setImmediate(() => {
          if (alive) for (const listener of messages) listener(message);
        });
      }
      function exit(): void {
        if (!alive) return;
        alive = false;
        setImmediate(() => {
          for (const listener of exits) listener({ code: null, signal: 'SIGKILL', lastWords: '' });
        });
      }
      exitNow = exit;
      function screen(id: number, bytes: Uint8Array): void {
        const photograph = JSON.parse(Buffer.from(bytes).toString()) as FakePhotograph;
        const name = photograph.id ?? '';
        if (photograph.endless === true) return;
        const deaths = crashed.get(name) ?? 0;
        if (deaths < (photograph.crashes ?? 0)) {
          crashed.set(name, deaths + 1);
          exit();
          return;
        }
        if (photograph.error !== undefined) {
          say({ kind: 'error', id, error: { code: photograph.error, params: {} } });
          return;
        }
        setTimeout(() => {
          if (!alive) return;
          engine.screened.push(name);
          say({ kind: 'result', id, output: answer({ ...photograph, p2: photograph.p2Of?.[modelId] ?? photograph.p2 ?? 0.01 }) });
        }, photograph.delayMs ?? 0);
      }
      const transport: EngineTransport = {
        pid: 1,
        send(message) {
          if (!alive || message.kind === 'cancel') return;
          if (message.name === 'load') {
            modelId = message.input.bundle.id;
            say({ kind: 'result', id: message.id, output: loadedFacts(modelId, engine.facts) });
          }
          if (message.name !== 'screen') return;
          const { id, input } = message;
          setImmediate(() => alive && screen(id, input.bytes));
        },
        onMessage: (listener) => void messages.push(listener),
        onExit: (listener) => void exits.push(listener),
        kill: exit,
      };
      say({ kind: 'ready' });
      return transport;
    },
  };
  return engine;
}

function loadedFacts(modelId: string, facts: Partial<EngineFacts>): EngineFacts {
  return { backend: 'onnx', device: 'fake', modelId, preprocessing: 'fake-1', gate: 'fake-1', readyMs: 1, ...facts };
}

function answer(photograph: FakePhotograph): ScreenedImage {
  const { kind = 'retina', p2 = 0.01, gradable = true, quality = 0.9, reasons = [] } = photograph;
  const p3 = photograph.p3 ?? Math.min(p2, 0.001);
  return {
    facts: { format: 'jpeg', width: 100, height: 80, takenAt: null, camera: null },
    retina: kind === 'retina' ? { centreX: 50, centreY: 40, radius: 35 } : null,
    quality: { kind, score: quality, gradable: kind === 'retina' && gradable, reasons: kind === 'not-fundus' ? ['not-fundus'] : reasons },
    disc: photograph.disc ?? null,
    prediction:
      kind === 'not-fundus'
        ? null
        : {
            logits: [0, 0, 0, 0],
            p: [Math.max(p2, 0.02), p2, p3, 0],
            heatMap: { rows: 2, columns: 2, values: new Float32Array([0, 3, 6, 12]) },
          },
    thumbnail: THUMBNAIL,
    timings: { decodeMs: 1, qualityMs: 1, inferenceMs: 1 },
  };
}

/** The smallest JPEG that every decoder takes. */
const THUMBNAIL = new Uint8Array(
  Buffer.from(
    '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
    'base64',
  ),
);

/** Thresholds of the model that ships, so that a test can stay below and above. */
export function starterThresholds(): { refer: number; urgent: number } {
  const card = JSON.parse(readFileSync(join(RESOURCES, 'models/starter/card.json'), 'utf8')) as {
    operatingPoints: { screening: { threshold: number }; urgent: { threshold: number } | null };
  };
  return { refer: card.operatingPoints.screening.threshold, urgent: card.operatingPoints.urgent?.threshold ?? 1 };
}

export const RESOURCES = resolve(import.meta.dirname, '../../resources');
