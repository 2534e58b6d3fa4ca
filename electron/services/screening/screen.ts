import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

import { appendAuditEvent } from '../../db/audit';
import { cancelRun, findUnfinishedRun, finishRun, resumeRun, type ScreeningRun, startRun } from '../../db/queries/runs';
import { addImageSource, findSource, type NewImageSource } from '../../db/queries/sources';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { RunProgress } from '../../shared/domain/screening';
import { AppError, toAppError } from '../../shared/errors';
import type { ParsedName } from '../../shared/naming/parse-names';
import { entryOf, parsePatientList, type PatientList } from '../../shared/naming/patient-list';
import { requireRole } from '../actor';
import { withPauses } from '../pause';
import type { StoreInput } from '../worker-pool';
import type { LoadedModel, Workspace } from '../workspace';
import { claimOf, claimsOf, folderOf } from './claims';
import { Committer } from './committer';
import { conclude } from './conclude';
import { forEachConcurrently } from './concurrently';
import { isFatal, screenBytes } from './image-work';
import { ProgressMeter } from './progress';
import { Slots } from './slots';
import { findStored, storeScreened, type StoredImage } from './stored-image';
import { type FolderProblem, type FoundFile, walkArguments, type Walked } from './walk';

export interface ScreenOptions {
  /** Folders and files, as the user gave them. */
  paths: readonly string[];
  /** CSV with the columns file, patient, eye; null for names alone. */
  patientListFile: string | null;
  signal: AbortSignal;
  onRunStarted?: (runId: string) => void;
  onProgress?: (progress: RunProgress) => void;
  /** When all files are stored: patients put together so far. Thousands of them take some seconds. */
  onConcluded?: (done: number, total: number) => void;
}

interface ScreenedRun {
  runId: string;
  /** Folders whose files could not be listed. */
  problems: FolderProblem[];
  linkedFolders: number;
  /** Rows of the patient list that name no file found. */
  unmatchedListRows: number;
}

/** Beside what the engine works on: files whose results are being written to the disk. */
const LANES_BESIDE_ENGINE = 3;

/**
 * The main job: finds the photographs, screens each that has no stored result of the same content, model, preprocessing, gate and
 * backend, and concludes per image, eye and patient. Every file counts as done only when its result is on the disk. The same call
 * after an interruption goes on in the same run.
 *
 * @throws AppError `path-not-found`, `nothing-to-screen`, `patient-list-invalid`, `cancelled`, `disk-full`, `engine-unavailable`, `bundle-*`, ...
 */
export async function screen(actor: Actor, workspace: Workspace, options: ScreenOptions): Promise<ScreenedRun> {
  requireRole(actor, ...ROLES);
  const list = options.patientListFile === null ? null : await readPatientList(options.patientListFile);
  const db = workspace.profile.database;
  const walked = await walkArguments(options.paths, options.signal);
  if (walked.files.length === 0) throw new AppError('nothing-to-screen', { otherFiles: walked.otherFiles });
  const model = await workspace.loadModel();
  const run = openRun(actor, workspace, model, walked, list?.sha256 ?? null);
  options.onRunStarted?.(run.id);
  const work = new RunWork(actor, workspace, model, run, walked, options);
  try {
    await work.files(await claimsOf(walked.files, list?.list ?? null, workspace.pool));
    await conclude(actor, workspace, model, run, options);
    transaction(db, () => {
      finishRun(db, run.id, { otherFiles: walked.otherFiles });
      audit(actor, workspace, 'run.finished', run.id);
    });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'cancelled') {
      transaction(db, () => {
        cancelRun(db, run.id, { otherFiles: walked.otherFiles });
        audit(actor, workspace, 'run.cancelled', run.id);
      });
    }
    throw error;
  } finally {
    work.tell();
  }
  return {
    runId: run.id,
    problems: walked.problems,
    linkedFolders: walked.linkedFolders,
    unmatchedListRows: unmatchedRows(list?.list ?? null, walked.files),
  };
}

