import { z } from 'zod';
import { type Answer, ASSIGNMENT_KINDS, type AssignmentKind, type Mark } from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';
import { ANSWER_NAMES, answerColumns, answerValues, toAnswer } from './answers';

export interface ReadAssignment {
  id: string;
  siteId: string;
  campaignId: string;
  itemId: string;
  imageId: string;
  readerId: string;
  kind: AssignmentKind;
  round: number;
  position: number;
  notBefore: number | null;
  /** Taken back, or its campaign is closed. */
  ended: boolean;
}

export interface NewRead {
  siteId: string;
  assignmentId: string;
  imageId: string;
  readerId: string;
  purpose: 'campaign' | 'practice';
  round: number;
  answer: Answer;
  marks: readonly Mark[];
  adjudicate: boolean;
  contradicts: boolean;
  urgent: boolean;
  activeMs: number;
  idleMs: number;
  unblinded: boolean;
  correctionReason: string | null;
  elsewhere: boolean;
  supersedesId: string | null;
}
export interface Read extends NewRead {
  seq: number;
  id: string;
  createdAt: number;
}

const assignmentRow = z
  .object({
    id: z.string(),
    site_id: z.string(),
    campaign_id: z.string(),
    item_id: z.string(),
    image_id: z.string(),
    reader_id: z.string(),
    kind: z.enum(ASSIGNMENT_KINDS),
    round: z.number(),
    position: z.number(),
    not_before: z.number().nullable(),
    ended: flag,
  })
  .transform((row): ReadAssignment => ({
    id: row.id,
    siteId: row.site_id,
    campaignId: row.campaign_id,
    itemId: row.item_id,
    imageId: row.image_id,
    readerId: row.reader_id,
    kind: row.kind,
    round: row.round,
    position: row.position,
    notBefore: row.not_before,
    ended: row.ended,
  }));

const markSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('point'), x: z.number(), y: z.number() }),
  z.object({ kind: z.literal('ellipse'), centreX: z.number(), centreY: z.number(), radiusX: z.number(), radiusY: z.number() }),
]);

const readRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    assignment_id: z.string(),
    image_id: z.string(),
    reader_id: z.string(),
    purpose: z.enum(['campaign', 'practice']),
    round: z.number(),
    marks: json(z.array(markSchema)),
    adjudicate: flag,
    contradicts: flag,
    urgent: flag,
    active_ms: z.number(),
    idle_ms: z.number(),
    unblinded: flag,
    correction_reason: z.string().nullable(),
    elsewhere: flag,
    supersedes_id: z.string().nullable(),
    created_at: z.number(),
    ...answerColumns,
  })
  .transform((row): Read => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    assignmentId: row.assignment_id,
    imageId: row.image_id,
    readerId: row.reader_id,
    purpose: row.purpose,
    round: row.round,
    answer: toAnswer(row),
    marks: row.marks,
    adjudicate: row.adjudicate,
    contradicts: row.contradicts,
    urgent: row.urgent,
    activeMs: row.active_ms,
    idleMs: row.idle_ms,
    unblinded: row.unblinded,
    correctionReason: row.correction_reason,
    elsewhere: row.elsewhere,
    supersedesId: row.supersedes_id,
    createdAt: row.created_at,
  }));

const ended = sql`(EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)
  OR EXISTS (SELECT 1 FROM campaign_end e WHERE e.campaign_id = a.campaign_id)) AS ended`;
const unanswered = sql`NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM campaign_end e WHERE e.campaign_id = a.campaign_id)
  AND CASE a.kind WHEN 'adjudicate' THEN NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.assignment_id = a.id)
    ELSE NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id) END`;

export function getAssignment(db: ReadableDatabase, assignmentId: string): ReadAssignment | undefined {
  return get(db, sql`SELECT a.*, ${ended} FROM read_assignment a WHERE a.id = ${assignmentId}`, assignmentRow);
}

/** Of the same patient (or photograph) a first answer of this reader is still missing somewhere: nobody's answers may be shown yet. */
const firstAnswerMissing = sql`EXISTS (
  SELECT 1 FROM read_assignment_open o
  LEFT JOIN image_assignment_current own ON own.image_id = a.image_id
  LEFT JOIN image_assignment_current other ON other.image_id = o.image_id
  WHERE o.reader_id = a.reader_id AND o.id <> a.id AND o.kind IN ('read', 're-read', 'adjudicate')
    AND (o.image_id = a.image_id OR other.patient_id = own.patient_id)
    AND NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = o.id))`;

