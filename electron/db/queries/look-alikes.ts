import { z } from 'zod';
import { newId } from '../ids';
import { bytes, flag, hex } from '../rows';
import { all, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface StoredFingerprint {
  imageId: string;
  /** 8 bytes. */
  hash: Uint8Array;
  /** 48 x 48 grey values. */
  pixels: Uint8Array;
}

const fingerprintRow = z
  .object({ image_id: z.string(), hash: bytes, pixels: bytes })
  .transform((row): StoredFingerprint => ({ imageId: row.image_id, hash: row.hash, pixels: row.pixels }));

export function listFingerprints(db: ReadableDatabase, version: string): StoredFingerprint[] {
  return all(db, sql`SELECT image_id, hash, pixels FROM image_fingerprint WHERE version = ${version} ORDER BY image_id`, fingerprintRow);
}

export function addFingerprint(db: WritableDatabase, version: string, { imageId, hash, pixels }: StoredFingerprint): void {
  run(
    db,
    sql`INSERT OR IGNORE INTO image_fingerprint (image_id, version, hash, pixels, created_at)
        VALUES (${imageId}, ${version}, ${hash}, ${pixels}, ${Date.now()})`,
  );
}

/** @param pair in any order */
export function addLookAlikeDecision(db: WritableDatabase, pair: readonly [string, string], same: boolean, actorId: string): void {
  const [firstId, secondId] = [...pair].sort();
  run(
    db,
    sql`INSERT INTO near_duplicate_decision (id, first_id, second_id, same, actor_id, created_at)
        VALUES (${newId()}, ${firstId ?? ''}, ${secondId ?? ''}, ${same}, ${actorId}, ${Date.now()})`,
  );
}

export interface UnprintedImage {
  imageId: string;
  sha256: Uint8Array;
  /** JSON. */
  retina: string;
  width: number;
  height: number;
}

/** Photographs with a label whose retina was found, without a fingerprint of this version. Circle in pixels of the upright original. */
export function listWithoutFingerprint(db: ReadableDatabase, version: string): UnprintedImage[] {
  return all(
    db,
    sql`SELECT l.image_id, i.sha256, i.width, i.height,
          (SELECT q.retina FROM quality_check q WHERE q.image_id = l.image_id AND q.retina IS NOT NULL ORDER BY q.seq DESC LIMIT 1) AS retina
        FROM reference_label l JOIN image i ON i.id = l.image_id
        WHERE retina IS NOT NULL AND NOT EXISTS (SELECT 1 FROM image_fingerprint f WHERE f.image_id = l.image_id AND f.version = ${version})
        ORDER BY i.seq`,
    z
      .object({ image_id: z.string(), sha256: bytes, retina: z.string(), width: z.number(), height: z.number() })
      .transform((row) => ({ imageId: row.image_id, sha256: row.sha256, retina: row.retina, width: row.width, height: row.height })),
  );
}

/** @param pair in any order */
export function addLookAlike(db: WritableDatabase, pair: readonly [string, string], correlation: number): void {
  const [firstId, secondId] = [...pair].sort();
  run(
    db,
    sql`INSERT OR IGNORE INTO near_duplicate (first_id, second_id, correlation, created_at)
        VALUES (${firstId ?? ''}, ${secondId ?? ''}, ${correlation}, ${Date.now()})`,
  );
}

export interface StoredLookAlike {
  firstId: string;
  secondId: string;
  /** Persons; null where none is known. */
  firstPerson: string | null;
  secondPerson: string | null;
  firstSha256: string;
  secondSha256: string;
  /** The one that came later. */
  laterId: string;
  correlation: number;
  /** null: nobody has looked yet. */
  same: boolean | null;
}

/** All pairs, the most alike first. */
export function listLookAlikes(db: ReadableDatabase): StoredLookAlike[] {
  return all(
    db,
    sql`SELECT n.first_id, n.second_id, n.correlation, p.person_id AS first_person, q.person_id AS second_person,
          f.sha256 AS first_sha256, s.sha256 AS second_sha256, CASE WHEN f.seq > s.seq THEN f.id ELSE s.id END AS later_id,
          (SELECT d.same FROM near_duplicate_decision d WHERE d.first_id = n.first_id AND d.second_id = n.second_id ORDER BY d.seq DESC LIMIT 1) AS same
        FROM near_duplicate n JOIN image f ON f.id = n.first_id JOIN image s ON s.id = n.second_id
        LEFT JOIN image_assignment_current a ON a.image_id = n.first_id LEFT JOIN patient_person p ON p.patient_id = a.patient_id
        LEFT JOIN image_assignment_current b ON b.image_id = n.second_id LEFT JOIN patient_person q ON q.patient_id = b.patient_id
        ORDER BY n.correlation DESC, n.seq`,
    z
      .object({
        first_id: z.string(),
        second_id: z.string(),
        first_person: z.string().nullable(),
        second_person: z.string().nullable(),
        first_sha256: hex,
        second_sha256: hex,
        later_id: z.string(),
        correlation: z.number(),
        same: flag.nullable(),
      })
      .transform((row): StoredLookAlike => ({
        firstId: row.first_id,
        secondId: row.second_id,
        firstPerson: row.first_person,
        secondPerson: row.second_person,
        firstSha256: row.first_sha256,
        secondSha256: row.second_sha256,
        laterId: row.later_id,
        correlation: row.correlation,
        same: row.same,
      })),
  );
}
