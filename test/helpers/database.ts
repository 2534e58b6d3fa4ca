import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Migration } from '../../electron/db/migrations/migration';
import { openDatabase, type DatabaseLocation } from '../../electron/db/open';
import { addImage, type Image } from '../../electron/db/queries/images';
import { registerModel } from '../../electron/db/queries/models';
import { addPrediction, addQualityCheck } from '../../electron/db/queries/results';
import { startRun, type RunCommand, type ScreeningRun } from '../../electron/db/queries/runs';
import { ensureOwnSite, type Site } from '../../electron/db/queries/sites';
import { addImageSource, type ImageSource, type NewImageSource } from '../../electron/db/queries/sources';
import type { WritableDatabase } from '../../electron/db/sql';
import { temporaryFolder } from './temporary';

export const MODEL_ID = 'a'.repeat(64);
export const VERSIONS = { preprocessing: 'prep-1', gate: 'gate-1' };

export function newLocation(folder = temporaryFolder()): DatabaseLocation {
  return { file: join(folder, 'netra.db'), key: randomBytes(32), backupFolder: join(folder, 'backups'), mustExist: false };
}

/** A real encrypted database in a folder of its own, closed after the test. */
export function newDatabase(migrations?: readonly Migration[]): WritableDatabase {
  const db = openDatabase(newLocation(), migrations);
  onTestFinished(() => void db.close());
  return db;
}

/** A database with a site, a model and a run: what every photograph needs. */
export function newScreening(): { db: WritableDatabase; site: Site; run: ScreeningRun; command: RunCommand } {
  const db = newDatabase();
  const site = ensureOwnSite(db);
  registerModel(db, { id: MODEL_ID, name: 'test', card: {} });
  const command: RunCommand = { roots: [Buffer.from('/camp')], modelId: MODEL_ID, ...VERSIONS, backend: 'onnx', listSha256: null };
  return { db, site, run: startRun(db, { ...command, siteId: site.id, actorId: 'local' }), command };
}

export function sha256Of(number: number): string {
  return number.toString(16).padStart(64, '0');
}

export function addTestImage(db: WritableDatabase, siteId: string, number = 1): Image {
  return addImage(db, {
    siteId,
    sha256: sha256Of(number),
    byteSize: 1000,
    format: 'jpeg',
    width: 2048,
    height: 1536,
    takenAt: '2016:03:01 10:20:30',
    camera: 'Remidio FOP',
  });
}

export function addTestSource(db: WritableDatabase, run: ScreeningRun, path: string, change: Partial<NewImageSource> = {}): ImageSource {
  return addImageSource(db, {
    siteId: run.siteId,
    runId: run.id,
    rootPosition: 0,
    path: Buffer.from(path),
    folder: Buffer.from('/camp'),
    size: 1000,
    modifiedAt: 1,
    sha256: null,
    imageId: null,
    error: change.imageId ? null : { code: 'image-truncated', params: {} },
    claim: { patientKey: '12', patientBasis: 'number-side', eye: 'left', eyeBasis: 'number-side' },
    ms: 80,
    ...change,
  });
}

export function addTestCheck(db: WritableDatabase, image: Image, kind: 'retina' | 'not-fundus' = 'retina'): void {
  addQualityCheck(db, {
    siteId: image.siteId,
    imageId: image.id,
    ...VERSIONS,
    kind,
    score: 0.9,
    gradable: kind === 'retina',
    reasons: kind === 'retina' ? [] : ['not-fundus'],
    retina: kind === 'retina' ? { centreX: 1024, centreY: 768, radius: 700 } : null,
    ms: 30,
  });
}

export function addTestPrediction(db: WritableDatabase, image: Image): void {
  addPrediction(db, {
    siteId: image.siteId,
    imageId: image.id,
    modelId: MODEL_ID,
    ...VERSIONS,
    backend: 'onnx',
    device: 'onnxruntime, CPU',
    logits: [2, 1, -1, -2],
    p: [0.9, 0.7, 0.2, 0.1],
    heatMap: { rows: 2, columns: 2, values: Float32Array.of(0.5, -1.25, 3, 0) },
    ms: 12,
  });
}
