import { z } from 'zod';
import { GRADES, type Grade, MACULAR_SIGNS, type MacularSign } from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface NewCertification {
  siteId: string;
  readerId: string;
  /** The practice set. */
  campaignId: string;
  images: number;
  /** Quadratic kappa with the known grades; null where it is not defined. */
  kappa: number | null;
  /** Share of photographs with the known grade, and with the known gradability. */
  exact: number;
  gradability: number;
  passMark: number;
  passed: boolean;
}
export interface Certification extends NewCertification {
  id: string;
  createdAt: number;
}

const certificationRow = z
  .object({
    id: z.string(),
    site_id: z.string(),
    reader_id: z.string(),
    campaign_id: z.string(),
    images: z.number(),
    kappa: z.number().nullable(),
    exact: z.number(),
    gradability: z.number(),
    pass_mark: z.number(),
    passed: flag,
    created_at: z.number(),
  })
  .transform((row): Certification => ({
    id: row.id,
    siteId: row.site_id,
    readerId: row.reader_id,
    campaignId: row.campaign_id,
    images: row.images,
    kappa: row.kappa,
    exact: row.exact,
    gradability: row.gradability,
    passMark: row.pass_mark,
    passed: row.passed,
    createdAt: row.created_at,
  }));

export function addCertification(db: WritableDatabase, one: NewCertification): void {
  run(
    db,
    sql`INSERT INTO certification (id, site_id, reader_id, campaign_id, images, kappa, exact, gradability, pass_mark, passed, created_at)
        VALUES (${newId()}, ${one.siteId}, ${one.readerId}, ${one.campaignId}, ${one.images}, ${one.kappa}, ${one.exact}, ${one.gradability},
          ${one.passMark}, ${one.passed}, ${Date.now()})`,
  );
}

/** Newest first. */
export function listCertifications(db: ReadableDatabase, readerId: string | null): Certification[] {
  return all(db, sql`SELECT * FROM certification WHERE ${readerId} IS NULL OR reader_id = ${readerId} ORDER BY seq DESC`, certificationRow);
}

export function hasPassed(db: ReadableDatabase, readerId: string): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM certification WHERE reader_id = ${readerId} AND passed = 1 LIMIT 1`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

export interface KnownAnswer {
  gradable: boolean;
  grade: Grade | null;
  macular: MacularSign | null;
}

const known = { gradable: flag, grade: z.literal(GRADES).nullable(), macular: z.enum(MACULAR_SIGNS).nullable() };

/** What is known of a practice photograph; only for who has answered for it. */
export function findKnownAnswer(db: ReadableDatabase, itemId: string): KnownAnswer | undefined {
  return get(db, sql`SELECT gradable, grade, macular FROM practice_answer WHERE item_id = ${itemId}`, z.object(known));
}

export interface PracticePair {
  known: KnownAnswer;
  /** null while it is not answered. */
  given: KnownAnswer | null;
}

/** A reader's first answers in a practice set beside the known ones. */
export function listPracticePairs(db: ReadableDatabase, campaignId: string, readerId: string): PracticePair[] {
  return all(
    db,
    sql`SELECT p.gradable, p.grade, p.macular, r.id AS read_id, r.gradable AS given_gradable, r.grade AS given_grade, r.macular AS given_macular
        FROM read_assignment a JOIN practice_answer p ON p.item_id = a.item_id
        LEFT JOIN label_read r ON r.assignment_id = a.id
        WHERE a.campaign_id = ${campaignId} AND a.reader_id = ${readerId} ORDER BY a.position`,
    z
      .object({
        ...known,
        read_id: z.string().nullable(),
        given_gradable: flag.nullable(),
        given_grade: z.literal(GRADES).nullable(),
        given_macular: z.enum(MACULAR_SIGNS).nullable(),
      })
      .transform((row): PracticePair => ({
        known: { gradable: row.gradable, grade: row.grade, macular: row.macular },
        given: row.given_gradable === null ? null : { gradable: row.given_gradable, grade: row.given_grade, macular: row.given_macular },
      })),
  );
}
