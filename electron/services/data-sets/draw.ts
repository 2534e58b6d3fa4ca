import type { Part } from '../../shared/domain/data-sets';
import { shuffled } from '../../shared/statistics/random';

/** Of every hundred newly labelled patients, this many are locked away for the final test; of the others, this many are kept for validation. */
const LOCKED_SHARE = 0.15;
const VALIDATION_SHARE = 0.15;

export interface UnitToDraw {
  /** The person's id, or the photograph's where no patient is known. */
  unit: string;
  referable: boolean;
  /** Labelled because chance chose the patient, not because of what the photographs show. */
  randomlyDrawn: boolean;
}

export interface DrawnUnit {
  unit: string;
  part: Part;
  stratum: string;
  /** One over the share of the stratum that went into this part. */
  weight: number;
}

/**
 * Draws the parts of patients that have none yet, at random within strata (referable or not). The locked test set is filled first with patients
 * whom chance had chosen for labelling, since they stand for the clinic's own; a share of the stratum that is no whole number is rounded by chance,
 * so that small batches fill it too.
 *
 * @param random uniform in 0..1; cryptographic in use
 */
export function drawParts(units: readonly UnitToDraw[], random: () => number): DrawnUnit[] {
  const drawn: DrawnUnit[] = [];
  for (const referable of [true, false]) {
    const stratum = units.filter((unit) => unit.referable === referable);
    const name = referable ? 'referable' : 'other';
    let wanted = roundByChance(stratum.length * LOCKED_SHARE, random);
    const open: UnitToDraw[] = [];
    for (const byChance of [true, false]) {
      const group = shuffled(
        stratum.filter((unit) => unit.randomlyDrawn === byChance),
        random,
      );
      const locked = group.slice(0, wanted);
      wanted -= locked.length;
      const label = `${name}:${byChance ? 'random' : 'selected'}`;
      for (const { unit } of locked) drawn.push({ unit, part: 'locked', stratum: label, weight: group.length / locked.length });
      open.push(...group.slice(locked.length));
    }
    const order = shuffled(open, random);
    const validation = roundByChance(order.length * VALIDATION_SHARE, random);
    order.forEach(({ unit }, index) => {
      const kept = index < validation;
      const share = (kept ? validation : order.length - validation) / order.length;
      drawn.push({ unit, part: kept ? 'validation' : 'train', stratum: name, weight: 1 / share });
    });
  }
  return drawn;
}

function roundByChance(value: number, random: () => number): number {
  const whole = Math.floor(value);
  return whole + (random() < value - whole ? 1 : 0);
}
