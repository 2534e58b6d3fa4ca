import { create } from 'qrcode';

/** A code as one SVG path in a square of `sizeModules` units, quiet zone included. */
export function qrDrawing(text: string): { sizeModules: number; path: string } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const quiet = 4;
  let path = '';
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column) === 1) path += `M${column + quiet} ${row + quiet}h1v1h-1z`;
    }
  }
  return { sizeModules: modules.size + 2 * quiet, path };
}

/** What the code of a patient holds: the short id and nothing else. */
export function patientCode(shortId: string): string {
  return `NETRA:${shortId}`;
}
