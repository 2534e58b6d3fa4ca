import { getImage } from '../../db/queries/images';
import { findPrediction, findQualityCheck } from '../../db/queries/results';
import type { Profile } from '../../db/profile/profile';
import type { HeatMap, RunFacts } from '../../shared/domain/screening';
import type { WorkerPool } from '../worker-pool';

/** What the worker needs to make one photograph's pictures. */
export interface PictureRequest {
  imageId: string;
  sha256: string;
  heatMap: HeatMap | null;
}

/** A photograph and its heat map as data URIs; the place of the map in shares of the photograph's width and height. */
export interface Picture {
  photo: string | null;
  width: number;
  height: number;
  heat: { uri: string; left: number; top: number; width: number; height: number } | null;
}

export interface PictureUris {
  imageId: string;
  photo: string | null;
  heat: string | null;
}

/** Reads and encodes the pictures of some photographs in a worker thread. */
export async function picturesOf(
  profile: Profile,
  pool: WorkerPool,
  facts: RunFacts,
  imageIds: readonly string[],
): Promise<Map<string, Picture>> {
  const db = profile.database;
  const { modelId, preprocessing, gate, backend } = facts;
  const places = new Map<
    string,
    Omit<Picture, 'photo' | 'heat'> & { circle: { centreX: number; centreY: number; radius: number } | null }
  >();
  const requests: PictureRequest[] = [];
  for (const imageId of imageIds) {
    const image = getImage(db, imageId);
    if (image === undefined) continue;
    const { width, height, sha256 } = image;
    places.set(imageId, { width, height, circle: findQualityCheck(db, { imageId, preprocessing, gate })?.retina ?? null });
    requests.push({ imageId, sha256, heatMap: findPrediction(db, { imageId, modelId, preprocessing, gate, backend })?.heatMap ?? null });
  }
  const pictures = new Map<string, Picture>();
  for (const { imageId, photo, heat } of await pool.pictures({ blobs: profile.blobStoreOptions, requests })) {
    const place = places.get(imageId);
    if (place === undefined) continue;
    const { width, height, circle } = place;
    const spot = heat === null || circle === null ? null : { uri: heat, ...shareOf(circle, width, height) };
    pictures.set(imageId, { photo, width, height, heat: spot });
  }
  return pictures;
}

/** The map covers the square around the retina's circle. */
export function shareOf(
  circle: { centreX: number; centreY: number; radius: number },
  width: number,
  height: number,
): Omit<NonNullable<Picture['heat']>, 'uri'> {
  const { centreX, centreY, radius } = circle;
  return { left: (centreX - radius) / width, top: (centreY - radius) / height, width: (2 * radius) / width, height: (2 * radius) / height };
}
