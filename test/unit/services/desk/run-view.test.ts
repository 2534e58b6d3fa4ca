import { describe, expect, it } from 'vitest';
import { absoluteHeatMap } from '../../../../electron/services/desk/image-detail';
import { buildRunView, failedFilePage, neighbours, patientPage } from '../../../../electron/services/desk/run-view';
import type { ImageRow, PatientRow } from '../../../../electron/shared/domain/screening';

function image(imageId: string | null, patient: string, p2: number | null, file = `${patient}.jpg`): ImageRow {
  return {
    imageId,
    file,
    patient,
    eye: 'right',
    gradable: p2 === null ? null : true,
    quality: p2 === null ? null : 0.9,
    reasons: [],
    p: p2 === null ? null : [1, p2, 0, 0],
    result: imageId === null ? 'error' : 'refer',
    modelId: 'm',
    backend: 'onnx',
    ms: 1,
    error: imageId === null ? { code: 'image-empty', params: {} } : null,
    notes: [],
  };
}

function patient(name: string, result: PatientRow['result'], imageIds: string[], urgent = false): PatientRow {
  return {
    patient: name,
    patientId: null,
    identified: true,
    result,
    urgent,
    reasons: [],
    eyes: [{ eye: 'right', result, reasons: [], p2: null, imageIds }],
    unplacedImageIds: [],
  };
}

const VIEW = buildRunView({
  images: [
    image('a', '10', 0.2),
    image('b', '2', 0.7),
    image('c', '3', 0.9),
    image('d', '4', 0.8),
    image('e', '5', null),
    image(null, '5', null, '5_left.jpg'),
  ],
  patients: [
    patient('10', 'no-refer', ['a']),
    patient('2', 'refer', ['b']),
    patient('3', 'refer', ['c']),
    patient('4', 'refer', ['d'], true),
    patient('5', 'incomplete', ['e']),
  ],
});
const ALL = { runId: 'r', groups: [], search: '', sort: 'sickest' as const, offset: 0, limit: 100 };

function names(query: Partial<Parameters<typeof patientPage>[1]>): string[] {
  return patientPage(VIEW, { ...ALL, ...query }).rows.map((row) => row.patient);
}

describe('the list of patients', () => {
  it('has the urgent first, then by group, then by score', () => {
    expect(names({})).toEqual(['4', '3', '2', '5', '10']);
  });

  it('by name has 2 before 10', () => {
    expect(names({ sort: 'name' })).toEqual(['2', '3', '4', '5', '10']);
  });

  it('counts every patient in exactly one group, whatever is filtered', () => {
    const page = patientPage(VIEW, { ...ALL, groups: ['refer'] });
    expect(page.groups).toEqual({ urgent: 1, refer: 2, ungradable: 0, incomplete: 1, 'no-refer': 1 });
    expect(page).toMatchObject({ total: 2, rows: [{ patient: '3' }, { patient: '2' }] });
  });

  it('finds a patient by name and by file, every word of it', () => {
    expect(names({ search: ' 5_LEFT ' })).toEqual(['5']);
    expect(names({ search: '5 left' })).toEqual(['5']);
    expect(names({ search: 'nobody' })).toEqual([]);
  });

  it('comes in pages, with the total of all of them', () => {
    expect(patientPage(VIEW, { ...ALL, offset: 2, limit: 2 })).toMatchObject({ total: 5, rows: [{ patient: '2' }, { patient: '5' }] });
  });

  it('shows the photograph behind the score, and keeps the file that failed with its patient', () => {
    const [row] = patientPage(VIEW, { ...ALL, search: '5' }).rows;
    expect(row).toMatchObject({ imageId: 'e', p2: null, imageCount: 2 });
    expect(failedFilePage(VIEW, ALL)).toEqual({
      total: 1,
      rows: [{ file: '5_left.jpg', imageId: null, patient: '5', error: { code: 'image-empty', params: {} } }],
    });
  });
});

describe('the neighbours of a patient', () => {
  it('follow the order and the filter of the list', () => {
    expect(neighbours(VIEW, ALL, 'patient:3')).toEqual({ previous: 'patient:4', next: 'patient:2' });
    expect(neighbours(VIEW, { ...ALL, groups: ['refer'] }, 'patient:3')).toEqual({ previous: null, next: 'patient:2' });
    expect(neighbours(VIEW, { ...ALL, sort: 'name' }, 'patient:10')).toEqual({ previous: 'patient:5', next: null });
  });
  it('are none for a patient whom the filter hides', () => {
    expect(neighbours(VIEW, { ...ALL, search: 'nobody' }, 'patient:3')).toEqual({ previous: null, next: null });
  });
});

describe('the heat map', () => {
  const values = new Float32Array([-1, 0, 1, 4]);

  it('of a photograph that looks the same everywhere is its score everywhere', () => {
    const flat = absoluteHeatMap(
      { heatMap: { rows: 2, columns: 2, values: new Float32Array(4).fill(0.3) }, logits: [2, 0.5, -1, -2] },
      0.5,
    );
    for (const value of flat.values) expect(value).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });

  it('has the same colour for the same evidence on every photograph: the mean of the raw map is the logit', () => {
    // Mean 1, logit 1.5: the bias is 0.5; a cell of 1 is 1.5 before temperature.
    const { values: shown } = absoluteHeatMap({ heatMap: { rows: 2, columns: 2, values }, logits: [3, 1.5, 0, 0] }, 2);
    expect(shown[2]).toBeCloseTo(1 / (1 + Math.exp(-0.75)), 6);
    expect([...shown]).toEqual([...shown].sort((a, b) => a - b));
  });

  it('of a head with two classes goes by their difference', () => {
    const { values: shown } = absoluteHeatMap({ heatMap: { rows: 1, columns: 1, values: new Float32Array([7]) }, logits: [1, 3] }, 1);
    expect(shown[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });
});
