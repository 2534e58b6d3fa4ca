import { describe, expect, it } from 'vitest';
import { eyeRow, evidenceOf, imageResult, operatingPointOf, patientRow } from '../../../../electron/shared/clinical/outcome';
import type { Circumstances, ImageEvidence } from '../../../../electron/shared/clinical/outcome';
import { EYES } from '../../../../electron/shared/domain/codes';
import type { Eye, ImageResult, PatientResult } from '../../../../electron/shared/domain/codes';
import type { EyeReason, GradeProbabilities, PatientReason } from '../../../../electron/shared/domain/screening';

const POINT = { refer: 0.4, urgent: 0.3 };
const NAME = { patient: '12', patientId: null, identified: true };
const LOW: GradeProbabilities = [0.2, 0.1, 0.02, 0.01];
const HIGH: GradeProbabilities = [0.9, 0.7, 0.1, 0.05];
const SEVERE: GradeProbabilities = [0.99, 0.95, 0.6, 0.2];

type Maker = (eye: Eye | null) => ImageEvidence;
const clear: Maker = (eye) => ({ imageId: 'clear', eye, kind: 'retina', gradable: true, p: LOW });
const diseased: Maker = (eye) => ({ imageId: 'diseased', eye, kind: 'retina', gradable: true, p: HIGH });
const severe: Maker = (eye) => ({ imageId: 'severe', eye, kind: 'retina', gradable: true, p: SEVERE });
const blurred: Maker = (eye) => ({ imageId: 'blurred', eye, kind: 'retina', gradable: false, p: LOW });
const blurredDiseased: Maker = (eye) => ({ imageId: 'blurred-diseased', eye, kind: 'retina', gradable: false, p: HIGH });
const street: Maker = (eye) => ({ imageId: 'street', eye, kind: 'not-fundus' });
const broken: Maker = (eye) => ({ imageId: null, eye, kind: 'failed' });
const unscored: Maker = (eye) => ({ imageId: 'unscored', eye, kind: 'retina', gradable: true, p: [NaN, NaN, NaN, NaN] });

function judge(images: ImageEvidence[], circumstances?: Circumstances) {
  return patientRow(NAME, images, POINT, circumstances);
}

describe('the result of an image', () => {
  const p = (p2: number, p3 = 0): GradeProbabilities => [1, p2, p3, 0];
  const rows: [string, ImageEvidence, ImageResult][] = [
    ['a gradable retina below the threshold is no-refer', clear('left'), 'no-refer'],
    ['a gradable retina at the threshold is refer', { ...clear('left'), kind: 'retina', gradable: true, p: p(0.4) }, 'refer'],
    [
      'a gradable retina just below the threshold is no-refer',
      { ...clear('left'), kind: 'retina', gradable: true, p: p(0.39999) },
      'no-refer',
    ],
    ['a rejected retina at the threshold is refer', { ...clear('left'), kind: 'retina', gradable: false, p: p(0.4) }, 'refer'],
    ['a rejected retina below the threshold is refer-ungradable', blurred('left'), 'refer-ungradable'],
    ['what is not a fundus photograph is refer-ungradable', street('left'), 'refer-ungradable'],
    ['a file that failed is an error', broken('left'), 'error'],
    ['a score that is not a number is an error, never no-refer', unscored('left'), 'error'],
    [
      'severe disease at the urgent threshold is refer, whatever p2',
      { ...clear('left'), kind: 'retina', gradable: true, p: p(0.35, 0.3) },
      'refer',
    ],
    ['an unknown side changes nothing for the image itself', clear(null), 'no-refer'],
  ];
  it.each(rows)('%s', (_sentence, image, result) => {
    expect(imageResult(image, POINT)).toBe(result);
  });

  it('a threshold that is not a number refers instead of clearing', () => {
    expect(imageResult(clear('left'), { refer: NaN, urgent: NaN })).toBe('refer');
  });

  it('is read from a stored row: an error is a failed file, no probabilities is no retina', () => {
    const row = { imageId: 'a', eye: 'left' as const, gradable: false, p: null, error: null };
    expect(evidenceOf(row).kind).toBe('not-fundus');
    expect(evidenceOf({ ...row, error: { code: 'image-truncated', params: {} } }).kind).toBe('failed');
    expect(evidenceOf({ ...row, gradable: true, p: LOW })).toEqual({ imageId: 'a', eye: 'left', kind: 'retina', gradable: true, p: LOW });
  });
});

