import { z } from 'zod';
import { BACKENDS, EYES, QUALITY_REASONS, type BackendName, type Eye, type QualityReason } from '../../shared/domain/codes';
import type { GradeProbabilities } from '../../shared/domain/screening';
import { flag, json } from '../rows';
import { all, get, sql, type ReadableDatabase } from '../sql';

/** A photograph that lies with an encounter now, with the last check and score of it. */
export interface EncounterImage {
  imageId: string;
  eye: Eye | null;
  field: string | null;
  /** Of the assignment: whose word it is. */
  basis: string;
  assignedBy: string;
  assignedAt: number;
  quality: {
    preprocessing: string;
    gate: string;
    kind: 'retina' | 'not-fundus';
    gradable: boolean;
    score: number;
    reasons: QualityReason[];
    createdAt: number;
  } | null;
  prediction: { modelId: string; backend: BackendName; p: GradeProbabilities; createdAt: number } | null;
}

const encounterImageRow = z
  .object({
    image_id: z.string(),
    eye: z.enum(EYES).nullable(),
    field: z.string().nullable(),
    basis: z.string(),
    actor_id: z.string(),
    created_at: z.number(),
    preprocessing: z.string().nullable(),
    gate: z.string().nullable(),
    kind: z.enum(['retina', 'not-fundus']).nullable(),
    gradable: flag.nullable(),
    score: z.number().nullable(),
    reasons: json(z.array(z.enum(QUALITY_REASONS))).nullable(),
    checked_at: z.number().nullable(),
    model_id: z.string().nullable(),
    backend: z.enum(BACKENDS).nullable(),
    p1: z.number().nullable(),
    p2: z.number().nullable(),
    p3: z.number().nullable(),
    p4: z.number().nullable(),
    predicted_at: z.number().nullable(),
  })
  .transform((row): EncounterImage => ({
    imageId: row.image_id,
    eye: row.eye,
    field: row.field,
    basis: row.basis,
    assignedBy: row.actor_id,
    assignedAt: row.created_at,
    quality:
      row.kind === null || row.preprocessing === null || row.gate === null
        ? null
        : {
            preprocessing: row.preprocessing,
            gate: row.gate,
            kind: row.kind,
            gradable: row.gradable === true,
            score: row.score ?? 0,
            reasons: row.reasons ?? [],
            createdAt: row.checked_at ?? 0,
          },
    prediction:
      row.model_id === null || row.backend === null || row.p2 === null
        ? null
        : {
            modelId: row.model_id,
            backend: row.backend,
            p: [row.p1 ?? NaN, row.p2, row.p3 ?? NaN, row.p4 ?? NaN],
            createdAt: row.predicted_at ?? 0,
          },
  }));

/** In the order in which they were first put to somebody. */
export function encounterImages(db: ReadableDatabase, encounterId: string): EncounterImage[] {
  return all(
    db,
    sql`SELECT a.image_id, a.eye, a.field, a.basis, a.actor_id, a.created_at,
          q.preprocessing, q.gate, q.kind, q.gradable, q.score, q.reasons, q.created_at AS checked_at,
          p.model_id, p.backend, p.p1, p.p2, p.p3, p.p4, p.created_at AS predicted_at
        FROM image_assignment_current a
        JOIN image i ON i.id = a.image_id
        LEFT JOIN quality_check q ON q.seq = (SELECT max(seq) FROM quality_check WHERE image_id = a.image_id)
        LEFT JOIN prediction p ON p.seq =
          (SELECT max(seq) FROM prediction WHERE image_id = a.image_id AND preprocessing = q.preprocessing AND gate = q.gate)
        WHERE a.encounter_id = ${encounterId}
        ORDER BY i.seq`,
    encounterImageRow,
  );
}

export interface EncounterFacts {
  id: string;
  siteId: string;
  patientId: string;
  shortId: string;
  startedAt: number;
}

const encounterRow = z
  .object({ id: z.string(), site_id: z.string(), patient_id: z.string(), short_id: z.string(), started_at: z.number() })
  .transform((row): EncounterFacts => ({
    id: row.id,
    siteId: row.site_id,
    patientId: row.patient_id,
    shortId: row.short_id,
    startedAt: row.started_at,
  }));

const selectEncounter = sql`
  SELECT e.id, e.site_id, e.patient_id, p.short_id, e.started_at FROM encounter e JOIN patient p ON p.id = e.patient_id`;

export function getEncounterFacts(db: ReadableDatabase, encounterId: string): EncounterFacts | undefined {
  return get(db, sql`${selectEncounter} WHERE e.id = ${encounterId}`, encounterRow);
}

/** Encounters begun since an instant, newest first. */
export function listEncountersSince(db: ReadableDatabase, since: number): EncounterFacts[] {
  return all(db, sql`${selectEncounter} WHERE e.started_at >= ${since} ORDER BY e.seq DESC`, encounterRow);
}

/** The patient's newest encounter since an instant, by short id as stored. */
export function findEncounterByShortId(db: ReadableDatabase, shortId: string, since: number): EncounterFacts | undefined {
  return get(
    db,
    sql`${selectEncounter} WHERE p.short_id = ${shortId} AND e.started_at >= ${since} ORDER BY e.seq DESC LIMIT 1`,
    encounterRow,
  );
}

export function isPatientShortId(db: ReadableDatabase, shortId: string): boolean {
  return get(db, sql`SELECT 1 AS known FROM patient WHERE short_id = ${shortId}`, z.object({ known: z.number() })) !== undefined;
}

/** The encounter of the same patient before this one that has photographs. */
export function priorEncounter(db: ReadableDatabase, encounter: Pick<EncounterFacts, 'id' | 'patientId'>): EncounterFacts | undefined {
  return get(
    db,
    sql`${selectEncounter}
        WHERE e.patient_id = ${encounter.patientId} AND e.seq < (SELECT seq FROM encounter WHERE id = ${encounter.id})
          AND EXISTS (SELECT 1 FROM image_assignment_current a WHERE a.encounter_id = e.id)
        ORDER BY e.seq DESC LIMIT 1`,
    encounterRow,
  );
}
