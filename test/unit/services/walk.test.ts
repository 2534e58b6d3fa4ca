import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

import { walkArguments } from '../../../electron/services/screening/walk';
import { rejectionOf } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/temporary';

function touch(folder: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), 'x');
  }
}

async function filesOf(...paths: string[]): Promise<string[]> {
  return (await walkArguments(paths)).files.map(({ file }) => file);
}

describe('found', () => {
  test('are files with the ending of a photograph, in any case; others are counted', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a.jpg', 'b.JPEG', 'c.Jfif', 'd.PNG', 'e.tif', 'f.TIFF', 'g.bmp', 'h.gif', 'i.dcm', 'jpg', 'k.jpg.txt');
    const { files, otherFiles } = await walkArguments([folder]);
    expect(files.map(({ file }) => file)).toEqual(['a.jpg', 'b.JPEG', 'c.Jfif', 'd.PNG', 'e.tif', 'f.TIFF', 'g.bmp']);
    expect(otherFiles).toBe(4);
  });

  test('are listed in byte order of the whole path, not folder by folder', async () => {
    const folder = temporaryFolder();
    touch(folder, 'b/1.jpg', 'b-2/1.jpg', 'b.jpg', 'B.jpg', 'ä.jpg', 'z.jpg');
    expect(await filesOf(folder)).toEqual(['B.jpg', 'b-2/1.jpg', 'b.jpg', 'b/1.jpg', 'z.jpg', 'ä.jpg']);
  });

  test('are named under one argument by the path below it, under several with the argument before it', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a/1.jpg', 'b/1.jpg', 'x/a/1.jpg');
    expect(await filesOf(join(folder, 'a'))).toEqual(['1.jpg']);
    expect(await filesOf(join(folder, 'a'), join(folder, 'b'))).toEqual(['a/1.jpg', 'b/1.jpg']);
    const both = [join(folder, 'a'), join(folder, 'x/a')];
    expect(await filesOf(...both)).toEqual(both.map((path) => join(path, '1.jpg')));
    expect(await filesOf(join(folder, 'a/1.jpg'))).toEqual(['1.jpg']);
  });

  test('are found once, also when two arguments reach them', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a/1.jpg');
    expect(await filesOf(folder, join(folder, 'a'))).toHaveLength(1);
  });

  test('may be given relative to where one is', async () => {
    const folder = temporaryFolder();
    touch(folder, '1.jpg');
    expect(await filesOf(relative(process.cwd(), folder))).toEqual(['1.jpg']);
  });
});

describe('names', () => {
  test('are bytes: two that are no text stay two files', async () => {
    const folder = temporaryFolder();
    for (const byte of [0xe4, 0xe5])
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([byte]), Buffer.from('.jpg')]), 'x');
    const { files } = await walkArguments([folder]);
    expect(files.map(({ file }) => file)).toEqual(['\uFFFD.jpg', '\uFFFD.jpg']);
    expect(new Set(files.map(({ path }) => path.toString('latin1'))).size).toBe(2);
  });

  test('may hold line ends, quotes and Devanagari', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a\nb.jpg', '"q",.jpg', 'बाईं.jpg');
    expect(await filesOf(folder)).toEqual(['"q",.jpg', 'a\nb.jpg', 'बाईं.jpg']);
  });
});

describe('links', () => {
  test('to folders are not followed, so a loop ends', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a/1.jpg');
    symlinkSync(folder, join(folder, 'a/loop'));
    symlinkSync('/', join(folder, 'everything.jpg'));
    const { files, linkedFolders } = await walkArguments([folder]);
    expect(files.map(({ file }) => file)).toEqual(['a/1.jpg']);
    expect(linkedFolders).toBe(2);
  });

  test('to files are files; those that lead nowhere are failed files', async () => {
    const folder = temporaryFolder();
    touch(folder, 'a.jpg');
    symlinkSync('a.jpg', join(folder, 'b.jpg'));
    symlinkSync('gone.jpg', join(folder, 'c.jpg'));
    symlinkSync('d.jpg', join(folder, 'd.jpg'));
    const { files } = await walkArguments([folder]);
    expect(files.map(({ file, error }) => [file, error?.code ?? null])).toEqual([
      ['a.jpg', null],
      ['b.jpg', null],
      ['c.jpg', 'image-unreadable'],
      ['d.jpg', 'image-unreadable'],
    ]);
  });

  test('given as the argument itself are followed: the user named them', async () => {
    const folder = temporaryFolder();
    touch(folder, 'real/1.jpg');
    symlinkSync('real', join(folder, 'link'));
    expect(await filesOf(join(folder, 'link'))).toEqual(['1.jpg']);
  });
});

describe('what cannot be walked', () => {
  test('a pipe with a photograph’s name is a failed file and is not opened', async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
    const { files } = await walkArguments([folder]);
    expect(files).toMatchObject([{ file: 'pipe.jpg', error: { code: 'image-unreadable' } }]);
  });

  test('an argument that is not there is told with its path', async () => {
    expect(await rejectionOf(walkArguments(['/nowhere/at/all']))).toMatchObject({
      code: 'path-not-found',
      params: { path: '/nowhere/at/all' },
    });
  });

  test('a walk that is no longer wanted stops', async () => {
    expect(await rejectionOf(walkArguments([temporaryFolder()], AbortSignal.abort()))).toMatchObject({ code: 'cancelled' });
  });
});
