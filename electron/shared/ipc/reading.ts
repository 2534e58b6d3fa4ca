import { z } from 'zod';
import {
  type Answer,
  CONFIDENCES,
  GRADES,
  LASER,
  LESIONS,
  MACULAR_SIGNS,
  type Mark,
  OTHER_DISEASES,
  UNGRADABLE_REASONS,
} from '../domain/reading';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const each = <Codes extends readonly [string, ...string[]]>(codes: Codes): z.ZodArray<z.ZodEnum<{ [Code in Codes[number]]: Code }>> =>
  z.array(z.enum(codes)).max(codes.length);

/** A photograph is gradable and has a grade and a macular sign, or is not and has its reasons. */
export const answerSchema = z
  .strictObject({
    gradable: z.boolean(),
    reasons: each(UNGRADABLE_REASONS),
    grade: z.literal(GRADES).nullable(),
    macular: z.enum(MACULAR_SIGNS).nullable(),
    centreInvolved: z.boolean().nullable(),
    lesions: each(LESIONS),
    laser: z.enum(LASER),
    otherDisease: each(OTHER_DISEASES),
    referOther: z.boolean(),
    confidence: z.literal(CONFIDENCES),
    note: z.string().max(2000),
  })
  .refine(({ gradable, grade, macular, reasons, centreInvolved }) =>
    gradable
      ? grade !== null && macular !== null && reasons.length === 0
      : grade === null && macular === null && centreInvolved === null && reasons.length > 0,
  );

const pixel = z.number().min(-1e5).max(1e5);
export const marksSchema = z
  .array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('point'), x: pixel, y: pixel }),
      z.strictObject({ kind: z.literal('ellipse'), centreX: pixel, centreY: pixel, radiusX: pixel.positive(), radiusY: pixel.positive() }),
    ]),
  )
  .max(100);

const spentMs = z.number().min(0).max(86_400_000);

export const readingInputs = {
  myReading: nothing,
  /** The next photographs of a campaign in the reader's own order; asked again after each answer to look ahead. */
  readingQueue: z.strictObject({ campaignId: id, limit: z.number().int().min(1).max(12) }),
  saveRead: z.strictObject({
    assignmentId: id,
    answer: answerSchema,
    marks: marksSchema,
    activeMs: spentMs,
    idleMs: spentMs,
    /** The read that this one takes the place of; null for a first answer. */
    supersedesId: id.nullable(),
    correctionReason: z.string().min(1).max(500).nullable(),
  }),
  /** What undo goes back to. */
  lastRead: z.strictObject({ campaignId: id }),
  /** This photograph cannot wait: tells the clinical lead at once. */
  sendAlert: z.strictObject({ assignmentId: id }),
  /** A photograph that cannot be shown: tried once more, and taken from everybody's queue where it fails again. */
  leaveOut: z.strictObject({ assignmentId: id }),
  adjudicationCase: z.strictObject({ assignmentId: id }),
  decideAdjudication: z.strictObject({ assignmentId: id, answer: answerSchema }),
  /** What is known of a practice photograph, once it is answered. */
  practiceFeedback: z.strictObject({ assignmentId: id }),
} as const satisfies Record<keyof ReadingOutputs, z.ZodType>;

export interface ReadingOutputs {
  myReading: MyReading;
  readingQueue: ReadingQueue;
  saveRead: { readId: string };
  lastRead: LastRead | null;
  sendAlert: null;
  leaveOut: { leftOut: boolean };
  adjudicationCase: AdjudicationCase;
  decideAdjudication: null;
  practiceFeedback: PracticeFeedback;
}

/** A campaign as its reader sees it: a number, no name, nothing of how it was chosen. */
export interface MyCampaign {
  campaignId: string;
  number: number;
  practice: boolean;
  total: number;
  answered: number;
  /** Disagreements of others that wait for this person's decision. */
  toDecide: number;
  /** Photographs that come later. */
  later: number;
  /** A practice set has to be passed first. */
  needsCertificate: boolean;
  /** Of a practice set that is done. */
  score: { kappa: number | null; exact: number; gradability: number; passMark: number; passed: boolean } | null;
}

export interface MyReading {
  campaigns: MyCampaign[];
  certified: boolean;
}

/** A photograph without identity: its address is the assignment's, so that not even its own id reaches a reader. */
export interface ReadingItem {
  assignmentId: string;
  width: number;
  height: number;
  task: 'read' | 'again' | 'decide';
  /** The adjudicator's own blind answer is in: the case can be opened. */
  answered: boolean;
  /** Shown beside it where the campaign allows and there is one; addresses of pictures. */
  fellowEye: string | null;
  priorVisit: string | null;
  /** From the second round on: what each reader said in the round before, unnamed; the own one marked. */
  others: { answer: Answer; own: boolean }[];
  alerted: boolean;
}

export interface ReadingQueue {
  campaignId: string;
  number: number;
  practice: boolean;
  total: number;
  answered: number;
  later: number;
  items: ReadingItem[];
}

export interface LastRead {
  item: ReadingItem;
  readId: string;
  answer: Answer;
  marks: Mark[];
  /** Something about it has been shown since: it can be corrected with a reason, no longer undone. */
  unblinded: boolean;
}

/** The adjudicator's own answer, final, and the readers', unnamed. */
export interface AdjudicationCase {
  own: Answer;
  reads: { answer: Answer; marks: Mark[] }[];
}

export interface PracticeFeedback {
  known: Pick<Answer, 'gradable' | 'grade' | 'macular'>;
  given: Pick<Answer, 'gradable' | 'grade' | 'macular'>;
}
