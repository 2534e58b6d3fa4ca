import { expect, test } from 'vitest';
import { newDatabase } from '../helpers/database';

test.each([
  'capture_dismissal',
  'eye_statement',
  'standing_order',
  'standing_order_withdrawal',
  'dilation',
  'result_raise',
  'quality_appeal',
  'capture_correction',
  'disc_position',
])('%s refuses UPDATE and DELETE', (table) => {
  const db = newDatabase();
  const triggers = db.prepare("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?").all(table) as { sql: string }[];
  for (const verb of ['UPDATE', 'DELETE']) {
    const own = triggers.find(({ sql }) => sql.includes(`BEFORE ${verb} ON ${table}`));
    expect(own?.sql).toContain(`RAISE(ABORT, 'append-only: ${table}')`);
  }
});
