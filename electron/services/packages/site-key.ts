import { generateKeyPairSync, randomInt } from 'node:crypto';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addSiteKey, addTrustedSite, getSiteKey, type SiteKey } from '../../db/queries/packages';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { requireRole } from '../actor';
import { fingerprintOfKey } from './container';

/** The key that signs what leaves this machine; made when it is first needed. */
export function siteKey(actor: Actor, { database: db, site }: Profile): SiteKey {
  return transaction(db, () => {
    const known = getSiteKey(db, site.id);
    if (known) return known;
    const pair = generateKeyPairSync('ed25519');
    const made = {
      privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
      publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
    };
    addSiteKey(db, site.id, made);
    appendAuditEvent(db, { siteId: site.id, actor, action: 'site.keyMade', recordType: 'site', recordId: site.id });
    return made;
  });
}

/** What is compared by voice before another site opens our packages. */
export function ownFingerprint(actor: Actor, profile: Profile): string {
  requireRole(actor, 'doctor', 'admin');
  return fingerprintOfKey(siteKey(actor, profile).publicKey);
}

/** From now on packages signed with this key are opened. @param publicKey base64 */
export function acceptSender(actor: Actor, { database: db, site }: Profile, publicKey: string, siteCode: string): void {
  requireRole(actor, 'admin');
  const key = Buffer.from(publicKey, 'base64');
  transaction(db, () => {
    addTrustedSite(db, key, siteCode, actor.userId);
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'site.accepted',
      recordType: 'site',
      recordId: siteCode,
      details: { fingerprint: fingerprintOfKey(key).replaceAll(' ', '') },
    });
  });
}

/** Without letters that sound or look alike on the telephone. */
const SPOKEN = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Sixteen random symbols in groups of four: 80 bits, told by voice. */
export function newPassphrase(): string {
  return Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => SPOKEN[randomInt(SPOKEN.length)]).join('')).join('-');
}
