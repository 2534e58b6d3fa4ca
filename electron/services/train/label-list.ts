import { parse } from 'csv-parse/sync';
import { AppError } from '../../shared/errors';

/** One labelled photograph of a list. */
export interface LabelledFile {
  /** As in a spreadsheet: the header is row 1. */
  row: number;
  file: string;
  /** A blank patient is a patient of its own. */
  patient: string;
  source: string;
  eye: string;
  /** ICDR 0..4; null where the list only says referable or not. */
  grade: number | null;
  referable: boolean;
  /** 0..1: weight of the label in the loss. */
  certainty: number;
  /** How the label came about: `consensus` and `adjudicated` stand for two doctors at least; anything else for one. */
  method: string;
}

export interface LabelList {
  files: LabelledFile[];
  /** Rows without a label: left out. */
  unlabelled: number;
  unknownColumns: string[];
}

const KNOWN = ['file', 'patient', 'source', 'eye', 'grade', 'referable', 'certainty', 'method'] as const;
type Column = (typeof KNOWN)[number];

/**
 * Reads a list of labelled photographs: CSV with the columns file, patient, and grade (ICDR 0..4) or referable (0 or 1; it wins
 * over the grade); source, eye, certainty and method if there.
 * @throws AppError label-list-invalid {row, column, problem} at the first thing that is wrong
 */
export function parseLabelList(text: string): LabelList {
  const rows = readRows(text);
  const header = (rows[0] ?? []).map((name) => name.trim().toLowerCase());
  for (const column of ['file', 'patient'] as const) if (!header.includes(column)) refuse(1, column, 'column-missing');
  if (!header.includes('grade') && !header.includes('referable')) refuse(1, 'grade', 'column-missing');
  const repeated = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (repeated !== undefined) refuse(1, repeated, 'column-twice');

  const seen = new Set<string>();
  const list: LabelList = {
    files: [],
    unlabelled: 0,
    unknownColumns: header.filter((name) => !(KNOWN as readonly string[]).includes(name)),
  };
  for (const [index, fields] of rows.entries()) {
    const row = index + 1;
    if (index === 0 || fields.every((field) => field.trim() === '')) continue;
    if (fields.length !== header.length) refuse(row, '', 'column-count');
    const value = (column: Column): string => (fields[header.indexOf(column)] ?? '').trim();
    const file = value('file');
    if (file === '') refuse(row, 'file', 'file-blank');
    if (file.startsWith('/') || /^[A-Za-z]:/.test(file) || file.split(/[\\/]/).includes('..')) refuse(row, 'file', 'file-path');
    if (seen.has(file)) refuse(row, 'file', 'file-twice');
    seen.add(file);
    const grade = readGrade(value('grade'), row);
    const stated = readReferable(value('referable'), row);
    const referable = stated ?? (grade === null ? null : grade >= 2);
    if (referable === null) {
      list.unlabelled += 1;
      continue;
    }
    list.files.push({
      row,
      file,
      patient: value('patient') || `file:${file}`,
      source: value('source') || 'list',
      eye: value('eye'),
      grade,
      referable,
      certainty: readCertainty(value('certainty'), row),
      method: value('method').toLowerCase(),
    });
  }
  if (list.files.length === 0) refuse(1, 'grade', 'no-rows');
  return list;
}

function readRows(text: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: false });
  } catch (error) {
    throw new AppError('label-list-invalid', { row: 1, column: '', problem: 'not-csv' }, error);
  }
}

function readGrade(text: string, row: number): number | null {
  if (text === '') return null;
  if (!/^[0-4]$/.test(text)) refuse(row, 'grade', 'grade-unknown');
  return Number(text);
}

function readReferable(text: string, row: number): boolean | null {
  if (text === '') return null;
  if (text !== '0' && text !== '1') refuse(row, 'referable', 'referable-unknown');
  return text === '1';
}

function readCertainty(text: string, row: number): number {
  const value = text === '' ? 1 : Number(text);
  if (!(value > 0 && value <= 1)) refuse(row, 'certainty', 'certainty-unknown');
  return value;
}

function refuse(row: number, column: string, problem: string): never {
  throw new AppError('label-list-invalid', { row, column, problem });
}
