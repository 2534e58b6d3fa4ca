/**
 * A patient's short id: seven random symbols and a check symbol, spoken and written as `XXXX-XXXX`. No 0, 1, I, L or O. The alphabet has 31 symbols, a
 * prime, and the weights 1..8 differ, so one wrong symbol and two swapped ones are always noticed.
 */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const RANDOM_SYMBOLS = 7;

/** @param randomBelow a uniform random integer in 0..limit-1, from a cryptographic source */
export function makeShortId(randomBelow: (limit: number) => number): string {
  let symbols = '';
  while (symbols.length < RANDOM_SYMBOLS) symbols += symbolAt(randomBelow(ALPHABET.length));
  return symbols + checkSymbol(symbols);
}

/** What a person typed, as stored: upper case, without spaces and hyphens; null when it cannot be a short id. */
export function parseShortId(typed: string): string | null {
  const symbols = typed.toUpperCase().replace(/[\s-]/g, '');
  if (symbols.length !== RANDOM_SYMBOLS + 1 || [...symbols].some((symbol) => !ALPHABET.includes(symbol))) return null;
  return checkSymbol(symbols.slice(0, RANDOM_SYMBOLS)) === symbols.charAt(RANDOM_SYMBOLS) ? symbols : null;
}

export function formatShortId(shortId: string): string {
  return `${shortId.slice(0, 4)}-${shortId.slice(4)}`;
}

function checkSymbol(symbols: string): string {
  const sum = [...symbols].reduce((total, symbol, index) => total + (index + 1) * ALPHABET.indexOf(symbol), 0);
  // Weight 8 on the check symbol: the weighted sum of all eight is 0 modulo 31. 4 is the inverse of 8 (8 * 4 = 32).
  return symbolAt(((ALPHABET.length - (sum % ALPHABET.length)) * 4) % ALPHABET.length);
}

function symbolAt(index: number): string {
  return ALPHABET.charAt(index);
}
