import { expect, onTestFinished, test } from 'vitest';
import { appendAuditEvent } from '../../../../electron/db/audit';
import { createOrOpenProfile } from '../../../../electron/db/profile/profile';
import { transaction } from '../../../../electron/db/sql';
import { ClockWatch } from '../../../../electron/services/accounts/clock-watch';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { temporaryFolder } from '../../../helpers/temporary';

const HOUR_MS = 3_600_000;

test('a clock that is behind what is stored is told once, and once again when it is right', async () => {
  const { database, site, close } = await createOrOpenProfile(temporaryFolder());
  onTestFinished(close);
  transaction(database, () => {
    appendAuditEvent(database, { siteId: site.id, actor: LOCAL_ACTOR, action: 'site.changed', recordType: 'site', recordId: site.id });
  });
  const stored = Date.now();
  const watch = new ClockWatch(database);
  expect(watch.look(stored + HOUR_MS)).toBeNull();
  // A few minutes are the clock's own business.
  expect(watch.look(stored + HOUR_MS - 5 * 60_000)).toBeNull();
  expect(watch.look(stored)).toEqual({ state: 'behind', latestMs: stored + HOUR_MS });
  expect(watch.look(stored + 1000)).toBeNull();
  expect(watch.look(stored + HOUR_MS)).toEqual({ state: 'right' });
  expect(new ClockWatch(database).look(stored - HOUR_MS)).toMatchObject({ state: 'behind' });
});
