import { z } from 'zod';
import {
  type Adjudication,
  ADJUDICATIONS,
  type AssignmentKind,
  CAMPAIGN_LEFT_OUT_REASONS,
  type CampaignLeftOut,
  type Grade,
  type MacularSign,
  SELECTIONS,
} from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface NewCampaign {
  siteId: string;
  kind: 'reading' | 'practice';
  title: string;
  selection: (typeof SELECTIONS)[number] | 'practice';
  readersPerImage: number;
  adjudication: Adjudication;
  adjudicatorId: string | null;
  fellowEye: boolean;
  priorVisit: boolean;
  rereadPercent: number;
  washoutDays: number;
  certifiedOnly: boolean;
  passMark: number | null;
  consentDeclared: boolean;
  seed: string;
  actorId: string;
}
export interface Campaign extends NewCampaign {
  id: string;
  /** What readers see of its name. */
  number: number;
  createdAt: number;
  closedAt: number | null;
}

export interface NewItem {
  imageId: string;
  origin: 'selected' | 'random';
}
export interface Item extends NewItem {
  id: string;
  position: number;
}

export interface NewAssignmentOfRead {
  siteId: string;
  campaignId: string;
  itemId: string;
  imageId: string;
  readerId: string;
  kind: AssignmentKind;
  round: number;
  position: number;
  notBefore: number | null;
}

const campaignRow = z
  .object({
    id: z.string(),
    site_id: z.string(),
    number: z.number(),
    kind: z.enum(['reading', 'practice']),
    title: z.string(),
    selection: z.enum([...SELECTIONS, 'practice']),
    readers_per_image: z.number(),
    adjudication: z.enum(ADJUDICATIONS),
    adjudicator_id: z.string().nullable(),
    fellow_eye: flag,
    prior_visit: flag,
    reread_percent: z.number(),
    washout_days: z.number(),
    certified_only: flag,
    pass_mark: z.number().nullable(),
    consent_declared: flag,
    seed: z.string(),
    actor_id: z.string(),
    created_at: z.number(),
    closed_at: z.number().nullable(),
  })
  .transform((row): Campaign => ({
    id: row.id,
    siteId: row.site_id,
    number: row.number,
    kind: row.kind,
    title: row.title,
    selection: row.selection,
    readersPerImage: row.readers_per_image,
    adjudication: row.adjudication,
    adjudicatorId: row.adjudicator_id,
    fellowEye: row.fellow_eye,
    priorVisit: row.prior_visit,
    rereadPercent: row.reread_percent,
    washoutDays: row.washout_days,
    certifiedOnly: row.certified_only,
    passMark: row.pass_mark,
    consentDeclared: row.consent_declared,
    seed: row.seed,
    actorId: row.actor_id,
    createdAt: row.created_at,
    closedAt: row.closed_at,
  }));

const campaigns = sql`SELECT c.*, e.created_at AS closed_at FROM sealed_campaign c LEFT JOIN campaign_end e ON e.campaign_id = c.id`;

/** Stores the campaign with its readers; it is there for nobody until its photographs and assignments follow and it is sealed. @returns its id */
export function addCampaign(db: WritableDatabase, campaign: NewCampaign, readerIds: readonly string[]): string {
  const id = newId();
  return transaction(db, () => {
    run(
      db,
      sql`INSERT INTO campaign (id, site_id, number, kind, title, selection, readers_per_image, adjudication, adjudicator_id, fellow_eye, prior_visit,
            reread_percent, washout_days, certified_only, pass_mark, consent_declared, seed, actor_id, created_at)
          SELECT ${id}, ${campaign.siteId}, coalesce(max(number), 0) + 1, ${campaign.kind}, ${campaign.title}, ${campaign.selection},
            ${campaign.readersPerImage}, ${campaign.adjudication}, ${campaign.adjudicatorId}, ${campaign.fellowEye}, ${campaign.priorVisit},
            ${campaign.rereadPercent}, ${campaign.washoutDays}, ${campaign.certifiedOnly}, ${campaign.passMark}, ${campaign.consentDeclared},
            ${campaign.seed}, ${campaign.actorId}, ${Date.now()} FROM campaign`,
    );
    for (const readerId of readerIds) {
      run(db, sql`INSERT INTO campaign_reader (campaign_id, reader_id) VALUES (${id}, ${readerId})`);
    }
    return id;
  });
}

/** From now on it is read, and takes no photograph more. */
export function sealCampaign(db: WritableDatabase, campaignId: string): void {
  run(db, sql`INSERT INTO campaign_seal (campaign_id, created_at) VALUES (${campaignId}, ${Date.now()})`);
}

export function getCampaign(db: ReadableDatabase, campaignId: string): Campaign | undefined {
  return get(db, sql`${campaigns} WHERE c.id = ${campaignId}`, campaignRow);
}