/** Whether the answers of others may not be shown yet to whom this assignment is given. */
export function waitsForFirstAnswers(db: ReadableDatabase, assignmentId: string): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM read_assignment a WHERE a.id = ${assignmentId} AND ${firstAnswerMissing}`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

/**
 * What a reader answers next, in the reader's own order. What waits for its wash-out is not among it, nor a round in which others' answers would show while a
 * first answer about the same patient is missing; an adjudicator's decisions come after all blind answers.
 */
export function listUnanswered(
  db: ReadableDatabase,
  { readerId, campaignId, now, limit }: { readerId: string; campaignId: string; now: number; limit: number },
): ReadAssignment[] {
  return all(
    db,
    sql`SELECT a.*, 0 AS ended FROM read_assignment a
        WHERE a.reader_id = ${readerId} AND a.campaign_id = ${campaignId} AND (a.not_before IS NULL OR a.not_before <= ${now}) AND ${unanswered}
          AND NOT (a.kind = 'round-robin' AND ${firstAnswerMissing})
        ORDER BY EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id), a.position, a.seq LIMIT ${limit}`,
    assignmentRow,
  );
}

export interface ReaderCounts {
  campaignId: string;
  /** Assignments that were not taken back, those that wait for their wash-out not among them. */
  total: number;
  answered: number;
  /** Masked re-reads that are not due yet. */
  waiting: number;
  /** Of `total`, to be decided as the adjudicator. */
  toDecide: number;
}

/** How far a reader is, by campaign. */
export function countOfReader(db: ReadableDatabase, readerId: string, now: number): ReaderCounts[] {
  return all(
    db,
    sql`SELECT campaign_id, sum(NOT waits) AS total, sum(NOT waits AND NOT open) AS answered, sum(waits) AS waiting,
          sum(NOT waits AND open AND kind = 'adjudicate') AS to_decide
        FROM (SELECT a.campaign_id, a.kind, ${unanswered} AS open, coalesce(a.not_before > ${now}, 0) AS waits
          FROM read_assignment a JOIN campaign_seal s ON s.campaign_id = a.campaign_id
          WHERE a.reader_id = ${readerId} AND NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id))
        GROUP BY campaign_id`,
    z
      .object({ campaign_id: z.string(), total: z.number(), answered: z.number(), waiting: z.number(), to_decide: z.number() })
      .transform((row): ReaderCounts => ({
        campaignId: row.campaign_id,
        total: row.total,
        answered: row.answered,
        waiting: row.waiting,
        toDecide: row.to_decide,
      })),
  );
}

/** @returns the id; it is on disk when the transaction ends */
export function addRead(db: WritableDatabase, read: NewRead): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO read (id, site_id, assignment_id, image_id, reader_id, purpose, round, marks, adjudicate, contradicts, urgent, active_ms, idle_ms,
          unblinded, correction_reason, elsewhere, supersedes_id, created_at, ${ANSWER_NAMES})
        VALUES (${id}, ${read.siteId}, ${read.assignmentId}, ${read.imageId}, ${read.readerId}, ${read.purpose}, ${read.round},
          ${JSON.stringify(read.marks)}, ${read.adjudicate}, ${read.contradicts}, ${read.urgent}, ${Math.round(read.activeMs)},
          ${Math.round(read.idleMs)}, ${read.unblinded}, ${read.correctionReason}, ${read.elsewhere}, ${read.supersedesId}, ${Date.now()},
          ${answerValues(read.answer)})`,
  );
  return id;
}

/** The answer in force of an assignment, corrections included. */
export function currentRead(db: ReadableDatabase, assignmentId: string): Read | undefined {
  return get(db, sql`SELECT * FROM read_current WHERE assignment_id = ${assignmentId}`, readRow);
}

/** The one this reader gave last in a campaign. */
export function lastRead(db: ReadableDatabase, readerId: string, campaignId: string): Read | undefined {
  return get(
    db,
    sql`SELECT r.* FROM read r JOIN read_assignment a ON a.id = r.assignment_id
        WHERE r.reader_id = ${readerId} AND a.campaign_id = ${campaignId} ORDER BY r.seq DESC LIMIT 1`,
    readRow,
  );
}

/** The blind answers of one round about a photograph of a campaign, in the order of the assignments: the order says nothing of who it was. */
export function listLabelReads(db: ReadableDatabase, campaignId: string, imageId: string, kind: AssignmentKind, round: number): Read[] {
  return all(
    db,
    sql`SELECT r.* FROM label_read r JOIN read_assignment a ON a.id = r.assignment_id
        WHERE a.campaign_id = ${campaignId} AND a.image_id = ${imageId} AND a.kind = ${kind} AND a.round = ${round} ORDER BY a.id`,
    readRow,
  );
}

/** Assignments of one round, and how many of them still wait for their answer. */
export function listRound(
  db: ReadableDatabase,
  campaignId: string,
  imageId: string,
  kind: AssignmentKind,
  round: number,
): ReadAssignment[] {
  return all(
    db,
    sql`SELECT a.*, ${ended} FROM read_assignment a
        WHERE a.campaign_id = ${campaignId} AND a.image_id = ${imageId} AND a.kind = ${kind} AND a.round = ${round} ORDER BY a.id`,
    assignmentRow,
  );
}

/** Photographs of whose readers this one has left, that two others have answered and nobody has decided. @param campaignId null: in all campaigns */
export function listLeftBehind(
  db: ReadableDatabase,
  readerId: string,
  campaignId: string | null,
): { campaignId: string; itemId: string; imageId: string }[] {
  return all(
    db,
    sql`SELECT DISTINCT a.campaign_id, a.item_id, a.image_id
        FROM read_assignment a JOIN read_assignment_end e ON e.assignment_id = a.id AND e.reason = 'reader-left'
        WHERE a.reader_id = ${readerId} AND (${campaignId} IS NULL OR a.campaign_id = ${campaignId})
          AND (SELECT count(*) FROM read_assignment o JOIN label_read r ON r.assignment_id = o.id WHERE o.item_id = a.item_id AND o.kind = 'read') >= 2
          AND NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.campaign_id = a.campaign_id AND d.image_id = a.image_id)`,
    z
      .object({ campaign_id: z.string(), item_id: z.string(), image_id: z.string() })
      .transform((row) => ({ campaignId: row.campaign_id, itemId: row.item_id, imageId: row.image_id })),
  );
}
