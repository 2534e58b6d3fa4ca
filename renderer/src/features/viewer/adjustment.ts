/** How the colours of a photograph are changed for looking at; nothing is stored. */
export interface Adjustment {
  /** Green light alone, in grey: vessels and haemorrhages stand out. */
  redFree: boolean;
  /** Added to every value, -0.5..0.5 of the range. */
  brightness: number;
  /** About the middle grey, 0.5..3; 1 changes nothing. */
  contrast: number;
}

export const UNCHANGED: Adjustment = { redFree: false, brightness: 0, contrast: 1 };

export function isUnchanged({ redFree, brightness, contrast }: Adjustment): boolean {
  return !redFree && brightness === 0 && contrast === 1;
}

/** The new value of each of the 256; the shader in webgl-painter.ts does the same sum. */
export function adjustmentTable({ brightness, contrast }: Adjustment): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value / 255 - 0.5) * contrast + 0.5 + brightness) * 255);
}

/** Changes RGBA pixels in place. */
export function adjustPixels(pixels: Uint8ClampedArray, adjustment: Adjustment): void {
  const table = adjustmentTable(adjustment);
  for (let at = 0; at < pixels.length; at += 4) {
    const green = table[pixels[at + 1] ?? 0] ?? 0;
    if (adjustment.redFree) {
      pixels[at] = pixels[at + 1] = pixels[at + 2] = green;
    } else {
      pixels[at] = table[pixels[at] ?? 0] ?? 0;
      pixels[at + 1] = green;
      pixels[at + 2] = table[pixels[at + 2] ?? 0] ?? 0;
    }
  }
}
