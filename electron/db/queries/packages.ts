import { z } from 'zod';
import { newId } from '../ids';
import { bytes } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface SiteKey {
  /** PKCS #8, DER. */
  privateKey: Uint8Array;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

const keyRow = z
  .object({ private_key: bytes, public_key: bytes })
  .transform((row): SiteKey => ({ privateKey: row.private_key, publicKey: row.public_key }));

export function getSiteKey(db: ReadableDatabase, siteId: string): SiteKey | undefined {
  return get(db, sql`SELECT private_key, public_key FROM site_key WHERE site_id = ${siteId}`, keyRow);
}

export function addSiteKey(db: WritableDatabase, siteId: string, { privateKey, publicKey }: SiteKey): void {
  run(
    db,
    sql`INSERT INTO site_key (site_id, private_key, public_key, created_at) VALUES (${siteId}, ${privateKey}, ${publicKey}, ${Date.now()})`,
  );
}

export function isTrusted(db: ReadableDatabase, publicKey: Uint8Array): boolean {
  return get(db, sql`SELECT 1 AS found FROM trusted_site WHERE public_key = ${publicKey}`, z.object({ found: z.number() })) !== undefined;
}

export function addTrustedSite(db: WritableDatabase, publicKey: Uint8Array, siteCode: string, actorId: string): void {
  run(
    db,
    sql`INSERT OR IGNORE INTO trusted_site (public_key, site_code, actor_id, created_at)
        VALUES (${publicKey}, ${siteCode}, ${actorId}, ${Date.now()})`,
  );
}

/** Photographs of a campaign that a reader has still to answer for the first time, in the reader's order. */
export function listToSend(db: ReadableDatabase, campaignId: string, readerId: string): { assignmentId: string; sha256: Uint8Array }[] {
  return all(
    db,
    sql`SELECT a.id, i.sha256 FROM read_assignment_open a JOIN image i ON i.id = a.image_id
        WHERE a.campaign_id = ${campaignId} AND a.reader_id = ${readerId} AND a.kind = 'read'
          AND NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id)
        ORDER BY a.position, a.seq`,
    z.object({ id: z.string(), sha256: bytes }).transform((row) => ({ assignmentId: row.id, sha256: row.sha256 })),
  );
}

export interface NewPackage {
  siteId: string;
  campaignId: string;
  readerId: string;
  dueDay: string;
  actorId: string;
  assignmentIds: readonly string[];
}

export function addPackage(db: WritableDatabase, id: string, sent: NewPackage): void {
  transaction(db, () => {
    run(
      db,
      sql`INSERT INTO reading_package (id, site_id, campaign_id, reader_id, due_day, actor_id, created_at)
          VALUES (${id}, ${sent.siteId}, ${sent.campaignId}, ${sent.readerId}, ${sent.dueDay}, ${sent.actorId}, ${Date.now()})`,
    );
    for (const assignmentId of sent.assignmentIds)
      run(db, sql`INSERT INTO reading_package_item (package_id, assignment_id) VALUES (${id}, ${assignmentId})`);
  });
}

export interface SentPackage {
  id: string;
  campaignId: string;
  campaignNumber: number;
  readerId: string;
  dueDay: string;
  createdAt: number;
  images: number;
  /** Answered by now, here or elsewhere. */
  answered: number;
  /** Taken back meanwhile without an answer. */
  ended: number;
  returns: number;
}

const sentRow = z
  .object({
    id: z.string(),
    campaign_id: z.string(),
    number: z.number(),
    reader_id: z.string(),
    due_day: z.string(),
    created_at: z.number(),
    images: z.number(),
    answered: z.number(),
    ended: z.number(),
    returns: z.number(),
  })
  .transform((row): SentPackage => ({
    id: row.id,
    campaignId: row.campaign_id,
    campaignNumber: row.number,
    readerId: row.reader_id,
    dueDay: row.due_day,
    createdAt: row.created_at,
    images: row.images,
    answered: row.answered,
    ended: row.ended,
    returns: row.returns,
  }));

/** Newest first. */
export function listSentPackages(db: ReadableDatabase): SentPackage[] {
  return all(
    db,
    sql`SELECT p.id, p.campaign_id, c.number, p.reader_id, p.due_day, p.created_at, count(*) AS images,
          sum(EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = i.assignment_id)) AS answered,
          sum(NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = i.assignment_id) AND (
            EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = i.assignment_id)
            OR EXISTS (SELECT 1 FROM campaign_end e WHERE e.campaign_id = p.campaign_id))) AS ended,
          (SELECT count(*) FROM reading_package_return b WHERE b.package_id = p.id) AS returns
        FROM reading_package p JOIN campaign c ON c.id = p.campaign_id JOIN reading_package_item i ON i.package_id = p.id
        GROUP BY p.id ORDER BY p.seq DESC`,
    sentRow,
  );
}

export function hasPackage(db: ReadableDatabase, packageId: string): boolean {
  return get(db, sql`SELECT 1 AS found FROM reading_package WHERE id = ${packageId}`, z.object({ found: z.number() })) !== undefined;
}

export function isOfPackage(db: ReadableDatabase, packageId: string, assignmentId: string): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM reading_package_item WHERE package_id = ${packageId} AND assignment_id = ${assignmentId}`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

export function hasMerged(db: ReadableDatabase, packageId: string, answerId: string): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM reading_package_read WHERE package_id = ${packageId} AND answer_id = ${answerId}`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

export function addMerged(db: WritableDatabase, packageId: string, answerId: string, readId: string): void {
  run(db, sql`INSERT INTO reading_package_read (package_id, answer_id, read_id) VALUES (${packageId}, ${answerId}, ${readId})`);
}

export function addReturn(db: WritableDatabase, packageId: string, reads: number, added: number, actorId: string): void {
  run(
    db,
    sql`INSERT INTO reading_package_return (id, package_id, reads, added, actor_id, created_at)
        VALUES (${newId()}, ${packageId}, ${reads}, ${added}, ${actorId}, ${Date.now()})`,
  );
}

export interface NewReceived {
  id: string;
  siteId: string;
  senderKey: Uint8Array;
  campaignId: string;
  dueDay: string;
  actorId: string;
  items: readonly { assignmentId: string; ownAssignmentId: string }[];
}

export function addReceived(db: WritableDatabase, received: NewReceived): void {
  run(
    db,
    sql`INSERT INTO received_package (id, site_id, sender_key, campaign_id, due_day, actor_id, created_at)
        VALUES (${received.id}, ${received.siteId}, ${received.senderKey}, ${received.campaignId}, ${received.dueDay}, ${received.actorId},
          ${Date.now()})`,
  );
  for (const { assignmentId, ownAssignmentId } of received.items)
    run(
      db,
      sql`INSERT INTO received_package_item (package_id, assignment_id, own_assignment_id) VALUES (${received.id}, ${assignmentId}, ${ownAssignmentId})`,
    );
}

export interface ReceivedPackage {
  id: string;
  senderKey: Uint8Array;
  siteCode: string;
  campaignId: string;
  campaignNumber: number;
  dueDay: string;
  createdAt: number;
  images: number;
  answered: number;
}

/** Newest first. */
export function listReceivedPackages(db: ReadableDatabase): ReceivedPackage[] {
  return all(
    db,
    sql`SELECT p.id, p.sender_key, t.site_code, p.campaign_id, c.number, p.due_day, p.created_at, count(*) AS images,
          sum(EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = i.own_assignment_id)) AS answered
        FROM received_package p JOIN campaign c ON c.id = p.campaign_id JOIN trusted_site t ON t.public_key = p.sender_key
        JOIN received_package_item i ON i.package_id = p.id GROUP BY p.id ORDER BY p.seq DESC`,
    z
      .object({
        id: z.string(),
        sender_key: bytes,
        site_code: z.string(),
        campaign_id: z.string(),
        number: z.number(),
        due_day: z.string(),
        created_at: z.number(),
        images: z.number(),
        answered: z.number(),
      })
      .transform((row): ReceivedPackage => ({
        id: row.id,
        senderKey: row.sender_key,
        siteCode: row.site_code,
        campaignId: row.campaign_id,
        campaignNumber: row.number,
        dueDay: row.due_day,
        createdAt: row.created_at,
        images: row.images,
        answered: row.answered,
      })),
  );
}

/** Assignments of a received package: the sender's id and ours. */
export function listReceivedItems(db: ReadableDatabase, packageId: string): { assignmentId: string; ownAssignmentId: string }[] {
  return all(
    db,
    sql`SELECT assignment_id, own_assignment_id FROM received_package_item WHERE package_id = ${packageId} ORDER BY assignment_id`,
    z
      .object({ assignment_id: z.string(), own_assignment_id: z.string() })
      .transform((row) => ({ assignmentId: row.assignment_id, ownAssignmentId: row.own_assignment_id })),
  );
}

/** The assignments of one reader in a campaign, by item. */
export function assignmentsByItem(db: ReadableDatabase, campaignId: string): Map<string, string> {
  return new Map(
    all(
      db,
      sql`SELECT id, item_id FROM read_assignment WHERE campaign_id = ${campaignId}`,
      z.object({ id: z.string(), item_id: z.string() }),
    ).map((row) => [row.item_id, row.id]),
  );
}
