import Sanscript from '@indic-transliteration/sanscript';

/**
 * Names as they sound, so that a search forgives how they were written: Lakshmi, Laxmi, Lakshmy and லட்சுமி are one name to whoever asks at the desk.
 * Scripts of India are first written in Latin letters; then letters that are interchanged in Indian names become one.
 */

/** First code point of each script's block in Unicode; all of them keep the same order, which is why one library does them all. */
const SCRIPTS: readonly { name: string; first: number; last: number }[] = [
  { name: 'devanagari', first: 0x0900, last: 0x097f },
  { name: 'bengali', first: 0x0980, last: 0x09ff },
  { name: 'gurmukhi', first: 0x0a00, last: 0x0a7f },
  { name: 'gujarati', first: 0x0a80, last: 0x0aff },
  { name: 'oriya', first: 0x0b00, last: 0x0b7f },
  { name: 'tamil', first: 0x0b80, last: 0x0bff },
  { name: 'telugu', first: 0x0c00, last: 0x0c7f },
  { name: 'kannada', first: 0x0c80, last: 0x0cff },
  { name: 'malayalam', first: 0x0d00, last: 0x0d7f },
];

/** Letter groups that sound alike in Indian names, longest first. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/x/g, 'ks'],
  [/zh/g, 'l'],
  [/chh|ch|c(?=[eiy])/g, 's'],
  [/sh|sch/g, 's'],
  [/ph|f/g, 'p'],
  [/([kgtdbjs])h/g, '$1'],
  [/ck|q|c/g, 'k'],
  [/z/g, 'j'],
  [/w/g, 'v'],
  [/ee|ii|ie|ea|y/g, 'i'],
  [/oo|uu|ou|ow/g, 'u'],
  [/aa|ae|ai|ei|e/g, 'a'],
  [/o/g, 'u'],
  [/m(?=[pbkgtdjs])/g, 'n'],
];

/** Sounds that Tamil writes with one letter and other languages with two, and those that regions interchange. */
const LOOSE: readonly (readonly [RegExp, string])[] = [
  [/g/g, 'k'],
  [/d/g, 't'],
  [/[bv]/g, 'p'],
  [/j/g, 's'],
];

/** Lower case, Latin, letters and digits only, words apart. */
export function latinWords(text: string): string[] {
  return toLatin(text.normalize('NFC'))
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** A word as it sounds: `Savithri`, `Savitri` and `Savithry` are the same. */
export function soundOf(word: string): string {
  let sound = word;
  for (const [letters, to] of SOUNDS) sound = sound.replace(letters, to);
  return sound.replace(/(.)\1+/g, '$1').replace(/h/g, '');
}

/** Its consonants, where Tamil's one letter for two sounds counts as both; a vowel counts only at the beginning. */
export function skeletonOf(word: string): string {
  let sound = soundOf(word);
  for (const [letters, to] of LOOSE) sound = sound.replace(letters, to);
  const first = /^[aiu]/.test(sound) ? 'a' : '';
  return first + sound.replace(/[aiu]/g, '').replace(/(.)\1+/g, '$1');
}

function toLatin(text: string): string {
  return text.replace(/[\u0900-\u0d7f]+/g, (run) => {
    const script = scriptOf(run);
    return script === null ? run : Sanscript.t(run, script, 'iso');
  });
}

function scriptOf(run: string): string | null {
  const code = run.codePointAt(0) ?? 0;
  return SCRIPTS.find(({ first, last }) => code >= first && code <= last)?.name ?? null;
}
