import { setTimeout } from 'node:timers/promises';

import { appendAuditEvent } from '../../db/audit';
import { assignImage, currentAssignment } from '../../db/queries/assignments';
import { addCaptureFile, lastCaptureOfPath, type NewCaptureFile } from '../../db/queries/capture-files';
import { getEncounterFacts } from '../../db/queries/encounter-images';
import { encounterIntake } from '../../db/queries/intakes';
import { transaction } from '../../db/sql';
import { siteDayStart } from '../../shared/clinical/days';
import type { CaptureWay } from '../../shared/domain/capture';
import type { Actor, Eye } from '../../shared/domain/codes';
import { AppError, type AppErrorData, type ErrorCode, toAppError } from '../../shared/errors';
import type { NamePatterns } from '../../shared/naming/patterns';
import { concludeEncounter } from '../encounter/conclude-encounter';
import { nameOf } from '../screening/claims';
import { Committer } from '../screening/committer';
import { isFatal, screenBytes } from '../screening/image-work';
import { Slots } from '../screening/slots';
import { findStored, storeScreened, type StoredImage } from '../screening/stored-image';
import type { StoreInput } from '../worker-pool';
import type { LoadedModel, Workspace } from '../workspace';
import { type CaptureTarget, placeByName, type Placed } from './place-file';
import { readName, type ReadName } from './read-name';

/** A file that has come, and what is known of it beside its name. */
export interface Arrival {
  path: Buffer;
  way: CaptureWay;
  actor: Actor;
  /** Last part of its folder's path where that may name a patient; else empty. */
  folderName: string;
  /** A person chose it for this patient: names decide nothing but the eye. */
  chosenFor: CaptureTarget | null;
  /** Who was at the camera when the file began to come; null: nobody, or it is older. */
  atCamera: CaptureTarget | null;
  /** It was there before anybody watched, or before the patient was at the camera. */
  older: boolean;
  /** `performance.now()` when it was first seen. */
  seenAt: number;
}

interface ArrivalEvents {
  /** Something was stored, or the number under way has changed. */
  changed: (encounterId: string | null) => void;
  patterns: () => NamePatterns;
}

/** Read while it was written: looked at once more before it counts as broken. */
const UNFINISHED: readonly ErrorCode[] = ['image-truncated', 'image-empty', 'image-undecodable', 'image-unreadable'];
const SECOND_LOOK_MS = 1500;
/** After a full disk or a dead engine: how long until the same file is tried again. */
const RETRY_MS = 5000;
/** Beside what the engine works on: files whose results are being written to the disk. */
const LANES_BESIDE_ENGINE = 2;

/**
 * Files on their way to a patient, whichever way they came: read, judged, stored, put to their encounter and concluded. Nothing is acknowledged
 * before it is on the disk; what cannot be worked on now (disk full, no engine) stays in the queue and is tried again.
 */
export class Arrivals {
  readonly #workspace: Workspace;
  readonly #events: ArrivalEvents;
  readonly #queue: Arrival[] = [];
  readonly #committer: Committer;
  readonly #suspects = new Slots(1);
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #lanes = 0;
  #arriving = 0;
  #trouble: AppErrorData | null = null;

  constructor(workspace: Workspace, events: ArrivalEvents) {
    this.#workspace = workspace;
    this.#events = events;
    const db = workspace.profile.database;
    this.#committer = new Committer((write) => transaction(db, () => write()));
  }

  /** Files accepted and not yet stored. */
  get arriving(): number {
    return this.#arriving;
  }

  /** Why nothing gets on, while nothing does. */
  get trouble(): AppErrorData | null {
    return this.#trouble;
  }

