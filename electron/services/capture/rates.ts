import { listTakenPhotographs, type TakenPhotograph } from '../../db/queries/capture-rates';
import { getUser } from '../../db/queries/users';
import type { ReadableDatabase } from '../../db/sql';
import { type Day, siteDay } from '../../shared/clinical/days';
import { type Actor, LOCAL_ACTOR, ROLES } from '../../shared/domain/codes';
import type { RateSeries } from '../../shared/ipc/capture';
import { dailyRateChart, type RatePoint } from '../../shared/statistics/control-chart';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';

const DAYS_SHOWN = 60;
const DAY_MS = 86_400_000;

/** How many photographs could not be read, day by day, for each camera and operator. Who is no doctor and no admin sees the cameras and themselves. */
export function captureRates(actor: Actor, { profile }: Pick<Workspace, 'profile'>): RateSeries[] {
  requireRole(actor, ...ROLES);
  const db = profile.database;
  const taken = listTakenPhotographs(db, Date.now() - DAYS_SHOWN * DAY_MS);
  const lead = actor.roles.includes('doctor') || actor.roles.includes('admin');
  // Photographs taken without accounts are nobody's in particular: their camera's chart says it all.
  const named = taken.filter((each) => each.operatorId !== LOCAL_ACTOR.userId);
  const own = lead ? named : named.filter((each) => each.operatorId === actor.userId);
  return [
    ...series(
      'camera',
      taken,
      (each) => each.camera ?? '',
      profile.site.timeZone,
      (key) => key,
    ),
    ...series(
      'operator',
      own,
      (each) => each.operatorId,
      profile.site.timeZone,
      (key) => nameOf(db, key),
    ),
  ];
}

function series(
  kind: RateSeries['kind'],
  taken: readonly TakenPhotograph[],
  keyOf: (photograph: TakenPhotograph) => string,
  timeZone: string,
  label: (key: string) => string,
): RateSeries[] {
  const byKey = new Map<string, Map<Day, RatePoint & { day: Day }>>();
  for (const photograph of taken) {
    const key = keyOf(photograph);
    const days = byKey.get(key) ?? new Map<Day, RatePoint & { day: Day }>();
    byKey.set(key, days);
    const day = siteDay(photograph.at, timeZone);
    const { count, of } = days.get(day) ?? { count: 0, of: 0 };
    days.set(day, { day, count: count + (photograph.gradable ? 0 : 1), of: of + 1 });
  }
  return [...byKey].map(([key, days]) => ({ kind, key, label: label(key), ...dailyRateChart([...days.values()]) }));
}

function nameOf(db: ReadableDatabase, userId: string): string {
  return getUser(db, userId)?.name ?? userId;
}
