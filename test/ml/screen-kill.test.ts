import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { buildCli } from '../helpers/cli';
import { killAndGoOn } from '../helpers/kill-run';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();

test('kill -9 of the whole program at three random moments, each followed by the same command: complete, nothing doubled, sound', async () => {
  const work = temporaryFolder();
  const camp = join(work, 'camp');
  mkdirSync(camp);
  const photographs = await Promise.all([1, 2, 3].map((seed) => paintFundus({ seed, sizePx: 400, grade: 0 })));
  const names: string[] = [];
  for (let index = 0; index < 150; index += 1) {
    const name = `${index}_${index % 2 === 0 ? 'left' : 'right'}.jpg`;
    writeFileSync(join(camp, name), Buffer.concat([photographs[index % 3] ?? new Uint8Array(), Buffer.from(`salt ${index}`)]));
    names.push(name);
  }
  const moments = [Math.random() * 600, Math.random() * 900, Math.random() * 900];
  const { kills, rows } = await killAndGoOn(cli, camp, work, moments);
  expect(kills, `moments ${moments.join(', ')}`).toBeGreaterThan(0);
  expect(rows.map((row) => row['file']).sort()).toEqual(names.sort());
  expect(rows.filter((row) => row['error'] !== '')).toEqual([]);
});
