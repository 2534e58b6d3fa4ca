import { describe, expect, test } from 'vitest';
import { latinWords, skeletonOf, soundOf } from '../../../../electron/shared/naming/name-key';

function sounds(name: string): string {
  return latinWords(name).map(soundOf).join(' ');
}

function skeletons(name: string): string {
  return latinWords(name).map(skeletonOf).join(' ');
}

describe('a name', () => {
  test.each([
    ['Lakshmi', 'Laxmi', 'Lakshmy', 'लक्ष्मी'],
    ['Savitri', 'Savithri', 'सावित्री'],
    ['Shanti', 'Santhi', 'शांति'],
    ['Zeenat', 'Jeenat'],
    ['Mohammed', 'Mohamad'],
  ])('%s sounds the same however it is written', (...names) => {
    expect(new Set(names.map(sounds)).size).toBe(1);
  });

  test.each([
    ['Govindan', 'கோவிந்தன்', 'Kovinthan'],
    ['Murugan', 'முருகன்'],
    ['Krishnan', 'Kirushnan', 'கிருஷ்ணன்'],
    ['Vimla', 'Bimla'],
    ['Chandran', 'சந்திரன்'],
  ])('%s has one skeleton in Tamil and in Latin letters', (...names) => {
    expect(new Set(names.map(skeletons)).size).toBe(1);
  });

  test('that is another one stays another one', () => {
    expect(new Set(['Lakshmi', 'Kamala', 'Savitri', 'Murugan', 'Iqbal', 'Ramesh', 'Suresh'].map(skeletons)).size).toBe(7);
  });

  test('of several words keeps them apart, without signs', () => {
    expect(latinWords("  D'Souza, Maria-José (Mrs.) ")).toEqual(['d', 'souza', 'maria', 'jose', 'mrs']);
  });
});
