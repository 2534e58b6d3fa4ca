import { appendAuditEvent } from '../../db/audit';
import { endAssignments } from '../../db/queries/campaigns';
import { getImage } from '../../db/queries/images';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { type ErrorCode, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { ownAssignment } from './save-read';

/** What a picture that cannot be shown ends in; anything else (a full disk, a thread that died) says nothing of the picture. */
const UNREADABLE: readonly ErrorCode[] = ['not-found', 'blob-damaged', 'image-undecodable', 'image-truncated', 'internal'];

/**
 * A reader was given a photograph that cannot be shown: it is tried once more, and where it fails again nobody is asked for it any more. What others have
 * answered stays stored; without a second answer it gives no label.
 *
 * @returns whether it was left out; false: it can be shown after all
 * @throws AppError not-found, not-permitted
 */
export async function leaveOut(
  actor: Actor,
  workspace: Pick<Workspace, 'profile'> & { pool: Pick<Workspace['pool'], 'picture'> },
  assignmentId: string,
): Promise<boolean> {
  requireRole(actor, 'doctor');
  const { profile, pool } = workspace;
  const { database, site } = profile;
  const { imageId } = ownAssignment(actor, workspace, assignmentId).assignment;
  const image = getImage(database, imageId);
  if (image !== undefined) {
    const { sha256, format } = image;
    const wanted = { blobs: profile.blobStoreOptions, sha256, rendition: 'screen' as const, type: `image/${format}`, bare: true };
    const failed = await pool.picture(wanted).then(
      () => null,
      (thrown: unknown) => toAppError(thrown),
    );
    if (failed === null) return false;
    if (!UNREADABLE.includes(failed.code)) throw failed;
  }
  transaction(database, () => {
    const assignments = endAssignments(database, { readerId: null, imageId }, 'image-undecodable', actor.userId);
    const details = { assignments };
    appendAuditEvent(database, { siteId: site.id, actor, action: 'image.leftOut', recordType: 'image', recordId: imageId, details });
  });
  return true;
}
