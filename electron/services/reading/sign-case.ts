import { appendAuditEvent } from '../../db/audit';
import { addClinicalRead, latestClinicalRead, openClinicalAssignment } from '../../db/queries/clinical';
import { getEncounterFacts } from '../../db/queries/encounter-images';
import { encounterIntake } from '../../db/queries/intakes';
import { getOwnSite } from '../../db/queries/sites';
import { type ReadableDatabase, transaction } from '../../db/sql';
import { concludeRead, type ReadConclusion, type ReadEye } from '../../shared/clinical/clinical-read';
import { siteDay } from '../../shared/clinical/days';
import { guidelineTable } from '../../shared/clinical/guideline';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { recordDoctorOutcome } from '../encounter/doctor-outcome';
import type { Workspace } from '../workspace';
import { absentEyes } from './clinical-queue';

export interface CaseRead {
  encounterId: string;
  eyes: readonly ReadEye[];
  refer: boolean;
  urgent: boolean;
}

/** What signing would conclude, from the answers, the intake and the guideline. @throws AppError not-found */
export function previewCase(actor: Actor, workspace: Workspace, read: CaseRead): ReadConclusion {
  requireRole(actor, 'doctor');
  return conclude(workspace.profile.database, read);
}

/**
 * A doctor answers for a patient: final, and the outcome in force from now on. A slip that said otherwise is void and waits to be printed again; whoever went
 * home on a better result is called back. What is signed after the model's answer was shown is a correction and carries its reason.
 *
 * @throws AppError not-found; not-permitted, unless this doctor has it open or signed it; read-needs-reason; read-answered
 */
export function signCase(
  actor: Actor,
  workspace: Workspace,
  read: CaseRead & { note: string; activeMs: number; correctionReason: string | null },
): void {
  requireRole(actor, 'doctor');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    const conclusion = conclude(database, read);
    const open = openClinicalAssignment(database, read.encounterId);
    const signed = latestClinicalRead(database, read.encounterId);
    if (open !== undefined && open.doctorId !== actor.userId) throw new AppError('case-taken');
    // Open: a first answer. Not open: a correction of what this doctor signed.
    if (open === undefined && signed?.doctorId !== actor.userId) throw new AppError('not-permitted');
    const correcting = open === undefined ? (signed ?? null) : null;
    if (correcting !== null && read.correctionReason === null) throw new AppError('read-needs-reason');
    if (correcting === null && read.correctionReason !== null) throw new AppError('read-answered');
    const readId = addClinicalRead(database, {
      siteId: site.id,
      assignmentId: open?.id ?? correcting?.assignmentId ?? '',
      doctorId: actor.userId,
      result: conclusion.result,
      urgent: conclusion.urgent,
      reasons: conclusion.reasons,
      referBy: conclusion.referBy,
      rescreenBy: conclusion.rescreenBy,
      note: read.note,
      activeMs: read.activeMs,
      unblinded: correcting !== null,
      correctionReason: read.correctionReason,
      supersedesId: correcting?.id ?? null,
      eyes: read.eyes,
    });
    recordDoctorOutcome(database, site.id, actor, {
      encounterId: read.encounterId,
      eyes: conclusion.eyes,
      result: conclusion.result,
      urgent: conclusion.urgent,
      reasons: conclusion.reasons,
      basis: {
        clinicalRead: readId,
        ...(conclusion.referBy === null ? {} : { referBy: conclusion.referBy }),
        ...(conclusion.rescreenBy === null ? {} : { rescreenBy: conclusion.rescreenBy }),
      },
    });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: correcting === null ? 'case.signed' : 'case.corrected',
      recordType: 'encounter',
      recordId: read.encounterId,
      details: { read: readId },
    });
  });
}

function conclude(db: ReadableDatabase, read: CaseRead): ReadConclusion {
  const encounter = getEncounterFacts(db, read.encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  const site = getOwnSite(db);
  const intake = encounterIntake(db, read.encounterId);
  return concludeRead(read.eyes, {
    absent: absentEyes(db, read.encounterId),
    raised: intake.raised,
    raisedUrgently: intake.urgent,
    refer: read.refer,
    urgent: read.urgent,
    table: guidelineTable(site.guideline),
    day: siteDay(encounter.startedAt, site.timeZone),
  });
}
