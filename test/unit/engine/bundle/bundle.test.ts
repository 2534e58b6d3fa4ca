import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCardMarkdown } from '../../../../electron/engine/bundle/model-card';
import { readBundle } from '../../../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../../../electron/engine/bundle/write';
import { tinyBundle, tinyCard } from '../../../helpers/tiny-model';

const MODELS = join(import.meta.dirname, '../../../../resources/models');
const CARDS = join(import.meta.dirname, '../../../../docs/models');

describe('a model bundle', () => {
  let parent: string;
  let folder: string;
  const bundle = tinyBundle();

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'netra-bundle-'));
    folder = join(parent, 'model');
    await writeBundle(folder, bundle.files);
  });
  afterEach(() => rm(parent, { recursive: true }));

  async function change(name: string, edit: (bytes: Buffer) => void): Promise<void> {
    const bytes = await readFile(join(folder, name));
    edit(bytes);
    await writeFile(join(folder, name), bytes);
  }

  it('is read as it was written', async () => {
    const { files, card } = await readBundle(folder, bundle.files.id);
    expect(card).toEqual(bundle.card);
    expect(files.id).toBe(bundle.files.id);
    expect(Buffer.compare(files.weights, bundle.files.weights)).toBe(0);
  });

  it('says what trained it and where; one from before that was recorded is read all the same', async () => {
    const trainedBy = {
      code: { version: '0.1.0', commit: `${'a'.repeat(40)}+changes` },
      machine: { processor: 'A processor', cores: 2, memoryGb: 24, system: 'Linux 6.1 x64' },
      device: 'TensorFlow 2.9.1, CPU',
    };
    await writeBundle(folder, withCard(bundle.files, tinyCard({ trainedBy })).files);
    const { card, files } = await readBundle(folder);
    expect(card.trainedBy).toEqual(trainedBy);
    const text = modelCardMarkdown(card, files.id);
    expect(text).toContain(`netra 0.1.0, commit \`${'a'.repeat(40)}+changes\``);
    expect(text).toContain('A processor, 2 cores, 24 GB, Linux 6.1 x64; TensorFlow 2.9.1, CPU');
    expect(bundle.card.trainedBy).toBeUndefined();
    expect(modelCardMarkdown(bundle.card, bundle.files.id)).toMatch(/Program: not recorded\n- Machine: not recorded/);
    const path = { ...trainedBy, code: { version: '0.1.0', commit: '/home/someone/netra' } };
    expect(() => withCard(bundle.files, tinyCard({ trainedBy: path }))).toThrow();
  });

  it('has the id that sha256sum gives', () => {
    const id = execFileSync('bash', ['-c', 'sha256sum * | LC_ALL=C sort | sha256sum'], { cwd: folder, encoding: 'utf8' });
    expect(id.slice(0, 64)).toBe(bundle.files.id);
  });

  it('leaves nothing but itself behind when it is written over an older one', async () => {
    await writeBundle(folder, withCard(bundle.files, tinyCard({ temperature: 2 })).files);
    expect(await readdir(parent)).toEqual(['model']);
    expect((await readBundle(folder)).card.temperature).toBe(2);
  });

  it.each(['weights.bin', 'model.json', 'model.onnx'])('is refused as damaged when one bit of %s has changed', async (name) => {
    await change(name, (bytes) => {
      bytes[100] = (bytes[100] ?? 0) ^ 1;
    });
    await expect(readBundle(folder)).rejects.toMatchObject({ code: 'bundle-damaged' });
  });

  it('is refused as damaged when one digit of a threshold has changed', async () => {
    await change('card.json', (bytes) => {
      bytes[bytes.indexOf('"threshold": 0.3') + '"threshold": 0.'.length] = '9'.charCodeAt(0);
    });
    await expect(readBundle(folder)).rejects.toMatchObject({ code: 'bundle-damaged' });
  });

  it('is refused as damaged when a file is missing, or one too many', async () => {
    await writeFile(join(folder, 'extra.bin'), 'x');
    await expect(readBundle(folder)).rejects.toMatchObject({ code: 'bundle-damaged' });
    await rm(join(folder, 'extra.bin'));
    await rm(join(folder, 'model.onnx'));
    await expect(readBundle(folder)).rejects.toMatchObject({ code: 'bundle-damaged' });
  });

  it('is refused as damaged when it is not the one that was registered', async () => {
    await expect(readBundle(folder, '0'.repeat(64))).rejects.toMatchObject({ code: 'bundle-damaged' });
  });

  it('is refused as foreign when it is a folder of something else, or of another format', async () => {
    await expect(readBundle(parent)).rejects.toMatchObject({ code: 'bundle-foreign' });
    await writeFile(join(folder, 'card.json'), JSON.stringify({ format: 'netra-model-9' }));
    await expect(readBundle(folder)).rejects.toMatchObject({ code: 'bundle-foreign' });
  });

  it('is missing when there is no folder', async () => {
    await expect(readBundle(join(parent, 'none'))).rejects.toMatchObject({ code: 'bundle-missing' });
  });
});

describe('the shipped models', () => {
  it.each(['starter', 'imagenet-lite0'])('%s is sound, and its model card is the one its facts generate', async (name) => {
    const { files, card } = await readBundle(join(MODELS, name));
    // Written by: node scripts/run-ts.mjs scripts/model/write-model-cards.ts
    expect(await readFile(join(CARDS, `${name}.md`), 'utf8')).toBe(modelCardMarkdown(card, files.id));
  });

  it('the starter is under 30 MB, says that no clinic has validated it, and below a specificity of 0.70 that it is not worth screening with', async () => {
    const folder = join(MODELS, 'starter');
    const sizes = await Promise.all((await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size));
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(30e6);
    const { card } = await readBundle(folder);
    expect(card.limits.join(' ')).toContain('Not validated at any clinic.');
    expect(card.limits.join(' ')).toContain('A doctor reads every photograph');
    const specificity = card.metrics.find(({ name, seenInTraining }) => name === 'specificity at the screening point' && !seenInTraining);
    expect(specificity?.measuredOn).toMatch(/^all; locked test patients/);
    expect(card.summary.includes('not yet worth screening with')).toBe((specificity?.value ?? 0) < 0.7);
    expect(card.operatingPoints?.screening.threshold).toBeGreaterThan(0);
  });
});
