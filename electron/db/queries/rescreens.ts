import { z } from 'zod';
import type { Day } from '../../shared/clinical/days';
import { newId } from '../ids';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface RescreenDue {
  patientId: string;
  encounterId: string;
  dueDay: Day;
}

/** Says when to come again after an encounter; null takes it back. The same day again adds nothing. */
export function recordRescreen(
  db: WritableDatabase,
  due: { siteId: string; patientId: string; encounterId: string; dueDay: Day | null; actorId: string },
): void {
  transaction(db, () => {
    const before = rescreenDay(db, due.encounterId);
    if (before === due.dueDay) return;
    run(
      db,
      sql`INSERT INTO rescreen_due (id, site_id, patient_id, encounter_id, due_day, actor_id, created_at)
          VALUES (${newId()}, ${due.siteId}, ${due.patientId}, ${due.encounterId}, ${due.dueDay}, ${due.actorId}, ${Date.now()})`,
    );
  });
}

/** When to come again after this encounter; null where nothing was said. */
export function rescreenDay(db: ReadableDatabase, encounterId: string): Day | null {
  const row = get(
    db,
    sql`SELECT due_day FROM rescreen_due WHERE encounter_id = ${encounterId} ORDER BY seq DESC LIMIT 1`,
    z.object({ due_day: z.string().nullable() }),
  );
  return row?.due_day ?? null;
}

const rescreenRow = z
  .object({ patient_id: z.string(), encounter_id: z.string(), due_day: z.string() })
  .transform((row): RescreenDue => ({ patientId: row.patient_id, encounterId: row.encounter_id, dueDay: row.due_day }));

/** Who is to come again, soonest first: the newest word of each encounter, of patients who allowed to be contacted. */
export function listRescreens(db: ReadableDatabase): RescreenDue[] {
  return all(
    db,
    sql`SELECT d.patient_id, d.encounter_id, d.due_day FROM rescreen_due d
        WHERE d.due_day IS NOT NULL AND d.seq = (SELECT max(seq) FROM rescreen_due n WHERE n.encounter_id = d.encounter_id)
          AND d.patient_id IN (SELECT patient_id FROM patient_may_contact)
        ORDER BY d.due_day, d.seq`,
    rescreenRow,
  );
}
