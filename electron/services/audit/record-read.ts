import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';

/** Going back and forth between two patients is one look at each. */
const SAME_LOOK_MS = 10 * 60_000;
/** Above this the oldest are forgotten; they would only be written once more. */
const REMEMBERED = 5_000;

const looks = new WeakMap<Profile['database'], Map<string, number>>();

/**
 * Writes into the audit log that somebody has seen a record, once for each look. Call it where the record is read, before it is shown.
 *
 * @param recordType the action becomes `<record type>.viewed`
 * @param recordId an id, never a name
 */
export function recordRead(
  profile: Pick<Profile, 'database' | 'site'>,
  actor: Actor,
  recordType: 'patient' | 'encounter' | 'run',
  recordId: string,
): void {
  const { database, site } = profile;
  const seen = looks.get(database) ?? new Map<string, number>();
  looks.set(database, seen);
  const key = JSON.stringify([actor.userId, recordType, recordId]);
  const now = Date.now();
  const before = seen.get(key);
  if (before !== undefined && now >= before && now - before < SAME_LOOK_MS) return;
  transaction(database, () => {
    appendAuditEvent(database, { siteId: site.id, actor, action: `${recordType}.viewed`, recordType, recordId });
  });
  seen.delete(key);
  seen.set(key, now);
  for (const oldest of seen.keys()) {
    if (seen.size <= REMEMBERED) break;
    seen.delete(oldest);
  }
}
