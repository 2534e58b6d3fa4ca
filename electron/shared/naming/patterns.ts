import { z } from 'zod';

import source from '../../../resources/patterns/file-names.json';
import { EYES } from '../domain/codes';
import type { Eye } from '../domain/codes';

const regularExpression = z
  .string()
  .min(1)
  .refine((text) => compiles(text), { error: 'not a regular expression' });

const described = {
  id: z.string().regex(/^[a-z0-9-]+$/),
  example: z.string().min(1),
  why: z.string().min(1),
  match: regularExpression,
  caseSensitive: z.boolean(),
};

/** What names mean is data: a clinic's way of naming is added to `resources/patterns/file-names.json`, not here. */
export const fileNamesSchema = z.strictObject({
  format: z.literal('netra-file-names-1'),
  /** A folder or a number with more images than this is more than one examination: not a patient. */
  maximumImagesPerPatient: z.int().positive(),
  eyeWords: z.array(
    z.strictObject({
      eye: z.enum(EYES),
      /** `beside-number`: could be a person's initial, so only next to a number, a neutral word or an end; `in-pattern`: only where a pattern asks. */
      where: z.enum(['anywhere', 'beside-number', 'in-pattern']),
      case: z.enum(['any', 'exact']),
      words: z.array(z.string().min(1)).min(1),
    }),
  ),
  neutralWords: z.array(z.string().min(1)),
  /** Removed before eye words are looked for: "re-take" is not a right eye. */
  ignoredPhrases: z.array(regularExpression),
  /** Dates that stand where a patient's number could. */
  notPatients: z.array(regularExpression),
  /** The first that matches the name without its ending counts. */
  files: z.array(
    z.strictObject({
      ...described,
      readsEye: z.boolean(),
      /** Patterns with the same numbering name the same patients; null: the number is no patient's. */
      numbering: z.string().nullable(),
    }),
  ),
  folders: z.array(z.strictObject(described)),
});
export type FileNames = z.infer<typeof fileNamesSchema>;

export interface EyeWord {
  eye: Eye;
  where: 'anywhere' | 'beside-number' | 'in-pattern';
}

export interface NamePatterns {
  maximumImagesPerPatient: number;
  /** By the word as written (`exact`) or in lower case (`any`). */
  exactWords: ReadonlyMap<string, EyeWord[]>;
  anyCaseWords: ReadonlyMap<string, EyeWord[]>;
  neutralWords: ReadonlySet<string>;
  ignoredPhrases: readonly RegExp[];
  notPatients: readonly RegExp[];
  files: readonly { id: string; match: RegExp; readsEye: boolean; numbering: string | null }[];
  folders: readonly { id: string; match: RegExp }[];
}

/** Compiles pattern data once. Throws a ZodError when the data is not what this version knows. */
export function compilePatterns(data: unknown): NamePatterns {
  const names = fileNamesSchema.parse(data);
  return {
    maximumImagesPerPatient: names.maximumImagesPerPatient,
    exactWords: wordMap(names, 'exact'),
    anyCaseWords: wordMap(names, 'any'),
    neutralWords: new Set(names.neutralWords.map((word) => word.toLowerCase())),
    ignoredPhrases: names.ignoredPhrases.map((phrase) => new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${phrase})(?![\\p{L}\\p{M}])`, 'giu')),
    notPatients: names.notPatients.map((match) => new RegExp(match, 'u')),
    files: names.files.map(({ id, match, caseSensitive, readsEye, numbering }) => ({
      id,
      match: expression(match, caseSensitive),
      readsEye,
      numbering,
    })),
    folders: names.folders.map(({ id, match, caseSensitive }) => ({ id, match: expression(match, caseSensitive) })),
  };
}

export const NAME_PATTERNS: NamePatterns = compilePatterns(source);

function wordMap(names: FileNames, letterCase: 'any' | 'exact'): Map<string, EyeWord[]> {
  const map = new Map<string, EyeWord[]>();
  for (const { eye, where, words, ...entry } of names.eyeWords) {
    if (entry.case !== letterCase) continue;
    for (const word of words) {
      const key = (letterCase === 'any' ? word.toLowerCase() : word).normalize('NFC');
      map.set(key, [...(map.get(key) ?? []), { eye, where }]);
    }
  }
  return map;
}

function expression(match: string, caseSensitive: boolean): RegExp {
  return new RegExp(match.normalize('NFC'), caseSensitive ? 'u' : 'iu');
}

function compiles(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
