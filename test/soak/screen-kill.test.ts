import { expect } from 'vitest';

import { buildCli } from '../helpers/cli';
import { killAndGoOn } from '../helpers/kill-run';
import { photoTest } from '../helpers/photos';
import { temporaryFolder } from '../helpers/temporary';

const cli = await buildCli();

photoTest(
  'kill -9 at ten random moments of a run over real photographs: complete, nothing doubled, sound',
  ['eyepacs'],
  async (folder) => {
    const moments = Array.from({ length: 10 }, () => Math.random() * 5000);
    const { kills, rows } = await killAndGoOn(cli, folder, temporaryFolder(), moments);
    expect(kills, `moments ${moments.join(', ')}`).toBeGreaterThan(3);
    expect(rows).toHaveLength(590);
    expect(rows.filter((row) => row['error'] !== '')).toEqual([]);
  },
  1_200_000,
);
