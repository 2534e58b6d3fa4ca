import { describe, expect, test } from 'vitest';
import { missingMessages } from '../../scripts/messages.mjs';

describe('a missing translation does not compile', () => {
  test('languages with the same messages and parameters have nothing missing', () => {
    expect(missingMessages({ en: { a: 'Eye {name}' }, hi: { a: '{name} आँख' } }, 'en')).toEqual([]);
  });

  test('a message that one language lacks is named', () => {
    expect(missingMessages({ en: { a: 'Eye', b: 'Ear' }, hi: { a: 'आँख' } }, 'en')).toEqual(['hi: b is missing']);
  });

  test('a message that only the translation has is named', () => {
    expect(missingMessages({ en: {}, hi: { a: 'आँख' } }, 'en')).toEqual(['en: a is missing']);
  });

  test('an empty translation counts as missing', () => {
    expect(missingMessages({ en: { a: 'Eye' }, hi: { a: '' } }, 'en')).toEqual(['hi: a is missing']);
  });

  test('a parameter that a translation forgets is named', () => {
    expect(missingMessages({ en: { a: '{count} eyes' }, hi: { a: 'आँखें' } }, 'en')).toEqual(['hi: a has the parameters [], en has [count]']);
  });

  test('a message with plural forms is compared by its inputs', () => {
    const plural = (one: string, other: string): unknown => [
      {
        declarations: ['input count', 'local countPlural = count: plural'],
        selectors: ['countPlural'],
        match: { 'countPlural=one': one, 'countPlural=other': other },
      },
    ];
    expect(missingMessages({ en: { a: plural('One eye', '{count} eyes') }, hi: { a: plural('एक आँख', '{count} आँखें') } }, 'en')).toEqual([]);
    expect(missingMessages({ en: { a: plural('One eye', '{count} eyes') }, hi: { a: 'आँखें' } }, 'en')).toHaveLength(1);
  });
});
