import { createHmac } from 'node:crypto';
import type { Part } from '../../shared/domain/data-sets';
import { isLocked } from '../train/partitions';

/**
 * The name a patient has in data sets: says nothing about the person, is the same in every version, and by the public rule of the locked test
 * patients falls on the side on which the patient was drawn, so that no other program trains on a test patient either.
 *
 * @param key the profile's subject key
 */
export function subjectNamer(key: Uint8Array): (unit: string, part: Part) => string {
  return (unit, part) => {
    for (let attempt = 0; ; attempt++) {
      const subject = `s-${createHmac('sha256', key).update(`${unit}:${attempt}`).digest('hex').slice(0, 16)}`;
      if (isLocked(subject) === (part === 'locked')) return subject;
    }
  };
}
