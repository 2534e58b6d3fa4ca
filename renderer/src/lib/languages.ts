import type { Locale } from '../../../electron/shared/ipc/types';

/** Each language in its own script: whoever opened the wrong one finds the way back. */
export const LANGUAGES: readonly { value: Locale; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'hi', label: 'हिन्दी' },
  { value: 'ta', label: 'தமிழ்' },
];
