import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';

import { writeFileAtomically } from '../../../electron/services/report/atomic-file';
import { imageCells, IMAGE_COLUMNS, medianGrade, writeImagesCsv } from '../../../electron/services/report/csv';
import { escapeHtml, html } from '../../../electron/services/report/html';
import { writeRunJson } from '../../../electron/services/report/json';
import { writeReport } from '../../../electron/services/report/report';
import { reportPages } from '../../../electron/services/report/report-pages';
import { LOCAL_ACTOR } from '../../../electron/shared/domain/codes';
import { runDocumentSchema } from '../../../electron/shared/domain/run-document';
import type { ImageRow, PatientRow } from '../../../electron/shared/domain/screening';
import { evidenceColour, FULL_EVIDENCE } from '../../../electron/shared/evidence-colour';
import { buildProgram } from '../../helpers/child';
import { openTestWorkspace, screenCamp, writeCamp } from '../../helpers/camp';
import { rejectionOf } from '../../helpers/errors';
import { fakeEngine, starterThresholds } from '../../helpers/fake-engine';
import { temporaryFolder } from '../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');

const ROW: ImageRow = {
  imageId: 'i',
  file: 'a "b",\n.jpg',
  patient: '12',
  eye: 'left',
  gradable: false,
  quality: 0.25,
  reasons: ['dark', 'blur'],
  p: [0.9, 0.6, 0.5, 0.1],
  result: 'refer',
  modelId: 'm',
  backend: 'onnx',
  ms: 45.678,
  error: null,
  notes: [],
};

describe('the CSV of images', () => {
  test('has exactly the columns that other programs rely on', () => {
    expect(IMAGE_COLUMNS.join(',')).toBe('file,patient,eye,gradable,quality,reasons,p1,p2,p3,p4,grade,result,model,backend,ms,error');
  });

  test('is RFC 4180: line ends of two characters, quoted where needed, readable again as it was', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    await writeImagesCsv(path, [ROW, { ...ROW, file: 'आँख.jpg' }]);
    const text = readFileSync(path, 'utf8');
    expect(text.split('\r\n')).toHaveLength(4);
    const rows = parse<Record<string, string>>(text, { columns: true });
    expect(rows.map((row) => row['file'])).toEqual(['a "b",\n.jpg', 'आँख.jpg']);
    expect(rows[0]).toMatchObject({
      gradable: 'no',
      quality: '0.2500',
      reasons: 'dark;blur',
      p2: '0.600000',
      grade: '3',
      result: 'refer',
      ms: '45.7',
      error: '',
    });
  });

  test('leaves the scores of what is not a retina blank, and quality and gradable only of an error', () => {
    const street = imageCells({ ...ROW, p: null, reasons: ['not-fundus'], result: 'refer-ungradable' });
    expect(street.slice(3, 12)).toEqual(['no', '0.2500', 'not-fundus', null, null, null, null, null, 'refer-ungradable']);
    const failed = imageCells({
      ...ROW,
      imageId: null,
      gradable: null,
      quality: null,
      reasons: [],
      p: null,
      result: 'error',
      modelId: null,
      backend: null,
      error: { code: 'image-empty', params: {} },
    });
    expect(failed.slice(3)).toEqual([null, null, '', null, null, null, null, null, 'error', null, null, '45.7', 'image-empty']);
  });

  test('takes the grade where the probabilities pass one half', () => {
    expect([medianGrade([0.1, 0.1, 0.1, 0.1]), medianGrade([0.5, 0.49, 0, 0]), medianGrade([1, 1, 1, 1])]).toEqual([0, 1, 4]);
  });
});

describe('a written file', () => {
  test('is the whole new one or the old one', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    writeFileSync(path, 'old');
    const failure = writeFileAtomically(path, async (write) => {
      await write('x'.repeat(1_000_000));
      throw new Error('power');
    });
    await rejectionOf(failure);
    expect(readFileSync(path, 'utf8')).toBe('old');
    await writeFileAtomically(path, (write) => write('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('that cannot be written says which', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    expect(await rejectionOf(writeFileAtomically(join(path, 'out.csv'), (write) => write('x')))).toMatchObject({
      code: 'output-not-writable',
    });
  });
});

