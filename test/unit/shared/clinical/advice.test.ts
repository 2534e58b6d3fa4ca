import { describe, expect, it } from 'vitest';
import { adviceFor, aiResult } from '../../../../electron/shared/clinical/advice';
import { PATIENT_RESULTS, SITE_MODES } from '../../../../electron/shared/domain/codes';

const ISSUED = { siteMode: 'ai-result-issued', validatedHere: true } as const;

describe('advice', () => {
  it('says "come again" only where AI results are issued and a doctor has signed the validation', () => {
    for (const siteMode of SITE_MODES) {
      for (const validatedHere of [true, false]) {
        const allowed = siteMode === 'ai-result-issued' && validatedHere;
        expect(adviceFor({ result: 'no-refer', urgent: false }, { siteMode, validatedHere })).toBe(
          allowed ? 'come-again' : 'doctor-will-read',
        );
      }
    }
  });

  it('refers at once when urgent, else by a date, in every mode', () => {
    for (const siteMode of SITE_MODES) {
      expect(adviceFor({ result: 'refer', urgent: true }, { siteMode, validatedHere: false })).toBe('see-doctor-now');
      expect(adviceFor({ result: 'refer', urgent: false }, { siteMode, validatedHere: false })).toBe('see-doctor-by');
    }
  });

  it('offers a retake, and an eye doctor when no more tries are left', () => {
    expect(adviceFor({ result: 'ungradable', urgent: false }, ISSUED)).toBe('take-photo-again');
    expect(adviceFor({ result: 'ungradable', urgent: false }, ISSUED, false)).toBe('could-not-see');
    expect(adviceFor({ result: 'incomplete', urgent: false }, ISSUED, false)).toBe('could-not-see');
  });

  it('never tells anybody to come again but on no-refer', () => {
    for (const result of PATIENT_RESULTS) {
      if (result !== 'no-refer') expect(adviceFor({ result, urgent: false }, ISSUED)).not.toBe('come-again');
    }
  });

  it('an AI result has four values, and an incomplete examination none of them', () => {
    expect(aiResult({ result: 'refer', urgent: true })).toBe('refer-urgently');
    expect(aiResult({ result: 'refer', urgent: false })).toBe('refer');
    expect(aiResult({ result: 'no-refer', urgent: false })).toBe('no-referral');
    expect(aiResult({ result: 'ungradable', urgent: false })).toBe('could-not-be-read');
    expect(aiResult({ result: 'incomplete', urgent: false })).toBeNull();
  });
});
