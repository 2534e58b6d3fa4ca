import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { getOwnSite, getSiteSettings, setSiteSettings } from '../../db/queries/sites';
import { transaction } from '../../db/sql';
import type { SiteSettings } from '../../shared/domain/accounts';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';

export function siteSettings(actor: Actor, profile: Profile): SiteSettings {
  requireRole(actor, ...ROLES);
  return getSiteSettings(profile.database);
}

/**
 * @param validatedHere whether a doctor has signed a validation of the model in use on this site's own patients
 * @throws AppError validation-missing for the mode that issues AI results
 */
export function saveSiteSettings(actor: Actor, profile: Profile, site: SiteSettings, validatedHere: boolean): SiteSettings {
  requireRole(actor, 'admin');
  const { database } = profile;
  const before = getSiteSettings(database);
  // Without accounts nobody is a named doctor.
  const issuing = site.mode === 'ai-result-issued' && before.mode !== site.mode;
  if (issuing && (!validatedHere || profile.vault === null)) throw new AppError('validation-missing');
  transaction(database, () => {
    setSiteSettings(database, site);
    // What the site is called is not for the log; that it was changed is.
    appendAuditEvent(database, {
      siteId: profile.site.id,
      actor,
      action: 'site.changed',
      recordType: 'site',
      recordId: profile.site.id,
      details: {
        mode: site.mode,
        modeBefore: before.mode,
        guideline: site.guideline,
        protocol: site.protocol,
        idleLockMinutes: site.idleLockMinutes,
        nameChanged: site.name !== before.name,
        contactChanged: site.contact !== before.contact,
      },
    });
  });
  profile.site = getOwnSite(database);
  return getSiteSettings(database);
}