interface ReadList {
  list: PatientList;
  sha256: string;
}

async function readPatientList(path: string): Promise<ReadList> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new AppError('path-not-found', { path }, cause);
  }
  return { list: parsePatientList(textOf(bytes)), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A guess at another encoding would give patients wrong names. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('patient-list-invalid', { row: 1, column: '–', problem: 'not-utf8' }, cause);
  }
}

/** Rows of the list that name no file found: a wrong path in the list must not go unseen. */
function unmatchedRows(list: PatientList | null, files: readonly FoundFile[]): number {
  if (list === null) return 0;
  const matched = new Set(files.map((file) => entryOf(list, file.file)));
  matched.delete(null);
  return list.size - matched.size;
}

function audit(
  actor: Actor,
  workspace: Workspace,
  action: 'run.started' | 'run.continued' | 'run.finished' | 'run.cancelled',
  runId: string,
): void {
  appendAuditEvent(workspace.profile.database, {
    siteId: workspace.profile.site.id,
    actor,
    action,
    recordType: 'screening_run',
    recordId: runId,
  });
}

/** The unfinished run of the same command, or a new one. */
function openRun(actor: Actor, workspace: Workspace, model: LoadedModel, walked: Walked, listSha256: string | null): ScreeningRun {
  const db = workspace.profile.database;
  const { preprocessing, gate, backend } = model.facts;
  const command = { roots: walked.roots, modelId: model.id, preprocessing, gate, backend, listSha256 };
  return transaction(db, () => {
    const unfinished = findUnfinishedRun(db, command);
    const run =
      unfinished === undefined
        ? startRun(db, { ...command, siteId: workspace.profile.site.id, actorId: actor.userId })
        : resumeRun(db, unfinished.id);
    audit(actor, workspace, unfinished === undefined ? 'run.started' : 'run.continued', run.id);
    return run;
  });
}

/** The work on the files of one run. */
class RunWork {
  readonly #actor: Actor;
  readonly #workspace: Workspace;
  readonly #model: LoadedModel;
  readonly #run: ScreeningRun;
  readonly #walked: Walked;
  readonly #signal: AbortSignal;
  readonly #meter: ProgressMeter;
  readonly #committer: Committer;
  /** Contents under way, by hash: of two files with one content the second waits and uses the first one's result. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** As many as the engine works on at the same time. */
  readonly #places: Slots;
  readonly #suspects = new Slots(1);

  constructor(actor: Actor, workspace: Workspace, model: LoadedModel, run: ScreeningRun, walked: Walked, options: ScreenOptions) {
    this.#actor = actor;
    this.#workspace = workspace;
    this.#model = model;
    this.#run = run;
    this.#walked = walked;
    this.#signal = options.signal;
    this.#meter = new ProgressMeter(walked.files.length, walked.otherFiles, options.onProgress ?? (() => undefined));
    this.#places = new Slots(workspace.engine.capacity);
    const db = workspace.profile.database;
    this.#committer = new Committer((write) => transaction(db, () => write()));
  }

  tell(): void {
    this.#meter.tell();
  }

