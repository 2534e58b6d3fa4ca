import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { all, get, sql, transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { requireRole } from '../actor';
import { identityOf } from '../patients/identity';

export interface AffectedPerson {
  shortId: string;
  /** null where they were not kept, or erased. */
  name: string | null;
  phone: string | null;
  village: string | null;
  /** Last visit, UTC milliseconds. */
  lastVisitAt: number | null;
  photographs: number;
}

export interface Incident {
  people: AffectedPerson[];
  /** What was recorded after this instant is not in this profile: the backup was made then. */
  knownUntil: number | null;
  /** Whether whoever has the laptop needs a password to read it. */
  protected: boolean;
}

/**
 * Whose records were on a laptop that was lost: everybody in this profile, which was restored from its last backup. Whoever came later is known to
 * the paper register only, and `knownUntil` says from when on. Kept in the audit log, as it is a reading of everybody's record.
 */
export function incidentList(actor: Actor, profile: Profile): Incident {
  requireRole(actor, 'admin');
  const { database: db, site } = profile;
  const rows = all(
    db,
    sql`SELECT p.id, p.short_id, (SELECT max(started_at) FROM encounter e WHERE e.patient_id = p.id) AS last_visit_at,
          (SELECT count(*) FROM image_assignment_current a WHERE a.patient_id = p.id) AS photographs
        FROM patient p ORDER BY p.seq`,
    z.object({ id: z.string(), short_id: z.string(), last_visit_at: z.number().nullable(), photographs: z.number() }),
  );
  const people = rows.map((row): AffectedPerson => {
    const identity = identityOf(profile, row.id);
    return {
      shortId: row.short_id,
      name: identity?.name ?? null,
      phone: identity?.phone ?? null,
      village: identity?.village ?? null,
      lastVisitAt: row.last_visit_at,
      photographs: row.photographs,
    };
  });
  const restored = get(
    db,
    sql`SELECT max(at) AS at FROM audit_event WHERE seq < (SELECT max(seq) FROM audit_event WHERE action = 'backup.restored')`,
    z.object({ at: z.number().nullable() }),
  );
  transaction(db, () => {
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'incident.listed',
      recordType: 'site',
      recordId: site.id,
      details: { people: people.length },
    });
  });
  return { people, knownUntil: restored?.at ?? null, protected: profile.protected };
}

/** For the letter to each of them and for the authority. */
export function incidentCsv({ people }: Incident): string {
  const rows = people.map(({ lastVisitAt, ...person }) => ({
    ...person,
    lastVisit: lastVisitAt === null ? '' : new Date(lastVisitAt).toISOString(),
  }));
  return stringify(rows, {
    header: true,
    columns: ['shortId', 'name', 'phone', 'village', 'lastVisit', 'photographs'],
    escape_formulas: true,
    bom: true,
  });
}
