import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../electron/main/log';
import { AppError } from '../../../electron/shared/errors';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netra-log-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

function written(): string {
  return readFileSync(join(folder, 'netra.log'), 'utf8');
}

describe('the log', () => {
  it('is one JSON object a line with time, event and fields', () => {
    openLog(folder, () => 0).event('engine.exited', { exitCode: 9, reason: 'killed' });
    expect(JSON.parse(written())).toEqual({ at: '1970-01-01T00:00:00.000Z', event: 'engine.exited', exitCode: 9, reason: 'killed' });
  });

  it('keeps the code of a file system error and not the path in its message', async () => {
    const log = openLog(folder);
    const patient = join(folder, 'Ramesh Kumar 1961', '12_left.jpg');
    const thrown: unknown = await readFile(patient).catch((error: unknown) => error);
    log.error('run', thrown);
    log.error('run', new AppError('image-unreadable', { path: patient }, thrown));
    expect(written()).toContain('ENOENT');
    expect(written()).toContain('image-unreadable');
    expect(written()).not.toMatch(/Ramesh|12_left|netra-log-/);
  });

  it('replaces whatever is not a word of the program: a sentence, a path, a name with a space', () => {
    openLog(folder).event('x', { a: 'Sunita Devi', b: '/home/clinic', c: 'C:\\camp', d: 'रमेश', e: 'not-found' });
    expect(JSON.parse(written())).toMatchObject({ a: '?', b: '?', c: '?', d: '?', e: 'not-found' });
  });

  it('says where in our code an unforeseen error came from', () => {
    openLog(folder).error('uncaught', new TypeError('cannot read Ramesh'));
    expect(written()).toMatch(/log\.test\.ts:\d+:\d+/);
    expect(written()).not.toContain('Ramesh');
  });

  it('turns over at a megabyte and keeps four files', () => {
    const log = openLog(folder);
    const word = 'w'.repeat(80);
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, word]));
    for (let line = 0; line < 700; line += 1) log.event('big', fields);
    expect(readdirSync(folder).sort()).toEqual(['netra.1.log', 'netra.2.log', 'netra.3.log', 'netra.log']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000_000);
  });

  it('that cannot be written stops nothing', () => {
    expect(() => {
      openLog(join(folder, 'netra.log', 'no', 'folder')).event('x');
    }).not.toThrow();
  });
});
