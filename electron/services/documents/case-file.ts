import { z } from 'zod';
import { lastDilation, type Dilation } from '../../db/queries/dilations';
import { currentReferral } from '../../db/queries/referrals';
import { getImage } from '../../db/queries/images';
import { currentIntake } from '../../db/queries/intakes';
import { encounterOutcome } from '../../db/queries/encounter-outcomes';
import { getModel } from '../../db/queries/models';
import { getSiteSettings } from '../../db/queries/sites';
import { getUser } from '../../db/queries/users';

import { all, get, type ReadableDatabase, sql } from '../../db/sql';
import { isBlinded } from '../../db/queries/blinding';
import type { SiteSettings } from '../../shared/domain/accounts';
import { cardSchema, type ModelCard } from '../../shared/domain/card';
import type { Actor, Eye } from '../../shared/domain/codes';
import type { Identity } from '../../shared/domain/patients';
import type { Outcome } from '../../db/queries/outcomes';
import { type Grade, GRADES, MACULAR_SIGNS, type MacularSign } from '../../shared/domain/reading';
import { EYES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { type EncounterCase, readCase } from '../encounter/encounter-case';
import { identityOf, type IdentityVault } from '../patients/identity';
import { type EncounterAdvice, encounterAdvice } from './encounter-advice';

/** What a doctor wrote of an eye, and what came of it; null of a photograph whose side nobody knows. */
interface EyeGrade {
  eye: Eye | null;
  concluded: Pick<Outcome, 'result' | 'reasons'> | null;
  grade: Grade | null;
  macular: MacularSign | null;
}

interface Hospital {
  id: string;
  name: string;
  address: string;
  phone: string;
}

/** Everything that a paper can say of an encounter; identity only where it was kept and not erased. */
export interface CaseFile {
  advice: EncounterAdvice;
  known: EncounterCase;
  settings: SiteSettings;
  identity: Identity | null;
  /** The patient lets the hospital have name and address. */
  mayShare: boolean;
  /** Instants are shown by the site's calendar. */
  timeZone: string;
  guideline: string;
  dilation: Dilation | null;
  intake: ReturnType<typeof currentIntake>;
  /** null: any eye doctor. */
  hospital: Hospital | null;
  /** Of a doctor's outcome; empty for the others. */
  grades: EyeGrade[];
  /** Name of whoever concluded, where it was a person with an account. */
  decidedBy: string | null;
  photographedBy: string[];
  cameras: string[];
  model: { id: string; card: ModelCard } | null;
}

/**
 * Reads what a paper needs.
 *
 * @throws AppError not-found; paper-without-result while nothing has been concluded; not-permitted for a reader who must not see the result yet
 */
export function readCaseFile(vault: IdentityVault, actor: Actor, encounterId: string): CaseFile {
  const db = vault.database;
  const known = readCase(db, encounterId);
  const { patientId } = known.encounter;
  if (isBlinded(db, actor.userId, { patientId })) throw new AppError('not-permitted', { reason: 'blinded' });
  const advice = encounterAdvice(db, encounterId);
  if (advice === null) throw new AppError('paper-without-result');
  const hospitalId = currentReferral(db, encounterId)?.hospitalId ?? null;
  const photographers = [...new Set(known.images.map((image) => image.assignedBy))];
  const cameras = known.images.flatMap((image) => getImage(db, image.imageId)?.camera ?? []);
  return {
    advice,
    known,
    settings: getSiteSettings(db),
    identity: identityOf(vault, patientId),
    mayShare: mayShare(db, patientId),
    timeZone: known.site.timeZone,
    guideline: known.site.guideline,
    dilation: lastDilation(db, encounterId) ?? null,
    intake: currentIntake(db, encounterId),
    hospital: hospitalId === null ? null : (hospitalOf(db, hospitalId) ?? null),
    grades: advice.outcome.source === 'doctor' ? doctorsGrades(db, advice.outcome) : [],
    decidedBy: getUser(db, advice.outcome.actorId)?.name ?? null,
    photographedBy: photographers.flatMap((userId) => getUser(db, userId)?.name ?? []),
    cameras: [...new Set(cameras)],
    model: modelOf(db, advice.outcome.basis['modelId'] ?? scoredBy(known)),
  };
}

/** The patient lets the hospital have name and address. */
export function mayShare(db: ReadableDatabase, patientId: string): boolean {
  return get(db, sql`SELECT 1 AS yes FROM patient_may_share WHERE patient_id = ${patientId}`, z.object({ yes: z.number() })) !== undefined;
}

export function hospitalOf(db: ReadableDatabase, id: string): Hospital | undefined {
  const row = z.object({ id: z.string(), name: z.string(), address: z.string(), phone: z.string() });
  return get(db, sql`SELECT id, name, address, phone FROM hospital WHERE id = ${id}`, row);
}

function modelOf(db: ReadableDatabase, id: unknown): CaseFile['model'] {
  const model = typeof id === 'string' ? getModel(db, id) : undefined;
  const card = cardSchema.safeParse(model?.card);
  return model === undefined || !card.success ? null : { id: model.id, card: card.data };
}

/** A doctor's outcome rests on no model; the scores beside it are of this one. */
function scoredBy({ images }: EncounterCase): string | undefined {
  return images.flatMap(({ prediction }) => prediction ?? []).sort((a, b) => b.createdAt - a.createdAt)[0]?.modelId;
}

/** Of the read that a doctor's outcome rests on. */
function doctorsGrades(db: ReadableDatabase, { encounterId, basis }: Outcome): EyeGrade[] {
  const readId = basis['clinicalRead'];
  if (encounterId === null || typeof readId !== 'string') return [];
  return all(
    db,
    sql`SELECT e.eye, e.grade, e.macular FROM clinical_eye e WHERE e.clinical_read_id = ${readId} ORDER BY e.seq`,
    z
      .object({
        eye: z.enum(EYES).nullable(),
        grade: z.literal(GRADES).nullable(),
        macular: z.enum(MACULAR_SIGNS).nullable(),
      })
      .transform(({ eye, grade, macular }): EyeGrade => {
        const outcome = eye === null ? undefined : encounterOutcome(db, encounterId, eye);
        return { eye, grade, macular, concluded: outcome?.basis['clinicalRead'] === readId ? outcome : null };
      }),
  );
}
