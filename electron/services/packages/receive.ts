import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addAssignment, addCampaign, addItems, getCampaign, sealCampaign } from '../../db/queries/campaigns';
import { addImage } from '../../db/queries/images';
import {
  addMerged,
  addReceived,
  addReturn,
  assignmentsByItem,
  hasMerged,
  hasPackage,
  isOfPackage,
  isTrusted,
  listReceivedPackages,
} from '../../db/queries/packages';
import { addRead, currentRead, getAssignment } from '../../db/queries/reads';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { InspectedPicture } from '../data-sets/inspect-picture';
import { settle } from '../reading/settle';
import type { WorkerPool } from '../worker-pool';
import { type AnswersHeader, fingerprintOfKey, type ImagesHeader, type OpenedPackage } from './container';

/** A package is photographs and words: larger than this it is something else. */
const MAX_PACKAGE_BYTES = 2 * 1024 ** 3;

export interface Around {
  profile: Profile;
  pool: Pick<WorkerPool, 'openPackage' | 'inspectPicture' | 'store'>;
}

export type Received =
  | { kind: 'unknown-sender'; fingerprint: string; publicKey: string; siteCode: string }
  | { kind: 'images'; packageId: string; campaignId: string; images: number; undecodable: number; again: boolean }
  | { kind: 'answers'; packageId: string; answers: number; added: number };

/**
 * Opens a file that another site has signed: photographs to read, or answers to merge. A sender that nobody has accepted yet is only named; nothing is stored of the file.
 *
 * @throws AppError not-permitted, path-not-found, package-*
 */
export async function receivePackage(
  actor: Actor,
  around: Around,
  { file, passphrase }: { file: string; passphrase: string },
): Promise<Received> {
  requireRole(actor, 'doctor', 'admin');
  const { profile, pool } = around;
  const bytes = await readFile(file).catch((thrown: unknown) => {
    throw new AppError('path-not-found', { path: file }, thrown);
  });
  if (bytes.byteLength > MAX_PACKAGE_BYTES) throw new AppError('package-damaged');
  const opened = await pool.openPackage({ bytes, passphrase: passphrase.trim().toUpperCase() });
  const { header } = opened;
  if (header.kind === 'images' && header.siteId === profile.site.id) throw new AppError('package-own');
  if (header.kind === 'answers') requireOurs(profile, header);
  if (!isTrusted(profile.database, Buffer.from(header.publicKey, 'base64'))) {
    const fingerprint = fingerprintOfKey(Buffer.from(header.publicKey, 'base64'));
    return { kind: 'unknown-sender', fingerprint, publicKey: header.publicKey, siteCode: header.siteId };
  }
  return header.kind === 'images' ? takeImages(actor, around, header, opened) : mergeAnswers(actor, profile, header);
}

function requireOurs(profile: Profile, header: AnswersHeader): void {
  if (header.forSiteId !== profile.site.id) throw new AppError('package-of-another-site');
  if (!hasPackage(profile.database, header.packageId)) throw new AppError('package-unknown');
}

