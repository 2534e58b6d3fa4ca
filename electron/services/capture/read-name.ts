import type { Eye } from '../../shared/domain/codes';
import { parseShortId } from '../../shared/domain/short-id';
import { parseFolder } from '../../shared/naming/parse-names';
import type { NamePatterns } from '../../shared/naming/patterns';

/** What the name of an arriving file says. Nothing of it is a decision. */
export interface ReadName {
  /** Every short id with a right check symbol in its name or its folder's, as stored. */
  shortIds: string[];
  /** A patient by the site's patterns, as written. */
  patient: string | null;
  eye: Eye | null;
  /** The pattern that matched. */
  patternId: string | null;
}

/** @param folder last part of the folder's path; empty where the folder says nothing, as a camera's own */
export function readName(folder: string, name: string, patterns: NamePatterns): ReadName {
  const [parsed] = parseFolder({ key: folder, name: folder }, [name], patterns);
  return {
    shortIds: [...new Set([...shortIdsIn(name.replace(/\.[^.]*$/u, '')), ...shortIdsIn(folder)])],
    patient: parsed?.patient ?? null,
    eye: parsed?.eye ?? null,
    patternId: parsed?.patternId ?? null,
  };
}

/** `K7MX-2Q9F` or `K7MX2Q9F` between anything that is no letter and no digit; eight digits alone are a date or a counter. */
function shortIdsIn(text: string): string[] {
  const words = text.toUpperCase().match(/(?<![A-Z0-9])[A-Z0-9]{4}-?[A-Z0-9]{4}(?![A-Z0-9])/gu) ?? [];
  return words.flatMap((word) => (/[A-Z]/u.test(word) ? (parseShortId(word) ?? []) : []));
}
