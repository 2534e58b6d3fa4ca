import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { getImage } from '../../db/queries/images';
import { addSlip, addSlipPrint, currentSlip, listSlips, voidSlips } from '../../db/queries/slips';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { isReferred, type Paper, type PaperKind, paperNumber, type VoidReason } from '../../shared/domain/papers';
import { AppError } from '../../shared/errors';
import { PATIENT_LANGUAGES, type PatientLanguage } from '../../shared/domain/patients';
import { m } from '../../shared/messages/messages';
import { requireRole } from '../actor';
import { recordRead } from '../audit/record-read';
import type { Workspace } from '../workspace';
import { type CaseFile, readCaseFile } from './case-file';
import { documentPage, fontRules, type Sheet } from './document-page';
import { isDraft } from './languages';
import { letterSheet } from './letter-sheet';
import { reportSheet } from './report-sheet';
import { slipSheet } from './slip-sheet';

export interface PapersWanted {
  encounterIds: readonly string[];
  kind: PaperKind;
  /** null: the patient's own on a slip, else the site's first. */
  language: PatientLanguage | null;
}

export interface PapersMade {
  papers: Paper[];
  /** One self-contained page with every paper on a sheet of its own. */
  html: string;
  /** For a file: kind, number or count, never a name. */
  fileName: string;
}

interface Making {
  resourcesFolder: string;
  signal?: AbortSignal;
  /** After each patient. */
  done?: (count: number) => void;
}

/**
 * Issues papers and writes them as one page. A paper that still holds is printed again as it is; one that no longer does gets its next version.
 *
 * @throws AppError not-permitted, not-found, paper-without-result, paper-not-referred (a letter), cancelled
 */
export async function makePapers(
  actor: Actor,
  workspace: Pick<Workspace, 'profile' | 'pool'>,
  wanted: PapersWanted,
  { resourcesFolder, signal, done }: Making,
): Promise<PapersMade> {
  requireRole(actor, 'technician', 'doctor');
  const { profile } = workspace;
  const papers: Paper[] = [];
  const sheets: Sheet[] = [];
  for (const encounterId of wanted.encounterIds) {
    signal?.throwIfAborted();
    const file = readCaseFile(profile, actor, encounterId);
    if (wanted.kind === 'letter' && !isReferred(file.advice.code)) throw new AppError('paper-not-referred');
    recordRead(profile, actor, 'patient', file.known.encounter.patientId);
    const paper = issuePaper(actor, profile, file, wanted.kind, wanted.language ?? ownLanguage(file, wanted.kind));
    papers.push(paper);
    sheets.push(await sheetOf(workspace, file, paper));
    done?.(papers.length);
  }
  const fileName = `netra-${wanted.kind}-${papers.length === 1 && papers[0] ? paperNumber(papers[0]) : `x${papers.length}`}.pdf`;
  return { papers, html: documentPage(fileName, sheets, await fontRules(resourcesFolder)), fileName };
}

/** The paper that holds already, or a new version. */
function issuePaper(actor: Actor, profile: Profile, file: CaseFile, kind: PaperKind, language: PatientLanguage): Paper {
  const { database: db, site } = profile;
  const { encounter } = file.known;
  const { outcome, code, day } = file.advice;
  const content = { outcomeId: outcome.id, advice: code, day, hospitalId: file.hospital?.id ?? null, language };
  return transaction(db, () => {
    const before = currentSlip(db, encounter.id, kind);
    if (before !== undefined && before.void === null && saysTheSame(before, content)) return before;
    const paper = addSlip(db, {
      ...content,
      siteId: site.id,
      kind,
      encounterId: encounter.id,
      patientId: encounter.patientId,
      actorId: actor.userId,
    });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: `${kind}.issued`,
      recordType: 'slip',
      recordId: paper.id,
      details: { number: paper.number, version: paper.version, encounter: encounter.id, outcome: outcome.id },
    });
    return paper;
  });
}

/** Keeps that papers went to a printer or into a file: from now on the patient counts as told. */
export function markGiven(actor: Actor, profile: Profile, slipIds: readonly string[], way: 'printed' | 'saved'): void {
  requireRole(actor, 'technician', 'doctor');
  const { database: db, site } = profile;
  transaction(db, () => {
    for (const slipId of slipIds) {
      addSlipPrint(db, { siteId: site.id, slipId, way, actorId: actor.userId });
      appendAuditEvent(db, { siteId: site.id, actor, action: `slip.${way}`, recordType: 'slip', recordId: slipId });
    }
  });
}

/** Voids every paper of an encounter: wrong patient, wrong result, misprint. A newer outcome voids by itself. @returns how many held */
export function voidPapers(actor: Actor, profile: Profile, encounterId: string, reason: Exclude<VoidReason, 'superseded'>): number {
  requireRole(actor, 'technician', 'doctor');
  const { database: db, site } = profile;
  return transaction(db, () => {
    const count = voidSlips(db, { siteId: site.id, encounterId, reason, actorId: actor.userId });
    if (count > 0) {
      appendAuditEvent(db, {
        siteId: site.id,
        actor,
        action: 'slip.voided',
        recordType: 'encounter',
        recordId: encounterId,
        details: { reason, count },
      });
    }
    return count;
  });
}

/** Every version of every paper of an encounter, oldest first. */
export function papersOf(actor: Actor, profile: Profile, encounterId: string): Paper[] {
  requireRole(actor, ...ROLES);
  return listSlips(profile.database, encounterId);
}

async function sheetOf({ profile, pool }: Pick<Workspace, 'profile' | 'pool'>, file: CaseFile, paper: Paper): Promise<Sheet> {
  const locale = paper.language;
  const marks = [
    ...(isDraft(profile.database, locale) ? [m.paper_draft({}, { locale })] : []),
    ...(file.settings.mode === 'training' ? [m.paper_training({}, { locale })] : []),
  ];
  switch (paper.kind) {
    case 'slip':
      return { size: 'A5', locale, marks, body: await slipSheet(file, paper) };
    case 'letter':
      return { size: 'A4', locale, marks, body: await letterSheet(file, paper) };
    case 'report':
      return { size: 'A4', locale, marks, long: true, body: await reportSheet(file, paper, await thumbnails(profile, pool, file)) };
  }
}

async function thumbnails(profile: Profile, pool: Workspace['pool'], file: CaseFile): Promise<Map<string, string>> {
  const requests = file.known.images.flatMap(({ imageId }) => {
    const sha256 = getImage(profile.database, imageId)?.sha256;
    return sha256 === undefined ? [] : [{ imageId, sha256, heatMap: null }];
  });
  const made = await pool.pictures({ blobs: profile.blobStoreOptions, requests });
  return new Map(made.flatMap(({ imageId, photo }) => (photo === null ? [] : [[imageId, photo] as const])));
}

/** A slip speaks to the patient, a letter and a report to whoever the site writes to. */
function ownLanguage({ identity, settings }: CaseFile, kind: PaperKind): PatientLanguage {
  const sites = PATIENT_LANGUAGES.find((language) => language === settings.languages[0]) ?? 'en';
  return kind === 'slip' ? (identity?.language ?? sites) : sites;
}

function saysTheSame(before: Paper, content: Pick<Paper, 'outcomeId' | 'advice' | 'day' | 'hospitalId' | 'language'>): boolean {
  return (
    before.outcomeId === content.outcomeId &&
    before.advice === content.advice &&
    before.day === content.day &&
    before.hospitalId === content.hospitalId &&
    before.language === content.language
  );
}
