import { describe, expect, it } from 'vitest';
import { parseLabelList } from '../../../../electron/services/train/label-list';
import { isHeldBack, isLocked } from '../../../../electron/services/train/partitions';
import { AppError } from '../../../../electron/shared/errors';
import { errorOf } from '../../../helpers/errors';

function problem(text: string): unknown {
  const error = errorOf(() => parseLabelList(text));
  return error instanceof AppError ? [error.code, error.params] : error;
}

describe('a list of labelled photographs', () => {
  it('takes the stated referable before the grade, and leaves out and counts what has neither', () => {
    const list = parseLabelList('file,patient,grade,referable\na.jpg,1,1,1\nb.jpg,2,3,\nc.jpg,3,,0\nd.jpg,4,,\n');
    expect(list.files.map(({ file, grade, referable }) => [file, grade, referable])).toEqual([
      ['a.jpg', 1, true],
      ['b.jpg', 3, true],
      ['c.jpg', null, false],
    ]);
    expect(list.unlabelled).toBe(1);
  });

  it('gives a blank patient a patient of its own, so that two never share a partition by accident', () => {
    const [first, second] = parseLabelList('file,patient,grade\na.jpg,,0\nb.jpg,,2\n').files;
    expect(first?.patient).not.toBe(second?.patient);
  });

  it('names columns that it does not know', () => {
    expect(parseLabelList('file,patient,grade,doctor\na.jpg,1,0,x\n').unknownColumns).toEqual(['doctor']);
  });

  it.each([
    ['file,grade\na.jpg,0\n', { row: 1, column: 'patient', problem: 'column-missing' }],
    ['file,patient\na.jpg,1\n', { row: 1, column: 'grade', problem: 'column-missing' }],
    ['file,patient,grade\na.jpg,1,5\n', { row: 2, column: 'grade', problem: 'grade-unknown' }],
    ['file,patient,referable\na.jpg,1,yes\n', { row: 2, column: 'referable', problem: 'referable-unknown' }],
    ['file,patient,grade\n../a.jpg,1,0\n', { row: 2, column: 'file', problem: 'file-path' }],
    ['file,patient,grade\na.jpg,1,0\na.jpg,2,0\n', { row: 3, column: 'file', problem: 'file-twice' }],
    ['file,patient,grade\na.jpg,1\n', { row: 2, column: '', problem: 'column-count' }],
    ['file,patient,grade\na.jpg,1,\n', { row: 1, column: 'grade', problem: 'no-rows' }],
  ])('%j is refused by row and column', (text, params) => {
    expect(problem(text)).toEqual(['label-list-invalid', params]);
  });
});

describe('partitions', () => {
  const patients = Array.from({ length: 5000 }, (_, patient) => `p${patient}`);

  it('lock about 15 of 100 patients, the same ones everywhere', () => {
    const share = patients.filter(isLocked).length / patients.length;
    expect(share).toBeGreaterThan(0.135);
    expect(share).toBeLessThan(0.165);
    // The digest as one whole number modulo 100, by an independent program.
    expect(LOCKED_BY_PYTHON.filter((patient) => !isLocked(patient))).toEqual([]);
    expect(OPEN_BY_PYTHON.filter(isLocked)).toEqual([]);
  });

  it('keep calibration patients independent of the locked ones', () => {
    const open = patients.filter((patient) => !isLocked(patient));
    const share = open.filter((patient) => isHeldBack(patient, 0.15)).length / open.length;
    expect(share).toBeGreaterThan(0.13);
    expect(share).toBeLessThan(0.17);
  });
});

const LOCKED_BY_PYTHON = ['p8', 'p10', 'p17', 'p19', 'p29', 'p32', 'p43', 'p46', 'p48', 'p49'];
const OPEN_BY_PYTHON = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p9', 'p11', 'p12', 'p13'];