/** Newest first. */
export function listCampaigns(db: ReadableDatabase): Campaign[] {
  return all(db, sql`${campaigns} ORDER BY c.seq DESC`, campaignRow);
}

export function closeCampaign(db: WritableDatabase, campaignId: string, actorId: string): void {
  run(db, sql`INSERT OR IGNORE INTO campaign_end (campaign_id, actor_id, created_at) VALUES (${campaignId}, ${actorId}, ${Date.now()})`);
}

export function addItems(db: WritableDatabase, campaignId: string, items: readonly NewItem[]): Item[] {
  return items.map((item, position) => {
    const placed = { ...item, id: newId(), position };
    addItem(db, campaignId, placed);
    return placed;
  });
}

export function addItem(db: WritableDatabase, campaignId: string, { id, imageId, origin, position }: Item): void {
  run(
    db,
    sql`INSERT INTO campaign_item (id, campaign_id, image_id, origin, position) VALUES (${id}, ${campaignId}, ${imageId}, ${origin}, ${position})`,
  );
}

/** What the campaign did not take, counted by reason. */
export function addLeftOut(db: WritableDatabase, campaignId: string, leftOut: CampaignLeftOut): void {
  for (const [reason, images] of Object.entries(leftOut)) {
    run(db, sql`INSERT INTO campaign_left_out (campaign_id, reason, images) VALUES (${campaignId}, ${reason}, ${images})`);
  }
}

export function getLeftOut(db: ReadableDatabase, campaignId: string): CampaignLeftOut {
  const rows = all(
    db,
    sql`SELECT reason, images FROM campaign_left_out WHERE campaign_id = ${campaignId}`,
    z.object({ reason: z.enum(CAMPAIGN_LEFT_OUT_REASONS), images: z.number() }),
  );
  return Object.fromEntries(rows.map(({ reason, images }) => [reason, images]));
}

export function addPracticeAnswer(
  db: WritableDatabase,
  itemId: string,
  answer: { gradable: boolean; grade: Grade | null; macular: MacularSign | null },
): void {
  run(
    db,
    sql`INSERT INTO practice_answer (item_id, gradable, grade, macular) VALUES (${itemId}, ${answer.gradable}, ${answer.grade}, ${answer.macular})`,
  );
}

export function addAssignment(db: WritableDatabase, assignment: NewAssignmentOfRead): void {
  run(
    db,
    sql`INSERT INTO read_assignment (id, site_id, campaign_id, item_id, image_id, reader_id, kind, round, position, not_before, created_at)
        VALUES (${newId()}, ${assignment.siteId}, ${assignment.campaignId}, ${assignment.itemId}, ${assignment.imageId}, ${assignment.readerId},
          ${assignment.kind}, ${assignment.round}, ${assignment.position}, ${assignment.notBefore}, ${Date.now()})`,
  );
}

export type EndReason = 'campaign-closed' | 'reader-left' | 'consent-withdrawn' | 'image-undecodable' | 'alert' | 'agreed' | 'unblinded';

/** Takes back whatever has no answer yet about the photographs of patients: they are no longer to be read for training. @returns how many */
export function endAssignmentsOfPatients(db: WritableDatabase, patientIds: readonly string[], actorId: string): number {
  const images = all(
    db,
    sql`SELECT DISTINCT r.image_id FROM read_assignment r JOIN image_assignment_current a ON a.image_id = r.image_id
        WHERE a.patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)}))`,
    z.object({ image_id: z.string() }),
  );
  return images.reduce(
    (sum, { image_id }) => sum + endAssignments(db, { readerId: null, imageId: image_id }, 'consent-withdrawn', actorId),
    0,
  );
}

/** Takes assignments back that have no answer; those that have keep it. @returns how many */
export function endAssignments(
  db: WritableDatabase,
  which: { campaignId?: string; readerId: string | null; imageId?: string; kind?: AssignmentKind },
  reason: EndReason,
  actorId: string,
): number {
  return run(
    db,
    sql`INSERT INTO read_assignment_end (assignment_id, reason, actor_id, created_at)
        SELECT a.id, ${reason}, ${actorId}, ${Date.now()} FROM read_assignment a
        WHERE (${which.campaignId ?? null} IS NULL OR a.campaign_id = ${which.campaignId ?? null})
          AND (${which.readerId} IS NULL OR a.reader_id = ${which.readerId})
          AND (${which.imageId ?? null} IS NULL OR a.image_id = ${which.imageId ?? null})
          AND (${which.kind ?? null} IS NULL OR a.kind = ${which.kind ?? null})
          AND (a.kind = 'adjudicate' OR NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id))
          AND NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.assignment_id = a.id)
          AND NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)`,
  );
}
