import { describe, expect, test } from 'vitest';
import { GATE, type GateInput, type GatePatient, promotionGate } from '../../../../electron/shared/clinical/promotion-gate';
import { wilson } from '../../../../electron/shared/statistics/intervals';

const DOCTOR = { userId: 'dr-rao', isDoctor: true };

/** Patients of one kind, of whom the models call so many right. */
function group(
  referable: boolean,
  count: number,
  right: { candidate: number; active: number },
  change: Partial<GatePatient> = {},
): GatePatient[] {
  return Array.from({ length: count }, (_, index) => ({
    referable,
    candidate: index < right.candidate === referable,
    active: index < right.active === referable,
    slices: [],
    uses: 0,
    ...change,
  }));
}

/** Enough patients, both models equally good. */
function sound(change: Partial<GateInput> = {}): GateInput {
  return {
    patients: [...group(true, 80, { candidate: 76, active: 76 }), ...group(false, 120, { candidate: 110, active: 110 })],
    knownSlices: [],
    notAdjudicated: 0,
    trainerId: 'local',
    countersignature: DOCTOR,
    ...change,
  };
}

function codes(input: GateInput): string[] {
  return promotionGate(input).reasons.map(({ code }) => code);
}

describe('the promotion gate', () => {
  test('opens for a model that is as good as the one in use, on enough adjudicated patients, with a doctor who answers for it', () => {
    expect(promotionGate(sound())).toMatchObject({ verdict: 'passed', reasons: [], stillNeeded: { referable: 0, nonReferable: 0 } });
  });

  test('wants 73 patients that need a doctor and 100 that do not, and says how many are there', () => {
    const few = promotionGate(
      sound({ patients: [...group(true, 72, { candidate: 70, active: 70 }), ...group(false, 99, { candidate: 95, active: 95 })] }),
    );
    expect(few.verdict).toBe('refused');
    expect(few.reasons).toEqual([
      { code: 'too-few-referable', params: { have: 72, need: 73 } },
      { code: 'too-few-non-referable', params: { have: 99, need: 100 } },
    ]);
    expect(few.stillNeeded).toEqual({ referable: 1, nonReferable: 1 });
  });

  test('of 73 patients 62 found is where the lower bound meets 0.75: fewer patients could not prove 0.85', () => {
    expect(wilson(62, 73).low).toBeCloseTo(GATE.floor, 3);
    expect(wilson(63, 73).low).toBeGreaterThan(GATE.floor);
  });

  test('refuses a sensitivity under 0.85 and a specificity under 0.825, and names the value', () => {
    const patients = [...group(true, 100, { candidate: 84, active: 84 }), ...group(false, 200, { candidate: 164, active: 164 })];
    expect(promotionGate(sound({ patients })).reasons).toMatchObject([
      { code: 'sensitivity-low', params: { value: 0.84, aim: 0.85 } },
      { code: 'specificity-low', params: { value: 0.82, aim: 0.825 } },
    ]);
  });

  test('refuses a model that finds fewer than the one in use', () => {
    const patients = [...group(true, 200, { candidate: 172, active: 198 }), ...group(false, 120, { candidate: 110, active: 110 })];
    expect(codes(sound({ patients }))).toEqual(['sensitivity-worse']);
  });

  test('equal models with 10 % discordant patients need about 110 of them, and the screen says how many are missing', () => {
    // 73 patients, 4 right only by the candidate and 4 only by the model in use: 11 % discordant.
    const patients = [...group(true, 73, { candidate: 69, active: 69 }), ...group(false, 120, { candidate: 110, active: 110 })];
    for (const patient of patients.slice(0, 4)) patient.active = false;
    for (const patient of patients.slice(69, 73)) patient.active = true;
    const result = promotionGate(sound({ patients }));
    expect(result.sensitivity?.differenceLow).toBeCloseTo(-0.0637, 3);
    expect(result.reasons.map(({ code }) => code)).toEqual(['sensitivity-worse']);
    expect(73 + (result.stillNeeded.referable ?? 0)).toBeGreaterThan(105);
    expect(73 + (result.stillNeeded.referable ?? 0)).toBeLessThan(125);
  });

  test('says that no number of patients would help where the model is behind by more than the margin', () => {
    const patients = [...group(true, 200, { candidate: 172, active: 198 }), ...group(false, 120, { candidate: 110, active: 110 })];
    expect(promotionGate(sound({ patients })).stillNeeded.referable).toBeNull();
  });

  test('a group with 20 referable patients blocks when its sensitivity falls by more than 0.10, not at 0.10', () => {
    const others = group(true, 180, { candidate: 178, active: 176 });
    const healthy = group(false, 120, { candidate: 110, active: 110 });
    const fall = (candidate: number): GateInput =>
      sound({ patients: [...others, ...healthy, ...group(true, 20, { candidate, active: 20 }, { slices: ['camera A'] })] });
    expect(codes(fall(18))).toEqual([]);
    expect(promotionGate(fall(17)).reasons).toEqual([
      { code: 'slice-fell', params: { slice: 'camera A', active: 1, candidate: 0.85, patients: 20 } },
    ]);
  });

  test('a smaller group is "too few" and an empty one "never tested", and neither blocks', () => {
    const patients = [...sound().patients, ...group(true, 5, { candidate: 0, active: 5 }, { slices: ['camera A'] })];
    const result = promotionGate(sound({ patients, knownSlices: ['camera B'] }));
    expect(result.notes).toEqual([
      { code: 'slice-too-few', params: { slice: 'camera A', have: 5, need: 20 } },
      { code: 'slice-never-tested', params: { slice: 'camera B' } },
    ]);
    expect(result.reasons.filter(({ code }) => code === 'slice-fell')).toEqual([]);
  });

  test('patients who were used five times no longer count', () => {
    const patients = sound().patients.map((patient) => ({ ...patient, uses: 5 }));
    const result = promotionGate(sound({ patients }));
    expect(result.notes).toEqual([{ code: 'patients-used-up', params: { patients: 200, uses: 5 } }]);
    expect(result.reasons.map(({ code }) => code)).toEqual(['too-few-referable', 'too-few-non-referable']);
    expect(result.verdict).toBe('refused');
  });

  test.each([
    [null, 'not-countersigned'],
    [{ userId: 'anil', isDoctor: false }, 'countersigner-not-doctor'],
    [{ userId: 'local', isDoctor: true }, 'countersigned-by-trainer'],
  ])('stays shut without another doctor: %j', (countersignature, code) => {
    expect(promotionGate(sound({ countersignature }))).toMatchObject({ verdict: 'refused', reasons: [{ code }] });
  });

  test('on labels of one reader a model may come into use only as not validated here, and only if all else is in order', () => {
    expect(promotionGate(sound({ notAdjudicated: 3 }))).toMatchObject({
      verdict: 'not-validated-here',
      reasons: [{ code: 'labels-not-adjudicated', params: { patients: 3 } }],
    });
    expect(promotionGate(sound({ notAdjudicated: 3, countersignature: null })).verdict).toBe('refused');
  });

  test('nobody to measure on is never a pass', () => {
    expect(promotionGate(sound({ patients: [] })).verdict).toBe('refused');
  });
});
