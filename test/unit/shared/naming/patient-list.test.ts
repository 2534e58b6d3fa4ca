import { describe, expect, it } from 'vitest';

import { AppError } from '../../../../electron/shared/errors';
import { parseFolder } from '../../../../electron/shared/naming/parse-names';
import { applyPatientList, entryOf, parsePatientList } from '../../../../electron/shared/naming/patient-list';

function paramsOf(text: string): unknown {
  try {
    parsePatientList(text);
  } catch (error) {
    if (error instanceof AppError) return [error.code, error.params['row'], error.params['column'], error.params['problem']];
    throw error;
  }
  return 'no error';
}

function nameOf(name: string) {
  const [parsed] = parseFolder({ key: '/camp', name: 'camp' }, [name]);
  if (parsed === undefined) throw new Error('nothing parsed');
  return parsed;
}

describe('a patient list', () => {
  it('is read with quotes, a byte order mark, any line ends, any column order, other columns and blank rows', () => {
    const list = parsePatientList(
      '\uFEFFEye,notes,Patient,FILE\r\nOD,"a, b",A-1,day 1\\a.jpg\r\n\r\n"left",,"Sita ""S""","x\ny.jpg"\r\n,,,b.jpg\r\nदाईं,,रोगी १,./c.jpg',
    );
    expect(Object.fromEntries(list)).toEqual({
      'day 1/a.jpg': { row: 2, patient: 'A-1', eye: 'right' },
      'x\ny.jpg': { row: 4, patient: 'Sita "S"', eye: 'left' },
      'b.jpg': { row: 5, patient: null, eye: null },
      'c.jpg': { row: 6, patient: 'रोगी १', eye: 'right' },
    });
  });

  const H = 'file,patient,eye\n';
  const rows: [string, string, [number, string, string]][] = [
    ['nothing at all', '', [1, 'file', 'column-missing']],
    ['only the header', H, [1, 'file', 'no-rows']],
    ['a missing column', 'file,eye\na.jpg,left\n', [1, 'patient', 'column-missing']],
    ['a column twice', 'file,patient,eye,eye\n', [1, 'eye', 'column-twice']],
    ['semicolons instead of commas', 'file;patient;eye\na.jpg;1;left\n', [1, 'file', 'column-missing']],
    ['a row with a field too few', `${H}a.jpg,1,left\nb.jpg,1\n`, [3, '–', 'column-count']],
    ['an open quotation mark', `${H}"a.jpg,1,left\n`, [2, '–', 'not-csv']],
    ['a blank file', `${H},1,left\n`, [2, 'file', 'file-blank']],
    ['a file twice', `${H}a.jpg,1,left\na.jpg,2,left\n`, [3, 'file', 'file-twice']],
    ['a file twice, written another way', `${H}a/b.jpg,1,left\n./a\\b.jpg,2,left\n`, [3, 'file', 'file-twice']],
    ['an absolute path', `${H}/etc/passwd,1,left\n`, [2, 'file', 'file-path']],
    ['a path of a drive', `${H}C:\\a.jpg,1,left\n`, [2, 'file', 'file-path']],
    ['a path that climbs', `${H}../a.jpg,1,left\n`, [2, 'file', 'file-path']],
    ['an endless patient', `${H}a.jpg,${'1'.repeat(101)},left\n`, [2, 'patient', 'patient-too-long']],
    ['a patient with a line break', `${H}a.jpg,"1\n2",left\n`, [2, 'patient', 'patient-control']],
    ['an eye that is none', `${H}a.jpg,1,left\nb.jpg,1,both\n`, [3, 'eye', 'eye-unknown']],
  ];
  it.each(rows)('with %s is refused, naming row and column', (_what, text, [row, column, problem]) => {
    expect(paramsOf(text)).toEqual(['patient-list-invalid', row, column, problem]);
  });
});

describe('list and name together', () => {
  const list = parsePatientList('file,patient,eye\n12_left.jpeg,Sita,OS\n12_right.jpeg,,\nother/a.jpg,Sita,R\nwrong_left.jpg,Ram,right\n');

  it('the list names the patient, in every folder the same', () => {
    const a = applyPatientList(list, '12_left.jpeg', nameOf('12_left.jpeg'));
    const b = applyPatientList(list, 'other/a.jpg', nameOf('a.jpg'));
    expect(a).toMatchObject({ patient: 'Sita', eye: 'left', patternId: 'list' });
    expect(b).toMatchObject({ patient: 'Sita', eye: 'right' });
    expect(a.patientKey).toBe(b.patientKey);
  });

  it('the name decides what the list leaves blank, and files that it does not hold', () => {
    expect(applyPatientList(list, '12_right.jpeg', nameOf('12_right.jpeg'))).toMatchObject({ patient: '12', eye: 'right' });
    expect(applyPatientList(list, '13_right.jpeg', nameOf('13_right.jpeg'))).toEqual(nameOf('13_right.jpeg'));
  });

  it('the list, which a person wrote, goes before the name', () => {
    expect(applyPatientList(list, 'wrong_left.jpg', nameOf('wrong_left.jpg'))).toMatchObject({ patient: 'Ram', eye: 'right' });
  });

  it('a patient of the list is never the same as a number in a name', () => {
    const numbered = parsePatientList('file,patient,eye\na.jpg,12,left\n');
    expect(applyPatientList(numbered, 'a.jpg', nameOf('a.jpg')).patientKey).not.toBe(nameOf('12_right.jpg').patientKey);
  });

  it('finds a file by its path, composed or not', () => {
    const composed = parsePatientList('file,patient,eye\nJos\u00E9.jpg,1,left\n');
    expect(entryOf(composed, 'Jose\u0301.jpg')?.patient).toBe('1');
    expect(entryOf(composed, 'jose.jpg')).toBeNull();
  });
});
