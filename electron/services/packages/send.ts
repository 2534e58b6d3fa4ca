import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import type { Profile } from '../../db/profile/profile';
import { getCampaign } from '../../db/queries/campaigns';
import { addPackage, listReceivedItems, listReceivedPackages, listSentPackages, listToSend } from '../../db/queries/packages';
import { currentRead } from '../../db/queries/reads';
import { listUsers } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { PackageLists } from '../../shared/ipc/packages';
import { requireRole } from '../actor';
import { saveFile } from '../report/atomic-file';
import type { WorkerPool } from '../worker-pool';
import { type AnswersHeader, fingerprintOfKey } from './container';
import { newPassphrase, siteKey } from './site-key';

export interface Around {
  profile: Profile;
  pool: Pick<WorkerPool, 'cleanPicture' | 'sealPackage'>;
}

export interface SendOptions {
  campaignId: string;
  readerId: string;
  /** The site's day. */
  dueDay: string;
  /** Where the file goes. */
  file: string;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/**
 * Writes the photographs that a reader has still to answer as one file: pictures and nothing else, signed and sealed.
 *
 * @returns the passphrase: it is shown once, told by voice, and kept nowhere
 * @throws AppError not-permitted, not-found, package-nothing-to-read, dataset-image-missing, disk-full, output-not-writable, cancelled
 */
export async function sendPackage(
  actor: Actor,
  { profile, pool }: Around,
  options: SendOptions,
): Promise<{ packageId: string; passphrase: string }> {
  requireRole(actor, 'doctor', 'admin');
  const { database: db, site } = profile;
  const { campaignId, readerId, dueDay, file, signal, onProgress } = options;
  if (getCampaign(db, campaignId)?.kind !== 'reading') throw new AppError('not-found', { what: 'campaign' });
  const toSend = listToSend(db, campaignId, readerId);
  if (toSend.length === 0) throw new AppError('package-nothing-to-read');
  const key = siteKey(actor, profile);
  const files: Uint8Array[] = [];
  for (const [index, { sha256 }] of toSend.entries()) {
    if (signal.aborted) throw new AppError('cancelled');
    const hex = Buffer.from(sha256).toString('hex');
    const picture = await pool.cleanPicture({ blobs: profile.blobStoreOptions, sha256: hex }).catch((thrown: unknown) => {
      throw new AppError('dataset-image-missing', { image: hex.slice(0, 12) }, thrown);
    });
    files.push(picture.bytes);
    onProgress(index + 1, toSend.length);
  }
  const packageId = newId();
  const passphrase = newPassphrase();
  const sealed = await pool.sealPackage({
    header: {
      kind: 'images',
      packageId,
      siteId: site.id,
      publicKey: Buffer.from(key.publicKey).toString('base64'),
      dueDay,
      items: toSend.map(({ assignmentId }, index) => ({ assignmentId, bytes: files[index]?.byteLength ?? 0 })),
    },
    files,
    privateKey: key.privateKey,
    passphrase,
  });
  await saveFile(file, sealed);
  transaction(db, () => {
    addPackage(db, packageId, {
      siteId: site.id,
      campaignId,
      readerId,
      dueDay,
      actorId: actor.userId,
      assignmentIds: toSend.map(({ assignmentId }) => assignmentId),
    });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'package.sent',
      recordType: 'package',
      recordId: packageId,
      details: { campaign: campaignId, reader: readerId, images: toSend.length, due: dueDay },
    });
  });
  return { packageId, passphrase };
}

/**
 * Writes what has been answered of a received package so far; the rest follows in another file.
 *
 * @returns how many answers, and the passphrase
 * @throws AppError not-permitted, not-found, package-nothing-to-read, disk-full, output-not-writable
 */
export async function sendAnswers(
  actor: Actor,
  { profile, pool }: Around,
  { packageId, file }: { packageId: string; file: string },
): Promise<{ answers: number; passphrase: string }> {
  requireRole(actor, 'doctor');
  const { database: db, site } = profile;
  const received = listReceivedPackages(db).find((one) => one.id === packageId);
  if (!received) throw new AppError('not-found', { what: 'package' });
  const items = listReceivedItems(db, packageId).flatMap(({ assignmentId, ownAssignmentId }): AnswersHeader['items'] => {
    const read = currentRead(db, ownAssignmentId);
    if (!read) return [];
    const { id: answerId, answer, marks, adjudicate, contradicts, urgent, activeMs, idleMs } = read;
    return [{ assignmentId, answerId, answer, marks: [...marks], adjudicate, contradicts, urgent, activeMs, idleMs }];
  });
  if (items.length === 0) throw new AppError('package-nothing-to-read');
  const key = siteKey(actor, profile);
  const passphrase = newPassphrase();
  const sealed = await pool.sealPackage({
    header: {
      kind: 'answers',
      packageId,
      siteId: site.id,
      publicKey: Buffer.from(key.publicKey).toString('base64'),
      forSiteId: received.siteCode,
      items,
    },
    files: [],
    privateKey: key.privateKey,
    passphrase,
  });
  await saveFile(file, sealed);
  transaction(db, () => {
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'package.answered',
      recordType: 'package',
      recordId: packageId,
      details: { answers: items.length },
    });
  });
  return { answers: items.length, passphrase };
}

/** @param today the site's day */
export function listPackages(actor: Actor, profile: Profile, today: string): PackageLists {
  requireRole(actor, 'doctor', 'admin');
  const { database: db } = profile;
  const names = new Map(listUsers(db).map((user) => [user.id, user.name]));
  return {
    fingerprint: fingerprintOfKey(siteKey(actor, profile).publicKey),
    sent: listSentPackages(db).map((one) => ({
      packageId: one.id,
      campaign: one.campaignNumber,
      reader: names.get(one.readerId) ?? one.readerId,
      dueDay: one.dueDay,
      createdAt: one.createdAt,
      images: one.images,
      answered: one.answered,
      ended: one.ended,
      overdue: one.dueDay < today && one.answered + one.ended < one.images,
    })),
    received: listReceivedPackages(db).map((one) => ({
      packageId: one.id,
      sender: fingerprintOfKey(one.senderKey),
      campaignId: one.campaignId,
      campaign: one.campaignNumber,
      dueDay: one.dueDay,
      images: one.images,
      answered: one.answered,
    })),
  };
}