  async files(claims: ReadonlyMap<FoundFile, ParsedName>): Promise<void> {
    const left: FoundFile[] = [];
    for await (const file of withPauses(this.#walked.files)) {
      if (await this.#isStored(file)) this.#meter.before('screened');
      else left.push(file);
    }
    this.#meter.tell();
    const lanes = this.#workspace.engine.capacity + LANES_BESIDE_ENGINE;
    await forEachConcurrently(left, lanes, (file) => this.#file(file, claims.get(file)), this.#signal).finally(() =>
      this.#committer.settle(),
    );
    if (this.#signal.aborted) throw new AppError('cancelled');
  }

  /** True when this run stored the file before it was interrupted and the file has not been touched since. */
  async #isStored(file: FoundFile): Promise<boolean> {
    const source = findSource(this.#workspace.profile.database, this.#run.id, file.path);
    if (source === undefined || source.error !== null) return false;
    const facts = await stat(file.path).catch(() => null);
    return facts === null || (facts.size === source.size && Math.round(facts.mtimeMs) === source.modifiedAt);
  }

  async #file(file: FoundFile, claim: ParsedName | undefined): Promise<void> {
    const visit: Visit = { startedAt: performance.now(), content: UNREAD, done: () => undefined };
    try {
      // A file is opened only when the engine has a place for it: its time is its own, and memory stays flat.
      const { image, kind, blobs } = await this.#places.run(() => this.#look(file, visit));
      if (blobs !== null) await this.#workspace.pool.store(blobs);
      await this.#committer.commit(() => {
        const imageId = image.write(this.#run.id, this.#actor);
        this.#addSource(file, claim, visit, { imageId, error: null });
      });
      this.#meter.stored(kind);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isFatal(error)) throw error;
      await this.#committer.commit(() => {
        this.#addSource(file, claim, visit, { imageId: null, error: error.toData() });
      });
      this.#meter.stored('failed');
    } finally {
      visit.done();
    }
  }

  /** Reads a file and finds its stored result, or has the engine look at it. */
  async #look(file: FoundFile, visit: Visit): Promise<Looked> {
    visit.startedAt = performance.now();
    if (file.error !== null) throw new AppError(file.error.code, file.error.params);
    const { bytes, sha256, mtimeMs } = await this.#workspace.pool.read(file.path);
    visit.content = { size: bytes.byteLength, modifiedAt: mtimeMs, sha256 };
    visit.done = await this.#turnOf(sha256);
    const stored = findStored(this.#workspace, this.#model, sha256);
    if (stored !== null) return { image: stored, kind: 'reused', blobs: null };
    const byteSize = bytes.byteLength;
    const screened = await screenBytes(this.#workspace.engine, bytes, this.#signal, this.#suspects);
    const content = { original: bytes, thumbnail: screened.thumbnail };
    return {
      image: storeScreened(this.#workspace, this.#model, { sha256, byteSize, screened }),
      kind: 'screened',
      blobs: { blobs: this.#workspace.profile.blobStoreOptions, sha256, content },
    };
  }

  /** Waits until no other file of the same content is under way. @returns a function that lets the next one go on */
  async #turnOf(sha256: string): Promise<() => void> {
    for (let before = this.#underWay.get(sha256); before !== undefined; before = this.#underWay.get(sha256)) await before;
    const { promise, resolve } = deferred();
    this.#underWay.set(sha256, promise);
    return () => {
      this.#underWay.delete(sha256);
      resolve();
    };
  }

  #addSource(
    file: FoundFile,
    claim: ParsedName | undefined,
    { content, startedAt }: Visit,
    outcome: Pick<NewImageSource, 'imageId' | 'error'>,
  ): void {
    const db = this.#workspace.profile.database;
    const before = findSource(db, this.#run.id, file.path);
    // Touched since the interruption, but the same bytes: the row that is there says it all.
    if (before !== undefined && before.error === null && before.sha256 === content.sha256) return;
    addImageSource(db, {
      siteId: this.#workspace.profile.site.id,
      runId: this.#run.id,
      rootPosition: file.rootPosition,
      path: file.path,
      folder: folderOf(file.path),
      ...content,
      ...outcome,
      claim: claimOf(claim),
      ms: performance.now() - startedAt,
    });
  }
}

type ContentFacts = Pick<NewImageSource, 'size' | 'modifiedAt' | 'sha256'>;
const UNREAD: ContentFacts = { size: null, modifiedAt: null, sha256: null };

/** What is known of a file while it is worked on. */
interface Visit {
  startedAt: number;
  content: ContentFacts;
  done: () => void;
}

interface Looked {
  image: StoredImage;
  kind: 'screened' | 'reused';
  /** Still to be stored; null when it is. */
  blobs: StoreInput | null;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