  add(arrivals: readonly Arrival[]): void {
    this.#arriving += arrivals.length;
    this.#queue.push(...arrivals);
    const limit = this.#workspace.engine.capacity + LANES_BESIDE_ENGINE;
    while (this.#lanes < Math.min(limit, this.#queue.length)) void this.#lane();
    this.#events.changed(null);
  }

  /** Resolves when nothing is under way; for tests and for closing. */
  async settle(): Promise<void> {
    while (this.#arriving > 0 && !this.#abort.signal.aborted) await setTimeout(10);
    await this.#committer.settle();
  }

  /** Lets go of what is not yet stored: it lies where it came from and comes again. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#queue.length = 0;
    await this.#committer.settle();
  }

  async #lane(): Promise<void> {
    this.#lanes += 1;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      try {
        await this.#file(next);
        this.#trouble = null;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (this.#abort.signal.aborted) break;
        this.#trouble = error.toData();
        this.#queue.push(next);
        this.#events.changed(null);
        await setTimeout(RETRY_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
        continue;
      }
      this.#arriving -= 1;
      this.#events.changed(null);
    }
    this.#lanes -= 1;
  }

  /** @throws AppError only what stops every file */
  async #file(arrival: Arrival): Promise<void> {
    try {
      await this.#look(arrival);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isFatal(error)) throw error;
      if (!UNFINISHED.includes(error.code)) return this.#failed(arrival, error);
      await setTimeout(SECOND_LOOK_MS, undefined, { signal: this.#abort.signal });
      await this.#look(arrival).catch((again: unknown) => {
        const second = toAppError(again);
        if (isFatal(second)) throw second;
        return this.#failed(arrival, second);
      });
    }
  }

  async #look(arrival: Arrival): Promise<void> {
    const model = await this.#workspace.loadModel();
    const { bytes, sha256, mtimeMs } = await this.#workspace.pool.read(arrival.path);
    const facts = { size: bytes.byteLength, modifiedAt: mtimeMs, sha256 };
    if (this.#isKnown(arrival, sha256)) return;
    const done = await this.#turnOf(sha256);
    try {
      const name = this.#nameOf(arrival);
      const { image, blobs } = await this.#screened(bytes, sha256, model, this.#mayScore(this.#place(arrival, name)));
      if (blobs !== null) await this.#workspace.pool.store(blobs);
      const encounterId = await this.#committer.commit(() => this.#write(arrival, name, image.write(null, arrival.actor), facts));
      this.#events.changed(encounterId);
    } finally {
      done();
    }
  }

  /** The same file again, unchanged: cameras and shares report a file more than once. A person who chooses it again means it. */
  #isKnown({ path, chosenFor }: Arrival, sha256: string): boolean {
    if (chosenFor !== null) return false;
    const last = lastCaptureOfPath(this.#workspace.profile.database, path);
    return last !== undefined && last.error === null && last.sha256 === sha256;
  }

  async #screened(
    bytes: Uint8Array,
    sha256: string,
    model: LoadedModel,
    score: boolean,
  ): Promise<{ image: StoredImage; blobs: StoreInput | null }> {
    const stored = findStored(this.#workspace, model, sha256);
    if (stored !== null) return { image: stored, blobs: null };
    const byteSize = bytes.byteLength;
    const screened = await screenBytes(this.#workspace.engine, bytes, this.#abort.signal, this.#suspects, score);
    const content = { original: bytes, thumbnail: screened.thumbnail };
    return {
      image: storeScreened(this.#workspace, model, { sha256, byteSize, screened }),
      blobs: { blobs: this.#workspace.profile.blobStoreOptions, sha256, content },
    };
  }

  #nameOf({ folderName, path }: Arrival): ReadName & { text: string } {
    const text = nameOf(path).toString('utf8');
    return { ...readName(folderName, text, this.#events.patterns()), text };
  }

  #place({ chosenFor, atCamera, older }: Arrival, name: ReadName): Placed {
    const { database, site } = this.#workspace.profile;
    if (chosenFor !== null) return { ...chosenFor, eye: chosenFor.eye ?? name.eye, basis: 'person' };
    return placeByName(database, name, { target: atCamera, older, dayStart: siteDayStart(Date.now(), site.timeZone) });
  }

  #mayScore({ encounterId }: Placed): boolean {
    return encounterId === null || !encounterIntake(this.#workspace.profile.database, encounterId).aiRefused;
  }

  /** Inside the transaction: file, assignment, conclusion and audit reach the disk together. */
  #write(
    arrival: Arrival,
    name: ReadName & { text: string },
    imageId: string,
    facts: Pick<NewCaptureFile, 'size' | 'modifiedAt' | 'sha256'>,
  ): string | null {
    const db = this.#workspace.profile.database;
    const { site } = this.#workspace.profile;
    const placed = this.#keepApart(this.#place(arrival, name), imageId);
    this.#add(arrival, name, placed, { imageId, error: null, ...facts });
    if (placed.encounterId === null) return null;
    const { encounterId, eye, field, basis } = placed;
    const patientId = getEncounterFacts(db, encounterId)?.patientId;
    if (patientId === undefined) throw new AppError('not-found', { what: 'encounter' });
    const before = currentAssignment(db, imageId);
    // Here already: what a person has said of its eye since stands.
    if (before?.encounterId === encounterId && before.eye !== null) return encounterId;
    assignImage(db, { siteId: site.id, imageId, patientId, encounterId, eye, field, basis, runId: null, actorId: arrival.actor.userId });
    appendAuditEvent(db, {
      siteId: site.id,
      actor: arrival.actor,
      action: 'image.captured',
      recordType: 'encounter',
      recordId: encounterId,
      details: { image: imageId, way: arrival.way, eye },
    });
    concludeEncounter(db, arrival.actor, encounterId);
    return encounterId;
  }

  /** A photograph that lies with another patient is not taken away by a second copy of its file: a person moves it. */
  #keepApart(placed: Placed, imageId: string): Placed {
    const before = currentAssignment(this.#workspace.profile.database, imageId);
    if (placed.encounterId === null || before === undefined || before.encounterId === null) return placed;
    return before.encounterId === placed.encounterId ? placed : { encounterId: null, waitsBecause: 'with-another-patient' };
  }

  async #failed(arrival: Arrival, error: AppError): Promise<void> {
    const name = this.#nameOf(arrival);
    const encounterId = await this.#committer.commit(() => {
      const placed = this.#place(arrival, name);
      this.#add(arrival, name, placed, { imageId: null, error: error.toData(), size: null, modifiedAt: null, sha256: null });
      if (placed.encounterId !== null) concludeEncounter(this.#workspace.profile.database, arrival.actor, placed.encounterId);
      return placed.encounterId;
    });
    this.#events.changed(encounterId);
  }

  #add(
    { way, actor, path, seenAt }: Arrival,
    name: ReadName & { text: string },
    placed: Placed,
    outcome: Pick<NewCaptureFile, 'imageId' | 'error' | 'size' | 'modifiedAt' | 'sha256'>,
  ): void {
    const eye: Eye | null = placed.encounterId === null ? name.eye : placed.eye;
    addCaptureFile(this.#workspace.profile.database, {
      siteId: this.#workspace.profile.site.id,
      way,
      actorId: actor.userId,
      path,
      name: name.text,
      ...outcome,
      claimedPatient: name.shortIds[0] ?? name.patient,
      claimedEye: eye,
      encounterId: placed.encounterId,
      waitsBecause: placed.encounterId === null ? placed.waitsBecause : null,
      ms: performance.now() - seenAt,
    });
  }

  /** Waits until no other file of the same content is under way. @returns a function that lets the next one go on */
  async #turnOf(sha256: string): Promise<() => void> {
    for (let before = this.#underWay.get(sha256); before !== undefined; before = this.#underWay.get(sha256)) await before;
    let resolve = (): void => undefined;
    this.#underWay.set(sha256, new Promise<void>((settle) => (resolve = settle)));
    return () => {
      this.#underWay.delete(sha256);
      resolve();
    };
  }
}
