/**
 * A recovery code: 23 random symbols (113 bits) and a check symbol, printed as six groups of four. The alphabet of the patients' short ids: no 0, 1,
 * I, L or O, and with a prime number of symbols one wrong symbol and two swapped ones are always noticed before anything is tried.
 */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const SYMBOLS = 24;
const GROUP = 4;

/** @param randomBelow a uniform random integer in 0..limit-1, from a cryptographic source */
export function makeEmergencyCode(randomBelow: (limit: number) => number): string {
  let symbols = '';
  while (symbols.length < SYMBOLS - 1) symbols += ALPHABET.charAt(randomBelow(ALPHABET.length));
  return symbols + checkSymbol(symbols);
}

/** What a person typed, as the vault knows it; null when it cannot be a code. */
export function parseEmergencyCode(typed: string): string | null {
  const symbols = typed.toUpperCase().replace(/[\s-]/g, '');
  if (symbols.length !== SYMBOLS || [...symbols].some((symbol) => !ALPHABET.includes(symbol))) return null;
  return checkSymbol(symbols.slice(0, -1)) === symbols.charAt(SYMBOLS - 1) ? symbols : null;
}

/** `XXXX-XXXX-...` as it is printed. */
export function formatEmergencyCode(code: string): string {
  return (code.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-');
}

/** The weights 1..24 are all different and not 0 modulo 31. */
function checkSymbol(symbols: string): string {
  const sum = [...symbols].reduce((total, symbol, index) => total + (index + 1) * ALPHABET.indexOf(symbol), 0);
  // 24 is the weight of the check symbol and 22 its inverse (24 * 22 = 528 = 17 * 31 + 1): the weighted sum of all is 0 modulo 31.
  return ALPHABET.charAt(((ALPHABET.length - (sum % ALPHABET.length)) * 22) % ALPHABET.length);
}
