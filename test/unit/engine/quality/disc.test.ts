import { expect, test } from 'vitest';
import { locateRetina, squareOf } from '../../../../electron/engine/images/preprocess';
import { locateDisc } from '../../../../electron/engine/quality/disc';
import { QUALITY_SIZE_PX } from '../../../../electron/engine/quality/features';
import { paintFundus } from '../../../../electron/services/demo/paint-fundus';
import { discWarning } from '../../../../electron/shared/clinical/disc-side';

test.each(['right', 'left'] as const)('the disc of painted %s eyes is on their side', async (eye) => {
  for (const seed of [1, 2, 3, 4]) {
    const located = await locateRetina(await paintFundus({ seed, eye, sizePx: 480 }));
    const disc = locateDisc(squareOf(located, QUALITY_SIZE_PX));
    expect(disc?.x ?? 0, `seed ${seed}`)[eye === 'right' ? 'toBeGreaterThan' : 'toBeLessThan'](0);
    expect(disc === null ? null : discWarning(eye, disc)).toBe(null);
  }
});

test('a black square has no disc', () => {
  expect(locateDisc(new Uint8Array(QUALITY_SIZE_PX * QUALITY_SIZE_PX * 3))).toBeNull();
});
