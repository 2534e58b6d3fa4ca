import { type Adjustment, isUnchanged, UNCHANGED } from './adjustment';

const BRIGHTNESS_STEP = 0.05;
const CONTRAST_STEP = 0.1;
export const BRIGHTNESS = { min: -0.5, max: 0.5, step: BRIGHTNESS_STEP } as const;
export const CONTRAST = { min: 0.5, max: 3, step: CONTRAST_STEP } as const;

/** How all panes are looked at. */
export class ViewerTools {
  adjustment = $state.raw<Adjustment>(UNCHANGED);
  heatOn = $state(false);
  heatOpacity = $state(0.6);
  /** Draws what lies below the threshold as well. */
  weakSigns = $state(false);
  readonly changed = $derived(!isUnchanged(this.adjustment));

  toggleRedFree(): void {
    this.adjustment = { ...this.adjustment, redFree: !this.adjustment.redFree };
  }

  toggleHeat(): void {
    this.heatOn = !this.heatOn;
  }

  /** Whoever asks for the weak places wants to see a map. */
  showWeakSigns(shown: boolean): void {
    this.weakSigns = shown;
    if (shown) this.heatOn = true;
  }

  setBrightness(brightness: number): void {
    this.adjustment = { ...this.adjustment, brightness: limited(brightness, BRIGHTNESS) };
  }

  setContrast(contrast: number): void {
    this.adjustment = { ...this.adjustment, contrast: limited(contrast, CONTRAST) };
  }

  stepBrightness(steps: number): void {
    this.setBrightness(this.adjustment.brightness + steps * BRIGHTNESS_STEP);
  }

  stepContrast(steps: number): void {
    this.setContrast(this.adjustment.contrast + steps * CONTRAST_STEP);
  }

  /** The photograph as the camera made it. */
  resetColours(): void {
    this.adjustment = UNCHANGED;
  }

  /** Another patient: a darkening meant for one photograph must not hide something in the next. */
  forNextPatient(): void {
    this.adjustment = { ...UNCHANGED, redFree: this.adjustment.redFree };
  }
}

function limited(value: number, { min, max }: { min: number; max: number }): number {
  // Steps of 0.05 and 0.1 do not add up to 0 and 1 exactly.
  return Math.round(Math.min(Math.max(value, min), max) * 100) / 100;
}
