import { z } from 'zod';
import {
  type Answer,
  CONFIDENCES,
  GRADES,
  LASER,
  LESIONS,
  MACULAR_SIGNS,
  OTHER_DISEASES,
  UNGRADABLE_REASONS,
} from '../../shared/domain/reading';
import { flag, json } from '../rows';
import { sql, type SqlQuery } from '../sql';

/** The columns of an answer: the same in a read, an adjudication and an eye of the clinical queue. */
export const answerColumns = {
  gradable: flag,
  reasons: json(z.array(z.enum(UNGRADABLE_REASONS))),
  grade: z.literal(GRADES).nullable(),
  macular: z.enum(MACULAR_SIGNS).nullable(),
  centre_involved: flag.nullable(),
  lesions: json(z.array(z.enum(LESIONS))),
  laser: z.enum(LASER),
  other_disease: json(z.array(z.enum(OTHER_DISEASES))),
  refer_other: flag,
  confidence: z.literal(CONFIDENCES),
  note: z.string(),
};
type AnswerRow = z.output<z.ZodObject<typeof answerColumns>>;

export function toAnswer(row: AnswerRow): Answer {
  const { gradable, reasons, grade, macular, lesions, laser, confidence, note } = row;
  return {
    gradable,
    reasons,
    grade,
    macular,
    centreInvolved: row.centre_involved,
    lesions,
    laser,
    otherDisease: row.other_disease,
    referOther: row.refer_other,
    confidence,
    note,
  };
}

export const ANSWER_NAMES = sql`gradable, reasons, grade, macular, centre_involved, lesions, laser, other_disease, refer_other, confidence, note`;

/** In the order of ANSWER_NAMES. */
export function answerValues(answer: Answer): SqlQuery {
  return sql`${answer.gradable}, ${JSON.stringify(answer.reasons)}, ${answer.grade}, ${answer.macular}, ${answer.centreInvolved},
    ${JSON.stringify(answer.lesions)}, ${answer.laser}, ${JSON.stringify(answer.otherDisease)}, ${answer.referOther}, ${answer.confidence},
    ${answer.note}`;
}
