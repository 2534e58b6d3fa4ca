import { type Locale, LOCALES } from '../../../electron/shared/ipc/types';
import { m } from '../../../electron/shared/messages/messages';

/** Each language in its own script: whoever opened the wrong one finds the way back. */
const NAMES: Readonly<Record<Locale, string>> = { en: 'English', hi: 'हिन्दी', ta: 'தமிழ்' };

/** The window's words were written in English; a translation of them is a draft, and says so where it is chosen. */
export function languageOptions(): { value: Locale; label: string }[] {
  return LOCALES.map((value) => ({ value, label: value === 'en' ? NAMES[value] : `${NAMES[value]} (${m.papers_draft()})` }));
}
