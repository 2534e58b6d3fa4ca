import { overwriteGetLocale } from '../../../electron/shared/messages/runtime';
import type { Locale } from '../../../electron/shared/ipc/types';

let current = $state<Locale>('en');

/** Every message reads this, so that a change of language redraws all text and nothing else is lost. */
export function locale(): Locale {
  return current;
}

export function useLocale(next: Locale): void {
  current = next;
  document.documentElement.lang = next;
}

overwriteGetLocale(locale);
