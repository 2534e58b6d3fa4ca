import { z } from 'zod';
import { newId } from '../ids';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Where patients are sent. An address book: what was sent keeps the id. */
export interface Hospital {
  id: string;
  name: string;
  address: string;
  phone: string;
  /** Not offered any more. */
  closed: boolean;
}

const hospitalRow = z
  .object({ id: z.string(), name: z.string(), address: z.string(), phone: z.string(), closed_at: z.number().nullable() })
  .transform(({ closed_at, ...row }): Hospital => ({ ...row, closed: closed_at !== null }));

/** By name; the closed ones too, for what was sent there. */
export function listHospitals(db: ReadableDatabase): Hospital[] {
  return all(db, sql`SELECT id, name, address, phone, closed_at FROM hospital ORDER BY name, seq`, hospitalRow);
}

export function getHospital(db: ReadableDatabase, hospitalId: string): Hospital | undefined {
  return get(db, sql`SELECT id, name, address, phone, closed_at FROM hospital WHERE id = ${hospitalId}`, hospitalRow);
}

export function addHospital(db: WritableDatabase, siteId: string, hospital: Omit<Hospital, 'id' | 'closed'>): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO hospital (id, site_id, name, address, phone, created_at)
        VALUES (${id}, ${siteId}, ${hospital.name}, ${hospital.address}, ${hospital.phone}, ${Date.now()})`,
  );
  return id;
}

export function changeHospital(db: WritableDatabase, hospital: Hospital): void {
  run(
    db,
    sql`UPDATE hospital SET name = ${hospital.name}, address = ${hospital.address}, phone = ${hospital.phone},
          closed_at = ${hospital.closed ? Date.now() : null}
        WHERE id = ${hospital.id}`,
  );
}
