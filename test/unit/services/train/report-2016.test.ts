import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { superviseEngine } from '../../../../electron/engine/client/supervisor';
import { isLocked } from '../../../../electron/services/train/partitions';
import { type Report2016, report2016 } from '../../../../electron/services/train/report-2016';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { toAppError } from '../../../../electron/shared/errors';
import { rejectionOf } from '../../../helpers/errors';
import { fakeEngine, fakePhotograph } from '../../../helpers/fake-engine';
import { type FakeStep, type FakeTraining, fakeTraining } from '../../../helpers/fake-training';
import { temporaryFolder } from '../../../helpers/temporary';

const RESOURCES = resolve(import.meta.dirname, '../../../../resources');
const DEVICE: FakeStep = { kind: 'say', message: { kind: 'device', device: 'onnx' } };
const WHOLE: FakeStep[] = [DEVICE, { kind: 'epoch', epoch: 1 }, { kind: 'epoch', epoch: 2 }, { kind: 'finish' }];

async function photographs(): Promise<string> {
  const folder = temporaryFolder();
  await mkdir(folder, { recursive: true });
  const rows = ['file,patient,grade'];
  for (let index = 0; index < 260; index += 1) {
    const ill = index % 10 === 0;
    rows.push(`${index}.jpg,p${index},${ill ? 3 : 0}`);
    await writeFile(join(folder, `${index}.jpg`), fakePhotograph({ id: String(index), p2: ill ? 0.8 : 0.1 }));
  }
  const list = join(folder, 'list.csv');
  await writeFile(list, rows.join('\n'));
  return list;
}

function report(data: string, out: string, training: FakeTraining, healthy = 120): Promise<Report2016> {
  const engine = superviseEngine({ spawn: fakeEngine().spawn });
  onTestFinished(() => engine.close());
  const nothing = (): void => undefined;
  return report2016(LOCAL_ACTOR, {
    data,
    images: null,
    out,
    resourcesFolder: RESOURCES,
    healthy,
    tested: 30,
    allLayers: false,
    engine,
    spawn: training.spawn,
    signal: new AbortController().signal,
    onVariant: nothing,
    onProgress: nothing,
    onEpoch: nothing,
  });
}

test('the report of 2016, interrupted, goes on where it stopped, and begins anew for another setting', async () => {
  const data = await photographs();
  const out = join(temporaryFolder(), 'report');
  const cutOff = fakeTraining(WHOLE, [DEVICE, { kind: 'epoch', epoch: 1 }, { kind: 'die' }]);
  expect(toAppError(await rejectionOf(report(data, out, cutOff))).code).toBe('engine-crashed');

  const rest = fakeTraining(WHOLE);
  const { variants, photographs: counts } = await report(data, out, rest);
  expect(variants.map(({ name, history }) => [name, history.length])).toEqual([
    ['weighted-softmax', 2],
    ['balanced-augmented', 2],
    ['netra', 2],
  ]);
  expect(counts).toMatchObject({ healthy: 120, infected: 2, tested: 30 });
  // The first was measured before; the second goes on from its epoch, the third begins.
  expect(rest.starts.map(({ input }) => [input.recipe.name, input.checkpoint?.[0]])).toEqual([
    ['julia-2016', 1],
    ['netra-2016-data', undefined],
  ]);
  for (const { input } of [...cutOff.starts, ...rest.starts]) expect(input.images.length).toBeGreaterThan(100);

  const nothingLeft = fakeTraining(WHOLE);
  expect((await report(data, out, nothingLeft)).variants).toEqual(variants);
  expect(nothingLeft.starts).toHaveLength(0);

  const smaller = fakeTraining(WHOLE);
  await report(data, out, smaller, 110);
  expect(smaller.starts).toHaveLength(3);
  expect(Array.from({ length: 260 }, (_, index) => `p${index}`).filter(isLocked).length).toBeGreaterThan(29);
});
