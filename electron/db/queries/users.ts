import { z } from 'zod';
import type { Account } from '../../shared/domain/accounts';
import { type Role, ROLES } from '../../shared/domain/codes';
import { newId } from '../ids';
import { bytes, flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

const userRow = z
  .object({
    id: z.string(),
    login: z.string(),
    display_name: z.string(),
    technician: flag,
    doctor: flag,
    admin: flag,
    state: z.enum(['active', 'left']),
    must_change_password: flag,
    has_pin: flag,
    created_at: z.number(),
  })
  .transform((row): Account => ({
    id: row.id,
    login: row.login,
    name: row.display_name,
    roles: ROLES.filter((role) => row[role]),
    state: row.state,
    hasPin: row.has_pin,
    mustChangePassword: row.must_change_password,
    createdAt: row.created_at,
  }));

const columns = sql`id, login, display_name, technician, doctor, admin, state, must_change_password, pin_hash IS NOT NULL AS has_pin, created_at`;

export interface NewUser {
  /** Given where the vault's entry is made first. */
  id?: string;
  siteId: string;
  login: string;
  name: string;
  roles: readonly Role[];
  mustChangePassword: boolean;
}

/** @returns the account; the login must be free */
export function addUser(db: WritableDatabase, { id = newId(), siteId, login, name, roles, mustChangePassword }: NewUser): Account {
  run(
    db,
    sql`INSERT INTO app_user (id, site_id, login, display_name, technician, doctor, admin, state, must_change_password, created_at)
        VALUES (${id}, ${siteId}, ${login}, ${name}, ${roles.includes('technician')}, ${roles.includes('doctor')}, ${roles.includes('admin')},
          'active', ${mustChangePassword}, ${Date.now()})`,
  );
  const user = getUser(db, id);
  if (user === undefined) throw new Error('an account that was added is there');
  return user;
}

/** In the order they were added, those who left too. */
export function listUsers(db: ReadableDatabase): Account[] {
  return all(db, sql`SELECT ${columns} FROM app_user ORDER BY seq`, userRow);
}

export function getUser(db: ReadableDatabase, id: string): Account | undefined {
  return get(db, sql`SELECT ${columns} FROM app_user WHERE id = ${id}`, userRow);
}

export function findUser(db: ReadableDatabase, login: string): Account | undefined {
  return get(db, sql`SELECT ${columns} FROM app_user WHERE login = ${login}`, userRow);
}

export function setUserRoles(db: WritableDatabase, id: string, name: string, roles: readonly Role[]): void {
  run(
    db,
    sql`UPDATE app_user SET display_name = ${name}, technician = ${roles.includes('technician')}, doctor = ${roles.includes('doctor')},
          admin = ${roles.includes('admin')} WHERE id = ${id}`,
  );
}

export function setUserState(db: WritableDatabase, id: string, state: Account['state']): void {
  run(db, sql`UPDATE app_user SET state = ${state}, pin_salt = NULL, pin_hash = NULL WHERE id = ${id}`);
}

export function setMustChangePassword(db: WritableDatabase, id: string, must: boolean): void {
  run(db, sql`UPDATE app_user SET must_change_password = ${must} WHERE id = ${id}`);
}

/** null takes the PIN away. */
export function setPin(db: WritableDatabase, id: string, pin: { salt: Uint8Array; hash: Uint8Array } | null): void {
  run(db, sql`UPDATE app_user SET pin_salt = ${pin?.salt ?? null}, pin_hash = ${pin?.hash ?? null} WHERE id = ${id}`);
}

export function getPin(db: ReadableDatabase, id: string): { salt: Uint8Array; hash: Uint8Array } | undefined {
  return get(
    db,
    sql`SELECT pin_salt AS salt, pin_hash AS hash FROM app_user WHERE id = ${id} AND pin_hash IS NOT NULL`,
    z.object({ salt: bytes, hash: bytes }),
  );
}

/** Names of those whose account was ended after everything was last encrypted anew, in that order. */
export function endedSinceLastKey(db: ReadableDatabase): string[] {
  const rows = all(
    db,
    sql`SELECT app_user.display_name AS name FROM audit_event JOIN app_user ON app_user.id = audit_event.record_id
        WHERE audit_event.action = 'account.ended' AND app_user.state = 'left' AND audit_event.seq >
          (SELECT coalesce(max(seq), 0) FROM audit_event WHERE action = 'profile.rekeyed')
        ORDER BY audit_event.seq`,
    z.object({ name: z.string() }),
  );
  return rows.map(({ name }) => name);
}

export function countActiveAdmins(db: ReadableDatabase): number {
  return (
    get(db, sql`SELECT count(*) AS admins FROM app_user WHERE admin = 1 AND state = 'active'`, z.object({ admins: z.number() }))?.admins ??
    0
  );
}
