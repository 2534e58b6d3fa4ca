import { z } from 'zod';

import aiosVrsi2020 from '../../../resources/guidelines/aios-vrsi-2020.json';
import ico2017 from '../../../resources/guidelines/ico-2017.json';
import { addToDay, DAY_UNITS } from './days';
import type { Day } from './days';

/** What a doctor finds, by row of a guideline's table. Grade and macular oedema are two findings of one eye. */
export const FINDINGS = ['none', 'mild', 'moderate', 'severe', 'proliferative', 'dme-non-centre', 'dme-centre'] as const;
export type Finding = (typeof FINDINGS)[number];

const intervalSchema = z.strictObject({
  unit: z.enum(DAY_UNITS),
  /** null: "less than `to`". */
  from: z.number().int().nonnegative().nullable(),
  /** 0 days: immediately. */
  to: z.number().int().nonnegative(),
});
type Interval = z.infer<typeof intervalSchema>;

const rowSchema = z.strictObject({
  /** Whether the table says to refer; null where it only gives times. */
  refer: z.enum(['yes', 'no', 'where-laser-exists']).nullable(),
  /** Refer within; null where the table gives no time of its own for the referral. */
  referWithin: intervalSchema.nullable(),
  rescreenAfter: intervalSchema,
});

/** A guideline is data: its own text, in its own intervals, with where it was read. */
export const guidelineSchema = z.strictObject({
  format: z.literal('netra-guideline-1'),
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  year: z.number().int(),
  source: z.string().min(1),
  /** `secondary`: read in somebody's account of it. */
  sourceKind: z.enum(['primary', 'secondary']),
  tables: z
    .array(
      z.strictObject({
        code: z.string().regex(/^[a-z0-9-]+$/),
        setting: z.enum(['any', 'high-resource', 'low-resource']),
        rows: z.record(z.enum(FINDINGS), rowSchema),
      }),
    )
    .min(1),
});
export type Guideline = z.infer<typeof guidelineSchema>;
export type GuidelineTable = Guideline['tables'][number];

export const GUIDELINES: readonly Guideline[] = [aiosVrsi2020, ico2017].map((data) => guidelineSchema.parse(data));

/** A refer of the model alone: within 4 weeks (our judgement). */
const AI_REFER_DAYS = 28;
/** No referral by the model alone: 12 months, since it sees less than a doctor. */
const AI_RESCREEN_MONTHS = 12;
const MACULAR_OEDEMA: readonly Finding[] = ['dme-non-centre', 'dme-centre'];

/** The table that a site has chosen by its code; null for a code that this version does not ship. */
export function guidelineTable(code: string): GuidelineTable | null {
  for (const { tables } of GUIDELINES) {
    const table = tables.find((one) => one.code === code);
    if (table !== undefined) return table;
  }
  return null;
}

export interface DueDays {
  /** See an eye doctor by; null where the table refers none of the findings. */
  referBy: Day | null;
  /** Photograph again by. */
  rescreenBy: Day;
  /** The sooner of both: the one to print. */
  due: Day;
}

/**
 * When a patient with these findings of a doctor is due. Of a range its early end counts, of several rows the soonest, and of referral and
 * rescreening the sooner.
 *
 * @param findings at least one; of both eyes and of grade and macula together
 * @param from the day of the examination at the site
 */
export function dueDays(table: GuidelineTable, findings: readonly [Finding, ...Finding[]], from: Day): DueDays {
  const referBy = soonest(findings.map((finding) => referral(table, finding, from)));
  const rescreenBy = soonest(findings.map((finding) => early(table.rows[finding].rescreenAfter, from))) ?? from;
  return { referBy, rescreenBy, due: soonest([referBy, rescreenBy]) ?? rescreenBy };
}

/**
 * See an eye doctor by, on a refer of the model alone: 4 weeks, but never later than the table's rows of macular oedema, which the
 * model does not grade and one photograph cannot exclude. Where those rows say "immediate" this is the same day.
 */
export function aiReferBy(table: GuidelineTable, from: Day): Day {
  const oedema = MACULAR_OEDEMA.map((finding) => referral(table, finding, from));
  return soonest([addToDay(from, AI_REFER_DAYS, 'day'), ...oedema]) ?? from;
}

/** Come again by, on no referral of the model alone: 12 months, but never later than the table's row without retinopathy. */
export function aiRescreenBy(table: GuidelineTable, from: Day): Day {
  return soonest([addToDay(from, AI_RESCREEN_MONTHS, 'month'), early(table.rows.none.rescreenAfter, from)]) ?? from;
}

function referral(table: GuidelineTable, finding: Finding, from: Day): Day | null {
  const row = table.rows[finding];
  if (row.refer === 'no') return null;
  if (row.referWithin !== null) return early(row.referWithin, from);
  // A table that says "refer" and one interval means that interval.
  return row.refer === null ? null : early(row.rescreenAfter, from);
}

function early(interval: Interval, from: Day): Day {
  return addToDay(from, interval.from ?? interval.to, interval.unit);
}

/** Days sort as text. */
function soonest(days: readonly (Day | null)[]): Day | null {
  const known = days.filter((day) => day !== null).sort();
  return known[0] ?? null;
}
