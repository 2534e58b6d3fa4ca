import { z } from 'zod';
import { newId } from '../ids';
import { fromHex, hex } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

const FORMATS = ['jpeg', 'png', 'tiff', 'bmp'] as const;

/** What never changes about one content. */
export interface NewImage {
  siteId: string;
  /** Hex, of the file's bytes. */
  sha256: string;
  byteSize: number;
  format: (typeof FORMATS)[number];
  /** Pixels after EXIF orientation. */
  width: number;
  height: number;
  /** EXIF time as written: local, without a zone. */
  takenAt: string | null;
  /** Maker and model as the camera writes them. */
  camera: string | null;
}

export interface Image extends NewImage {
  seq: number;
  id: string;
  deviceId: string | null;
  createdAt: number;
}

const imageRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    sha256: hex,
    byte_size: z.number(),
    format: z.enum(FORMATS),
    width: z.number(),
    height: z.number(),
    taken_at_local: z.string().nullable(),
    device_id: z.string().nullable(),
    camera: z.string().nullable(),
    created_at: z.number(),
  })
  .transform((row): Image => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    sha256: row.sha256,
    byteSize: row.byte_size,
    format: row.format,
    width: row.width,
    height: row.height,
    takenAt: row.taken_at_local,
    camera: row.camera,
    deviceId: row.device_id,
    createdAt: row.created_at,
  }));

const selectImage = sql`
  SELECT i.seq, i.id, i.site_id, i.sha256, i.byte_size, i.format, i.width, i.height, i.taken_at_local, i.device_id, d.camera, i.created_at
  FROM image i LEFT JOIN device d ON d.id = i.device_id`;

/** Stores the facts of a content, or returns what is stored of it already. */
export function addImage(db: WritableDatabase, image: NewImage): Image {
  return transaction(db, () => {
    const known = findImageBySha256(db, image.sha256);
    if (known) return known;
    const id = newId();
    const deviceId = image.camera === null ? null : findOrAddDevice(db, image.siteId, image.camera);
    run(
      db,
      sql`INSERT INTO image (id, site_id, sha256, byte_size, format, width, height, taken_at_local, taken_at_source, device_id, created_at)
          VALUES (${id}, ${image.siteId}, ${fromHex(image.sha256)}, ${image.byteSize}, ${image.format}, ${image.width}, ${image.height},
            ${image.takenAt}, ${image.takenAt === null ? null : 'exif'}, ${deviceId}, ${Date.now()})`,
    );
    const added = getImage(db, id);
    if (!added) throw new Error('the image that was just stored is not there');
    return added;
  });
}

export function findImageBySha256(db: ReadableDatabase, sha256: string): Image | undefined {
  return get(db, sql`${selectImage} WHERE i.sha256 = ${fromHex(sha256)}`, imageRow);
}

export function getImage(db: ReadableDatabase, imageId: string): Image | undefined {
  return get(db, sql`${selectImage} WHERE i.id = ${imageId}`, imageRow);
}

function findOrAddDevice(db: WritableDatabase, siteId: string, camera: string): string {
  const id = z.object({ id: z.string() });
  const known = get(db, sql`SELECT id FROM device WHERE site_id = ${siteId} AND camera = ${camera}`, id);
  if (known) return known.id;
  const deviceId = newId();
  run(db, sql`INSERT INTO device (id, site_id, camera, created_at) VALUES (${deviceId}, ${siteId}, ${camera}, ${Date.now()})`);
  return deviceId;
}

/** The cameras that have sent photographs to this site, as they name themselves. */
export function listCameras(db: ReadableDatabase): string[] {
  return all(db, sql`SELECT camera FROM device ORDER BY seq`, z.object({ camera: z.string() })).map(({ camera }) => camera);
}
