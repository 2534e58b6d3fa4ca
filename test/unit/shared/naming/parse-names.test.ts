import { describe, expect, it } from 'vitest';

import source from '../../../../resources/patterns/file-names.json';
import type { Eye } from '../../../../electron/shared/domain/codes';
import { parseFolder } from '../../../../electron/shared/naming/parse-names';
import { compilePatterns } from '../../../../electron/shared/naming/patterns';

const CAMP = { key: '/camp', name: 'camp' };

/** One name in a folder that says nothing. */
function parse(name: string, folder = CAMP) {
  const [parsed] = parseFolder(folder, [name]);
  return { patient: parsed?.patient, eye: parsed?.eye };
}

describe('a file name', () => {
  const rows: [string, string | null, Eye | null][] = [
    // Real names of public sets.
    ['12_left.jpeg', '12', 'left'],
    ['10007_right.jpeg', '10007', 'right'],
    ['0_left_69_Female_C.jpg', '0', 'left'],
    ['2078_right_42_Female_DH.jpg', '2078', 'right'],
    ['Image_01L.jpg', '01', 'left'],
    ['Image_14R.jpg', '14', 'right'],
    ['train_001.jpg', null, null],
    ['IDRiD_01.jpg', null, null],
    ['IDRiD_009_2.jpg', null, null],
    ['IDRiD_01_OD.tif', null, null], // the optic disc, not a right eye
    ['train_001_lesions.png', null, null],
    ['e19936582c61.jpg', null, null],
    ['0024cdab0c1e.png', null, null],
    ['drimdb_bad (11).jpg', null, null],
    ['20051019_38557_0100_PP.tif', null, null],
    ['im0001.png', null, null],
    // Camps and cameras.
    ['P001_OD.jpg', 'P001', 'right'],
    ['P001_OS_2.jpg', 'P001', 'left'],
    ['P001-re.jpg', 'P001', 'right'],
    ['MRN 4711 LE.JPG', null, 'left'],
    ['12_R_1.jpg', '12', 'right'],
    ['12_l.jpg', '12', 'left'],
    ['12R.jpg', '12', 'right'],
    ['12 right eye.png', '12', 'right'],
    ['P001_OD1.jpg', 'P001', 'right'],
    ['OS_0001.jpg', null, 'left'],
    ['IMG_R_0001.jpg', null, 'right'],
    ['IMG0001_R.jpg', null, 'right'],
    ['R.jpg', null, 'right'],
    ['LEFT.TIF', null, 'left'],
    ['Ramesh_OD.jpg', null, 'right'],
    // A person's initial is not an eye.
    ['R Kumar.jpg', null, null],
    ['KUMAR_R.jpg', null, null],
    ['12_R_Kumar.jpg', null, null],
    ['LE_VAN_12.jpg', null, null],
    ['re-take_12.jpg', null, null],
    ['RETAKE 12.jpg', null, null],
    ['12_RE_TAKE.jpg', null, null],
    ['bright_12.jpg', null, null],
    ['copyright.jpg', null, null],
    ['OD mask.png', null, null],
    // Contradictions.
    ['12_left_right.jpg', null, null],
    ['P001_OD_OS.jpg', null, null],
    ['12_left_R.jpg', null, null],
    ['0_left_69_Female_right.jpg', null, null],
    // Days and counters are not patients.
    ['20240115_R.jpg', null, 'right'],
    ['15012024_left.jpg', null, 'left'],
    ['240115_R_003.jpg', null, 'right'],
    ['240115_left.jpg', '240115', 'left'],
    ['123456789012_left.jpg', null, 'left'], // as long as a national identity number, which is never stored
    // Other scripts.
    ['१२_left.jpeg', '१२', 'left'],
    ['१२_दाईं.jpg', '१२', 'right'],
    ['रोगी12_बाईं आँख.jpg', 'रोगी12', 'left'],
    ['सीता_दाहिनी.jpg', null, 'right'],
    ['दाईंबाईं.jpg', null, null],
    // Names that are hardly text.
    ['12_left\n.jpeg', null, 'left'],
    ['12\n_left.jpeg', null, 'left'],
    ['\uFFFD12_left.jpeg', null, 'left'],
    ['.jpg', null, null],
    ['', null, null],
    ['jpg', null, null],
  ];
  it.each(rows)('%j is patient %j, eye %j', (name, patient, eye) => {
    expect(parse(name)).toEqual({ patient, eye });
  });

  it('composed and decomposed letters are the same patient', () => {
    const [a, b] = parseFolder(CAMP, ['Jos\u00E912_OD.jpg', 'Jose\u030112_OS.jpg']);
    expect(a?.patientKey).toBe(b?.patientKey);
    expect(a?.patientKey).not.toBeNull();
  });

  it('bytes that are no text never make two names one patient', () => {
    const parsed = parseFolder(CAMP, ['\uFFFD1_left.jpg', '\uFFFD1_right.jpg']);
    expect(parsed.map(({ patientKey }) => patientKey)).toEqual([null, null]);
  });
});

