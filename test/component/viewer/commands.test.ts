import { expect, test } from 'vitest';
import { commandOf, controlKeeps, KEYS_SHOWN, VIEWER_COMMANDS } from '../../../renderer/src/features/viewer/commands';

const plain = { ctrlKey: false, altKey: false, metaKey: false };

test('letters work by their place on the keyboard, with a Hindi layout too', () => {
  expect(commandOf({ ...plain, key: 'r', code: 'KeyR' })).toBe('red-free');
  expect(commandOf({ ...plain, key: 'ी', code: 'KeyR' })).toBe('red-free');
});

test('with a modifier a key belongs to the menu', () => {
  expect(commandOf({ ...plain, ctrlKey: true, key: 'r', code: 'KeyR' })).toBeNull();
});

test('every command has a key in the help', () => {
  for (const command of VIEWER_COMMANDS) expect(KEYS_SHOWN[command].length).toBeGreaterThan(0);
});

test('a slider keeps its arrows and a field its letters', () => {
  expect(controlKeeps({ tagName: 'SPAN', role: 'slider', type: null }, 'pan-left')).toBe(true);
  expect(controlKeeps({ tagName: 'SPAN', role: 'slider', type: null }, 'red-free')).toBe(false);
  expect(controlKeeps({ tagName: 'INPUT', role: null, type: 'search' }, 'red-free')).toBe(true);
  expect(controlKeeps({ tagName: 'INPUT', role: null, type: 'checkbox' }, 'next-patient')).toBe(false);
});
