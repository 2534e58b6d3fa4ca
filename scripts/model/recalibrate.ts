import { parseArgs } from 'node:util';
import { loadBackend } from '../../electron/engine/backends/load';
import { readBundle } from '../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../electron/engine/bundle/write';
import { preprocess, toNetworkInput } from '../../electron/engine/images/preprocess';
import { parseNetwork } from '../../electron/engine/network/layers-topology';
import { calibrate } from '../../electron/services/train/calibrate';
import { readRecipe } from '../../electron/services/train/recipes';
import { gatherTrainingSet, readLabelList } from '../../electron/services/train/training-set';

/**
 * Temperature and operating points of a trained bundle anew, by a recipe whose wishes have changed; the weights stay as they are:
 * node scripts/run-ts.mjs scripts/model/recalibrate.ts BUNDLE LIST.csv IMAGES RECIPE OUT
 *
 * Fitted on the same calibration patients as `netra train` does: locked test patients are not opened.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [folder, listFile, imageFolder, recipeName, out] = positionals;
if (folder === undefined || listFile === undefined || imageFolder === undefined || recipeName === undefined || out === undefined) {
  throw new Error('usage: recalibrate.ts BUNDLE LIST.csv IMAGES RECIPE OUT');
}
const recipe = await readRecipe(recipeName, 'resources');
const { files, card } = await readBundle(folder);
const set = await gatherTrainingSet(await readLabelList(listFile), imageFolder, recipe, () => undefined);
if (set.manifestSha256 !== card.dataset.manifestSha256) throw new Error('the list is not the one that the model was trained on');

const network = parseNetwork(files.modelJson, files.weights);
const backend = await loadBackend('onnx', { network, onnx: files.onnx, inputSizePx: card.inputSizePx, threads: 2 });
const calibration: { sha256: string; logits: number[] }[] = [];
for (const { sha256, part } of set.images) {
  if (part !== 'calibration') continue;
  const { pixels } = await preprocess(await set.read(sha256), { sizePx: card.inputSizePx });
  const { logits } = await backend.forward(toNetworkInput(pixels), 1);
  calibration.push({ sha256, logits: [...logits] });
}
backend.dispose();
const { format: _format, files: _files, seal: _seal, ...content } = card;
const result = withCard(files, {
  ...content,
  ...calibrate({ calibration }, set.images, recipe),
  recipe: JSON.stringify({ ...recipe, reasons: undefined }),
  commands: [...card.commands, `node scripts/run-ts.mjs scripts/model/recalibrate.ts BUNDLE fundus.csv fundus ${recipe.name} OUT`],
});
await writeBundle(out, result.files);
console.log(`${out}: ${result.files.id}`);
