import type { Eye } from '../../../../electron/shared/domain/codes';
import { type AppErrorData, toAppError } from '../../../../electron/shared/errors';
import type { ImageDetail, PatientDetail, PatientQuery } from '../../../../electron/shared/ipc/types';
import type { Api } from '../../../../electron/shared/ipc/api';
import type { PhotographCache } from '../viewer/photograph-cache';

/** The photographs of one place in front of the reader: an eye, or those whose eye is not known. */
export interface Place {
  eye: Eye | null;
  photographs: readonly ImageDetail[];
}

/**
 * Right and left as one sees them facing the patient: the right eye first. Both eyes of a known patient have their place even without a
 * photograph; photographs of no known side get one of their own.
 */
export function placesOf({ row, images }: Pick<PatientDetail, 'row' | 'images'>): Place[] {
  const of = (eye: Eye | null): ImageDetail[] => images.filter((image) => image.eye === eye);
  const places: Place[] = (['right', 'left'] as const)
    .map((eye) => ({ eye, photographs: of(eye) }))
    .filter(({ photographs }) => row.identified || photographs.length > 0);
  const unplaced = of(null);
  return unplaced.length > 0 ? [...places, { eye: null, photographs: unplaced }] : places;
}

/** The one to show first: the highest score, else one that can be looked at. */
export function worstOf(photographs: readonly ImageDetail[]): ImageDetail | null {
  const seen = photographs.filter((each) => each.imageId !== null);
  const scored = seen.filter((each) => each.p !== null).sort((a, b) => (b.p?.[1] ?? 0) - (a.p?.[1] ?? 0));
  return scored[0] ?? seen[0] ?? photographs[0] ?? null;
}

/** Answers that are kept: the patient on screen and the neighbours on both sides. */
const KEPT = 5;

/** The patient on screen; has the neighbours ready, so that a key shows them at once. */
export class PatientWatch {
  readonly #api: Api;
  readonly #photographs: PhotographCache;
  readonly #known = new Map<string, PatientDetail>();
  #asked = '';
  detail = $state.raw<PatientDetail | null>(null);
  error = $state.raw<AppErrorData | null>(null);

  constructor(api: Api, photographs: PhotographCache) {
    this.#api = api;
    this.#photographs = photographs;
  }

  async show(query: PatientQuery, key: string): Promise<void> {
    const mine = JSON.stringify([query, key]);
    this.#asked = mine;
    this.error = null;
    const known = this.#known.get(mine);
    if (known !== undefined) this.detail = known;
    try {
      const detail = await this.#api.call('patientDetail', { ...query, key });
      this.#keep(mine, detail);
      if (this.#asked !== mine) return;
      this.detail = detail;
      await this.#prepare(query, detail);
    } catch (thrown) {
      if (this.#asked === mine) this.error = toAppError(thrown).toData();
    }
  }

  /** What the next key is likely to ask for. */
  async #prepare(query: PatientQuery, { next, previous }: PatientDetail): Promise<void> {
    for (const key of [next, previous]) {
      if (key === null) continue;
      const name = JSON.stringify([query, key]);
      const detail = this.#known.get(name) ?? (await this.#api.call('patientDetail', { ...query, key }).catch(() => null));
      if (detail === null) continue;
      this.#keep(name, detail);
      for (const { photographs } of placesOf(detail)) {
        const imageId = worstOf(photographs)?.imageId ?? null;
        if (imageId !== null) this.#photographs.prefetch(imageId);
      }
    }
  }

  #keep(name: string, detail: PatientDetail): void {
    this.#known.delete(name);
    this.#known.set(name, detail);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
  }
}
