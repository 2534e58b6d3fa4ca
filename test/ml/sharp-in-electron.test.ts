import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { buildProgram } from '../helpers/child';
import { photoTest } from '../helpers/photos';
import { temporaryFolder } from '../helpers/temporary';

/** Under Electron on Linux sharp's native library and GTK get in each other's way: there its WebAssembly build decodes. */
describe.runIf(process.platform === 'linux')('decoding under Electron on Linux', () => {
  let program: string;
  beforeAll(async () => {
    program = await buildProgram('test/ml/children/decode.ts');
  });

  function decode(runtime: 'node' | 'electron', files: readonly string[]): string[] {
    return execFileSync(process.execPath, [program, runtime, ...files], { encoding: 'utf8' })
      .trim()
      .split('\n');
  }

  function expectSamePixels(files: readonly string[]): void {
    const native = decode('node', files);
    const wasm = decode('electron', files);
    expect([native.at(-1), wasm.at(-1)]).toEqual(['native', 'wasm']);
    expect(native).toHaveLength(files.length + 1);
    expect(wasm.slice(0, -1)).toEqual(native.slice(0, -1));
  }

  it('gives the same pixels, bit for bit, as the native library', async () => {
    const folder = temporaryFolder();
    // Large enough to be shrunk while it is read.
    const painted = await sharp(await paintFundus({ seed: 5, sizePx: 300 }))
      .resize(2200)
      .jpeg()
      .toBuffer();
    const files = {
      'large.jpg': painted,
      'small.jpg': await paintFundus({ seed: 6, sizePx: 400 }),
      'turned.jpg': await sharp(painted).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      'grey.png': await sharp(painted).greyscale().png().toBuffer(),
      'deep.tif': await sharp(painted).toColourspace('rgb16').tiff().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    expectSamePixels(Object.keys(files).map((name) => join(folder, name)));
  });

  photoTest('gives the same pixels of real photographs', ['fullres', 'eyepacs', 'idrid', 'drimdb'], async (...folders) => {
    const files: string[] = [];
    for (const folder of folders) {
      const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
      files.push(...names.slice(0, 5).map((name) => join(folder, name)));
    }
    expectSamePixels(files);
  });
});
