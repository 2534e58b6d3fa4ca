import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { appendAuditEvent, verifyAuditChain, type AuditEntry } from '../../electron/db/audit';
import { transaction, type WritableDatabase } from '../../electron/db/sql';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { newScreening } from '../helpers/database';

function entry(siteId: string, change: Partial<AuditEntry> = {}): AuditEntry {
  return { siteId, actor: LOCAL_ACTOR, action: 'run.started', recordType: 'run', recordId: 'r1', details: { files: 12 }, ...change };
}

function withThreeEvents(): WritableDatabase {
  const { db, site } = newScreening();
  for (const recordId of ['r1', 'r2', 'r3']) transaction(db, () => appendAuditEvent(db, entry(site.id, { recordId })));
  return db;
}

/** What someone with the key and a SQLite shell could do. */
function tamper(db: WritableDatabase, statement: string): void {
  db.exec('DROP TRIGGER audit_event_no_update; DROP TRIGGER audit_event_no_delete;');
  db.exec(statement);
}

/** The hash of an event as it lies on the disk, for good: SHA-256 of its columns as a JSON array. */
function rehash(db: WritableDatabase, seq: number): void {
  const row = db.prepare('SELECT * FROM audit_event WHERE seq = ?').get(seq) as Record<string, unknown>;
  const { hash: _, previous_hash: previous, ...columns } = row;
  const text = JSON.stringify([...Object.values(columns), (previous as Buffer).toString('hex')]);
  db.prepare('UPDATE audit_event SET hash = ? WHERE seq = ?').run(createHash('sha256').update(text).digest(), seq);
}

describe('the audit log', () => {
  test('is sound when nobody has touched it, and says how long it is', () => {
    expect(verifyAuditChain(withThreeEvents())).toMatchObject({ ok: true, events: 3, brokenAtSeq: null });
  });

  test('is sound when empty', () => {
    expect(verifyAuditChain(newScreening().db)).toMatchObject({ ok: true, events: 0 });
  });

  test.each([
    ["UPDATE audit_event SET actor_id = 'someone' WHERE seq = 2", 2],
    ['UPDATE audit_event SET at = at + 1 WHERE seq = 3', 3],
    ["UPDATE audit_event SET details = '{}' WHERE seq = 1", 1],
    ['DELETE FROM audit_event WHERE seq = 2', 2],
    ['DELETE FROM audit_event WHERE seq = 1', 1],
    ["UPDATE audit_event SET hash = x'" + '00'.repeat(32) + "' WHERE seq = 2", 2],
  ])('shows where it was changed: %s', (statement, seq) => {
    const db = withThreeEvents();
    tamper(db, statement);
    expect(verifyAuditChain(db)).toMatchObject({ ok: false, brokenAtSeq: seq, events: seq - 1 });
  });

  test('shows an event that was changed together with its hash, by the event after it', () => {
    const db = withThreeEvents();
    tamper(db, "UPDATE audit_event SET actor_id = 'someone' WHERE seq = 2");
    rehash(db, 2);
    expect(verifyAuditChain(db)).toMatchObject({ ok: false, brokenAtSeq: 3 });
  });

  test('shows a gap even where every hash after it was made anew', () => {
    const db = withThreeEvents();
    tamper(db, 'DELETE FROM audit_event WHERE seq = 2');
    db.exec('UPDATE audit_event SET previous_hash = (SELECT hash FROM audit_event WHERE seq = 1) WHERE seq = 3');
    rehash(db, 3);
    expect(verifyAuditChain(db)).toMatchObject({ ok: false, brokenAtSeq: 2 });
  });

  test('gives another head when its end was cut off, so that a head written down elsewhere proves it', () => {
    const db = withThreeEvents();
    const { head } = verifyAuditChain(db);
    tamper(db, 'DELETE FROM audit_event WHERE seq = 3');
    expect(verifyAuditChain(db).head).not.toBe(head);
  });

  test('is rolled back with the work that it tells of', () => {
    const { db, site } = newScreening();
    expect(() =>
      transaction(db, () => {
        appendAuditEvent(db, entry(site.id));
        throw new Error('the work failed');
      }),
    ).toThrow('the work failed');
    expect(verifyAuditChain(db).events).toBe(0);
  });

  test('refuses an event outside a transaction', () => {
    const { db, site } = newScreening();
    expect(() => appendAuditEvent(db, entry(site.id))).toThrow(TypeError);
  });

  test.each(['Sita Devi', '/camp/12_left.jpg', 'सीता', 'a'.repeat(65)])('takes ids and codes only, not %j', (value) => {
    const { db, site } = newScreening();
    for (const change of [{ recordId: value }, { details: { patient: value } }]) {
      expect(() => transaction(db, () => appendAuditEvent(db, entry(site.id, change)))).toThrow();
    }
    expect(verifyAuditChain(db).events).toBe(0);
  });

  test('takes only events that the window has words for', () => {
    const { db, site } = newScreening();
    for (const change of [{ action: 'moon.landed' }, { recordType: 'moon' }]) {
      expect(() => transaction(db, () => appendAuditEvent(db, entry(site.id, change as Partial<AuditEntry>)))).toThrow();
    }
  });
});
