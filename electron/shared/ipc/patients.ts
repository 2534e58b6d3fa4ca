import { z } from 'zod';
import type { Advice } from '../clinical/advice';
import type { Day } from '../clinical/days';
import { type Forced, INTAKE_EYE_STATES, type IntakeFacts, type IntakeQuestion, VISION_VALUES, type VisionWay } from '../clinical/intake';
import type { Eye, PatientResult } from '../domain/codes';
import {
  CALL_BACK_ENDS,
  type CallBackEnd,
  type CallBackReason,
  CONSENT_ANSWERS,
  CONSENT_GIVERS,
  CONSENT_WAYS,
  type ConsentAnswers,
  type ConsentGiver,
  type ConsentWay,
  CONTACT_RESULTS,
  CONTACT_SUBJECTS,
  CONTACT_WAYS,
  type ContactResult,
  type ContactWay,
  type Identity,
  identitySchema,
  PATIENT_LANGUAGES,
  REFERRAL_EVENTS,
  type ReferralEventCode,
  REQUIRABLE_FIELDS,
  type RequirableField,
  type RescreenState,
  WORKLIST_STATES,
  type WorklistState,
} from '../domain/patients';

/** Patients at the desk, the day's worklist, and what becomes of them afterwards. */

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const patient = z.strictObject({ patientId: id });
const vision = z.enum(VISION_VALUES).nullable();
const seen = z.strictObject({ unaided: vision, glasses: vision, pinhole: vision } satisfies Record<VisionWay, unknown>);
const answer = z.boolean().nullable();
const eyeState = z.enum(INTAKE_EYE_STATES);
const consent = z.strictObject({
  answers: z.strictObject({ screening: z.boolean(), contact: z.boolean(), sharing: z.boolean(), training: z.boolean() }),
  language: z.enum(PATIENT_LANGUAGES),
  how: z.enum(CONSENT_WAYS),
  givenBy: z.enum(CONSENT_GIVERS),
});

export const patientInputs = {
  registrationRules: nothing,
  setRegistrationRules: z.strictObject({ required: z.array(z.enum(REQUIRABLE_FIELDS)).max(REQUIRABLE_FIELDS.length) }),
  findPatients: z.strictObject({ query: z.string().max(200) }),
  /** Who may be the same person as the one being written down. */
  similarPatients: z.strictObject({ identity: identitySchema, except: id.nullable() }),
  registerPatient: z.strictObject({ identity: identitySchema }),
  correctPatient: z.strictObject({ patientId: id, identity: identitySchema }),
  patientCard: patient,
  giveConsent: z.strictObject({ patientId: id, consent }),
  withdrawConsent: z.strictObject({ patientId: id, answers: z.array(z.enum(CONSENT_ANSWERS)).min(1).max(CONSENT_ANSWERS.length) }),
  startEncounter: patient,
  saveIntake: z.strictObject({
    encounterId: id,
    facts: z.strictObject({
      vision: z.strictObject({ right: seen, left: seen }),
      eyes: z.strictObject({ right: eyeState, left: eyeState }),
      answers: z.strictObject({
        suddenLoss: answer,
        floatersOrFlashes: answer,
        painOrRedness: answer,
        pregnancy: answer,
        earlierTreatment: answer,
        underEyeDoctor: answer,
      } satisfies Record<IntakeQuestion, unknown>),
      aiRefused: z.boolean(),
    }),
  }),
  mergePatients: z.strictObject({ keptId: id, mergedId: id }),
  unmergePatients: z.strictObject({ mergeId: id }),
  /** `confirmation` is the short id, typed by whoever does it. */
  erasePatient: z.strictObject({ patientId: id, confirmation: z.string().max(20) }),

  worklist: nothing,
  /** Kept for whoever is signed in, over a restart. */
  setWorklistFilter: z.strictObject({ states: z.array(z.enum(WORKLIST_STATES)).max(WORKLIST_STATES.length) }),

  logContact: z.strictObject({
    patientId: id,
    subject: z.enum(CONTACT_SUBJECTS),
    subjectId: id,
    way: z.enum(CONTACT_WAYS),
    result: z.enum(CONTACT_RESULTS),
    note: z.string().trim().max(500),
  }),
  closeCallBack: z.strictObject({ callBackId: id, how: z.enum(CALL_BACK_ENDS) }),

  /** Asks where to save, as the channels below do; null when closed without a choice. */
  saveAccessCopy: patient,
  saveDaySummary: z.strictObject({ day: day.nullable(), as: z.enum(['csv', 'pdf']) }),
  listHospitals: nothing,
  saveHospital: z.strictObject({
    hospitalId: id.nullable(),
    name: z.string().trim().min(1).max(200),
    address: z.string().trim().max(400),
    phone: z.string().trim().max(40),
    closed: z.boolean(),
  }),
  referToHospital: z.strictObject({ encounterId: id, hospitalId: id.nullable() }),
  followUp: nothing,
  noteReferral: z.strictObject({ encounterId: id, what: z.enum(REFERRAL_EVENTS), day }),
  /** Asks for a hospital's CSV with id, result, day. */
  importReferralNotes: nothing,
  /** Of those who allowed sharing. */
  saveHospitalList: z.strictObject({ hospitalId: id }),
} as const;

