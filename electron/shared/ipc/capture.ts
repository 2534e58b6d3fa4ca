import { z } from 'zod';
import type { Advice, AiResult } from '../clinical/advice';
import { DILATION_CHECKS, type NextStep } from '../clinical/coaching';
import type { Day } from '../clinical/days';
import type { DiscWarning } from '../clinical/disc-side';
import { type Field, FIELDS } from '../clinical/protocol';
import {
  CAPTURE_WAYS,
  type CaptureWay,
  DISMISSAL_REASONS,
  EYE_STATEMENTS,
  type EyeStatementState,
  NOT_POSSIBLE_REASONS,
  type NotPossibleReason,
  RAISE_REASONS,
  type RaiseReason,
  type WaitingReason,
} from '../domain/capture';
import { EYES, type Eye, type PatientResult, type SiteMode } from '../domain/codes';
import type { EyeReason, PatientReason } from '../domain/screening';
import type { AppErrorData } from '../errors';
import type { ControlledPoint, RatePoint } from '../statistics/control-chart';
import type { ImageDetail } from './types';

/** Photographing a patient: the camera's folder, the files on their way, the eyes at the camera, the result. */

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const eye = z.enum(EYES);
const paths = z.array(z.string().min(1).max(4096)).min(1).max(1000);
const target = { encounterId: id, eye: eye.nullable(), field: z.enum(FIELDS).nullable() };

const namePattern = z.strictObject({ match: z.string().min(1).max(300), caseSensitive: z.boolean() });

export const captureInputs = {
  captureStatus: nothing,
  /** Who is at the camera: what its folder gets from now on is this patient's. */
  setAtCamera: z.strictObject({ target: z.strictObject(target).nullable() }),
  setHotFolder: z.strictObject({ folder: z.string().min(1).max(4096).nullable(), polling: z.boolean() }),
  /** The system's dialog; null when closed without a choice. */
  choosePhotographs: nothing,
  /** Files for one patient, or for whom their names say. */
  captureFiles: z.strictObject({ paths, way: z.enum(CAPTURE_WAYS), chosenFor: z.strictObject(target).nullable() }),

  encounterView: z.strictObject({ encounterId: id }),
  /** Of today, newest first: where a photograph can be put. */
  openEncounters: nothing,

  stateEye: z.strictObject({
    encounterId: id,
    eye,
    state: z.enum(EYE_STATEMENTS),
    reason: z.enum(NOT_POSSIBLE_REASONS).nullable(),
  }),
  raiseResult: z.strictObject({ encounterId: id, urgent: z.boolean(), reason: z.enum(RAISE_REASONS) }),
  appealQuality: z.strictObject({ encounterId: id, imageId: id }),
  recordDilation: z.strictObject({
    encounterId: id,
    orderId: id,
    checklist: z.record(z.enum(DILATION_CHECKS), z.boolean()),
    batch: z.string().trim().max(60).nullable(),
  }),

  /** Doctors let technicians give drops. */
  standingOrders: nothing,
  giveStandingOrder: z.strictObject({
    drug: z.string().trim().min(1).max(60),
    strength: z.string().trim().min(1).max(30),
    days: z.number().int().min(1).max(366),
  }),
  endStandingOrder: z.strictObject({ orderId: id }),

  /** The site's own patterns of file names, before the shipped ones. */
  namePatterns: nothing,
  saveNamePatterns: z.strictObject({ patterns: z.array(namePattern).max(30) }),
  /** What names would say; nothing is kept. */
  previewNames: z.strictObject({ patterns: z.array(namePattern).max(30), names: z.array(z.string().min(1).max(255)).max(100) }),

  captureRates: nothing,

  trayList: z.strictObject({ offset: z.number().int().min(0), limit: z.number().int().min(1).max(200) }),
  /** Puts photographs to a patient's eye, out of the tray or from another patient: one audited action. */
  placePhotographs: z.strictObject({ imageIds: z.array(id).min(1).max(200), ...target }),
  swapEyes: z.strictObject({ encounterId: id }),
  dismissFile: z.strictObject({ fileId: id, reason: z.enum(DISMISSAL_REASONS) }),
} as const;

export interface HotFolderSettings {
  folder: string | null;
  /** For network shares. */
  polling: boolean;
}

export interface CaptureStatus {
  hotFolder: HotFolderSettings & { state: 'off' | 'watching' | 'missing' };
  atCamera: { encounterId: string; eye: Eye | null; field: string | null } | null;
  /** Files accepted and not yet stored. */
  arriving: number;
  /** Why nothing gets on: it is tried again by itself. */
  trouble: AppErrorData | null;
  /** In the tray. */
  waiting: number;
}

