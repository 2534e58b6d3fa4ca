import { z } from 'zod';
import { ALERT_ACTIONS, type AlertAction } from '../../shared/domain/reading';
import { newId } from '../ids';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** A reader of a campaign has seen something that cannot wait. */
export interface Alert {
  id: string;
  assignmentId: string;
  campaignId: string;
  imageId: string;
  readerId: string;
  createdAt: number;
  /** What the lead did about it; null while it waits. */
  action: AlertAction | null;
  closedAt: number | null;
}

const alertRow = z
  .object({
    id: z.string(),
    assignment_id: z.string(),
    campaign_id: z.string(),
    image_id: z.string(),
    reader_id: z.string(),
    created_at: z.number(),
    action: z.enum(ALERT_ACTIONS).nullable(),
    closed_at: z.number().nullable(),
  })
  .transform((row): Alert => ({
    id: row.id,
    assignmentId: row.assignment_id,
    campaignId: row.campaign_id,
    imageId: row.image_id,
    readerId: row.reader_id,
    createdAt: row.created_at,
    action: row.action,
    closedAt: row.closed_at,
  }));

const alerts = sql`SELECT u.*, a.campaign_id, e.action, e.created_at AS closed_at FROM urgent_alert u
  JOIN read_assignment a ON a.id = u.assignment_id LEFT JOIN urgent_alert_end e ON e.alert_id = u.id`;

export function addAlert(db: WritableDatabase, alert: { siteId: string; assignmentId: string; imageId: string; readerId: string }): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO urgent_alert (id, site_id, assignment_id, image_id, reader_id, created_at)
        VALUES (${id}, ${alert.siteId}, ${alert.assignmentId}, ${alert.imageId}, ${alert.readerId}, ${Date.now()})`,
  );
  return id;
}

export function findAlert(db: ReadableDatabase, assignmentId: string): Alert | undefined {
  return get(db, sql`${alerts} WHERE u.assignment_id = ${assignmentId}`, alertRow);
}

export function getAlert(db: ReadableDatabase, alertId: string): Alert | undefined {
  return get(db, sql`${alerts} WHERE u.id = ${alertId}`, alertRow);
}

/** Those that wait first, oldest first; then the newest of the others. */
export function listAlerts(db: ReadableDatabase): Alert[] {
  return all(
    db,
    sql`${alerts} ORDER BY e.created_at IS NOT NULL, CASE WHEN e.created_at IS NULL THEN u.seq ELSE -u.seq END LIMIT 200`,
    alertRow,
  );
}

export function endAlert(db: WritableDatabase, alertId: string, action: AlertAction, actorId: string): void {
  run(
    db,
    sql`INSERT INTO urgent_alert_end (alert_id, action, actor_id, created_at) VALUES (${alertId}, ${action}, ${actorId}, ${Date.now()})`,
  );
}
