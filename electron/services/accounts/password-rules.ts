import { zxcvbn, zxcvbnOptions } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { LOGIN_PATTERN, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, PIN_PATTERN } from '../../shared/domain/accounts';
import { AppError } from '../../shared/errors';

/** Fewer guesses than this and a list of common passwords, names and keyboard patterns finds it; at half a second a guess that is two years of one core. */
const MIN_GUESSES = 1e8;

let prepared = false;

/**
 * Length and a list of common passwords, and no rule about kinds of letters: those make passwords that are forgotten.
 *
 * @param about what an outsider guesses first: names of the person and the clinic
 * @throws AppError password-too-short {length} | password-too-common
 */
export function checkPassword(password: string, about: readonly string[]): void {
  const letters = [...password.normalize('NFKC')].length;
  if (letters < MIN_PASSWORD_LENGTH || letters > MAX_PASSWORD_LENGTH) {
    throw new AppError('password-too-short', { length: MIN_PASSWORD_LENGTH });
  }
  if (!prepared) zxcvbnOptions.setOptions({ dictionary, graphs: adjacencyGraphs });
  prepared = true;
  // The estimate is quadratic in the length, and a long one is judged by its beginning.
  const { guesses } = zxcvbn(password.slice(0, 64), [...about, 'netra']);
  if (guesses < MIN_GUESSES) throw new AppError('password-too-common');
}

/** @throws AppError login-invalid */
export function checkLogin(login: string): void {
  if (!LOGIN_PATTERN.test(login)) throw new AppError('login-invalid');
}

/** Four to eight digits, not all the same and not counted up or down. @throws AppError pin-invalid */
export function checkPin(pin: string): void {
  const steps = new Set([...pin].slice(1).map((digit, index) => Number(digit) - Number(pin.charAt(index))));
  const [step] = steps;
  if (!PIN_PATTERN.test(pin) || (steps.size === 1 && step !== undefined && Math.abs(step) <= 1)) throw new AppError('pin-invalid');
}