describe('the result of an eye', () => {
  const rows: [string, Maker[], PatientResult, EyeReason[]][] = [
    ['one gradable photograph below the threshold completes it', [clear], 'no-refer', ['below-threshold']],
    ['no photograph leaves it missing', [], 'incomplete', ['missing']],
    ['only a picture of something else: it counts as not photographed', [street], 'incomplete', ['missing', 'not-fundus']],
    ['only a rejected photograph: ungradable', [blurred], 'ungradable', ['ungradable']],
    ['a rejected photograph and a good retake: complete', [blurred, clear], 'no-refer', ['below-threshold']],
    ['a picture of something else and a good retake: complete', [street, clear], 'no-refer', ['below-threshold']],
    ['a file that failed: incomplete', [broken], 'incomplete', ['file-failed']],
    ['a file that failed beside a good photograph: incomplete all the same', [broken, clear], 'incomplete', ['file-failed']],
    ['a file that failed beside a rejected one: ungradable, both named', [broken, blurred], 'ungradable', ['file-failed', 'ungradable']],
    ['one score over the threshold decides over a good photograph', [clear, diseased], 'refer', ['score']],
    ['a rejected photograph over the threshold refers and still asks for a retake', [blurredDiseased], 'refer', ['score', 'ungradable']],
    ['a good retake takes a referral by a rejected photograph not back', [blurredDiseased, clear], 'refer', ['score']],
    ['a score and a failed file: refer, both named', [diseased, broken], 'refer', ['score', 'file-failed']],
    ['a score that is not a number counts as a failed file', [unscored, clear], 'incomplete', ['file-failed']],
  ];
  it.each(rows)('%s', (_sentence, makers, result, reasons) => {
    const eye = eyeRow('right', [...makers.map((make) => make('right')), severe('left')], POINT);
    expect(eye.result).toBe(result);
    expect(eye.reasons).toEqual(reasons);
  });

  it('reports the worst score over all scored images, rejected ones included', () => {
    expect(eyeRow('right', [clear('right'), blurredDiseased('right'), severe('left')], POINT).p2).toBe(HIGH[1]);
    expect(eyeRow('right', [street('right'), broken('right')], POINT).p2).toBeNull();
  });
});

