import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkBackends, readBackendChecks } from '../../electron/engine/client/backend-checks';
import type { EngineClient } from '../../electron/engine/client/engine-client';
import { retryAfterCrash } from '../../electron/engine/client/retry';
import { nodeEngine } from '../../electron/engine/client/spawn-node';
import { superviseEngine } from '../../electron/engine/client/supervisor';
import type { EngineTransport } from '../../electron/engine/client/transport';
import type { BackendCheck } from '../../electron/engine/protocol';
import { BACKENDS, type BackendName } from '../../electron/shared/domain/codes';
import { buildEngine } from '../helpers/build-engine';
import { tinyBundle } from '../helpers/tiny-model';

const IMAGES = 50;
const bundle = tinyBundle().files;
const load = { bundle, backend: 'onnx', order: [], threads: 1 } as const;

let entry: string;
beforeAll(async () => {
  entry = await buildEngine();
});

const open: EngineClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()));
});

/** A real engine process; `pids` grows with every restart. */
function startEngine(): { engine: EngineClient; pids: number[] } {
  const pids: number[] = [];
  const spawn = nodeEngine({ entry });
  const engine = superviseEngine({
    backOffMs: [0, 0, 0, 0, 0],
    spawn(): EngineTransport {
      const transport = spawn();
      if (transport.pid !== undefined) pids.push(transport.pid);
      return transport;
    },
  });
  open.push(engine);
  return { engine, pids };
}

/** A JPEG that is known by its width. */
function picture(width: number): Promise<Uint8Array> {
  return sharp({ create: { width, height: 160, channels: 3, background: { r: 120, g: 60, b: 20 } } })
    .jpeg()
    .toBuffer();
}

describe('the engine process', () => {
  it('loses and doubles no image when it is killed in the middle of fifty', async () => {
    const { engine, pids } = startEngine();
    await engine.load(load);
    const pictures = await Promise.all(Array.from({ length: IMAGES }, (_, i) => picture(200 + i)));
    const answered: number[] = [];
    const running = pictures.map(async (bytes, i) => {
      const { facts } = await retryAfterCrash(() => engine.request('screen', { bytes }));
      expect(facts.width).toBe(200 + i);
      answered.push(i);
      if (answered.length === 10 || answered.length === 25) process.kill(pids.at(-1) ?? 0, 'SIGKILL');
    });
    await Promise.all(running);
    expect(answered.sort((a, b) => a - b)).toEqual(Array.from({ length: IMAGES }, (_, i) => i));
    expect(pids).toHaveLength(3);
    expect(engine.state).toMatchObject({ kind: 'ready', facts: { backend: 'onnx' } });
  });

  it('answers a file that is not an image with its code, and goes on', async () => {
    const { engine, pids } = startEngine();
    await engine.load(load);
    await expect(engine.request('screen', { bytes: new TextEncoder().encode('not a photograph at all') })).rejects.toMatchObject({
      code: 'image-unsupported-format',
    });
    await expect(engine.request('screen', { bytes: new Uint8Array() })).rejects.toMatchObject({ code: 'image-empty' });
    expect((await engine.request('screen', { bytes: await picture(300) })).facts).toMatchObject({
      format: 'jpeg',
      width: 300,
      height: 160,
    });
    expect(pids).toHaveLength(1);
  });

  it('never scores what is not a retina', async () => {
    const { engine } = startEngine();
    await engine.load(load);
    const black = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'black' } })
      .png()
      .toBuffer();
    expect(await engine.request('screen', { bytes: black })).toMatchObject({
      quality: { kind: 'not-fundus', gradable: false },
      prediction: null,
      retina: null,
    });
  });

  it('says what is wrong with a bundle, and keeps the model it had', async () => {
    const { engine } = startEngine();
    const facts = await engine.load(load);
    await expect(engine.load({ ...load, bundle: tinyBundle({ preprocessing: 'other-9' }).files })).rejects.toMatchObject({
      code: 'bundle-preprocessing-mismatch',
    });
    await expect(engine.load({ ...load, bundle: tinyBundle({ head: null, operatingPoints: null }).files })).rejects.toMatchObject({
      code: 'bundle-foreign',
    });
    await expect(engine.load({ ...load, bundle: tinyBundle({ inputSizePx: 64 }).files })).rejects.toMatchObject({ code: 'bundle-foreign' });
    expect((await engine.request('screen', { bytes: await picture(300) })).facts.width).toBe(300);
    expect(facts).toMatchObject({ backend: 'onnx', modelId: bundle.id });
  });

  it('drops an image whose request was cancelled', async () => {
    const { engine } = startEngine();
    await engine.load(load);
    const controller = new AbortController();
    const request = engine.request('screen', { bytes: await picture(300) }, { signal: controller.signal });
    controller.abort();
    await expect(request).rejects.toMatchObject({ code: 'cancelled' });
    expect((await engine.request('screen', { bytes: await picture(301) })).facts.width).toBe(301);
  });

  it('is gone after close', async () => {
    const { pids, engine } = startEngine();
    await engine.load(load);
    const [pid = 0] = pids;
    await engine.close();
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

const PACKAGES: Record<BackendName, string> = {
  onnx: 'onnxruntime-node',
  tensorflow: '@tensorflow/tfjs-node-gpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
};

describe('the check of the backends', () => {
  const hide = pathToFileURL(resolve(import.meta.dirname, '../helpers/hide-package.mjs')).href;

  it.each([null, ...BACKENDS])('says what works and why not, without %s', async (missing) => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'netra-checks-'));
    const environment: Record<string, string> =
      missing === null ? {} : { NODE_OPTIONS: `--import ${hide}`, NETRA_TEST_HIDE: PACKAGES[missing] };
    const checks = await checkBackends({ spawn: nodeEngine({ entry, environment }), bundle, threads: 1, cacheFolder });
    expect(checks.map(({ backend, works }) => ({ backend, works }))).toEqual(
      BACKENDS.map((backend) => ({ backend, works: backend !== missing })),
    );
    if (missing !== null) expect(checks.find((check) => check.backend === missing)?.reason).toContain(PACKAGES[missing]);
    expect(await readBackendChecks(cacheFolder)).toEqual(checks);
    for (const { inferenceMs, medianMs } of checks) expect(medianMs ?? 0).toBeGreaterThanOrEqual(inferenceMs ?? 0);
    // As if other programs had run: it holds for today, and is measured again on another day.
    const kept = join(cacheFolder, 'backend-checks.json');
    const { checks: found, ...rest } = JSON.parse(await readFile(kept, 'utf8')) as { checks: BackendCheck[] };
    const loaded = found.map((check) => ({ ...check, medianMs: check.inferenceMs === null ? null : check.inferenceMs * 2 }));
    await writeFile(kept, JSON.stringify({ ...rest, checks: loaded }));
    expect(await readBackendChecks(cacheFolder)).toEqual(loaded);
    expect(await readBackendChecks(cacheFolder, Date.now() + 2 * 86_400_000)).toBeNull();
    await rm(cacheFolder, { recursive: true });
  });
});
