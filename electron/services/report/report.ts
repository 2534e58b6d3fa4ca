import { join } from 'node:path';

import { getModel } from '../../db/queries/models';
import { operatingPointOf } from '../../shared/clinical/outcome';
import { cardSchema } from '../../shared/domain/card';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { messageForError } from '../../shared/error-message';
import { AppError } from '../../shared/errors';
import type { Locale } from '../../shared/messages/runtime';
import { requireRole } from '../actor';
import type { RunResults } from '../screening/results';
import type { Workspace } from '../workspace';
import { adviceText } from './advice-text';
import { type WriteText, writeFileAtomically } from './atomic-file';
import { writePatientsCsv } from './csv';
import { picturesOf } from './pictures';
import { pageEnd, pageStart, patientHtml, type ReportFrame } from './report-html';
import { pageFile, type ReportPage, reportPages } from './report-pages';

/** Pictures are fetched for some patients at a time: memory stays flat, and the worker thread has company. */
const PATIENTS_PER_FETCH = 10;

export interface ReportOptions {
  folder: string;
  locale: Locale;
  signal?: AbortSignal;
  onPage?: (done: number, total: number) => void;
}

/**
 * Writes a report for reading into a folder: `report.html`, further pages when there are many patients, and `patients.csv`. Every page is
 * self-contained: pictures and style are inside, and it may load nothing.
 *
 * @throws AppError `output-not-writable`, `disk-full`, `cancelled`
 */
export async function writeReport(
  actor: Actor,
  workspace: Pick<Workspace, 'profile' | 'pool'>,
  results: RunResults,
  { folder, locale, signal, onPage }: ReportOptions,
): Promise<void> {
  requireRole(actor, ...ROLES);
  const pages = reportPages(results);
  const frame = frameOf(workspace, results, pages.length, locale);
  await writePatientsCsv(join(folder, 'patients.csv'), results.patients);
  // The page to open is written last: when it is there, all of it is there.
  for (const [index, page] of pages.toReversed().entries()) {
    if (signal?.aborted === true) throw new AppError('cancelled');
    await writeFileAtomically(join(folder, pageFile(page.number)), (write) => writePage(workspace, frame, page, write));
    onPage?.(index + 1, pages.length);
  }
}

function frameOf(workspace: Pick<Workspace, 'profile'>, results: RunResults, pages: number, locale: Locale): ReportFrame {
  const { profile } = workspace;
  const { facts } = results;
  const model = getModel(profile.database, facts.modelId);
  const point = model === undefined ? null : operatingPointOf(cardSchema.parse(model.card));
  if (point === null) throw new AppError('not-found', { id: facts.modelId });
  const counts = new Map<string, number>();
  for (const patient of results.patients) {
    const advice = adviceText(patient, facts, profile.site, locale);
    counts.set(advice, (counts.get(advice) ?? 0) + 1);
  }
  return {
    facts,
    site: profile.site,
    pages,
    groups: [...counts].map(([advice, count]) => ({ advice, count })),
    failed: results.images.filter(({ error }) => error !== null),
    problems: results.problems.map(({ error }) => messageForError(error, locale)),
    threshold: point.refer,
    writtenAt: Date.now(),
    locale,
  };
}

async function writePage(
  workspace: Pick<Workspace, 'profile' | 'pool'>,
  frame: ReportFrame,
  page: ReportPage,
  write: WriteText,
): Promise<void> {
  await write(pageStart(frame, page).text);
  for (let first = 0; first < page.patients.length; first += PATIENTS_PER_FETCH) {
    const some = page.patients.slice(first, first + PATIENTS_PER_FETCH);
    const imageIds = new Set(some.flatMap(({ images }) => images.flatMap(({ imageId }) => imageId ?? [])));
    const pictures = await picturesOf(workspace.profile, workspace.pool, frame.facts, [...imageIds]);
    for (const patient of some) await write(patientHtml(frame, patient, pictures).text);
  }
  await write(pageEnd(frame, page).text);
}