describe('the result of a patient', () => {
  const R = 'right';
  const L = 'left';
  const rows: [string, ImageEvidence[], PatientResult, PatientReason[]][] = [
    ['both eyes gradable and below: no-refer', [clear(R), clear(L)], 'no-refer', ['below-threshold']],
    ['one eye over the threshold: refer', [clear(R), diseased(L)], 'refer', ['score', 'below-threshold']],
    ['one eye only, below: incomplete', [clear(R)], 'incomplete', ['eye-missing', 'below-threshold']],
    ['one eye only, over: refer, and the missing eye is named', [diseased(R)], 'refer', ['score', 'eye-missing']],
    ['one eye twice is not two eyes', [clear(R), clear(R)], 'incomplete', ['eye-missing', 'below-threshold']],
    ['one eye rejected: ungradable', [clear(R), blurred(L)], 'ungradable', ['ungradable', 'below-threshold']],
    ['both eyes rejected: ungradable', [blurred(R), blurred(L)], 'ungradable', ['ungradable']],
    ['one eye rejected, the other missing: ungradable, both named', [blurred(R)], 'ungradable', ['ungradable', 'eye-missing']],
    ['one eye rejected, the other failed: ungradable, both named', [blurred(R), broken(L)], 'ungradable', ['ungradable', 'file-failed']],
    [
      'one eye rejected over the threshold, the other good: refer',
      [blurredDiseased(R), clear(L)],
      'refer',
      ['score', 'ungradable', 'below-threshold'],
    ],
    ['one eye rejected, the other over: refer', [blurred(R), diseased(L)], 'refer', ['score', 'ungradable']],
    ['one eye is a picture of something else: incomplete', [clear(R), street(L)], 'incomplete', ['eye-missing', 'below-threshold']],
    ['a file failed beside two good eyes: incomplete', [clear(R), clear(L), broken(R)], 'incomplete', ['file-failed', 'below-threshold']],
    [
      'a file of unknown side failed beside two good eyes: incomplete',
      [clear(R), clear(L), broken(null)],
      'incomplete',
      ['file-failed', 'eye-unknown', 'below-threshold'],
    ],
    [
      'a photograph of unknown side beside two good eyes: incomplete',
      [clear(R), clear(L), clear(null)],
      'incomplete',
      ['eye-unknown', 'below-threshold'],
    ],
    [
      'a photograph of unknown side does not stand for the missing eye',
      [clear(R), clear(null)],
      'incomplete',
      ['eye-missing', 'eye-unknown', 'below-threshold'],
    ],
    [
      'a photograph of unknown side over the threshold: refer',
      [clear(R), clear(L), diseased(null)],
      'refer',
      ['score', 'eye-unknown', 'below-threshold'],
    ],
    [
      'something else of unknown side beside two good eyes: incomplete, the gate may err',
      [clear(R), clear(L), street(null)],
      'incomplete',
      ['eye-unknown', 'below-threshold'],
    ],
    ['no photograph at all: incomplete', [], 'incomplete', ['eye-missing']],
    ['only failed files: incomplete', [broken(R), broken(L)], 'incomplete', ['file-failed']],
    ['a failed file and a score: refer', [diseased(R), broken(L)], 'refer', ['score', 'file-failed']],
  ];
  it.each(rows)('%s', (_sentence, images, result, reasons) => {
    const row = judge(images);
    expect(row.result).toBe(result);
    expect(row.reasons).toEqual(reasons);
  });

  const people: [string, ImageEvidence[], Circumstances, PatientResult][] = [
    ['an absent eye is excused', [clear(R)], { eyes: { left: 'absent' } }, 'no-refer'],
    ['a photograph of the prosthesis changes nothing', [clear(R), street(L)], { eyes: { left: 'absent' } }, 'no-refer'],
    ['an absent eye does not excuse the other', [], { eyes: { left: 'absent' } }, 'incomplete'],
    ['a retina photographed in an absent eye: the side is unknown', [clear(R), clear(L)], { eyes: { left: 'absent' } }, 'incomplete'],
    ['a file that failed for an absent eye: incomplete', [clear(R), broken(L)], { eyes: { left: 'absent' } }, 'incomplete'],
    ['nobody without eyes to photograph is cleared', [], { eyes: { left: 'absent', right: 'absent' } }, 'incomplete'],
    ['an opaque eye refers', [clear(R)], { eyes: { left: 'opaque' } }, 'refer'],
    ['an opaque eye refers in spite of a photograph below the threshold', [clear(R), clear(L)], { eyes: { left: 'opaque' } }, 'refer'],
    ['vision, symptoms, history or a technician can raise a clear result', [clear(R), clear(L)], { raised: true }, 'refer'],
    ['and an incomplete one', [], { raised: true }, 'refer'],
    ['not being raised lowers nothing', [diseased(R), clear(L)], { raised: false }, 'refer'],
  ];
  it.each(people)('%s', (_sentence, images, circumstances, result) => {
    expect(judge(images, circumstances).result).toBe(result);
  });

  it('is urgent by P(grade >= 3) of any scored photograph, rejected or of unknown side', () => {
    expect(judge([diseased(R), clear(L)]).urgent).toBe(false);
    expect(judge([severe(R), clear(L)]).urgent).toBe(true);
    expect(judge([clear(R), clear(L), severe(null)])).toMatchObject({ urgent: true, result: 'refer' });
    expect(judge([{ ...severe(R), kind: 'retina', gradable: false, p: SEVERE }, clear(L)])).toMatchObject({
      urgent: true,
      result: 'refer',
    });
  });

  it('is never urgent where the model has no urgent point', () => {
    const card = {
      operatingPoints: { screening: { threshold: 0.4, chosen: '', sensitivity: null, specificity: null }, confirm: null, urgent: null },
    };
    const point = operatingPointOf(card);
    expect(point).toEqual({ refer: 0.4, urgent: null });
    if (point !== null) expect(patientRow(NAME, [severe(R)], point)).toMatchObject({ urgent: false, result: 'refer' });
    expect(operatingPointOf({ operatingPoints: null })).toBeNull();
  });

  it('lists photographs of unknown side apart from the eyes', () => {
    const row = judge([clear(R), blurred(null)]);
    expect(row.eyes.map((eye) => eye.imageIds)).toEqual([['clear'], []]);
    expect(row.unplacedImageIds).toEqual(['blurred']);
  });

  it('a photograph without a patient stands alone and is never no-refer', () => {
    for (const make of [clear, blurred, street, broken, unscored]) {
      for (const eye of [R, L, null] as const) {
        const row = patientRow({ patient: 'a.jpg', patientId: null, identified: false }, [make(eye)], POINT);
        expect(row.result).not.toBe('no-refer');
        expect(row.identified).toBe(false);
      }
    }
    expect(patientRow({ patient: 'a.jpg', patientId: null, identified: false }, [diseased(null)], POINT).result).toBe('refer');
  });
});

