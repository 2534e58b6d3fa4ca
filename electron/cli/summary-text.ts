import type { Workspace } from '../services/workspace';
import type { RunResults } from '../services/screening/results';
import { adviceFor } from '../shared/clinical/advice';
import { messageForError } from '../shared/error-message';
import type { PatientRow } from '../shared/domain/screening';
import { m } from '../shared/messages/messages';
import type { CliContext } from './context';

/** A camp's evening has a handful of urgent patients; a list longer than a screen is in the report. */
const NAMES_SHOWN = 20;
const FAILED_SHOWN = 20;
const ID_LETTERS = 12;

/** What a person must know before believing the rest: model, backend really in use, and what is not guaranteed. */
export function startText(workspace: Workspace, { locale }: CliContext): string {
  const { model, profile } = workspace;
  const lines: string[] = [];
  if (model !== null) {
    lines.push(m.cli_model({ name: model.name, id: model.id.slice(0, ID_LETTERS) }, { locale }));
    lines.push(m.cli_backend({ backend: model.facts.backend, device: model.facts.device }, { locale }));
  }
  if (!profile.protected) lines.push(m.cli_not_protected({}, { locale }));
  lines.push(m.cli_not_validated({}, { locale }));
  return `${lines.join('\n')}\n`;
}

/** What the walk and the patient list gave, beside the results. */
interface Besides {
  linkedFolders: number;
  unmatchedListRows: number;
}

/** The result of a run for the person at the terminal, in the words of the slips. */
export function summaryText(results: RunResults, besides: Besides, context: CliContext): string {
  const { locale } = context;
  const { facts, patients } = results;
  const lines = [
    '',
    m.summary_images(imageCounts(results), { locale }),
    ...failedLines(results, context),
    ...results.problems.map(({ error }) => `  ${messageForError(error, locale)} (${error.code})`),
    ...(besides.linkedFolders > 0 ? [m.cli_linked_folders({ count: besides.linkedFolders }, { locale })] : []),
    ...(besides.unmatchedListRows > 0 ? [m.cli_list_unmatched({ count: besides.unmatchedListRows }, { locale })] : []),
    '',
    ...patientLines(results, context),
    '',
    m.result_image_not_a_decision({}, { locale }),
    m.limits_statement({}, { locale }),
  ];
  if (!facts.validatedHere) lines.push(m.limits_not_validated({}, { locale }));
  if (patients.some(({ result }) => result === 'no-refer')) lines.push(m.advice_diabetes_only({}, { locale }));
  return `${lines.join('\n')}\n`;
}

function imageCounts({ facts }: RunResults): { found: number; done: number; reused: number; failed: number; other: number } {
  const { found, done, reused, failed, otherFiles } = facts.counts;
  return { found, done, reused, failed, other: otherFiles };
}

function failedLines({ images }: RunResults, { locale }: CliContext): string[] {
  const failed = images.filter(({ error }) => error !== null);
  if (failed.length === 0) return [];
  const shown: string[] = failed.slice(0, FAILED_SHOWN).flatMap(({ file, error }) => {
    return error === null ? [] : [`  ${printable(file)}: ${messageForError(error, locale)} (${error.code})`];
  });
  const more = failed.length - shown.length;
  return [m.summary_failed_files({}, { locale }), ...shown, ...(more > 0 ? [`  ${m.summary_more({ count: more }, { locale })}`] : [])];
}

function patientLines({ facts, patients }: RunResults, { locale }: CliContext): string[] {
  const site = { siteMode: facts.siteMode, validatedHere: facts.validatedHere };
  const byAdvice = new Map<string, PatientRow[]>();
  for (const patient of patients) {
    const advice = adviceFor(patient, site);
    byAdvice.set(advice, [...(byAdvice.get(advice) ?? []), patient]);
  }
  const count = (advice: string): number => byAdvice.get(advice)?.length ?? 0;
  const urgent = byAdvice.get('see-doctor-now') ?? [];
  const lines: string[] = [m.summary_see_doctor({ count: urgent.length + count('see-doctor-by') }, { locale })];
  if (urgent.length > 0) lines.push(`  ${m.summary_urgent_names({ names: namesOf(urgent, locale) }, { locale })}`);
  if (count('come-again') > 0) lines.push(m.summary_come_again({ count: count('come-again') }, { locale }));
  else lines.push(m.summary_come_again_after_doctor({ count: count('doctor-will-read') }, { locale }));
  lines.push(m.summary_take_photo_again({ count: count('take-photo-again') }, { locale }));
  lines.push(m.summary_incomplete({ count: count('incomplete') }, { locale }));
  const alone = patients.filter(({ identified }) => !identified).length;
  if (alone > 0) lines.push(m.summary_standing_alone({ count: alone }, { locale }));
  return lines;
}

function namesOf(patients: readonly PatientRow[], locale: CliContext['locale']): string {
  const names = patients.slice(0, NAMES_SHOWN).map(({ patient }) => printable(patient));
  const more = patients.length - names.length;
  return names.join(', ') + (more > 0 ? ` ${m.summary_more({ count: more }, { locale })}` : '');
}

/** A file name may hold line ends and terminal commands; a terminal gets them visibly, not as they are. */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
}
