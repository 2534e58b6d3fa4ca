import { z } from 'zod';

import type { Claim } from '../../db/queries/sources';
import { parseFolder, type ParsedName } from '../../shared/naming/parse-names';
import { applyPatientList, type PatientList } from '../../shared/naming/patient-list';
import { withPauses } from '../pause';
import type { WorkerPool } from '../worker-pool';
import type { FoundFile } from './walk';

const SLASH = 0x2f;

/** Folder part of a path, bytes. */
export function folderOf(path: Uint8Array): Buffer {
  const bytes = Buffer.from(path);
  return bytes.subarray(0, Math.max(bytes.lastIndexOf(SLASH), 0));
}

export function nameOf(path: Uint8Array): Buffer {
  const bytes = Buffer.from(path);
  return bytes.subarray(bytes.lastIndexOf(SLASH) + 1);
}

/** The names of one folder, to be read together: whether a folder or a number stands for a patient depends on all of them. */
export interface FolderNames {
  folder: { key: string; name: string };
  names: string[];
}

/** Reads the names of whole folders; in a worker thread, since thousands of names take a tenth of a second. */
export function readNames(folders: readonly FolderNames[]): ParsedName[][] {
  return folders.map(({ folder, names }) => parseFolder(folder, names));
}

/** What names, folders and the patient list say of every file found. */
export async function claimsOf(
  files: readonly FoundFile[],
  list: PatientList | null,
  pool: Pick<WorkerPool, 'readNames'>,
): Promise<Map<FoundFile, ParsedName>> {
  const members = new Map<string, FoundFile[]>();
  for await (const file of withPauses(files)) {
    const key = folderOf(file.path).toString('latin1');
    const others = members.get(key);
    if (others === undefined) members.set(key, [file]);
    else others.push(file);
  }
  const parsed = await pool.readNames([...members].map(([key, own]) => folderNames(key, own)));
  const claims = new Map<FoundFile, ParsedName>();
  for await (const [index, own] of withPauses([...members.values()].entries())) {
    for (const [place, file] of own.entries()) {
      const name = parsed[index]?.[place];
      if (name !== undefined) claims.set(file, list === null ? name : applyPatientList(list, file.file, name));
    }
  }
  return claims;
}

function folderNames(key: string, files: readonly FoundFile[]): FolderNames {
  const name = nameOf(Buffer.from(key, 'latin1')).toString('utf8');
  return { folder: { key, name }, names: files.map((file) => nameOf(file.path).toString('utf8')) };
}

/** A claim as a source row keeps it. */
export function claimOf(parsed: ParsedName | undefined): Claim {
  return {
    patientKey: parsed?.patientKey ?? null,
    patientBasis: parsed === undefined || parsed.patientKey === null ? null : (parsed.patternId ?? 'name'),
    eye: parsed?.eye ?? null,
    eyeBasis: parsed === undefined || parsed.eye === null ? null : (parsed.patternId ?? 'name'),
  };
}

/** The last part of a key is the patient as written in the name, folder or list. */
const keySchema = z.array(z.string()).min(2);

export function displayOfPatientKey(patientKey: string): string {
  return keySchema.parse(JSON.parse(patientKey)).at(-1) ?? patientKey;
}

/** True for a patient named by a list: that name holds wherever the same list is used. */
export function isFromList(patientKey: string): boolean {
  return keySchema.parse(JSON.parse(patientKey))[0] === 'list';
}