describe('over every examination of up to three photographs, and one more', () => {
  const makers = [clear, diseased, severe, blurred, blurredDiseased, street, broken, unscored];
  const photographs = makers.flatMap((make) => [...EYES, null].map((eye) => make(eye)));
  const examinations: ImageEvidence[][] = [[]];
  // Results do not depend on order, so sorted index tuples cover all.
  const grow = (from: ImageEvidence[], start: number, left: number): void => {
    for (let index = start; left > 0 && index < photographs.length; index++) {
      const photograph = photographs[index];
      if (photograph === undefined) continue;
      const next = [...from, photograph];
      examinations.push(next);
      grow(next, index, left - 1);
    }
  };
  grow([], 0, 3);
  const RANK: Record<PatientResult, number> = { 'no-refer': 0, incomplete: 1, ungradable: 2, refer: 3 };

  it('no added photograph takes a referral or its urgency back', () => {
    for (const images of examinations) {
      const before = judge(images);
      if (before.result !== 'refer') continue;
      for (const added of photographs) {
        const after = judge([...images, added]);
        if (after.result !== 'refer' || (before.urgent && !after.urgent)) expect.fail(describeRun([...images, added]));
      }
    }
  });

  it('only a gradable photograph of a known eye can better a result', () => {
    for (const images of examinations) {
      const before = RANK[judge(images).result];
      for (const added of photographs) {
        if (added.kind === 'retina' && added.gradable && added.eye !== null) continue;
        if (RANK[judge([...images, added]).result] < before) expect.fail(describeRun([...images, added]));
      }
    }
  });

  it('taking a good photograph away, or all of one eye, never clears', () => {
    for (const images of examinations) {
      const before = RANK[judge(images).result];
      for (const [index, removed] of images.entries()) {
        if (removed.kind !== 'retina' || imageResult(removed, POINT) !== 'no-refer' || removed.eye === null) continue;
        if (RANK[judge(images.filter((_, other) => other !== index)).result] < Math.min(before, 1)) expect.fail(describeRun(images));
      }
      for (const eye of EYES) {
        expect(judge(images.filter((image) => image.eye !== eye)).result).not.toBe('no-refer');
      }
    }
  });

  it('no-refer means: both eyes seen in a gradable photograph, every score below, no file failed, no side unknown', () => {
    let cleared = 0;
    for (const images of examinations) {
      if (judge(images).result !== 'no-refer') continue;
      cleared++;
      for (const eye of EYES) expect(images.some((image) => image.eye === eye && image.kind === 'retina' && image.gradable)).toBe(true);
      for (const image of images) {
        expect(image.eye).not.toBeNull();
        expect(['no-refer', 'refer-ungradable']).toContain(imageResult(image, POINT));
      }
    }
    expect(cleared).toBeGreaterThan(0);
  });

  it('the order of the photographs does not matter', () => {
    for (const images of examinations) {
      const { result, reasons, urgent } = judge(images);
      expect(judge([...images].reverse())).toMatchObject({ result, reasons, urgent });
    }
  });

  function describeRun(images: ImageEvidence[]): string {
    return images.map((image) => `${image.eye ?? 'unknown'} ${image.imageId ?? 'failed'}`).join(', ');
  }
});
