import { z } from 'zod';
import {
  INTAKE_EYE_STATES,
  forcedBy,
  type ForcedLevel,
  type IntakeEyeState,
  type IntakeFacts,
  type IntakeReason,
  VISION_VALUES,
} from '../../shared/clinical/intake';
import type { Eye } from '../../shared/domain/codes';
import { newId } from '../ids';
import { flag } from '../rows';
import { get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface Intake {
  id: string;
  encounterId: string;
  patientId: string;
  facts: IntakeFacts;
  actorId: string;
  createdAt: number;
}

const vision = z.enum(VISION_VALUES).nullable();
const answer = flag.nullable();
const eyeState = z.enum(INTAKE_EYE_STATES);
const intakeRow = z
  .object({
    id: z.string(),
    encounter_id: z.string(),
    patient_id: z.string(),
    right_unaided: vision,
    right_glasses: vision,
    right_pinhole: vision,
    left_unaided: vision,
    left_glasses: vision,
    left_pinhole: vision,
    right_state: eyeState,
    left_state: eyeState,
    sudden_loss: answer,
    floaters_or_flashes: answer,
    pain_or_redness: answer,
    pregnancy: answer,
    earlier_treatment: answer,
    under_eye_doctor: answer,
    under_18: answer,
    ai_refused: flag,
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): Intake => ({
    id: row.id,
    encounterId: row.encounter_id,
    patientId: row.patient_id,
    facts: {
      vision: {
        right: { unaided: row.right_unaided, glasses: row.right_glasses, pinhole: row.right_pinhole },
        left: { unaided: row.left_unaided, glasses: row.left_glasses, pinhole: row.left_pinhole },
      },
      eyes: { right: row.right_state, left: row.left_state },
      answers: {
        suddenLoss: row.sudden_loss,
        floatersOrFlashes: row.floaters_or_flashes,
        painOrRedness: row.pain_or_redness,
        pregnancy: row.pregnancy,
        earlierTreatment: row.earlier_treatment,
        underEyeDoctor: row.under_eye_doctor,
      },
      under18: row.under_18,
      aiRefused: row.ai_refused,
    },
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

/** Adds what was asked and measured; it takes the place of what the encounter had before. */
export function recordIntake(
  db: WritableDatabase,
  intake: { siteId: string; encounterId: string; patientId: string; facts: IntakeFacts; actorId: string },
): Intake {
  return transaction(db, () => {
    const before = currentIntake(db, intake.encounterId);
    const { vision: seen, eyes, answers, under18, aiRefused } = intake.facts;
    run(
      db,
      sql`INSERT INTO intake (id, site_id, encounter_id, patient_id, right_unaided, right_glasses, right_pinhole, left_unaided, left_glasses,
            left_pinhole, right_state, left_state, sudden_loss, floaters_or_flashes, pain_or_redness, pregnancy, earlier_treatment,
            under_eye_doctor, under_18, ai_refused, actor_id, supersedes_id, created_at)
          VALUES (${newId()}, ${intake.siteId}, ${intake.encounterId}, ${intake.patientId}, ${seen.right.unaided}, ${seen.right.glasses},
            ${seen.right.pinhole}, ${seen.left.unaided}, ${seen.left.glasses}, ${seen.left.pinhole}, ${eyes.right}, ${eyes.left},
            ${answers.suddenLoss}, ${answers.floatersOrFlashes}, ${answers.painOrRedness}, ${answers.pregnancy}, ${answers.earlierTreatment},
            ${answers.underEyeDoctor}, ${under18}, ${aiRefused}, ${intake.actorId}, ${before?.id ?? null}, ${Date.now()})`,
    );
    const added = currentIntake(db, intake.encounterId);
    if (added === undefined) throw new Error('the intake that was just stored is not there');
    return added;
  });
}

export function currentIntake(db: ReadableDatabase, encounterId: string): Intake | undefined {
  return get(db, sql`SELECT * FROM intake_current WHERE encounter_id = ${encounterId}`, intakeRow);
}

export interface EncounterIntake {
  /** Refer, whatever the photographs say. */
  raised: boolean;
  urgent: boolean;
  /** No result without a doctor, whatever the photographs say. */
  doctorMustRead: boolean;
  aiRefused: boolean;
  level: ForcedLevel;
  reasons: IntakeReason[];
  eyes: Record<Eye, IntakeEyeState>;
}

/** What vision, questions and age force on an encounter. Without an intake a doctor reads. */
export function encounterIntake(db: ReadableDatabase, encounterId: string): EncounterIntake {
  const facts = currentIntake(db, encounterId)?.facts ?? null;
  const { level, reasons } = forcedBy(facts);
  return {
    raised: level === 'refer' || level === 'refer-urgently',
    urgent: level === 'refer-urgently',
    doctorMustRead: level !== 'none',
    aiRefused: facts?.aiRefused ?? false,
    level,
    reasons,
    eyes: facts?.eyes ?? { right: 'present', left: 'present' },
  };
}
