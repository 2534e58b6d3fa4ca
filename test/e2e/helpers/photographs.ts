import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paintFundus } from '../../../electron/services/demo/paint-fundus';

/** Small and quick to paint; the program does not mind. */
const HEIGHT_PX = 400;

/** Writes both eyes of `patients` painted patients as `<number>_right.jpg` and `_left.jpg`. @returns the folder */
export async function paintCamp(folder: string, patients: number, sizePx = HEIGHT_PX): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (let patient = 0; patient < patients; patient += 1) {
    for (const eye of ['right', 'left'] as const) {
      const bytes = await paintFundus({ seed: patient * 2 + (eye === 'left' ? 1 : 0), eye, grade: patient % 5 === 4 ? 4 : 0, sizePx });
      writeFileSync(join(folder, `${101 + patient}_${eye}.jpg`), bytes);
    }
  }
  return folder;
}
