import { z } from 'zod';
import {
  type CorrectionKind,
  EYE_STATEMENTS,
  type EyeStatementState,
  NOT_POSSIBLE_REASONS,
  type NotPossibleReason,
  RAISE_REASONS,
  type RaiseReason,
} from '../../shared/domain/capture';
import { EYES, type Eye } from '../../shared/domain/codes';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** What people did in an encounter beside photographing: statements about an eye, raises, appeals, corrections. */

interface Act {
  siteId: string;
  encounterId: string;
  actorId: string;
}

export interface EyeStatement {
  id: string;
  eye: Eye;
  state: EyeStatementState;
  reason: NotPossibleReason | null;
  actorId: string;
  createdAt: number;
}

const statementRow = z
  .object({
    id: z.string(),
    eye: z.enum(EYES),
    state: z.enum(EYE_STATEMENTS),
    reason: z.enum(NOT_POSSIBLE_REASONS).nullable(),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform(({ actor_id, created_at, ...row }): EyeStatement => ({ ...row, actorId: actor_id, createdAt: created_at }));

/** What is in force about an eye of an encounter, if anybody said anything. */
export function eyeStatement(db: ReadableDatabase, encounterId: string, eye: Eye): EyeStatement | undefined {
  return get(db, sql`SELECT * FROM eye_statement_current WHERE encounter_id = ${encounterId} AND eye = ${eye}`, statementRow);
}

/** Takes the place of what was said of the eye before. */
export function addEyeStatement(
  db: WritableDatabase,
  statement: Act & { eye: Eye; state: EyeStatementState; reason: NotPossibleReason | null },
): void {
  const before = eyeStatement(db, statement.encounterId, statement.eye);
  run(
    db,
    sql`INSERT INTO eye_statement (id, site_id, encounter_id, eye, state, reason, actor_id, supersedes_id, created_at)
        VALUES (${newId()}, ${statement.siteId}, ${statement.encounterId}, ${statement.eye}, ${statement.state}, ${statement.reason},
          ${statement.actorId}, ${before?.id ?? null}, ${Date.now()})`,
  );
}

export interface ResultRaise {
  id: string;
  urgent: boolean;
  reason: RaiseReason;
  actorId: string;
  createdAt: number;
}

const raiseRow = z
  .object({ id: z.string(), urgent: flag, reason: z.enum(RAISE_REASONS), actor_id: z.string(), created_at: z.number() })
  .transform(({ actor_id, created_at, ...row }): ResultRaise => ({ ...row, actorId: actor_id, createdAt: created_at }));

export function addRaise(db: WritableDatabase, raise: Act & { urgent: boolean; reason: RaiseReason }): void {
  run(
    db,
    sql`INSERT INTO result_raise (id, site_id, encounter_id, urgent, reason, actor_id, created_at)
        VALUES (${newId()}, ${raise.siteId}, ${raise.encounterId}, ${raise.urgent}, ${raise.reason}, ${raise.actorId}, ${Date.now()})`,
  );
}

export function listRaises(db: ReadableDatabase, encounterId: string): ResultRaise[] {
  return all(db, sql`SELECT * FROM result_raise WHERE encounter_id = ${encounterId} ORDER BY seq`, raiseRow);
}

/** A second appeal of the same photograph adds nothing. */
export function addAppeal(db: WritableDatabase, appeal: Act & { imageId: string }): void {
  run(
    db,
    sql`INSERT INTO quality_appeal (id, site_id, image_id, encounter_id, actor_id, created_at)
        VALUES (${newId()}, ${appeal.siteId}, ${appeal.imageId}, ${appeal.encounterId}, ${appeal.actorId}, ${Date.now()})
        ON CONFLICT (image_id, encounter_id) DO NOTHING`,
  );
}

/** The photographs of an encounter whose rejection was appealed. */
export function listAppealed(db: ReadableDatabase, encounterId: string): string[] {
  const row = z.object({ image_id: z.string() });
  return all(db, sql`SELECT image_id FROM quality_appeal WHERE encounter_id = ${encounterId} ORDER BY seq`, row).map(
    ({ image_id }) => image_id,
  );
}

export function addCorrection(
  db: WritableDatabase,
  correction: Act & { kind: CorrectionKind; toEncounterId: string | null; images: number },
): void {
  run(
    db,
    sql`INSERT INTO capture_correction (id, site_id, kind, encounter_id, to_encounter_id, images, actor_id, created_at)
        VALUES (${newId()}, ${correction.siteId}, ${correction.kind}, ${correction.encounterId}, ${correction.toEncounterId},
          ${correction.images}, ${correction.actorId}, ${Date.now()})`,
  );
}
