import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStartOptions } from '../../../../electron/main/start/options';

describe('what netra is started with', () => {
  it("is the user's own profile when nothing is said", () => {
    expect(readStartOptions(['electron', '.'], {})).toEqual({ profile: null, safeMode: false, demo: false });
  });
  it('takes a profile from the switch, in both spellings, before the environment', () => {
    expect(readStartOptions(['netra', '--profile', '/a'], { NETRA_PROFILE: '/b' }).profile).toBe('/a');
    expect(readStartOptions(['netra', '--profile=camp'], {}).profile).toBe(resolve('camp'));
    expect(readStartOptions(['netra'], { NETRA_PROFILE: '/b' }).profile).toBe('/b');
  });
  it('passes over switches of Chromium', () => {
    expect(readStartOptions(['netra', '--no-sandbox', '--safe-mode', '--remote-debugging-port=1'], {})).toEqual({
      profile: null,
      safeMode: true,
      demo: false,
    });
  });
  it('is a demonstration when asked for one', () => {
    expect(readStartOptions(['electron', '.', '--demo'], {})).toEqual({ profile: null, safeMode: false, demo: true });
  });
});
