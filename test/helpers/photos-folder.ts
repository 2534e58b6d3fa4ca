import { resolve } from 'node:path';

/** Folder of real fundus photographs, never part of the repository: NETRA_PHOTOS, else beside the checkout. */
export const PHOTOS = resolve(process.env['NETRA_PHOTOS'] ?? resolve(import.meta.dirname, '../../../shared/fundus'));
