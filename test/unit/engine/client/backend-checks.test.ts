import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backendOrder, readBackendChecks, refuseOddOnes } from '../../../../electron/engine/client/backend-checks';
import type { BackendCheck } from '../../../../electron/engine/protocol';
import type { BackendName } from '../../../../electron/shared/domain/codes';

function passed(backend: BackendName, inferenceMs: number, probabilities = [0.4, 0.3, 0.2, 0.1]): BackendCheck {
  return { backend, works: true, device: 'fake', inferenceMs, medianMs: inferenceMs, probabilities, reason: null };
}
function failed(backend: BackendName): BackendCheck {
  return { backend, works: false, device: null, inferenceMs: null, medianMs: null, probabilities: null, reason: 'missing' };
}

describe('the choice of a backend', () => {
  it('is onnx, tensorflow, wasm on a machine that was never checked', () => {
    expect(backendOrder(null)).toEqual(['onnx', 'tensorflow', 'wasm']);
  });

  it('is the fastest that passed, and never one that failed', () => {
    expect(backendOrder([failed('onnx'), passed('tensorflow', 40), passed('wasm', 90)])).toEqual(['tensorflow', 'wasm']);
    expect(backendOrder([passed('onnx', 12), passed('tensorflow', 4), failed('wasm')])).toEqual(['tensorflow', 'onnx']);
  });

  it('stays with onnx unless another is clearly faster: figures of a busy machine waver', () => {
    expect(backendOrder([passed('onnx', 14), passed('tensorflow', 10), passed('wasm', 40)])).toEqual(['onnx', 'tensorflow', 'wasm']);
    expect(backendOrder([passed('onnx', 15.1), passed('tensorflow', 10), passed('wasm', 9)])).toEqual(['wasm', 'tensorflow', 'onnx']);
  });

  it('tries all again where all failed, so that the reason is seen', () => {
    expect(backendOrder([failed('onnx'), failed('tensorflow'), failed('wasm')])).toEqual(['onnx', 'tensorflow', 'wasm']);
  });

  it('has not passed when its answer differs from the others by more than 1e-3', () => {
    const [onnx, tensorflow, wasm] = refuseOddOnes([
      passed('onnx', 9),
      passed('tensorflow', 9, [0.4, 0.3009, 0.2, 0.1]),
      passed('wasm', 9, [0.4, 0.3, 0.2011, 0.1]),
    ]);
    expect([onnx?.works, tensorflow?.works, wasm?.works]).toEqual([true, true, false]);
    expect(wasm?.reason).toContain('1.1e-3');
  });

  it('is not taken from the check of another machine or of other versions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netra-checks-'));
    await writeFile(join(folder, 'backend-checks.json'), JSON.stringify({ key: 'another machine', checks: [passed('wasm', 1)] }));
    expect(await readBackendChecks(folder)).toBeNull();
    expect(await readBackendChecks(join(folder, 'none'))).toBeNull();
    await rm(folder, { recursive: true });
  });
});
