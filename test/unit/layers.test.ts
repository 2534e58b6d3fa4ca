import { resolve } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { LAYERS, layersRule } from '../../scripts/lint/layers.mjs';

const root = resolve(import.meta.dirname, '../..');

/** The project's own configuration for that file; the rules that need the file's types are of no concern here. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { project: null, projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId === 'netra/layers' || ruleId === 'no-console' || ruleId === 'no-restricted-exports',
});

async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: resolve(root, file) });
  return (result?.messages ?? []).map(
    ({ ruleId, message, severity }) => `${severity === 2 ? 'error' : 'warning'} ${ruleId ?? 'parser'}: ${message}`,
  );
}

/** One import that breaks each layer, and what the error must name. */
const BROKEN: [layer: keyof typeof LAYERS, file: string, code: string, named: string][] = [
  ['electron/shared', 'electron/shared/domain/x.ts', "import { app } from 'electron';\napp.quit();", 'electron'],
  ['electron/shared', 'electron/shared/domain/x.ts', "import { readFileSync } from 'node:fs';\nreadFileSync('x');", 'node:fs'],
  ['electron/shared', 'electron/shared/x.ts', "import { all } from '../db/sql';\nall();", 'electron/db/sql'],
  ['electron/db', 'electron/db/queries/x.ts', "import { screen } from '../../services/screening/screen';\nscreen();", 'electron/services'],
  ['electron/db', 'electron/db/x.ts', "import { app } from 'electron';\napp.quit();", 'electron'],
  [
    'electron/engine',
    'electron/engine/network/x.ts',
    "import { findPatient } from '../../db/queries/patients';\nfindPatient();",
    'electron/db',
  ],
  ['electron/engine', 'electron/engine/x.ts', "import Database from 'better-sqlite3';\nnew Database('x');", 'better-sqlite3'],
  ['electron/services', 'electron/services/x.ts', "import { dialog } from 'electron';\ndialog.showErrorBox('x', 'y');", 'electron'],
  ['electron/services', 'electron/services/x.ts', "import * as tf from '@tensorflow/tfjs-core';\ntf.ready();", '@tensorflow'],
  [
    'electron/services',
    'electron/services/x.ts',
    "import { forward } from '../engine/backends/onnx';\nforward();",
    'electron/engine/backends/onnx',
  ],
  ['electron/cli', 'electron/cli/commands/x.ts', "import { BrowserWindow } from 'electron';\nnew BrowserWindow();", 'electron'],
  ['electron/cli', 'electron/cli/commands/x.ts', "import { openWindow } from '../../main/windows';\nopenWindow();", 'electron/main'],
  ['electron/preload', 'electron/preload/x.ts', "import { readFileSync } from 'fs';\nreadFileSync('x');", 'fs'],
  ['electron/main', 'electron/main/x.ts', "import { all } from '../db/sql';\nall();", 'electron/db'],
  ['electron/main', 'electron/main/x.ts', "import { page } from '../../renderer/src/page';\npage();", 'renderer'],
  ['renderer', 'renderer/src/lib/x.ts', "import { ipcRenderer } from 'electron';\nipcRenderer.send('x');", 'electron'],
  [
    'renderer',
    'renderer/src/lib/x.ts',
    "import { screen } from '../../../electron/services/screening/screen';\nscreen();",
    'electron/services',
  ],
  ['renderer', 'renderer/src/lib/x.ts', "import { join } from 'node:path';\njoin('x');", 'node:path'],
];

describe('a layer that imports what it may not know is an error', () => {
  test.each(BROKEN)('%s: %s', async (layer, file, code, named) => {
    const found = await complaints(file, code);
    expect(found).toContainEqual(
      expect.stringMatching(new RegExp(`^error netra/layers: ${layer} may not import .*${named.replaceAll('.', '\\.')}`)),
    );
  });

  test('every layer is broken at least once above', () => {
    expect([...new Set(BROKEN.map(([layer]) => layer))].sort()).toEqual(Object.keys(LAYERS).sort());
  });

  test.each([
    ['a dynamic import', "export const later = (): Promise<unknown> => import('electron');"],
    ['a re-export', "export { app } from 'electron';"],
    ['a re-export of everything', "export * from 'electron';"],
    ['a type', "export type App = import('electron').App;"],
    ['a type import', "import type { App } from 'electron';\nexport type Same = App;"],
  ])('%s counts as an import', async (_, code) => {
    expect(await complaints('electron/services/x.ts', code)).toContainEqual(expect.stringContaining('error netra/layers'));
  });
});

describe('what the layers allow passes', () => {
  test.each([
    ['electron/services/x.ts', "import { all } from '../db/sql';\nall();"],
    ['electron/services/x.ts', "import type { Forward } from '../engine/protocol';\nexport type Same = Forward;"],
    ['electron/main/x.ts', "import { app } from 'electron';\napp.quit();"],
    ['electron/engine/x.ts', "import * as tf from '@tensorflow/tfjs-core';\ntf.ready();"],
    ['renderer/src/x.ts', "import type { Api } from '../../electron/shared/ipc/api';\nexport type Same = Api;"],
  ])('%s', async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});

test('printing to the console is left to the command line', async () => {
  const code = "console.log('x');";
  expect(await complaints('electron/services/x.ts', code)).toContainEqual(expect.stringContaining('error no-console'));
  expect(await complaints('electron/cli/x.ts', code)).toEqual([]);
});

test('a default export is an error', async () => {
  expect(await complaints('electron/services/x.ts', 'export default 1;')).toContainEqual(
    expect.stringContaining('error no-restricted-exports'),
  );
});

test('the layer rule is an error in every layer, in the configuration that lint uses', async () => {
  expect(layersRule.meta.type).toBe('problem');
  for (const layer of Object.keys(LAYERS)) {
    const config = (await eslint.calculateConfigForFile(resolve(root, layer, 'x.ts'))) as { rules: Record<string, unknown[]> };
    expect(config.rules['netra/layers']?.[0], layer).toBe(2);
  }
});
