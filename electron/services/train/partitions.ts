import { createHash } from 'node:crypto';

/** Of every hundred patients, this many are locked away for the final test. */
const LOCKED_PERCENT = 15;

/** Locked test patients: the same in every profile and every version; no training, selection or label-noise code reads them. */
export function isLocked(patient: string): boolean {
  return bucketOf(`netra-locked-1:${patient}`) < LOCKED_PERCENT;
}

/** Whether a training patient is kept back for calibration. @param share 0..1, to the hundredth */
export function isHeldBack(patient: string, share: number): boolean {
  return bucketOf(`netra-calibration-1:${patient}`) < Math.round(share * 100);
}

/** Which fold a training patient belongs to, 0 .. folds - 1. */
export function foldOf(patient: string, folds: number): number {
  return bucketOf(`netra-fold-1:${patient}`) % folds;
}

/** The SHA-256 of the text as a number, modulo 100. */
function bucketOf(text: string): number {
  let rest = 0;
  for (const byte of createHash('sha256').update(text).digest()) rest = (rest * 256 + byte) % 100;
  return rest;
}