/** The photographs become a campaign of their own, for whoever opened it. */
async function takeImages(actor: Actor, { profile, pool }: Around, header: ImagesHeader, { files }: OpenedPackage): Promise<Received> {
  requireRole(actor, 'doctor');
  const { database: db, site } = profile;
  const known = listReceivedPackages(db).find((one) => one.id === header.packageId);
  if (known)
    return { kind: 'images', packageId: known.id, campaignId: known.campaignId, images: known.images, undecodable: 0, again: true };
  const arrived: { assignmentId: string; sha256: string; byteSize: number; facts: InspectedPicture }[] = [];
  for (const [index, { assignmentId }] of header.items.entries()) {
    const bytes = files[index];
    // What nobody can decode stays with the sender, who sees it unanswered.
    const facts = bytes === undefined ? null : await pool.inspectPicture(bytes).catch(() => null);
    if (bytes === undefined || facts === null) continue;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await pool.store({
      blobs: profile.blobStoreOptions,
      sha256,
      content: { original: bytes, ...(facts.thumbnail === null ? {} : { thumbnail: facts.thumbnail }) },
    });
    arrived.push({ assignmentId, sha256, byteSize: bytes.byteLength, facts });
  }
  if (arrived.length === 0) throw new AppError('package-damaged');
  const campaignId = transaction(db, () => {
    const id = addCampaign(
      db,
      {
        siteId: site.id,
        kind: 'reading',
        title: header.dueDay,
        selection: 'all',
        readersPerImage: 2,
        adjudication: 'senior',
        // The other readers and the adjudicator are where the package came from.
        adjudicatorId: 'elsewhere',
        fellowEye: false,
        priorVisit: false,
        rereadPercent: 0,
        washoutDays: 0,
        certifiedOnly: false,
        passMark: null,
        consentDeclared: false,
        seed: header.packageId,
        actorId: actor.userId,
      },
      [actor.userId],
    );
    const images = arrived.map(({ sha256, byteSize, facts: { format, width, height } }) =>
      addImage(db, { siteId: site.id, sha256, byteSize, format, width, height, takenAt: null, camera: null }),
    );
    // Two assignments of one content cannot stand in one campaign: the second stays with the sender.
    const once = images.map((image, index) => images.findIndex((other) => other.id === image.id) === index);
    const items = addItems(
      db,
      id,
      images.filter((_, index) => once[index]).map((image) => ({ imageId: image.id, origin: 'selected' })),
    );
    for (const item of items)
      addAssignment(db, {
        siteId: site.id,
        campaignId: id,
        itemId: item.id,
        imageId: item.imageId,
        readerId: actor.userId,
        kind: 'read',
        round: 1,
        position: item.position,
        notBefore: null,
      });
    sealCampaign(db, id);
    const assignmentOf = assignmentsByItem(db, id);
    const senders = arrived.filter((_, index) => once[index]);
    addReceived(db, {
      id: header.packageId,
      siteId: site.id,
      senderKey: Buffer.from(header.publicKey, 'base64'),
      campaignId: id,
      dueDay: header.dueDay,
      actorId: actor.userId,
      items: items.map((item, index) => ({
        assignmentId: senders[index]?.assignmentId ?? '',
        ownAssignmentId: assignmentOf.get(item.id) ?? '',
      })),
    });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'package.received',
      recordType: 'package',
      recordId: header.packageId,
      details: { images: items.length, sender: header.siteId },
    });
    return id;
  });
  const undecodable = header.items.length - arrived.length;
  return { kind: 'images', packageId: header.packageId, campaignId, images: arrived.length, undecodable, again: false };
}

/**
 * Every answer that is not here yet is added, under the reader whom the photograph was given to. One for a photograph that was answered here meanwhile takes its place in the
 * history; one that comes after something was shown, or after the adjudication, is kept and changes no label.
 */
function mergeAnswers(actor: Actor, profile: Profile, header: AnswersHeader): Received {
  const { database: db, site } = profile;
  const added = transaction(db, () => {
    let count = 0;
    for (const item of header.items) {
      const assignment = getAssignment(db, item.assignmentId);
      if (!assignment || !isOfPackage(db, header.packageId, item.assignmentId)) continue;
      if (hasMerged(db, header.packageId, item.answerId)) continue;
      const before = currentRead(db, assignment.id);
      const late = before?.unblinded === true;
      const readId = addRead(db, {
        siteId: site.id,
        assignmentId: assignment.id,
        imageId: assignment.imageId,
        readerId: assignment.readerId,
        purpose: 'campaign',
        round: assignment.round,
        answer: item.answer,
        marks: item.marks,
        adjudicate: item.adjudicate,
        contradicts: item.contradicts,
        urgent: item.urgent,
        activeMs: item.activeMs,
        idleMs: item.idleMs,
        unblinded: late,
        correctionReason: late ? 'package' : null,
        elsewhere: true,
        supersedesId: before?.id ?? null,
      });
      addMerged(db, header.packageId, item.answerId, readId);
      count += 1;
      const campaign = getCampaign(db, assignment.campaignId);
      if (campaign) settle(db, campaign, assignment);
    }
    addReturn(db, header.packageId, header.items.length, count, actor.userId);
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'package.merged',
      recordType: 'package',
      recordId: header.packageId,
      details: { answers: header.items.length, added: count, sender: header.siteId },
    });
    return count;
  });
  return { kind: 'answers', packageId: header.packageId, answers: header.items.length, added };
}
