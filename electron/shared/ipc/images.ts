/**
 * Pixels never go through IPC: the window loads them as `app://image/<imageId>/<rendition>`.
 * `thumbnail` 256 px, `screen` fits a screen, `full` every pixel of the original, all upright.
 */
export const RENDITIONS = ['thumbnail', 'screen', 'full'] as const;
export type Rendition = (typeof RENDITIONS)[number];

/** Longest side of `screen`, pixels: a 1366 x 768 laptop at 200 %, both eyes side by side, still has a pixel for each. */
export const SCREEN_RENDITION_PX = 1600;

export const APP_SCHEME = 'app';
/** The window's own pages. */
export const PAGE_HOST = 'netra';
export const IMAGE_HOST = 'image';
export const APP_ORIGIN = `${APP_SCHEME}://${PAGE_HOST}`;

const IMAGE_ID = /^[0-9a-f-]{1,64}$/;

export function imageUrl(imageId: string, rendition: Rendition): string {
  return `${APP_SCHEME}://${IMAGE_HOST}/${imageId}/${rendition}`;
}

const COMPANION_SUFFIXES = { 'fellow-eye': '-fe', 'prior-visit': '-be' } as const;
export type Companion = keyof typeof COMPANION_SUFFIXES;

/**
 * Readers get photographs under the id of their assignment, so that the photograph's own id, by which it could be found elsewhere or known again, never
 * reaches them. What may lie beside it has the same address with an ending.
 */
export function companionAddress(assignmentId: string, companion: Companion): string {
  return `${assignmentId}${COMPANION_SUFFIXES[companion]}`;
}

/** The reverse. */
export function parseReadingAddress(address: string): { assignmentId: string; companion: Companion | null } {
  for (const companion of ['fellow-eye', 'prior-visit'] as const) {
    const suffix = COMPANION_SUFFIXES[companion];
    if (address.endsWith(suffix)) return { assignmentId: address.slice(0, -suffix.length), companion };
  }
  return { assignmentId: address, companion: null };
}

/** The reverse, or null for anything that is not exactly such an address. */
export function parseImageUrl(url: string): { imageId: string; rendition: Rendition } | null {
  const prefix = `${APP_SCHEME}://${IMAGE_HOST}/`;
  if (!url.startsWith(prefix)) return null;
  const [imageId, name, ...rest] = url.slice(prefix.length).split('/');
  const rendition = RENDITIONS.find((known) => known === name);
  if (imageId === undefined || rendition === undefined || rest.length > 0 || !IMAGE_ID.test(imageId)) return null;
  return { imageId, rendition };
}
