import { z } from 'zod';
import { EYES, type Eye } from '../../shared/domain/codes';
import { newId } from '../ids';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Whose eye a photograph shows, and why we think so. Null is "not known". */
export interface NewAssignment {
  siteId: string;
  imageId: string;
  patientId: string | null;
  encounterId: string | null;
  eye: Eye | null;
  /** The protocol's name of the field photographed. */
  field: string | null;
  /** Code of the pattern, `list`, or `person`. */
  basis: string;
  runId: string | null;
  actorId: string;
}

export interface Assignment extends NewAssignment {
  seq: number;
  id: string;
  supersedesId: string | null;
  createdAt: number;
}

const assignmentRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    image_id: z.string(),
    patient_id: z.string().nullable(),
    encounter_id: z.string().nullable(),
    eye: z.enum(EYES).nullable(),
    field: z.string().nullable(),
    basis: z.string(),
    run_id: z.string().nullable(),
    actor_id: z.string(),
    supersedes_id: z.string().nullable(),
    created_at: z.number(),
  })
  .transform((row): Assignment => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    imageId: row.image_id,
    patientId: row.patient_id,
    encounterId: row.encounter_id,
    eye: row.eye,
    field: row.field,
    basis: row.basis,
    runId: row.run_id,
    actorId: row.actor_id,
    supersedesId: row.supersedes_id,
    createdAt: row.created_at,
  }));

/** Adds an assignment that takes the place of the current one; the same patient, encounter, eye and field again adds nothing. */
export function assignImage(db: WritableDatabase, assignment: NewAssignment): Assignment {
  return transaction(db, () => {
    const current = currentAssignment(db, assignment.imageId);
    if (current && saysTheSame(current, assignment)) return current;
    run(
      db,
      sql`INSERT INTO image_assignment
            (id, site_id, image_id, patient_id, encounter_id, eye, field, basis, run_id, actor_id, supersedes_id, created_at)
          VALUES (${newId()}, ${assignment.siteId}, ${assignment.imageId}, ${assignment.patientId}, ${assignment.encounterId}, ${assignment.eye},
            ${assignment.field}, ${assignment.basis}, ${assignment.runId}, ${assignment.actorId}, ${current?.id ?? null}, ${Date.now()})`,
    );
    const added = currentAssignment(db, assignment.imageId);
    if (!added) throw new Error('the assignment that was just stored is not there');
    return added;
  });
}

export function currentAssignment(db: ReadableDatabase, imageId: string): Assignment | undefined {
  return get(db, sql`SELECT * FROM image_assignment_current WHERE image_id = ${imageId}`, assignmentRow);
}

/** The whole history, oldest first. */
export function listAssignments(db: ReadableDatabase, imageId: string): Assignment[] {
  return all(db, sql`SELECT * FROM image_assignment WHERE image_id = ${imageId} ORDER BY seq`, assignmentRow);
}

function saysTheSame(current: Assignment, next: NewAssignment): boolean {
  return (['patientId', 'encounterId', 'eye', 'field'] as const).every((key) => current[key] === next[key]);
}
