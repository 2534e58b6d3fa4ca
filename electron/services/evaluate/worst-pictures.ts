import type { ScreenedImage } from '../../engine/protocol';
import { heatUri } from '../report/encode-pictures';
import { type Picture, shareOf } from '../report/pictures';
import type { EvaluatedImage } from './evaluate';

/** Of each kind of error. */
export const MOST_PICTURED = 12;

interface Seen {
  image: EvaluatedImage;
  screened: Pick<ScreenedImage, 'facts' | 'retina' | 'prediction' | 'thumbnail'>;
}

/** Keeps photograph and map of the worst errors while an evaluation runs: never of all, which would not fit into memory. */
export class WorstPictures {
  readonly #threshold: number;
  #missed: Seen[] = [];
  #alarms: Seen[] = [];

  /** @param threshold of the screening point */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  see(image: EvaluatedImage, screened: Seen['screened']): void {
    const p2 = image.p?.[1];
    if (p2 === undefined || image.referable === p2 >= this.#threshold) return;
    const seen = { image, screened };
    const score = (one: Seen): number => one.image.p?.[1] ?? 0;
    if (image.referable) {
      this.#missed.push(seen);
      this.#missed.sort((a, b) => (b.image.grade ?? 2) - (a.image.grade ?? 2) || score(a) - score(b));
      this.#missed = this.#missed.slice(0, MOST_PICTURED);
    } else {
      this.#alarms.push(seen);
      this.#alarms.sort((a, b) => score(b) - score(a));
      this.#alarms = this.#alarms.slice(0, MOST_PICTURED);
    }
  }

  /** By file. */
  async drawn(): Promise<Map<string, Picture>> {
    const pictures = new Map<string, Picture>();
    for (const { image, screened } of [...this.#missed, ...this.#alarms]) {
      const { width, height } = screened.facts;
      const photo = `data:image/jpeg;base64,${Buffer.from(screened.thumbnail).toString('base64')}`;
      const { retina, prediction } = screened;
      const heat =
        retina === null || prediction === null ? null : { uri: await heatUri(prediction.heatMap), ...shareOf(retina, width, height) };
      pictures.set(image.file, { photo, width, height, heat });
    }
    return pictures;
  }
}
