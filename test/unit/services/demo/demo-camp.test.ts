import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writeDemoCamp } from '../../../../electron/services/demo/demo-camp';
import { paintFundus } from '../../../../electron/services/demo/paint-fundus';
import { rejectionOf } from '../../../helpers/errors';
import { temporaryFolder } from '../../../helpers/temporary';

describe('painted photographs', () => {
  test('the same seed paints the same bytes, another seed another eye', async () => {
    const one = await paintFundus({ seed: 1, sizePx: 160 });
    expect(await paintFundus({ seed: 1, sizePx: 160 })).toEqual(one);
    expect(await paintFundus({ seed: 2, sizePx: 160 })).not.toEqual(one);
  });

  test('the disc lies on the nasal side: right in a right eye, left in a left eye', async () => {
    for (const eye of ['right', 'left'] as const) {
      const { data, info } = await sharp(await paintFundus({ seed: 3, sizePx: 160, eye }))
        .blur(4)
        .raw()
        .toBuffer({ resolveWithObject: true });
      let [brightest, at] = [0, 0];
      for (let pixel = 0; pixel < info.width * info.height; pixel++) {
        const green = data[pixel * 3 + 1] as number;
        if (green > brightest) [brightest, at] = [green, pixel];
      }
      expect(at % info.width > info.width / 2 ? 'right' : 'left').toBe(eye);
    }
  });
});

describe('the demo camp', () => {
  test('twelve patients, one without a left eye; a second run keeps what is there; cancelling says so', { timeout: 120_000 }, async () => {
    const folder = join(temporaryFolder(), 'camp');
    const steps: string[] = [];
    const paths = await writeDemoCamp(folder, { onProgress: (done, total) => steps.push(`${done}/${total}`) });
    const names = (await readdir(folder)).sort();
    expect(names).toHaveLength(23);
    expect(paths.map((path) => path.slice(folder.length + 1)).sort()).toEqual(names);
    expect(new Set(names.map((name) => name.slice(0, 3))).size).toBe(12);
    expect(names.filter((name) => name.startsWith('107'))).toEqual(['107_right.jpg']);
    expect(steps.at(-1)).toBe('23/23');

    const first = join(folder, names[0] ?? '');
    await writeFile(first, 'kept');
    await writeDemoCamp(folder);
    expect(await readFile(first, 'utf8')).toBe('kept');
    expect(await rejectionOf(writeDemoCamp(folder, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'cancelled' });
  });
});
