import { stringify } from 'csv-stringify/sync';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addProblem, listProblems as storedProblems, patientOfSubject, type StoredProblem } from '../../db/queries/problem-reports';
import { getUser } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { ProblemKind, ProblemSubject } from '../../shared/domain/papers';
import { requireRole } from '../actor';
import { openNote, sealNote } from '../patients/identity';

export interface NewProblem {
  kind: ProblemKind;
  subject: ProblemSubject | null;
  subjectId: string | null;
  /** Somebody was or could have been harmed. */
  harm: boolean;
  words: string;
  /** Version, model and backend, so that whoever reads it knows what it is about. */
  facts: Record<string, string>;
}

/** A report as the administrator reads it. */
export interface Problem extends NewProblem {
  id: string;
  reportedBy: string;
  createdAt: number;
}

/** Keeps what somebody reports; nothing of it is ever changed or removed, save words that named an erased patient. @returns its id */
export function reportProblem(actor: Actor, profile: Profile, problem: NewProblem): string {
  requireRole(actor, ...ROLES);
  const { database: db, site } = profile;
  return transaction(db, () => {
    const patientId = patientOfSubject(db, problem.subject, problem.subjectId);
    const wordsSealed = patientId === null ? null : sealNote(profile, patientId, problem.words);
    // A patient whom nobody registered has no key; the words stay readable, and the form asks for no names.
    const words = wordsSealed === null ? problem.words : null;
    const id = addProblem(db, { ...problem, siteId: site.id, actorId: actor.userId, words, patientId, wordsSealed });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'problem.reported',
      recordType: problem.subject ?? 'program',
      recordId: problem.subjectId ?? id,
      details: { problem: id, kind: problem.kind, harm: problem.harm },
    });
    return id;
  });
}

/** Newest first. @throws AppError not-permitted: reports can hold what a patient said */
export function listProblems(actor: Actor, profile: Profile): Problem[] {
  requireRole(actor, 'admin');
  return storedProblems(profile.database).map((stored) => opened(profile, stored));
}

/** The reports as CSV, to be carried to whoever looks after the program. Kept in the audit log: words leave the vault with it. */
export function problemsCsv(actor: Actor, profile: Profile): { csv: string; count: number } {
  const problems = listProblems(actor, profile);
  const { database: db, site } = profile;
  transaction(db, () => {
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'problem.exported',
      recordType: 'site',
      recordId: site.id,
      details: { count: problems.length },
    });
  });
  const rows = problems.map(({ createdAt, facts, ...rest }) => ({
    ...rest,
    harm: rest.harm ? 1 : 0,
    reportedAt: new Date(createdAt).toISOString(),
    facts: JSON.stringify(facts),
  }));
  const columns = ['id', 'reportedAt', 'kind', 'harm', 'subject', 'subjectId', 'words', 'facts', 'reportedBy'];
  // A spreadsheet would run a cell that begins like a formula.
  return { csv: stringify(rows, { header: true, columns, escape_formulas: true, bom: true }), count: problems.length };
}

function opened(profile: Profile, stored: StoredProblem): Problem {
  const { id, kind, subject, subjectId, harm, facts, createdAt, actorId, words, patientId, wordsSealed } = stored;
  const said = words ?? (patientId === null ? null : openNote(profile, patientId, wordsSealed)) ?? '';
  return {
    id,
    kind,
    subject,
    subjectId,
    harm,
    words: said,
    facts,
    reportedBy: getUser(profile.database, actorId)?.name ?? actorId,
    createdAt,
  };
}