describe('HTML', () => {
  test('escapes everything that is not ours', () => {
    expect(html`<b title="${'"'}">${'<script>&'}</b>`.text).toBe('<b title="&quot;">&lt;script&gt;&amp;</b>');
    expect(escapeHtml('a\u202egpj.exe')).toBe('a\u2423gpj.exe');
  });
});

describe('the heat map', () => {
  test('has an absolute scale: nothing at 0, full from a fixed value on, and no surprise for a broken one', () => {
    expect(evidenceColour(0)[3]).toBe(0);
    expect(evidenceColour(-5)[3]).toBe(0);
    expect(evidenceColour(FULL_EVIDENCE)).toEqual(evidenceColour(1000));
    expect(evidenceColour(NaN)[3]).toBe(0);
  });
});

describe('the pages of a report', () => {
  test('keep patients whole and their order', () => {
    const patients = [1, 2, 3, 4].map((number) => ({ patient: String(number) }) as PatientRow);
    const imagesOf = new Map(patients.map((patient) => [patient, [ROW, ROW]]));
    const pages = reportPages({ patients, imagesOf }, 4);
    expect(pages.map((page) => page.patients.map(({ row }) => row.patient))).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});

describe('a run', () => {
  test('as JSON fits its schema and holds images, eyes, patients and the facts', async () => {
    const camp = temporaryFolder();
    writeCamp(camp, { '12_right.jpg': {}, '12_left.jpg': { gradable: false, reasons: ['blur'] }, 'empty.jpg': '' });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const path = join(camp, 'out.json');
    await writeRunJson(path, await screenCamp(workspace, camp));
    const document = runDocumentSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    expect([document.images.length, document.patients.length]).toEqual([3, 2]);
    expect(document.eyes.filter(({ patient }) => patient === '12').map(({ eye, result }) => [eye, result])).toEqual([
      ['right', 'no-refer'],
      ['left', 'ungradable'],
    ]);
    expect(document.run).toMatchObject({ siteMode: 'doctor-reads-all', validatedHere: false, protected: false, backend: 'onnx' });
  });

  test('as a report is one file without anything to load, with pictures, heat maps, reasons and limits, sickest first', async () => {
    const camp = temporaryFolder();
    const { refer } = starterThresholds();
    writeCamp(camp, {
      '1_left.jpg': {},
      '1_right.jpg': {},
      '<script>alert(1)<!--_left.jpg': { p2: Math.min(1, refer + 0.1) },
      'broken.jpg': { error: 'image-truncated' },
    });
    const workspace = await openTestWorkspace(temporaryFolder(), worker, fakeEngine());
    const results = await screenCamp(workspace, camp);
    const out = join(camp, 'report');
    await writeReport(LOCAL_ACTOR, workspace, results, { folder: out, locale: 'en' });
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).not.toContain('<script');
    expect(page.indexOf('</body>')).toBeGreaterThan(page.lastIndexOf('</article>'));
    expect(page.split('</html>')).toHaveLength(2);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)[a-z]+:/);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/--photo:url\(data:image\/jpeg/g)).toHaveLength(3);
    expect(page.match(/background-image:url\(data:image\/png/g)).toHaveLength(3);
    expect(page).toContain('Not a medical device');
    expect(page).toContain('not a decision about the patient');
    expect(page).toContain('image-truncated');
    // The model may not clear: nobody is told to come again.
    expect(page).not.toContain('COME AGAIN');
    expect(page).toContain('A DOCTOR READS THE PHOTOGRAPHS FIRST');
    expect(page.indexOf('SEE AN EYE DOCTOR BY')).toBeLessThan(page.lastIndexOf('A DOCTOR READS THE PHOTOGRAPHS FIRST'));
    expect(parse(readFileSync(join(out, 'patients.csv')), { columns: true })).toHaveLength(3);
  });
});