/** A photograph of an encounter: what the viewer shows, and what the camera needs to know. */
export interface CapturePhoto extends ImageDetail {
  imageId: string;
  field: string | null;
  /** The optic disc lies where it would in the other eye. A warning: nobody's eye is changed by it. */
  discWarning: DiscWarning | null;
  appealed: boolean;
  /** Quality could be told so many milliseconds after the file was seen. */
  arrivalMs: number | null;
}

export interface EyeView {
  eye: Eye;
  result: PatientResult;
  reasons: EyeReason[];
  step: NextStep;
  failedTries: number;
  /** Fields that the protocol asks for and no gradable photograph shows. */
  fieldsLeft: Field[];
  statement: { state: EyeStatementState; reason: NotPossibleReason | null } | null;
  photos: CapturePhoto[];
}

export interface ResultView {
  outcomeId: string;
  source: 'ai' | 'technician' | 'doctor';
  result: PatientResult;
  urgent: boolean;
  reasons: PatientReason[];
  /** One of the four, or null while there is none. */
  aiResult: AiResult | null;
  advice: { code: Advice; day: Day | null };
  at: number;
}

export interface EncounterView {
  encounterId: string;
  patientId: string;
  shortId: string;
  name: string | null;
  startedAt: number;
  siteMode: SiteMode;
  validatedHere: boolean;
  /** What the protocol asks for. */
  fields: readonly Field[];
  eyes: EyeView[];
  /** Photographs whose eye nobody has named. */
  unplaced: CapturePhoto[];
  /** Files that could not be read. */
  failed: { fileId: string; name: string; eye: Eye | null; error: AppErrorData }[];
  /** In force; null before the first photograph or statement. */
  result: ResultView | null;
  /** What was said before, newest first. */
  earlier: ResultView[];
  raises: { reason: RaiseReason; urgent: boolean; at: number }[];
  /** The slip that was made last holds no longer: another one is to be printed. */
  slipVoid: boolean;
  standingOrders: { id: string; drug: string; strength: string }[];
  dilation: { given: boolean; drug: string; at: number } | null;
  mayDilate: boolean;
  /** The last examination before this one. */
  prior: { encounterId: string; startedAt: number; result: ResultView | null; photos: CapturePhoto[] } | null;
}

export interface OpenEncounter {
  encounterId: string;
  patientId: string;
  shortId: string;
  name: string | null;
  startedAt: number;
  photographs: number;
}

export interface TrayFile {
  fileId: string;
  imageId: string | null;
  name: string;
  way: CaptureWay;
  because: WaitingReason;
  claimedPatient: string | null;
  claimedEye: Eye | null;
  error: AppErrorData | null;
  at: number;
}

export interface StandingOrderView {
  id: string;
  drug: string;
  strength: string;
  /** UTC milliseconds. */
  validUntil: number;
}

/** A regular expression with the groups `patient` and `eye`, as the site names its files. */
export interface NamePattern {
  match: string;
  caseSensitive: boolean;
}

export interface NamePreview {
  name: string;
  /** As stored, where it holds one with a right check symbol. */
  shortId: string | null;
  patient: string | null;
  eye: Eye | null;
  patternId: string | null;
}

/** How many photographs of a camera or an operator could not be read, day by day. */
export interface RateSeries {
  kind: 'camera' | 'operator';
  key: string;
  /** Empty for photographs whose camera does not say its name. */
  label: string;
  mean: number;
  points: (ControlledPoint & RatePoint & { day: Day })[];
}

export interface CaptureOutputs {
  captureStatus: CaptureStatus;
  setAtCamera: CaptureStatus;
  setHotFolder: CaptureStatus;
  choosePhotographs: { paths: string[] } | null;
  captureFiles: { accepted: number };

  encounterView: EncounterView;
  openEncounters: OpenEncounter[];

  stateEye: EncounterView;
  raiseResult: EncounterView;
  appealQuality: EncounterView;
  recordDilation: EncounterView;

  standingOrders: StandingOrderView[];
  giveStandingOrder: StandingOrderView[];
  endStandingOrder: StandingOrderView[];
  namePatterns: NamePattern[];
  saveNamePatterns: NamePattern[];
  previewNames: NamePreview[];
  captureRates: RateSeries[];

  trayList: { total: number; files: TrayFile[] };
  placePhotographs: EncounterView;
  swapEyes: EncounterView;
  dismissFile: null;
}
