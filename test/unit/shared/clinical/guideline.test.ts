import { describe, expect, it } from 'vitest';

import { addToDay, dayText, monthText, siteDay } from '../../../../electron/shared/clinical/days';
import {
  aiReferBy,
  aiRescreenBy,
  dueDays,
  FINDINGS,
  GUIDELINES,
  guidelineSchema,
  guidelineTable,
} from '../../../../electron/shared/clinical/guideline';
import type { Finding, GuidelineTable } from '../../../../electron/shared/clinical/guideline';

const DAY = '2026-01-31';

function table(code: string): GuidelineTable {
  const found = guidelineTable(code);
  if (found === null) throw new Error(`no ${code}`);
  return found;
}

/** A row as the sources print it: "immediate", "3-6 month", "< 3 month". */
function print(code: string, finding: Finding): string {
  const { refer, referWithin, rescreenAfter } = table(code).rows[finding];
  const interval = (value: typeof referWithin): string => {
    if (value === null) return '';
    if (value.to === 0) return 'immediate';
    if (value.from === null) return `< ${value.to} ${value.unit}`;
    return `${value.from === value.to ? value.to : `${value.from}-${value.to}`} ${value.unit}`;
  };
  return [refer ?? '', interval(referWithin), interval(rescreenAfter)].join(' | ');
}

describe('the guideline tables', () => {
  it('hold exactly AIOS/VRSI 2020: referral, follow-up', () => {
    expect(FINDINGS.map((finding) => print('aios-vrsi-2020', finding))).toEqual([
      ' | 1 year | 1-2 year',
      ' | 1 year | 1 year',
      ' | 3-6 month | 6 month',
      ' | immediate | 3 month',
      ' | immediate | 3 month',
      ' | immediate | 3 month',
      ' | immediate | 1-2 month',
    ]);
  });

  it('hold exactly ICO 2017, high and low resource', () => {
    expect(FINDINGS.map((finding) => print('ico-2017', finding))).toEqual([
      'no |  | 1-2 year',
      'no |  | 6-12 month',
      'yes |  | 3-6 month',
      'yes |  | < 3 month',
      'yes |  | < 1 month',
      'yes |  | 3 month',
      'yes |  | 1 month',
    ]);
    expect(FINDINGS.map((finding) => print('ico-2017-low-resource', finding))).toEqual([
      'no |  | 1-2 year',
      'no |  | 1-2 year',
      'yes |  | 6-12 month',
      'yes |  | < 3 month',
      'yes |  | < 1 month',
      'where-laser-exists |  | 3 month',
      'yes |  | 1 month',
    ]);
  });

  it('are two guidelines, and no other code is known', () => {
    expect(GUIDELINES.map(({ id }) => id)).toEqual(['aios-vrsi-2020', 'ico-2017']);
    expect(guidelineTable('india-2025')).toBeNull();
  });

  it('are refused without a row or with a field too many', () => {
    const guideline = structuredClone(GUIDELINES[0]);
    expect(guidelineSchema.safeParse({ ...guideline, extra: 1 }).success).toBe(false);
    if (guideline?.tables[0] !== undefined) delete (guideline.tables[0].rows as Partial<GuidelineTable['rows']>).severe;
    expect(guidelineSchema.safeParse(guideline).success).toBe(false);
  });
});

describe('when a patient is due', () => {
  it('the sooner of referral and rescreening is printed', () => {
    expect(dueDays(table('aios-vrsi-2020'), ['severe'], DAY)).toEqual({ referBy: DAY, rescreenBy: '2026-04-30', due: DAY });
    expect(dueDays(table('aios-vrsi-2020'), ['moderate'], DAY)).toEqual({
      referBy: '2026-04-30',
      rescreenBy: '2026-07-31',
      due: '2026-04-30',
    });
    expect(dueDays(table('ico-2017'), ['mild'], DAY)).toEqual({ referBy: null, rescreenBy: '2026-07-31', due: '2026-07-31' });
  });

  it('the soonest of several findings wins', () => {
    expect(dueDays(table('ico-2017'), ['moderate', 'dme-centre'], DAY).due).toBe('2026-02-28');
    expect(dueDays(table('ico-2017-low-resource'), ['none', 'severe'], DAY)).toMatchObject({ referBy: '2026-04-30', due: '2026-04-30' });
  });

  it('a refer of the model alone is due within 4 weeks and never later than any row of macular oedema', () => {
    expect(aiReferBy(table('ico-2017'), DAY)).toBe('2026-02-28');
    expect(aiReferBy(table('ico-2017'), '2026-03-01')).toBe('2026-03-29');
    expect(aiReferBy(table('aios-vrsi-2020'), DAY)).toBe(DAY);
    for (const { tables } of GUIDELINES) {
      for (const one of tables) {
        for (let offset = 0; offset < 800; offset++) {
          const from = addToDay('2026-01-01', offset, 'day');
          const by = aiReferBy(one, from);
          expect(by <= addToDay(from, 28, 'day')).toBe(true);
          for (const finding of ['dme-centre', 'dme-non-centre'] as const) {
            const { referBy } = dueDays(one, [finding], from);
            expect(referBy === null || by <= referBy).toBe(true);
          }
        }
      }
    }
  });

  it('no referral by the model alone is 12 months', () => {
    for (const code of ['aios-vrsi-2020', 'ico-2017', 'ico-2017-low-resource']) expect(aiRescreenBy(table(code), DAY)).toBe('2027-01-31');
    expect(aiRescreenBy(table('ico-2017'), '2028-02-29')).toBe('2029-02-28');
  });
});

describe('days', () => {
  it('are the days of the site, not of the machine', () => {
    const evening = Date.UTC(2026, 11, 31, 19, 0);
    expect(siteDay(evening, 'Asia/Kolkata')).toBe('2027-01-01');
    expect(siteDay(evening, 'UTC')).toBe('2026-12-31');
    expect(siteDay(evening, 'America/New_York')).toBe('2026-12-31');
    expect(() => siteDay(evening, 'Mars/Olympus')).toThrow(RangeError);
  });

  it('a month later ends on the last day of a shorter month', () => {
    expect(addToDay('2026-01-31', 1, 'month')).toBe('2026-02-28');
    expect(addToDay('2028-01-31', 1, 'month')).toBe('2028-02-29');
    expect(addToDay('2026-12-15', 1, 'month')).toBe('2027-01-15');
    expect(addToDay('2026-11-30', 3, 'month')).toBe('2027-02-28');
    expect(addToDay('2028-02-29', 1, 'year')).toBe('2029-02-28');
    expect(addToDay('2026-12-31', 1, 'day')).toBe('2027-01-01');
  });

  it('are written out in the reader\u2019s language', () => {
    expect(dayText('2026-12-21', 'en')).toBe('21 December 2026');
    expect(dayText('2026-12-21', 'hi')).toBe('21 दिसंबर 2026');
    expect(dayText('2026-12-21', 'ta')).toBe('21 டிசம்பர், 2026');
    expect(monthText('2027-11-23', 'en')).toBe('November 2027');
  });
});
