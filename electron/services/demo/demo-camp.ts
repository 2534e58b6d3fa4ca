import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { AppError } from '../../shared/errors';
import { paintFundus, type FundusPainting } from './paint-fundus';
import { paintPage } from './paint-page';

type Shot = Omit<FundusPainting, 'seed' | 'eye'> | 'page' | null;

interface DemoPatient {
  number: number;
  right: Shot;
  left: Shot;
}

/** Blur that hides small vessels: the gate must refuse it. */
const BLURRED = 0.05;

/** A morning's camp: mostly healthy, some disease, and every way in which an examination goes wrong. */
const DEMO_PATIENTS: readonly DemoPatient[] = [
  { number: 101, right: { grade: 0 }, left: { grade: 0 } },
  { number: 102, right: { grade: 0, border: 'notch' }, left: { grade: 0, border: 'notch' } },
  { number: 103, right: { grade: 2 }, left: { grade: 2 } },
  { number: 104, right: { grade: 1 }, left: { grade: 0 } },
  { number: 105, right: { grade: 0 }, left: { grade: 0, blur: BLURRED } },
  { number: 106, right: { grade: 0, dark: 0.93 }, left: { grade: 0 } },
  { number: 107, right: { grade: 0, border: 'cut' }, left: null },
  { number: 108, right: { grade: 0 }, left: 'page' },
  { number: 109, right: { grade: 3 }, left: { grade: 4 } },
  { number: 110, right: { grade: 3, border: 'cut' }, left: { grade: 3, border: 'cut' } },
  { number: 111, right: { grade: 0, border: 'cut' }, left: { grade: 0, border: 'cut' } },
  { number: 112, right: { grade: 2, blur: BLURRED }, left: { grade: 1, uneven: 0.95 } },
];

const DEMO_HEIGHT_PX = 600;

interface DemoShot {
  name: string;
  paint: () => Promise<Uint8Array>;
}

function demoShots(): DemoShot[] {
  return DEMO_PATIENTS.flatMap(({ number, ...eyes }) =>
    (['right', 'left'] as const).flatMap((eye) => {
      const shot = eyes[eye];
      if (!shot) return [];
      // Two eyes of one patient differ, two runs of one camp do not.
      const seed = number * 2 + (eye === 'left' ? 1 : 0);
      const paint = (): Promise<Uint8Array> =>
        shot === 'page' ? paintPage({ seed, sizePx: DEMO_HEIGHT_PX }) : paintFundus({ sizePx: DEMO_HEIGHT_PX, ...shot, seed, eye });
      return [{ name: `${number}_${eye}.jpg`, paint }];
    }),
  );
}

export interface DemoCampOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Paints the demo camp into a folder (12 patients, 23 photographs) and returns the files' paths. Files already there are kept:
 * they are the same picture.
 * @throws AppError `cancelled`
 */
export async function writeDemoCamp(folder: string, { signal, onProgress }: DemoCampOptions = {}): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const shots = demoShots();
  const paths: string[] = [];
  for (const { name, paint } of shots) {
    if (signal?.aborted) throw new AppError('cancelled');
    const path = join(folder, name);
    if (!(await exists(path))) await writeFileAtomic(path, Buffer.from(await paint()));
    paths.push(path);
    onProgress?.(paths.length, shots.length);
  }
  return paths;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}
