import { dirname, basename } from 'node:path';

import { z } from 'zod';

import { appendAuditEvent } from '../../db/audit';
import { countTray } from '../../db/queries/capture-files';
import { getEncounterFacts } from '../../db/queries/encounter-images';
import { getSetting, putSetting } from '../../db/queries/settings';
import { transaction } from '../../db/sql';
import type { CaptureWay } from '../../shared/domain/capture';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { CaptureStatus, HotFolderSettings } from '../../shared/ipc/capture';
import type { NamePatterns } from '../../shared/naming/patterns';
import { requireRole } from '../actor';
import { requireScreeningConsent } from '../patients/registration';
import { walkArguments } from '../screening/walk';
import type { Workspace } from '../workspace';
import { type Arrival, Arrivals } from './arrivals';
import { HotFolder, STABLE_MS } from './hot-folder';
import { sitePatterns } from './name-patterns';
import type { CaptureTarget } from './place-file';

const HOT_FOLDER_KEY = 'hot-folder';
const hotFolderSchema = z.object({ folder: z.string().nullable(), polling: z.boolean() });
const NO_FOLDER: HotFolderSettings = { folder: null, polling: false };
/** More photographs than this at once are not one patient's. */
const LIMIT_FOR_ONE_PATIENT = 12;
/** The window asks again for what it shows at most this often. */
const TELL_MS = 100;

interface AtCamera extends CaptureTarget {
  actor: Actor;
  /** `performance.now()` */
  since: number;
}

