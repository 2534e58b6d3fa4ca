import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createOrOpenProfile, type Profile } from '../../electron/db/profile/profile';
import type { ModelBundle } from '../../electron/engine/bundle/read';
import { writeBundle } from '../../electron/engine/bundle/write';
import { superviseEngine } from '../../electron/engine/client/supervisor';
import { type Examined, promote, type ExamineOptions } from '../../electron/services/models/promote';
import { isLocked } from '../../electron/services/train/partitions';
import type { CardContent } from '../../electron/shared/domain/card';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { fakeEngine, fakePhotograph } from './fake-engine';
import { tinyBundle } from './tiny-model';

export const STARTER = resolve(import.meta.dirname, '../../resources/models/starter');
const GATE_VERSION = 'fake-1';

/** Names of locked test patients. */
export const LOCKED = Array.from({ length: 2000 }, (_, index) => `p${index}`).filter(isLocked);

export interface TestRow {
  file: string;
  patient: string;
  grade: number;
  method: string;
  /** What candidate and model in use say of it. */
  candidate: number;
  active: number;
}

/** 80 patients that need a doctor and 110 that do not; both models call all of them right. */
export function soundRows(): TestRow[] {
  return LOCKED.slice(0, 190).map((patient, index) => {
    const ill = index < 80;
    return {
      file: `${patient}.jpg`,
      patient,
      grade: ill ? 3 : 0,
      method: 'consensus',
      candidate: ill ? 0.9 : 0.01,
      active: ill ? 0.9 : 0.01,
    };
  });
}

export interface Candidate {
  folder: string;
  bundle: ModelBundle;
}

/** A bundle on disk with the manifest of its training beside it. @param trainedOn contents of the photographs it was trained on */
export async function writeCandidate(folder: string, change: Partial<CardContent> = {}, trainedOn: string[] = []): Promise<Candidate> {
  const manifest = trainedOn.map((content) => `${sha256(content)} training 0 0 list\n`).join('');
  const bundle = tinyBundle({ gate: GATE_VERSION, dataset: { description: 'test', manifestSha256: sha256(manifest) }, ...change });
  await writeBundle(folder, bundle.files);
  await mkdir(`${folder}.work`, { recursive: true });
  await writeFile(join(`${folder}.work`, 'manifest.txt'), manifest);
  return { folder, bundle };
}

/** The file of a row, as the fake engine reads it. */
export function contentOf(row: TestRow, candidateId: string): string {
  return fakePhotograph({ id: row.file, p2: row.active, p2Of: { [candidateId]: row.candidate } });
}

export async function writeList(folder: string, rows: readonly TestRow[], candidateId: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const row of rows) await writeFile(join(folder, row.file), contentOf(row, candidateId));
  const data = join(folder, 'list.csv');
  const lines = rows.map(({ file, patient, grade, method }) => `${file},${patient},${grade},${method}`);
  await writeFile(data, ['file,patient,grade,method', ...lines].join('\n'));
  return data;
}

type Change = Partial<Omit<ExamineOptions, 'profile' | 'engine'>>;

/** The real service on a real profile, with an engine that says what is written in the photographs. */
export async function promoteInto(profile: Profile, model: string, data: string, change: Change = {}): Promise<Examined> {
  const engine = superviseEngine({ spawn: fakeEngine({ gate: GATE_VERSION }).spawn });
  try {
    return await promote(LOCAL_ACTOR, {
      profile,
      starterFolder: STARTER,
      engine,
      backend: 'onnx',
      model,
      manifestFile: null,
      data,
      images: null,
      countersigner: { userId: 'dr-rao', roles: ['doctor'] },
      acceptNotValidated: false,
      signal: new AbortController().signal,
      hooks: { onFiles: () => undefined, onMeasuring: () => undefined, onProgress: () => undefined },
      ...change,
    });
  } finally {
    await engine.close();
  }
}

/** Opens the profile, promotes, closes it. */
export async function promoteOnce(profileFolder: string, model: string, data: string, change: Change = {}): Promise<Examined> {
  const profile = await createOrOpenProfile(profileFolder);
  try {
    return await promoteInto(profile, model, data, change);
  } finally {
    profile.close();
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
