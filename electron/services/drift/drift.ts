import { monthlyQuality, monthlyReferrals, monthlyScores, newestModel } from '../../db/queries/drift';
import type { Actor } from '../../shared/domain/codes';
import type { CameraDrift, DriftReport } from '../../shared/domain/drift';
import { meanChart, rateChart } from '../../shared/statistics/control-chart';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { auditState, zoneOffsetMs } from './running-audit';

const MONTHS = 24;
const BINS = 10;

/** Two years of what the program has said, each month against all those before it. */
export function driftReport(actor: Actor, workspace: Workspace, now: number): DriftReport {
  requireRole(actor, 'doctor', 'admin');
  const { database: db, site } = workspace.profile;
  const offsetMs = zoneOffsetMs(now, site.timeZone);
  const local = new Date(now + offsetMs);
  const since = Date.UTC(local.getUTCFullYear(), local.getUTCMonth() - MONTHS + 1, 1) - offsetMs;
  const modelId = newestModel(db) ?? '';
  const referrals = monthlyReferrals(db, since, offsetMs);
  const quality = monthlyQuality(db, since, offsetMs);
  const scores = monthlyScores(db, modelId, since, offsetMs);
  const months = [...new Set([...referrals, ...quality, ...scores].map((row) => row.month))].sort();
  const cameras = [...new Set([...quality, ...scores].map((row) => row.camera))].sort();
  const byMonth = months.map((month) => referrals.find((row) => row.month === month) ?? { patients: 0, referred: 0 });
  return {
    months,
    referrals: rateChart(byMonth.map((row) => ({ count: row.referred, of: row.patients }))).map((point, index) => ({
      ...point,
      patients: byMonth[index]?.patients ?? 0,
    })),
    cameras: cameras.map((camera): CameraDrift => {
      const seen = months.map(
        (month) => quality.find((row) => row.month === month && row.camera === camera) ?? { images: 0, ungradable: 0 },
      );
      const scored = months.map((month) => scores.filter((row) => row.month === month && row.camera === camera));
      return {
        camera,
        ungradable: rateChart(seen.map((row) => ({ count: row.ungradable, of: row.images }))).map((point, index) => ({
          ...point,
          images: seen[index]?.images ?? 0,
        })),
        scores: meanChart(
          scored.map((rows) => ({
            n: total(rows.map((row) => row.n)),
            sum: total(rows.map((row) => row.sum)),
            squares: total(rows.map((row) => row.squares)),
          })),
        ).map((point, index) => ({
          ...point,
          bins: Array.from({ length: BINS }, (_, bin) => scored[index]?.find((row) => row.bin === bin)?.n ?? 0),
        })),
      };
    }),
    audit: auditState(actor, workspace),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
