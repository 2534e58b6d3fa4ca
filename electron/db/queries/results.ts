import { z } from 'zod';
import { BACKENDS, QUALITY_REASONS, type BackendName, type QualityReason } from '../../shared/domain/codes';
import type { GradeProbabilities, HeatMap } from '../../shared/domain/screening';
import { newId } from '../ids';
import { bytes, flag, json } from '../rows';
import { get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Which photograph was checked by which versions. */
export interface QualityKey {
  imageId: string;
  preprocessing: string;
  gate: string;
}
/** A stored prediction serves again only for the same of all five. */
export interface PredictionKey extends QualityKey {
  modelId: string;
  backend: BackendName;
}

export interface NewQualityCheck extends QualityKey {
  siteId: string;
  kind: 'retina' | 'not-fundus';
  /** 0..1, higher is better. */
  score: number;
  gradable: boolean;
  reasons: QualityReason[];
  /** Oriented pixels of the original. */
  retina: { centreX: number; centreY: number; radius: number } | null;
  /** Decoding and checking, milliseconds. */
  ms: number;
}
export interface QualityCheck extends NewQualityCheck {
  seq: number;
  id: string;
  createdAt: number;
}

export interface NewPrediction extends PredictionKey {
  siteId: string;
  /** The engine's own words for what it ran on. */
  device: string;
  /** Before temperature. */
  logits: number[];
  p: GradeProbabilities;
  heatMap: HeatMap;
  /** Inference, milliseconds. */
  ms: number;
}
export interface Prediction extends NewPrediction {
  seq: number;
  id: string;
  createdAt: number;
}

const retinaSchema = z.object({ centreX: z.number(), centreY: z.number(), radius: z.number() });

const qualityRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    image_id: z.string(),
    preprocessing: z.string(),
    gate: z.string(),
    kind: z.enum(['retina', 'not-fundus']),
    score: z.number(),
    gradable: flag,
    reasons: json(z.array(z.enum(QUALITY_REASONS))),
    retina: json(retinaSchema).nullable(),
    ms: z.number(),
    created_at: z.number(),
  })
  .transform(({ site_id, image_id, created_at, ...row }): QualityCheck => ({
    ...row,
    siteId: site_id,
    imageId: image_id,
    createdAt: created_at,
  }));

const predictionRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    image_id: z.string(),
    model_id: z.string(),
    preprocessing: z.string(),
    gate: z.string(),
    backend: z.enum(BACKENDS),
    device: z.string(),
    logits: json(z.array(z.number())),
    p1: z.number(),
    p2: z.number(),
    p3: z.number(),
    p4: z.number(),
    heat_map_rows: z.number(),
    heat_map_columns: z.number(),
    heat_map: bytes,
    ms: z.number(),
    created_at: z.number(),
  })
  .transform((row): Prediction => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    imageId: row.image_id,
    modelId: row.model_id,
    preprocessing: row.preprocessing,
    gate: row.gate,
    backend: row.backend,
    device: row.device,
    logits: row.logits,
    p: [row.p1, row.p2, row.p3, row.p4],
    heatMap: { rows: row.heat_map_rows, columns: row.heat_map_columns, values: toFloats(row.heat_map) },
    ms: row.ms,
    createdAt: row.created_at,
  }));

/** @throws SqliteError (constraint) when this image was checked by these versions before */
export function addQualityCheck(db: WritableDatabase, check: NewQualityCheck): void {
  run(
    db,
    sql`INSERT INTO quality_check (id, site_id, image_id, preprocessing, gate, kind, score, gradable, reasons, retina, ms, created_at)
        VALUES (${newId()}, ${check.siteId}, ${check.imageId}, ${check.preprocessing}, ${check.gate}, ${check.kind}, ${check.score},
          ${check.gradable}, ${JSON.stringify(check.reasons)}, ${check.retina === null ? null : JSON.stringify(check.retina)}, ${check.ms},
          ${Date.now()})`,
  );
}

export function findQualityCheck(db: ReadableDatabase, key: QualityKey): QualityCheck | undefined {
  return get(
    db,
    sql`SELECT * FROM quality_check WHERE image_id = ${key.imageId} AND preprocessing = ${key.preprocessing} AND gate = ${key.gate}`,
    qualityRow,
  );
}

/**
 * @throws SqliteError (constraint) when there is one of this key, when its quality check is not stored, or when that check found no retina:
 *   what is not a retina is never scored
 */
export function addPrediction(db: WritableDatabase, prediction: NewPrediction): void {
  const [p1, p2, p3, p4] = prediction.p;
  const { rows, columns, values } = prediction.heatMap;
  run(
    db,
    sql`INSERT INTO prediction (id, site_id, image_id, model_id, preprocessing, gate, backend, device, logits, p1, p2, p3, p4,
          heat_map_rows, heat_map_columns, heat_map, ms, created_at)
        VALUES (${newId()}, ${prediction.siteId}, ${prediction.imageId}, ${prediction.modelId}, ${prediction.preprocessing}, ${prediction.gate},
          ${prediction.backend}, ${prediction.device}, ${JSON.stringify(prediction.logits)}, ${p1}, ${p2}, ${p3}, ${p4},
          ${rows}, ${columns}, ${toBytes(values)}, ${prediction.ms}, ${Date.now()})`,
  );
}

export function findPrediction(db: ReadableDatabase, key: PredictionKey): Prediction | undefined {
  return get(
    db,
    sql`SELECT * FROM prediction
        WHERE image_id = ${key.imageId} AND model_id = ${key.modelId} AND preprocessing = ${key.preprocessing} AND gate = ${key.gate}
          AND backend = ${key.backend}`,
    predictionRow,
  );
}

/** Little-endian float32, whatever the processor. */
function toBytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return new Uint8Array(view.buffer);
}

function toFloats(stored: Uint8Array): Float32Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return Float32Array.from({ length: stored.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true));
}