describe('a patient', () => {
  it('is the same for both eyes and repeats within a folder', () => {
    const parsed = parseFolder(CAMP, ['12_left.jpeg', '12_right.jpeg', '12_left_2.jpeg', '12R.jpg']);
    expect(new Set(parsed.map(({ patientKey }) => patientKey)).size).toBe(1);
  });

  it('is not joined across folders by a number', () => {
    const [a] = parseFolder({ key: '/a', name: 'a' }, ['12_left.jpeg']);
    const [b] = parseFolder({ key: '/b', name: 'b' }, ['12_right.jpeg']);
    expect(a?.patientKey).not.toBe(b?.patientKey);
  });

  it('is not joined by the same number of another numbering', () => {
    const [a, b] = parseFolder(CAMP, ['1_left_69_Female_C.jpg', '1_right.jpg']);
    expect(a?.patientKey).not.toBe(b?.patientKey);
  });

  it('is not joined over a leading zero', () => {
    const [a, b] = parseFolder(CAMP, ['012_left.jpg', '12_right.jpg']);
    expect(a?.patientKey).not.toBe(b?.patientKey);
  });

  it('is not a number that more than 12 images of the folder share', () => {
    const names = Array.from({ length: 13 }, (_, index) => `7_R_${index}.jpg`);
    expect(parseFolder(CAMP, names).every(({ patientKey, eye }) => patientKey === null && eye === 'right')).toBe(true);
    expect(parseFolder(CAMP, names.slice(1)).every(({ patient }) => patient === '7')).toBe(true);
  });
});

describe('a folder', () => {
  const named = (name: string) => ({ key: `/camp/${name}`, name });

  it('is a patient when a pattern says so', () => {
    for (const [folder, patient] of [
      ['P001', 'P001'],
      ['patient_12', '12'],
      ['Patient 7', '7'],
      ['रोगी १२', '१२'],
    ] as const) {
      const parsed = parseFolder(named(folder), ['OD.jpg', 'OS.jpg', 'IMG_0003.jpg']);
      expect(parsed.map((image) => image.patient)).toEqual([patient, patient, patient]);
      expect(parsed.map(({ eye }) => eye)).toEqual(['right', 'left', null]);
      expect(new Set(parsed.map(({ patientKey }) => patientKey)).size).toBe(1);
    }
  });

  it('is no patient without a pattern', () => {
    for (const folder of ['eyepacs', 'camp', '12', '2024', 'Ramesh', 'train']) {
      expect(parseFolder(named(folder), ['OD.jpg', 'OS.jpg']).map(({ patientKey }) => patientKey)).toEqual([null, null]);
    }
  });

  it('is no patient with more than 12 images', () => {
    const names = Array.from({ length: 13 }, (_, index) => `OD_${index}.jpg`);
    expect(parseFolder(named('P001'), names).every(({ patientKey }) => patientKey === null)).toBe(true);
    expect(parseFolder(named('P001'), names.slice(1)).every(({ patient }) => patient === 'P001')).toBe(true);
  });

  it('whose files name another patient leaves those without one', () => {
    const parsed = parseFolder(named('P001'), ['P001_OD.jpg', '1_left.jpg', '001_left.jpg', 'Q001_OS.jpg']);
    expect(parsed.map(({ patient }) => patient)).toEqual(['P001', null, 'P001', null]);
  });

  it('called after an eye names it, unless a file says the other', () => {
    expect(parse('12.jpg', named('left'))).toEqual({ patient: null, eye: 'left' });
    expect(parse('12.jpg', named('Right Eye'))).toEqual({ patient: null, eye: 'right' });
    expect(parse('12.jpg', named('OD'))).toEqual({ patient: null, eye: 'right' });
    expect(parse('12_right.jpg', named('left'))).toEqual({ patient: '12', eye: null });
    expect(parse('12.jpg', named('R'))).toEqual({ patient: null, eye: null });
    expect(parse('12.jpg', named('os'))).toEqual({ patient: null, eye: null });
  });
});

describe('the pattern file', () => {
  it('has an example for each pattern, which that pattern reads', () => {
    for (const { id, example } of source.files) expect([id, parseFolder(CAMP, [example])[0]?.patternId]).toEqual([id, id]);
    for (const { id, example } of source.folders)
      expect([id, parseFolder({ key: '/x', name: example }, ['a.jpg'])[0]?.patternId]).toEqual([id, id]);
  });

  it('is refused when it is not what this version knows', () => {
    expect(() => compilePatterns({ ...source, format: 'netra-file-names-9' })).toThrow();
    expect(() => compilePatterns({ ...source, ignoredPhrases: ['('] })).toThrow();
    expect(() => compilePatterns({ ...source, extra: 1 })).toThrow();
  });

  it('reads the longest and most tangled names without delay', () => {
    const names = [
      '1'.repeat(250),
      `${'1_'.repeat(120)}x`,
      `12_left${'_1'.repeat(110)}x`,
      're'.repeat(120),
      'od '.repeat(80),
      'आ'.repeat(80),
    ];
    const startedAt = performance.now();
    for (let round = 0; round < 50; round++) parseFolder(CAMP, names);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
