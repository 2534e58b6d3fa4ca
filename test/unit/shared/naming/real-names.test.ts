import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';

import { parseFolder } from '../../../../electron/shared/naming/parse-names';
import { photoTest } from '../../../helpers/photos';

interface IndexRow {
  file: string;
  patient: string;
  eye: string;
}
const KNOWN_BY_NAME = new Set(['eyepacs', 'eyepacs-1024', 'odir', 'chasedb1']);

photoTest('every real name gives the eye and patient of the index, or says that it does not know', ['.'], (folder) => {
  const rows = parse<IndexRow>(readFileSync(join(folder, 'index.csv'), 'utf8'), { columns: true });
  const folders = new Map<string, IndexRow[]>();
  for (const row of rows) {
    const name = row.file.split('/')[0] ?? '';
    const members = folders.get(name);
    if (members === undefined) folders.set(name, [row]);
    else members.push(row);
  }
  const patientOfKey = new Map<string, string>();
  const wrong: string[] = [];
  let eyes = 0;
  let patients = 0;
  for (const [name, members] of folders) {
    const names = members.map((row) => row.file.slice(name.length + 1));
    parseFolder({ key: name, name }, names).forEach((parsed, index) => {
      const row = members[index];
      if (row === undefined) return;
      if (parsed.eye !== null && parsed.eye !== row.eye) wrong.push(`${row.file}: eye ${parsed.eye}`);
      if (parsed.eye !== null) eyes++;
      if (parsed.patientKey !== null) {
        patients++;
        const joined = patientOfKey.get(parsed.patientKey) ?? row.patient;
        if (row.patient === '' || joined !== row.patient) wrong.push(`${row.file}: joined with ${joined}`);
        patientOfKey.set(parsed.patientKey, row.patient);
      }
      if (KNOWN_BY_NAME.has(name) && (parsed.eye === null || parsed.patientKey === null)) wrong.push(`${row.file}: not understood`);
    });
  }
  expect(wrong).toEqual([]);
  // Every row whose eye the index knows is understood.
  expect(eyes).toBe(rows.filter((row) => row.eye !== '').length);
  expect(patients).toBe(eyes);
  const inOneFolder = rows.filter((row) => row.eye !== '').map((row) => `${row.file.split('/')[0] ?? ''} ${row.patient}`);
  expect(patientOfKey.size).toBe(new Set(inOneFolder).size);
  expect(eyes).toBeGreaterThan(0);
});

photoTest('the lesion images and masks of IDRiD name nobody', ['idrid-lesions'], (folder) => {
  const names = readdirSync(folder);
  const parsed = parseFolder({ key: folder, name: 'idrid-lesions' }, names);
  expect(parsed.filter(({ eye, patientKey }) => eye !== null || patientKey !== null)).toEqual([]);
});
