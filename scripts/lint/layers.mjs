import { isBuiltin } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { ROOT } from '../setup/tools.mjs';

/**
 * Data flows one way: renderer -> typed IPC -> services -> db | engine. The window knows no SQL and no tensors, the engine
 * no patients, shared nobody. `sees` lists the folders (or files) a layer may import beside its own.
 */
const ENGINE_FRONT = ['electron/engine/protocol', 'electron/engine/client', 'electron/engine/bundle'];
const NATIVE = ['better-sqlite3', '@tensorflow/', 'onnxruntime-node', 'onnx-proto'];

export const LAYERS = {
  'electron/shared': { sees: [], node: false, without: ['electron', 'sharp', 'svelte', ...NATIVE] },
  'electron/db': { sees: ['electron/shared'], node: true, without: ['electron', '@tensorflow/', 'onnxruntime-node', 'svelte'] },
  'electron/engine': { sees: ['electron/shared'], node: true, without: ['electron', 'better-sqlite3', 'svelte'] },
  'electron/services': {
    sees: ['electron/shared', 'electron/db', ...ENGINE_FRONT],
    node: true,
    without: ['electron', 'svelte', ...NATIVE],
  },
  'electron/cli': {
    sees: ['electron/shared', 'electron/services', ...ENGINE_FRONT],
    node: true,
    without: ['electron', 'svelte', ...NATIVE],
  },
  'electron/preload': { sees: ['electron/shared'], node: false, without: ['zod', 'sharp', 'svelte', ...NATIVE] },
  'electron/main': { sees: ['electron/shared', 'electron/services', ...ENGINE_FRONT], node: true, without: ['svelte', ...NATIVE] },
  renderer: { sees: ['electron/shared'], node: false, without: ['electron', 'sharp', 'zod', ...NATIVE] },
};

/** The layer a file (path from the root, forward slashes) lies in. */
function layerOf(file) {
  return Object.keys(LAYERS).find((layer) => file === layer || file.startsWith(`${layer}/`));
}

function within(file, place) {
  return file === place || file.startsWith(`${place}/`) || file.startsWith(`${place}.`);
}

/** Why `file` may not import `wanted`, or undefined when it may. */
export function forbidden(file, wanted) {
  const layer = layerOf(file);
  if (!layer) return undefined;
  const { sees, node, without } = LAYERS[layer];
  if (wanted.startsWith('.')) {
    const target = relative(ROOT, resolve(ROOT, dirname(file), wanted)).replaceAll('\\', '/');
    if (within(target, layer) || sees.some((place) => within(target, place))) return undefined;
    if (target.startsWith('resources/') || target === 'package.json') return undefined;
    return `${layer} may not import ${target}`;
  }
  if (isBuiltin(wanted)) return node ? undefined : `${layer} may not import Node's ${wanted}`;
  const named = without.find((name) => wanted === name || wanted.startsWith(name.endsWith('/') ? name : `${name}/`));
  return named ? `${layer} may not import ${wanted}` : undefined;
}

/** ESLint rule over every way to name a module: import, export from, import(), require and type imports. */
export const layersRule = {
  meta: { type: 'problem', schema: [], messages: { layer: '{{reason}}: data flows renderer -> IPC -> services -> db | engine' } },
  create(context) {
    const file = relative(ROOT, context.filename).replaceAll('\\', '/');
    function check(node, source, typeOnly = false) {
      if (!source || typeof source.value !== 'string') return;
      const reason = forbidden(file, source.value);
      // Types vanish at build time: the window and the preload may name the schema library's inferred types.
      if (reason && !(typeOnly && source.value === 'zod')) context.report({ node, messageId: 'layer', data: { reason } });
    }
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
      CallExpression: (node) => {
        if (node.callee.type === 'Identifier' && node.callee.name === 'require') check(node, node.arguments[0]);
      },
    };
  },
};
