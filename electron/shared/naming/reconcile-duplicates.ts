import type { ParsedName } from './parse-names';

export interface Reconciled {
  parsed: ParsedName;
  /** The names of one content say different eyes, or different patients of one folder. */
  contradicts: boolean;
}

/**
 * One content under several names. Names that agree, or say nothing, keep what they say. Where they contradict each other nobody knows
 * whose eye it is, so the eye is unknown under every one of them and none of their patients can be cleared by it.
 *
 * @param names all names under which the same bytes were found, with the key of their folder
 */
export function reconcileDuplicates(names: readonly { folderKey: string; parsed: ParsedName }[]): Reconciled[] {
  const eyes = new Set(names.flatMap(({ parsed }) => (parsed.eye === null ? [] : [parsed.eye])));
  const patients = new Map<string, Set<string>>();
  for (const { folderKey, parsed } of names) {
    if (parsed.patientKey !== null) patients.set(folderKey, (patients.get(folderKey) ?? new Set()).add(parsed.patientKey));
  }
  const contradicts = eyes.size > 1 || [...patients.values()].some((keys) => keys.size > 1);
  return names.map(({ parsed }) => ({ parsed: contradicts ? { ...parsed, eye: null } : parsed, contradicts }));
}
