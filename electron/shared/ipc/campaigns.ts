import { z } from 'zod';
import type { Eye, Role } from '../domain/codes';
import {
  ADJUDICATIONS,
  ALERT_ACTIONS,
  type Adjudication,
  type AlertAction,
  type CampaignLeftOut,
  SELECTIONS,
  type Selection,
} from '../domain/reading';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const choice = {
  selection: z.enum(SELECTIONS),
  /** Photographs of these runs only; empty: of all. */
  runIds: z.array(id).max(200),
  /** At most this many; null: all that fit. */
  size: z.number().int().min(1).max(100_000).nullable(),
  /** The lead's word for photographs of folders, of which no consent is on record here. */
  consentDeclared: z.boolean(),
};

export const campaignInputs = {
  listCampaigns: nothing,
  campaignDetail: z.strictObject({ campaignId: id }),
  campaignChoices: nothing,
  previewCampaign: z.strictObject(choice),
  createCampaign: z.strictObject({
    ...choice,
    title: z.string().max(200),
    readerIds: z.array(id).min(1).max(50),
    readersPerImage: z.number().int().min(2).max(9),
    adjudication: z.enum(ADJUDICATIONS),
    adjudicatorId: id.nullable(),
    fellowEye: z.boolean(),
    priorVisit: z.boolean(),
    rereadPercent: z.number().int().min(0).max(100),
    washoutDays: z.number().int().min(0).max(365),
    certifiedOnly: z.boolean(),
  }),
  closeCampaign: z.strictObject({ campaignId: id }),
  withdrawReader: z.strictObject({ campaignId: id, readerId: id }),
  /** A practice set from photographs whose answer is known: the newest reference labels. */
  createPractice: z.strictObject({
    readerIds: z.array(id).min(1).max(50),
    size: z.number().int().min(5).max(500),
    passMark: z.number().min(0).max(1),
  }),
  listAlerts: nothing,
  openAlert: z.strictObject({ alertId: id }),
  endAlert: z.strictObject({ alertId: id, action: z.enum(ALERT_ACTIONS) }),
  setClinicalLead: z.strictObject({ userId: id.nullable() }),
} as const satisfies Record<keyof CampaignOutputs, z.ZodType>;

export interface CampaignOutputs {
  listCampaigns: CampaignSummary[];
  campaignDetail: CampaignDetail;
  campaignChoices: CampaignChoices;
  previewCampaign: CampaignPreview;
  createCampaign: { campaignId: string };
  closeCampaign: null;
  withdrawReader: null;
  createPractice: { campaignId: string };
  listAlerts: AlertSummary[];
  openAlert: AlertDetail;
  endAlert: null;
  setClinicalLead: null;
}

export interface CampaignSummary {
  campaignId: string;
  number: number;
  /** '' and null below for whoever has photographs of it to read. */
  title: string;
  practice: boolean;
  selection: Selection | 'practice' | null;
  createdAt: number;
  closedAt: number | null;
  images: number;
  /** Answers given of answers asked for. */
  answered: number;
  asked: number;
}

export interface CampaignDetail extends CampaignSummary {
  readersPerImage: number;
  adjudication: Adjudication;
  adjudicator: Person | null;
  rereadPercent: number;
  washoutDays: number;
  passMark: number | null;
  readers: CampaignReader[];
  /** Photographs that were among those asked for and not taken. */
  leftOut: CampaignLeftOut;
  /** null while whoever asks has photographs of this campaign to read: how often others disagree gives answers away. */
  labels: { agreed: number; adjudicated: number; waiting: number } | null;
}

export interface CampaignReader {
  reader: Person;
  /** What the person does in it. */
  adjudicates: boolean;
  answered: number;
  asked: number;
  /** Answers in less than two seconds. */
  hasty: number;
  activeMs: number;
  /** Of a practice set. */
  passed: boolean | null;
}

export interface Person {
  userId: string;
  name: string;
}

export interface CampaignChoices {
  /** Who can read. */
  readers: (Person & { roles: Role[]; certified: boolean })[];
  runs: { runId: string; folder: string; startedAt: number }[];
  clinicalLead: string | null;
  /** Reference labels that a practice set can be drawn from. */
  known: number;
}

export interface CampaignPreview {
  images: number;
  selected: number;
  random: number;
  leftOut: CampaignLeftOut;
}

/** Without whom it is about: that is told to the lead who opens it. */
export interface AlertSummary {
  alertId: string;
  createdAt: number;
  action: AlertAction | null;
  closedAt: number | null;
}

export interface AlertDetail extends AlertSummary {
  imageId: string;
  campaignNumber: number;
  patientId: string | null;
  /** What is printed on the patient's slip; null for a photograph that stands alone. */
  shortId: string | null;
  eye: Eye | null;
}
