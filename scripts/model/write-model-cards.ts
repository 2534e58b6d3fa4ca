import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelCardMarkdown } from '../../electron/engine/bundle/model-card';
import { readBundle } from '../../electron/engine/bundle/read';

/** Writes docs/models/NAME.md for every shipped bundle: node scripts/run-ts.mjs scripts/model/write-model-cards.ts */
const models = 'resources/models';
const cards = 'docs/models';
await mkdir(cards, { recursive: true });
for (const entry of await readdir(models, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const { files, card } = await readBundle(join(models, entry.name));
  await writeFile(join(cards, `${entry.name}.md`), modelCardMarkdown(card, files.id));
}
