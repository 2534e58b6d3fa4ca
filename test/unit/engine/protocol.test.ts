import { describe, expectTypeOf, it } from 'vitest';
import type { EngineHandlers } from '../../../electron/engine/handlers';
import type { EngineRequests, ScreenedImage } from '../../../electron/engine/protocol';

describe('the protocol of the engine', () => {
  it('does not compile when a request has no handler, or one that answers something else', () => {
    expectTypeOf<keyof EngineHandlers>().toEqualTypeOf<keyof EngineRequests>();
    expectTypeOf<Omit<EngineHandlers, 'check'>>().not.toExtend<EngineHandlers>();
    expectTypeOf<Awaited<ReturnType<EngineHandlers['screen']>>>().toEqualTypeOf<ScreenedImage>();
  });
});
