import { z } from 'zod';
import { type Adjudication, type Answer, GRADES, MACULAR_SIGNS } from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';
import { ANSWER_NAMES, answerColumns, answerValues, toAnswer } from './answers';

export interface NewAdjudicated {
  siteId: string;
  campaignId: string;
  imageId: string;
  method: Adjudication;
  /** The senior's; null for a round in which all agreed. */
  assignmentId: string | null;
  adjudicatorId: string | null;
  rounds: number;
  answer: Answer;
}

export function addAdjudicated(db: WritableDatabase, one: NewAdjudicated): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO adjudication (id, site_id, campaign_id, image_id, method, assignment_id, adjudicator_id, rounds, created_at, ${ANSWER_NAMES})
        VALUES (${id}, ${one.siteId}, ${one.campaignId}, ${one.imageId}, ${one.method}, ${one.assignmentId}, ${one.adjudicatorId}, ${one.rounds},
          ${Date.now()}, ${answerValues(one.answer)})`,
  );
  return id;
}

export function findAdjudicated(db: ReadableDatabase, campaignId: string, imageId: string): { id: string; answer: Answer } | undefined {
  return get(
    db,
    sql`SELECT * FROM adjudication WHERE campaign_id = ${campaignId} AND image_id = ${imageId}`,
    z.object({ id: z.string(), ...answerColumns }).transform((row) => ({ id: row.id, answer: toAnswer(row) })),
  );
}

export interface CampaignLabel {
  campaignId: string;
  imageId: string;
  method: 'agreement' | 'adjudicated';
  gradable: boolean;
  grade: Answer['grade'];
  macular: Answer['macular'];
  centreInvolved: boolean | null;
  readers: number;
  decidedAt: number;
}

const labelRow = z
  .object({
    campaign_id: z.string(),
    image_id: z.string(),
    method: z.enum(['agreement', 'adjudicated']),
    gradable: flag,
    grade: z.literal(GRADES).nullable(),
    macular: z.enum(MACULAR_SIGNS).nullable(),
    centre_involved: flag.nullable(),
    readers: z.number(),
    decided_at: z.number(),
  })
  .transform((row): CampaignLabel => ({
    campaignId: row.campaign_id,
    imageId: row.image_id,
    method: row.method,
    gradable: row.gradable,
    grade: row.grade,
    macular: row.macular,
    centreInvolved: row.centre_involved,
    readers: row.readers,
    decidedAt: row.decided_at,
  }));

/** One label for each photograph: adjudicated before agreed, then of the newest campaign. */
export function listReferenceLabels(db: ReadableDatabase): CampaignLabel[] {
  return all(db, sql`SELECT * FROM reference_label ORDER BY image_id`, labelRow);
}

export interface CampaignCounts {
  images: number;
  agreed: number;
  adjudicated: number;
  /** Disagreements that wait for a decision or another round. */
  waiting: number;
}

export function countCampaign(db: ReadableDatabase, campaignId: string): CampaignCounts {
  const row = get(
    db,
    sql`SELECT (SELECT count(*) FROM campaign_item WHERE campaign_id = ${campaignId}) AS images,
          (SELECT count(*) FROM campaign_label WHERE campaign_id = ${campaignId} AND method = 'agreement') AS agreed,
          (SELECT count(*) FROM campaign_label WHERE campaign_id = ${campaignId} AND method = 'adjudicated') AS adjudicated,
          (SELECT count(DISTINCT a.image_id) FROM read_assignment_open a WHERE a.campaign_id = ${campaignId}
            AND a.kind IN ('adjudicate', 'round-robin')) AS waiting`,
    z.object({ images: z.number(), agreed: z.number(), adjudicated: z.number(), waiting: z.number() }),
  );
  if (!row) throw new Error('a count has a row');
  return row;
}

export interface ReaderProgress {
  readerId: string;
  kind: 'read' | 're-read' | 'round-robin' | 'adjudicate';
  total: number;
  answered: number;
  /** Answers in less than two seconds. */
  hasty: number;
  activeMs: number;
}

/** How far each reader of a campaign is: counts of answers, never what they say. */
export function listReaderProgress(db: ReadableDatabase, campaignId: string, hastyMs: number): ReaderProgress[] {
  return all(
    db,
    sql`SELECT a.reader_id, a.kind, count(*) AS total, count(r.id) AS answered,
          coalesce(sum(r.active_ms < ${hastyMs}), 0) AS hasty, coalesce(sum(r.active_ms), 0) AS active_ms
        FROM read_assignment a LEFT JOIN read_current r ON r.assignment_id = a.id
        WHERE a.campaign_id = ${campaignId} AND NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)
        GROUP BY a.reader_id, a.kind ORDER BY a.reader_id, a.kind`,
    z
      .object({
        reader_id: z.string(),
        kind: z.enum(['read', 're-read', 'round-robin', 'adjudicate']),
        total: z.number(),
        answered: z.number(),
        hasty: z.number(),
        active_ms: z.number(),
      })
      .transform((row): ReaderProgress => ({
        readerId: row.reader_id,
        kind: row.kind,
        total: row.total,
        answered: row.answered,
        hasty: row.hasty,
        activeMs: row.active_ms,
      })),
  );
}
