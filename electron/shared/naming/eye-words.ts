import type { Eye } from '../domain/codes';
import type { EyeWord, NamePatterns } from './patterns';

/** The eye that a whole word names where an eye is expected (a pattern's group, a column of a list), else null. */
export function eyeFromWord(word: string, patterns: NamePatterns): Eye | null {
  const eyes = new Set(meanings(word.normalize('NFC').trim(), patterns).map((meaning) => meaning.eye));
  const [eye] = eyes;
  return eyes.size === 1 && eye !== undefined ? eye : null;
}

/** The eye that a whole name means by itself: a folder called `left` or `OD`. Letters alone do not count. */
export function eyeFromWholeName(name: string, patterns: NamePatterns): Eye | null {
  const word = name.normalize('NFC').replace(/[ _-]+/gu, '');
  const [meaning] = meanings(word, patterns).filter(({ where }) => where === 'anywhere');
  return meaning?.eye ?? null;
}

/**
 * Every eye that words inside a file name speak of. Letters that could be a person's initials count only where both neighbours
 * are a number, a neutral word, an eye written out or the end of the name.
 */
export function eyesInName(stem: string, patterns: NamePatterns): Set<Eye> {
  let text = stem.normalize('NFC');
  for (const phrase of patterns.ignoredPhrases) text = text.replace(phrase, '_');
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const eyes = new Set<Eye>();
  words.forEach((word, index) => {
    for (const { eye, where } of meanings(word, patterns)) {
      const beside = isNeutral(words[index - 1], patterns) && isNeutral(words[index + 1], patterns);
      if (where === 'anywhere' || (where === 'beside-number' && beside)) eyes.add(eye);
    }
    const numbered = /^(.+?)\p{Nd}{1,2}$/u.exec(word)?.[1];
    for (const { eye, where } of meanings(numbered ?? '', patterns)) if (where === 'anywhere') eyes.add(eye);
  });
  return eyes;
}

function meanings(word: string, patterns: NamePatterns): EyeWord[] {
  return [...(patterns.exactWords.get(word) ?? []), ...(patterns.anyCaseWords.get(word.toLowerCase()) ?? [])];
}

function isNeutral(word: string | undefined, patterns: NamePatterns): boolean {
  if (word === undefined || /\p{Nd}/u.test(word) || patterns.neutralWords.has(word.toLowerCase())) return true;
  return meanings(word, patterns).some(({ where }) => where === 'anywhere');
}
