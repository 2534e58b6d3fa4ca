import { z } from 'zod';
import { EYES, QUALITY_REASONS, type BackendName, type Eye, type QualityReason } from '../../shared/domain/codes';
import type { GradeProbabilities } from '../../shared/domain/screening';
import { flag, json } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';
import { sourceColumns, toImageSource, type ImageSource } from './sources';

/** One file of a run with all that is stored of it by the run's own model, preprocessing, gate and backend. */
export interface RunFile {
  source: ImageSource;
  /** Who it is assigned to now, whichever run or person said so. */
  assignment: { patientId: string | null; shortId: string | null; eye: Eye | null } | null;
  quality: { kind: 'retina' | 'not-fundus'; score: number; gradable: boolean; reasons: QualityReason[] } | null;
  p: GradeProbabilities | null;
  modelId: string;
  backend: BackendName;
  /** When the result was stored, in this run or an earlier one; null without a result. */
  resultAt: number | null;
}

const runFileRow = z
  .object({
    ...sourceColumns,
    assignment_id: z.string().nullable(),
    patient_id: z.string().nullable(),
    short_id: z.string().nullable(),
    eye: z.enum(EYES).nullable(),
    kind: z.enum(['retina', 'not-fundus']).nullable(),
    score: z.number().nullable(),
    gradable: flag.nullable(),
    reasons: json(z.array(z.enum(QUALITY_REASONS))).nullable(),
    p1: z.number().nullable(),
    p2: z.number().nullable(),
    p3: z.number().nullable(),
    p4: z.number().nullable(),
    model_id: z.string(),
    backend: z.enum(['onnx', 'tensorflow', 'wasm']),
    result_at: z.number().nullable(),
  })
  .transform((row): RunFile => ({
    source: toImageSource(row),
    assignment: row.assignment_id === null ? null : { patientId: row.patient_id, shortId: row.short_id, eye: row.eye },
    quality:
      row.kind === null || row.score === null || row.gradable === null || row.reasons === null
        ? null
        : { kind: row.kind, score: row.score, gradable: row.gradable, reasons: row.reasons },
    p: row.p1 === null || row.p2 === null || row.p3 === null || row.p4 === null ? null : [row.p1, row.p2, row.p3, row.p4],
    modelId: row.model_id,
    backend: row.backend,
    resultAt: row.result_at,
  }));

/**
 * The files of a run in byte order of the path, a page at a time (a page of 200 takes a few milliseconds).
 *
 * @param page.afterPath path of the last row of the page before, null for the first page
 */
export function listRunFiles(
  db: ReadableDatabase,
  runId: string,
  { afterPath, limit }: { afterPath: Uint8Array | null; limit: number },
): RunFile[] {
  return all(
    db,
    sql`SELECT s.*, a.id AS assignment_id, a.patient_id, t.short_id, a.eye, q.kind, q.score, q.gradable, q.reasons,
          p.p1, p.p2, p.p3, p.p4, r.model_id, r.backend,
          coalesce(p.created_at, q.created_at) AS result_at
        FROM image_source s
        JOIN screening_run r ON r.id = s.run_id
        LEFT JOIN image_assignment a
          ON a.image_id = s.image_id AND NOT EXISTS (SELECT 1 FROM image_assignment b WHERE b.supersedes_id = a.id)
        LEFT JOIN patient t ON t.id = a.patient_id
        LEFT JOIN quality_check q ON q.image_id = s.image_id AND q.preprocessing = r.preprocessing AND q.gate = r.gate
        LEFT JOIN prediction p ON p.image_id = s.image_id AND p.model_id = r.model_id AND p.preprocessing = r.preprocessing
          AND p.gate = r.gate AND p.backend = r.backend
        WHERE s.run_id = ${runId} AND s.path > ${afterPath ?? new Uint8Array()}
          AND NOT EXISTS (SELECT 1 FROM image_source n WHERE n.supersedes_id = s.id)
        ORDER BY s.path LIMIT ${limit}`,
    runFileRow,
  );
}
