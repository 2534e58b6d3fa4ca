/** Setting with the site's own patterns of file names; absent: those shipped with the program. */
export const PATTERNS_KEY = 'file-names';
