import { describe, expect, test } from 'vitest';
import {
  type Absence,
  newKeyState,
  planDone,
  planFailed,
  planIsDue,
  planNewKey,
  plannerOf,
} from '../../../../electron/services/accounts/planned-key';
import { createOrOpenProfile } from '../../../../electron/db/profile/profile';
import type { NewKeyPlan } from '../../../../electron/shared/domain/accounts';
import { makeStaffedClinic, passwordOf } from '../../../helpers/staffed-clinic';
import { openWithPassword } from '../../../../electron/services/accounts/open-vault';
import { Throttle } from '../../../../electron/services/accounts/throttle';
import { endAccount } from '../../../../electron/services/accounts/accounts';
import { errorOf } from '../../../helpers/errors';
import { join } from 'node:path';
import { temporaryFolder } from '../../../helpers/temporary';

const ZONE = 'Asia/Kolkata';
const NOON = Date.parse('2026-03-01T12:00:00+05:30');
const NIGHT = Date.parse('2026-03-01T23:30:00+05:30');
const EARLY = Date.parse('2026-03-02T04:59:00+05:30');
const MORNING = Date.parse('2026-03-02T05:00:00+05:30');
const MINUTE_MS = 60_000;

function plan(when: NewKeyPlan['when'], failed: NewKeyPlan['failed'] = null): NewKeyPlan {
  return { when, plannedAt: 0, failed };
}

function away(state: Absence['state'], minutes: number): Absence {
  return { state, ms: minutes * MINUTE_MS };
}

describe('a planned new key begins', () => {
  test('as soon as nobody is signed in, after a moment for the next person, and never over a locked window', () => {
    expect(planIsDue(plan('signed-out'), null, NOON, ZONE)).toBe(false);
    expect(planIsDue(plan('signed-out'), away('signed-out', 0.2), NOON, ZONE)).toBe(false);
    expect(planIsDue(plan('signed-out'), away('signed-out', 1), NOON, ZONE)).toBe(true);
    expect(planIsDue(plan('signed-out'), away('locked', 500), NIGHT, ZONE)).toBe(false);
  });

  test.each([
    [NOON, false],
    [NIGHT, true],
    [EARLY, true],
    [MORNING, false],
  ])("at night by the site's clock only: %i", (at, due) => {
    expect(planIsDue(plan('night'), away('signed-out', 1), at, ZONE)).toBe(due);
  });

  test('over a locked window at night only when nobody has touched it for an hour', () => {
    expect(planIsDue(plan('night'), away('locked', 59), NIGHT, ZONE)).toBe(false);
    expect(planIsDue(plan('night'), away('locked', 61), NIGHT, ZONE)).toBe(true);
    expect(planIsDue(plan('night'), away('locked', 600), NOON, ZONE)).toBe(false);
  });

  test('not by itself again after it came to nothing', () => {
    expect(planIsDue(plan('night', { code: 'disk-full', params: {} }), away('signed-out', 60), NIGHT, ZONE)).toBe(false);
  });
});

test('a plan lies in the profile until it is done, with who planned it and what went wrong; who has left is named until then', async () => {
  const folder = join(temporaryFolder(), 'profile');
  await makeStaffedClinic(folder);
  const opened = await openWithPassword(folder, new Throttle(folder), 'admin', passwordOf('admin'));
  const admin = { userId: opened.entryId, roles: ['admin'] } as const;
  let profile = await createOrOpenProfile(folder, opened.vault);
  expect(newKeyState(admin, profile)).toEqual({ left: [], plan: null });
  const leaver = await openWithPassword(folder, new Throttle(folder), 'technician', passwordOf('technician'));
  await endAccount(admin, profile, leaver.entryId);
  expect(errorOf(() => planNewKey({ userId: 'x', roles: ['doctor'] }, profile, 'night'))).toMatchObject({ code: 'not-permitted' });
  planNewKey(admin, profile, 'night');
  profile.close();

  profile = await createOrOpenProfile(folder, opened.vault);
  expect(newKeyState(admin, profile)).toMatchObject({ left: ['Meena Kumari'], plan: { when: 'night', failed: null } });
  expect(plannerOf(profile.database)).toEqual(admin);
  planFailed(profile.database, { code: 'disk-full', params: {} });
  expect(newKeyState(admin, profile).plan?.failed?.code).toBe('disk-full');
  planNewKey(admin, profile, 'signed-out');
  expect(newKeyState(admin, profile).plan).toMatchObject({ when: 'signed-out', failed: null });
  planDone(profile.database);
  expect(newKeyState(admin, profile).plan).toBeNull();
  profile.close();
});
