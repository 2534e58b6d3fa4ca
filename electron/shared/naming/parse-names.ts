import type { Eye } from '../domain/codes';
import { eyeFromWholeName, eyeFromWord, eyesInName } from './eye-words';
import { NAME_PATTERNS } from './patterns';
import type { NamePatterns } from './patterns';

/** What a name says; null is "it does not say". */
export interface ParsedName {
  /** For people: the number or code as written. */
  patient: string | null;
  /** For grouping: equal only for the same patient of the same folder of the same run. */
  patientKey: string | null;
  eye: Eye | null;
  /** The pattern that matched, for `why is this unknown?`. */
  patternId: string | null;
}

export interface FolderName {
  /** Tells this folder from every other one of the run; bytes that are no text must stay distinguishable in it. */
  key: string;
  /** Last part of its path as text. */
  name: string;
}

interface Candidate {
  numbering: string;
  patient: string;
}

/**
 * Patient and eye of every image of one folder, in the order given. Unknown is said, never guessed: words that contradict each other make
 * the eye unknown, a file that names another patient than its folder makes the patient unknown, and what is no text names nobody.
 *
 * @param names all image names of the folder: with more than 12 of them a folder or a number is not a patient
 */
export function parseFolder(folder: FolderName, names: readonly string[], patterns: NamePatterns = NAME_PATTERNS): ParsedName[] {
  const folderPatient = names.length <= patterns.maximumImagesPerPatient ? patientOfFolder(folder.name, patterns) : null;
  const folderEye = eyeFromWholeName(folder.name, patterns);
  const parsed = names.map((name) => parseName(name, folderEye, patterns));

  const sizes = new Map<string, number>();
  for (const { candidate } of parsed) if (candidate !== null) sizes.set(keyOf(candidate), (sizes.get(keyOf(candidate)) ?? 0) + 1);

  return parsed.map(({ candidate, eye, patternId }) => {
    const own = candidate !== null && (sizes.get(keyOf(candidate)) ?? 0) <= patterns.maximumImagesPerPatient ? candidate : null;
    const patient = folderPatient === null ? own : withFolder(folderPatient.candidate, candidate);
    return {
      patient: patient?.patient ?? null,
      patientKey: patient === null ? null : JSON.stringify([folder.key, patient.numbering, patient.patient]),
      eye,
      patternId: patternId ?? (patient === null ? null : (folderPatient?.id ?? null)),
    };
  });
}

function parseName(
  name: string,
  folderEye: Eye | null,
  patterns: NamePatterns,
): { candidate: Candidate | null; eye: Eye | null; patternId: string | null } {
  const stem = name.normalize('NFC').replace(/\.[^.]*$/su, '');
  for (const pattern of patterns.files) {
    const groups = pattern.match.exec(stem);
    if (groups === null) continue;
    const named = groups.groups?.['eye'];
    const eyes = pattern.readsEye ? eyesInName(stem, patterns) : new Set<Eye>();
    const eye = named === undefined ? null : eyeFromWord(named, patterns);
    if (eye !== null) eyes.add(eye);
    if (folderEye !== null) eyes.add(folderEye);
    return { candidate: candidateOf(groups.groups?.['patient'], pattern.numbering, patterns), eye: only(eyes), patternId: pattern.id };
  }
  const eyes = eyesInName(stem, patterns);
  if (folderEye !== null) eyes.add(folderEye);
  return { candidate: null, eye: only(eyes), patternId: eyes.size > 0 ? 'eye-word' : null };
}

function candidateOf(patient: string | undefined, numbering: string | null, patterns: NamePatterns): Candidate | null {
  if (patient === undefined || numbering === null || !isText(patient)) return null;
  if (patterns.notPatients.some((match) => match.test(patient))) return null;
  const letters = /^[\p{L}\p{M}]+/u.exec(patient)?.[0].toLowerCase();
  if (letters !== undefined && patterns.neutralWords.has(letters)) return null;
  return { numbering, patient };
}

function patientOfFolder(name: string, patterns: NamePatterns): { candidate: Candidate; id: string } | null {
  for (const { id, match } of patterns.folders) {
    const patient = match.exec(name.normalize('NFC'))?.groups?.['patient'];
    if (patient !== undefined && isText(patient)) return { candidate: { numbering: 'folder', patient }, id };
  }
  return null;
}

/** A file that names no patient belongs to its folder's; one that names another belongs to nobody. `12` in `P12` is the same. */
function withFolder(folder: Candidate, file: Candidate | null): Candidate | null {
  if (file === null || file.patient === folder.patient) return folder;
  const bare = [folder.patient, file.patient].some((patient) => patient === numberOf(patient));
  return bare && numberOf(file.patient) === numberOf(folder.patient) ? folder : null;
}

function numberOf(patient: string): string {
  return patient.replace(/[^\p{Nd}]/gu, '');
}

/** Bytes that were no UTF-8 arrive as U+FFFD: two different names may look alike then. */
function isText(patient: string): boolean {
  return !/[\uFFFD\p{Cc}]/u.test(patient);
}

function keyOf(candidate: Candidate): string {
  return `${candidate.numbering} ${candidate.patient}`;
}

function only(eyes: ReadonlySet<Eye>): Eye | null {
  const [eye] = eyes;
  return eyes.size === 1 && eye !== undefined ? eye : null;
}
