import { z } from 'zod';

import type { Claim } from '../../db/queries/sources';
import { parseFolder, type ParsedName } from '../../shared/naming/parse-names';
import { applyPatientList, type PatientList } from '../../shared/naming/patient-list';
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

/**
 * What names, folders and the patient list say of every file found. A folder's files are read together, because whether a folder or a
 * number stands for a patient depends on all of them.
 */
export function claimsOf(files: readonly FoundFile[], list: PatientList | null): Map<FoundFile, ParsedName> {
  const folders = new Map<string, FoundFile[]>();
  for (const file of files) {
    const key = folderOf(file.path).toString('latin1');
    const others = folders.get(key);
    if (others === undefined) folders.set(key, [file]);
    else others.push(file);
  }
  const claims = new Map<FoundFile, ParsedName>();
  for (const [key, members] of folders) {
    const folder = { key, name: nameOf(Buffer.from(key, 'latin1')).toString('utf8') };
    const parsed = parseFolder(
      folder,
      members.map((member) => nameOf(member.path).toString('utf8')),
    );
    for (const [index, member] of members.entries()) {
      const name = parsed[index];
      if (name !== undefined) claims.set(member, list === null ? name : applyPatientList(list, member.file, name));
    }
  }
  return claims;
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