/** The camera's side of an open profile: who is being photographed, the watched folder, and the files on their way. One for each profile. */
export class Capture {
  readonly #workspace: Workspace;
  readonly #arrivals: Arrivals;
  readonly #listeners = new Set<(encounterIds: string[]) => void>();
  #hotFolder: HotFolder | null = null;
  #atCamera: AtCamera | null = null;
  #patterns: NamePatterns | null = null;
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#arrivals = new Arrivals(workspace, {
      changed: (encounterId) => {
        this.tell(encounterId);
      },
      patterns: () => this.#namePatterns(),
    });
    this.#watch();
  }

  /** Told, a few times a second at most, that something has changed, and in which encounters. @returns the function that ends it */
  onChanged(listener: (encounterIds: string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gathers what has changed and tells it together. */
  tell(encounterId: string | null): void {
    if (encounterId !== null) this.#changed.add(encounterId);
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const changed = [...this.#changed];
      this.#changed = new Set();
      for (const listener of this.#listeners) listener(changed);
    }, TELL_MS);
  }

  status(actor: Actor): CaptureStatus {
    requireRole(actor, ...ROLES);
    const { folder, polling } = this.#hotFolderSettings();
    return {
      hotFolder: { folder, polling, state: this.#hotFolder?.state ?? 'off' },
      atCamera:
        this.#atCamera === null ? null : { encounterId: this.#atCamera.encounterId, eye: this.#atCamera.eye, field: this.#atCamera.field },
      arriving: this.#arrivals.arriving,
      trouble: this.#arrivals.trouble,
      waiting: countTray(this.#workspace.profile.database),
    };
  }

  /** Photographs from the camera's folder belong to this patient from now on; null: to nobody. @throws AppError not-found, consent-missing */
  setAtCamera(actor: Actor, target: CaptureTarget | null): CaptureStatus {
    requireRole(actor, 'technician', 'doctor');
    if (target !== null && getEncounterFacts(this.#workspace.profile.database, target.encounterId) === undefined) {
      throw new AppError('not-found', { what: 'encounter' });
    }
    if (target !== null) requireScreeningConsent(this.#workspace.profile, target.encounterId);
    const same = target !== null && this.#atCamera?.encounterId === target.encounterId;
    this.#atCamera =
      target === null ? null : { ...target, actor, since: same ? (this.#atCamera?.since ?? performance.now()) : performance.now() };
    this.tell(null);
    return this.status(actor);
  }

  /** Watches another folder, or none. Its present files are taken as older than whoever is at the camera. */
  setHotFolder(actor: Actor, settings: HotFolderSettings): CaptureStatus {
    requireRole(actor, 'technician', 'admin');
    const { database, site } = this.#workspace.profile;
    transaction(database, () => {
      putSetting(database, HOT_FOLDER_KEY, hotFolderSchema.parse(settings));
      appendAuditEvent(database, {
        siteId: site.id,
        actor,
        action: 'hot-folder.set',
        recordType: 'site',
        recordId: site.id,
        details: { watching: settings.folder !== null, polling: settings.polling },
      });
    });
    void this.#hotFolder?.close();
    this.#hotFolder = null;
    this.#watch();
    this.tell(null);
    return this.status(actor);
  }

  /**
   * Takes files or folders that a person chose or dropped. For a patient they are the patient's; without one their names decide, and what they do not
   * say waits in the tray.
   *
   * @returns how many photographs are on their way
   * @throws AppError path-not-found, nothing-to-screen, capture-too-many, not-found, consent-missing
   */
  async take(actor: Actor, wanted: { paths: readonly string[]; way: CaptureWay; chosenFor: CaptureTarget | null }): Promise<number> {
    requireRole(actor, 'technician', 'doctor');
    const { paths, way, chosenFor } = wanted;
    if (chosenFor !== null && getEncounterFacts(this.#workspace.profile.database, chosenFor.encounterId) === undefined) {
      throw new AppError('not-found', { what: 'encounter' });
    }
    if (chosenFor !== null) requireScreeningConsent(this.#workspace.profile, chosenFor.encounterId);
    const { files, otherFiles } = await walkArguments(paths);
    if (files.length === 0) throw new AppError('nothing-to-screen', { otherFiles });
    if (chosenFor !== null && files.length > LIMIT_FOR_ONE_PATIENT) {
      throw new AppError('capture-too-many', { files: files.length, limit: LIMIT_FOR_ONE_PATIENT });
    }
    const seenAt = performance.now();
    this.#arrivals.add(
      files.map(({ path }): Arrival => ({
        path,
        way,
        actor,
        folderName: basename(dirname(path.toString('utf8'))),
        chosenFor,
        atCamera: null,
        older: false,
        seenAt,
      })),
    );
    return files.length;
  }

  /** After the site's patterns were changed. */
  forgetPatterns(): void {
    this.#patterns = null;
  }

  /** Resolves when everything accepted is stored. */
  settle(): Promise<void> {
    return this.#arrivals.settle();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#hotFolder?.close();
    await this.#arrivals.close();
  }

  #watch(): void {
    const { folder, polling } = this.#hotFolderSettings();
    if (folder === null) return;
    this.#hotFolder = new HotFolder({
      folder,
      polling,
      found: ({ path, folderName, older }) => {
        this.#arrivals.add([this.#fromCamera(path, folderName, older, polling)]);
      },
      changed: () => {
        this.tell(null);
      },
    });
  }

  /** A file is the patient's at the camera only if it began to come while that patient was there. */
  #fromCamera(path: string, folderName: string, lay: boolean, polling: boolean): Arrival {
    const seenAt = performance.now();
    const began = seenAt - (polling ? STABLE_MS.share : STABLE_MS.local);
    const patient = this.#atCamera;
    const older = lay || (patient !== null && patient.since > began);
    return {
      path: Buffer.from(path),
      way: 'hot-folder',
      actor: patient?.actor ?? CAMERA,
      folderName,
      chosenFor: null,
      atCamera: older ? null : patient,
      older,
      seenAt,
    };
  }

  #hotFolderSettings(): HotFolderSettings {
    return getSetting(this.#workspace.profile.database, HOT_FOLDER_KEY, hotFolderSchema) ?? NO_FOLDER;
  }

  #namePatterns(): NamePatterns {
    this.#patterns ??= sitePatterns(this.#workspace.profile.database);
    return this.#patterns;
  }
}

/** Nobody was at the camera: what came is written down as the folder's own doing. */
const CAMERA: Actor = { userId: 'camera-folder', roles: ['technician'] };
