/** What a key does in the viewer. Letters go by their place on the keyboard, so that they work with a Hindi layout too. */
export const VIEWER_COMMANDS = [
  'next-patient',
  'previous-patient',
  'next-photograph',
  'other-eye',
  'one-eye',
  'zoom-in',
  'zoom-out',
  'fit',
  'one-to-one',
  'pan-left',
  'pan-right',
  'pan-up',
  'pan-down',
  'red-free',
  'heat-map',
  'darker',
  'brighter',
  'less-contrast',
  'more-contrast',
  'reset-colours',
  'back',
  'help',
] as const;
export type ViewerCommand = (typeof VIEWER_COMMANDS)[number];

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'altKey' | 'metaKey'>;

const BY_CODE: Readonly<Record<string, ViewerCommand>> = {
  KeyN: 'next-patient',
  KeyP: 'previous-patient',
  KeyI: 'next-photograph',
  KeyE: 'other-eye',
  KeyF: 'one-eye',
  KeyR: 'red-free',
  KeyH: 'heat-map',
  KeyC: 'reset-colours',
  Digit0: 'fit',
  Numpad0: 'fit',
  Digit1: 'one-to-one',
  Numpad1: 'one-to-one',
  BracketLeft: 'darker',
  BracketRight: 'brighter',
  Comma: 'less-contrast',
  Period: 'more-contrast',
};

const BY_KEY: Readonly<Record<string, ViewerCommand>> = {
  PageDown: 'next-patient',
  PageUp: 'previous-patient',
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  ArrowLeft: 'pan-left',
  ArrowRight: 'pan-right',
  ArrowUp: 'pan-up',
  ArrowDown: 'pan-down',
  Escape: 'back',
  '?': 'help',
};

/** The keys of each command as they are shown in the help. */
export const KEYS_SHOWN: Readonly<Record<ViewerCommand, readonly string[]>> = {
  'next-patient': ['N', 'Page ↓'],
  'previous-patient': ['P', 'Page ↑'],
  'next-photograph': ['I'],
  'other-eye': ['E'],
  'one-eye': ['F'],
  'zoom-in': ['+'],
  'zoom-out': ['−'],
  fit: ['0'],
  'one-to-one': ['1'],
  'pan-left': ['←'],
  'pan-right': ['→'],
  'pan-up': ['↑'],
  'pan-down': ['↓'],
  'red-free': ['R'],
  'heat-map': ['H'],
  darker: ['['],
  brighter: [']'],
  'less-contrast': [','],
  'more-contrast': ['.'],
  'reset-colours': ['C'],
  back: ['Esc'],
  help: ['?'],
};

/** @returns null for a key that means nothing here, and with a modifier: those belong to the menu */
export function commandOf(key: Key): ViewerCommand | null {
  if (key.ctrlKey || key.altKey || key.metaKey) return null;
  return BY_KEY[key.key] ?? BY_CODE[key.code] ?? null;
}

/** Controls that use some keys themselves: a slider its arrows, a field its letters. */
export function controlKeeps(target: { tagName: string; role: string | null; type: string | null }, command: ViewerCommand): boolean {
  if (target.tagName === 'INPUT' && target.type !== 'checkbox') return true;
  const moves = command.startsWith('pan-') || command.endsWith('-patient');
  return moves && target.role === 'slider';
}
