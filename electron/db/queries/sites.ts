import { z } from 'zod';
import { GUIDELINES, IDLE_LOCK_MINUTES, PROTOCOLS, type SiteSettings, SLIP_LANGUAGES } from '../../shared/domain/accounts';
import { SITE_MODES, type SiteMode } from '../../shared/domain/codes';
import { newId } from '../ids';
import { json } from '../rows';
import { get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface Site {
  id: string;
  mode: SiteMode;
  /** Code of the guideline table in force. */
  guideline: string;
  /** Code of the photography protocol: which fields an eye needs. */
  protocol: string;
  /** IANA name; the site's day is "today". */
  timeZone: string;
}

const siteRow = z
  .object({ id: z.string(), mode: z.enum(SITE_MODES), guideline: z.string(), protocol: z.string(), time_zone: z.string() })
  .transform(({ time_zone, ...site }): Site => ({ ...site, timeZone: time_zone }));

/** The site this profile belongs to; made on first use with the safe defaults: every patient is read by a doctor. */
export function ensureOwnSite(db: WritableDatabase): Site {
  return transaction(db, () => {
    run(
      db,
      sql`INSERT INTO site (id, own, mode, guideline, protocol, time_zone, created_at)
          SELECT ${newId()}, 1, 'doctor-reads-all', 'aios-vrsi-2020', 'one-macula-field',
            ${Intl.DateTimeFormat().resolvedOptions().timeZone}, ${Date.now()}
          WHERE NOT EXISTS (SELECT 1 FROM site WHERE own = 1)`,
    );
    return getOwnSite(db);
  });
}

export function getOwnSite(db: ReadableDatabase): Site {
  const site = get(db, sql`SELECT id, mode, guideline, protocol, time_zone FROM site WHERE own = 1`, siteRow);
  if (!site) throw new Error('a profile has a site');
  return site;
}

export function setSiteMode(db: WritableDatabase, mode: SiteMode): void {
  run(db, sql`UPDATE site SET mode = ${mode} WHERE own = 1`);
}

const settingsRow = z
  .object({
    name: z.string(),
    contact: z.string(),
    mode: z.enum(SITE_MODES),
    guideline: z.enum(GUIDELINES),
    protocol: z.enum(PROTOCOLS),
    languages: json(z.array(z.enum(SLIP_LANGUAGES))),
    idle_lock_minutes: z.literal(IDLE_LOCK_MINUTES),
  })
  .transform(({ idle_lock_minutes, ...site }): SiteSettings => ({ ...site, idleLockMinutes: idle_lock_minutes }));

export function getSiteSettings(db: ReadableDatabase): SiteSettings {
  const site = get(
    db,
    sql`SELECT name, contact, mode, guideline, protocol, languages, idle_lock_minutes FROM site WHERE own = 1`,
    settingsRow,
  );
  if (!site) throw new Error('a profile has a site');
  return site;
}

export function setSiteSettings(db: WritableDatabase, site: SiteSettings): void {
  run(
    db,
    sql`UPDATE site SET name = ${site.name}, contact = ${site.contact}, mode = ${site.mode}, guideline = ${site.guideline},
          protocol = ${site.protocol}, languages = ${JSON.stringify(site.languages)}, idle_lock_minutes = ${site.idleLockMinutes} WHERE own = 1`,
  );
}
