import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { LOCALES, type Settings, THEMES } from '../../shared/ipc/types';

const schema = z.object({ locale: z.enum(LOCALES), theme: z.enum(THEMES) });

/** @returns null when there are none that fit */
export function readKeptSettings(file: string): Settings | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

let written = '';

/** A convenience only: one that cannot be written is let go. */
export function writeKeptSettings(file: string, { locale, theme }: Settings): void {
  const text = JSON.stringify({ locale, theme });
  if (text === written) return;
  written = text;
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch {
    // A read-only disk: the next start begins in the system's language.
  }
}