/** A person as a list shows one. */
export interface PatientHit {
  patientId: string;
  /** Eight symbols; shown as `XXXX-XXXX`. */
  shortId: string;
  /** null: never registered at the desk, or erased. */
  identity: Identity | null;
  erased: boolean;
  /** Years by the year of birth; the birthday is not known. */
  age: number | null;
  lastVisit: Day | null;
}

export interface ConsentRecord {
  answers: ConsentAnswers;
  withdrawal: boolean;
  noticeVersion: string;
  language: string;
  how: ConsentWay;
  givenBy: ConsentGiver;
  actorId: string;
  at: number;
}

export interface VisitImage {
  imageId: string;
  eye: Eye | null;
  gradable: boolean | null;
}

export interface Visit {
  encounterId: string;
  day: Day;
  today: boolean;
  intake: IntakeFacts | null;
  forced: Forced;
  /** What the patient was told; null while nothing was concluded. */
  advice: { code: Advice; day: Day | null } | null;
  result: PatientResult | null;
  urgent: boolean;
  images: VisitImage[];
  referral: { hospitalId: string | null; hospital: string | null; dueDay: Day } | null;
}

export interface ContactEntry {
  id: string;
  way: ContactWay;
  result: ContactResult;
  note: string | null;
  actorId: string;
  at: number;
}

export interface CallBackEntry {
  callBackId: string;
  person: PatientHit;
  encounterId: string | null;
  reason: CallBackReason;
  urgent: boolean;
  dueDay: Day;
  overdue: boolean;
  openedAt: number;
  contacts: ContactEntry[];
  closed: { how: CallBackEnd; at: number } | null;
}

export interface PatientCard {
  person: PatientHit;
  consent: ConsentRecord | null;
  consentHistory: ConsentRecord[];
  /** Newest first. */
  visits: Visit[];
  todaysEncounterId: string | null;
  /** Others that turned out to be the same person, newest first; only the newest can be taken back. */
  merges: { mergeId: string; person: PatientHit; at: number }[];
  /** Who this one was merged into. */
  mergedInto: { mergeId: string; person: PatientHit } | null;
  similar: PatientHit[];
  callBacks: CallBackEntry[];
  /** Of the id, as a square of modules drawn with one SVG path. */
  qr: { sizeModules: number; path: string };
  required: RequirableField[];
}

export interface WorklistRow {
  encounterId: string;
  person: PatientHit;
  arrivedAt: number;
  state: WorklistState;
  result: PatientResult | null;
  urgent: boolean;
  forced: Forced;
  advice: Advice | null;
  photographs: number;
}

export interface Worklist {
  day: Day;
  /** Most urgent first. Matching the filter. */
  rows: WorklistRow[];
  /** Of the whole day. */
  counts: Record<WorklistState, number>;
  total: number;
  urgent: number;
  /** The states shown; empty: all. */
  filter: WorklistState[];
  /** Open ones of every day: at the head. */
  callBacks: CallBackEntry[];
}

export interface HospitalRow {
  hospitalId: string;
  name: string;
  address: string;
  phone: string;
  closed: boolean;
}

export interface ReferralRow {
  encounterId: string;
  person: PatientHit;
  hospital: string | null;
  urgent: boolean;
  referredOn: Day;
  dueDay: Day;
  overdue: boolean;
  last: { what: ReferralEventCode; day: Day } | null;
  contacts: ContactEntry[];
}

export interface RescreenRow {
  encounterId: string;
  person: PatientHit;
  dueDay: Day;
  state: RescreenState;
  contacts: ContactEntry[];
}

export interface FollowUp {
  today: Day;
  referrals: ReferralRow[];
  /** Referred, but without consent to be contacted: counted and not shown. */
  notContactable: number;
  rescreens: RescreenRow[];
  /** Not due for a month and more: counted and not shown. */
  rescreensLater: number;
  callBacks: CallBackEntry[];
  /** Of the urgent referrals made at least four weeks ago: how many attended within four weeks of them. */
  urgentAttendance: { attended: number; referred: number };
}

export interface SavedFile {
  path: string;
}

export interface PatientOutputs {
  registrationRules: RequirableField[];
  setRegistrationRules: RequirableField[];
  findPatients: PatientHit[];
  similarPatients: PatientHit[];
  registerPatient: PatientHit;
  correctPatient: null;
  patientCard: PatientCard;
  giveConsent: null;
  withdrawConsent: null;
  startEncounter: { encounterId: string };
  saveIntake: Forced;
  mergePatients: null;
  unmergePatients: null;
  erasePatient: null;

  worklist: Worklist;
  setWorklistFilter: null;

  saveAccessCopy: SavedFile | null;
  saveDaySummary: SavedFile | null;
  listHospitals: HospitalRow[];
  saveHospital: HospitalRow[];
  referToHospital: null;
  followUp: FollowUp;
  noteReferral: null;
  importReferralNotes: { noted: number } | null;
  saveHospitalList: SavedFile | null;

  logContact: null;
  closeCallBack: null;
}
