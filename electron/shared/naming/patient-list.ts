import { CsvError, parse } from 'csv-parse/browser/esm/sync';

import type { Eye } from '../domain/codes';
import { AppError } from '../errors';
import { eyeFromWord } from './eye-words';
import type { ParsedName } from './parse-names';
import { NAME_PATTERNS } from './patterns';

export const PATIENT_LIST_PROBLEMS = [
  'not-utf8',
  'not-csv',
  'column-missing',
  'column-twice',
  'column-count',
  'no-rows',
  'file-blank',
  'file-twice',
  'file-path',
  'patient-too-long',
  'patient-control',
  'eye-unknown',
] as const;
export type PatientListProblem = (typeof PATIENT_LIST_PROBLEMS)[number];

const COLUMNS = ['file', 'patient', 'eye'] as const;
type Column = (typeof COLUMNS)[number];
const MAXIMUM_PATIENT_LENGTH = 100;

export interface PatientListEntry {
  /** As in a spreadsheet: the header is row 1. */
  row: number;
  /** null where the list leaves it blank: the name decides. */
  patient: string | null;
  eye: Eye | null;
}

/** By file: the path as found under the argument, with `/` between its parts. */
export type PatientList = ReadonlyMap<string, PatientListEntry>;

/**
 * Reads the list of `--patients`: CSV (RFC 4180, a byte order mark is allowed) with the columns file, patient, eye in any order; others are
 * ignored. Blank rows are skipped, a blank patient or eye says nothing.
 *
 * @throws AppError `patient-list-invalid` {row, column, problem} at the first thing that is wrong: half a list is worse than none
 */
export function parsePatientList(text: string): PatientList {
  const rows = readRows(text);
  const header = (rows[0] ?? []).map((name) => name.trim().toLowerCase());
  const places = Object.fromEntries(COLUMNS.map((column) => [column, placeOf(column, header)])) as Record<Column, number>;

  const list = new Map<string, PatientListEntry>();
  rows.forEach((fields, index) => {
    const row = index + 1;
    if (index === 0 || fields.every((field) => field.trim() === '')) return;
    if (fields.length !== header.length) refuse(row, '', 'column-count');
    const file = readFile(fields[places.file] ?? '', row);
    if (list.has(file)) refuse(row, 'file', 'file-twice');
    list.set(file, { row, patient: readPatient(fields[places.patient] ?? '', row), eye: readEye(fields[places.eye] ?? '', row) });
  });
  if (list.size === 0) refuse(1, 'file', 'no-rows');
  return list;
}

/** The entry of a file, if the list has one. */
export function entryOf(list: PatientList, file: string): PatientListEntry | null {
  return list.get(normalised(file)) ?? null;
}

/**
 * What is known of a file: the list, which a person wrote, before the name. Patients of a list are the same in every folder, and never the
 * same as a number in a name.
 */
export function applyPatientList(list: PatientList, file: string, parsed: ParsedName): ParsedName {
  const entry = entryOf(list, file);
  if (entry === null) return parsed;
  const known = { ...parsed, eye: entry.eye ?? parsed.eye, patternId: 'list' };
  return entry.patient === null ? known : { ...known, patient: entry.patient, patientKey: JSON.stringify(['list', entry.patient]) };
}

function readRows(text: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: false, record_delimiter: ['\r\n', '\n', '\r'] });
  } catch (error) {
    if (error instanceof CsvError) refuse(Number(error['lines'] ?? 1), '', 'not-csv', error);
    throw error;
  }
}

function placeOf(column: Column, header: readonly string[]): number {
  const place = header.indexOf(column);
  if (place < 0) refuse(1, column, 'column-missing');
  if (header.lastIndexOf(column) !== place) refuse(1, column, 'column-twice');
  return place;
}

function readFile(field: string, row: number): string {
  const file = normalised(field);
  if (file.trim() === '') refuse(row, 'file', 'file-blank');
  if (file.startsWith('/') || /^[a-z]:/iu.test(file) || file.split('/').includes('..')) refuse(row, 'file', 'file-path');
  return file;
}

function readPatient(field: string, row: number): string | null {
  const patient = field.normalize('NFC').trim();
  if (patient === '') return null;
  if ([...patient].length > MAXIMUM_PATIENT_LENGTH) refuse(row, 'patient', 'patient-too-long');
  if (/[\p{Cc}\u2028\u2029\uFFFD]/u.test(patient)) refuse(row, 'patient', 'patient-control');
  return patient;
}

function readEye(field: string, row: number): Eye | null {
  if (field.trim() === '') return null;
  return eyeFromWord(field, NAME_PATTERNS) ?? refuse(row, 'eye', 'eye-unknown');
}

/** Spreadsheets on Windows write `\`, and the same letters may come composed or not. */
function normalised(file: string): string {
  return file.normalize('NFC').replaceAll('\\', '/').replace(/^\.\//u, '');
}

function refuse(row: number, column: string, problem: PatientListProblem, cause?: unknown): never {
  throw new AppError('patient-list-invalid', { row, column: column === '' ? '–' : column, problem }, cause);
}
