import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { readBundle } from '../../../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../../../electron/engine/bundle/write';
import { listModels, showModel } from '../../../../electron/services/models/registry';
import { modelInUse } from '../../../../electron/services/models/store';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { toAppError } from '../../../../electron/shared/errors';
import { contentOf, LOCKED, promoteInto, soundRows, STARTER, writeCandidate, writeList } from '../../../helpers/candidate';
import { rejectionOf } from '../../../helpers/errors';
import { temporaryFolder } from '../../../helpers/temporary';
import { tinyCard, tinyNetwork, tinyBundle } from '../../../helpers/tiny-model';

async function newProfile(): Promise<Profile> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  return profile;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return toAppError(await rejectionOf(work)).code;
}

function examinations(profile: Profile): number {
  return profile.database.prepare('SELECT count(*) FROM promotion').pluck().get() as number;
}

async function sound(): Promise<{ profile: Profile; folder: string; id: string; data: string }> {
  const profile = await newProfile();
  const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
  const data = await writeList(temporaryFolder(), soundRows(), bundle.files.id);
  return { profile, folder, id: bundle.files.id, data };
}

describe('a model that proves no worse', () => {
  test('comes into use, is kept in the profile with its manifest, and the audit log says who signed', async () => {
    const { profile, folder, id, data } = await sound();
    const { result, activated } = await promoteInto(profile, folder, data);
    expect(result.reasons).toEqual([]);
    expect(activated).toBe(true);
    const inUse = modelInUse(profile, STARTER);
    expect(inUse.id).toBe(id);
    expect((await readBundle(inUse.folder, id)).files.id).toBe(id);
    expect(await readFile(join(inUse.folder, '..', 'manifest.txt'), 'utf8')).toBe('');
    expect(await listModels(LOCAL_ACTOR, profile, STARTER)).toMatchObject([
      { shipped: true, inUse: false },
      { id, inUse: true, activation: { validated: true, rolledBackAt: null }, trouble: null },
    ]);
    const events = profile.database.prepare('SELECT action, details FROM audit_event ORDER BY seq').all() as {
      action: string;
      details: string;
    }[];
    expect(events.map(({ action }) => action)).toEqual(['model.examined', 'model.activated']);
    expect(events[0]?.details).toContain('"countersignedBy":"dr-rao"');
    expect(verifyAuditChain(profile.database).ok).toBe(true);
  });

  test('whose kept files are exchanged afterwards is not loaded, and the list says so', async () => {
    const { profile, folder, id, data } = await sound();
    await promoteInto(profile, folder, data);
    const { folder: kept } = modelInUse(profile, STARTER);
    await writeBundle(kept, tinyBundle({ name: 'another' }).files);
    expect(await codeOf(readBundle(kept, id))).toBe('bundle-damaged');
    expect((await listModels(LOCAL_ACTOR, profile, STARTER))[1]).toMatchObject({ id, inUse: true, trouble: { code: 'bundle-damaged' } });
  });

  test('on labels of one reader only comes into use as not validated here, and only when that was said', async () => {
    const { profile, folder, id, data } = await sound();
    await writeFile(data, (await readFile(data, 'utf8')).replaceAll('consensus', 'single'));
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('gate-labels-not-adjudicated');
    expect(examinations(profile)).toBe(0);
    const { result } = await promoteInto(profile, folder, data, { acceptNotValidated: true });
    expect(result.verdict).toBe('not-validated-here');
    expect((await listModels(LOCAL_ACTOR, profile, STARTER))[1]).toMatchObject({ id, inUse: true, activation: { validated: false } });
  });
});

describe('a model that is refused', () => {
  test('stays out of use; reasons and figures are kept, and shown with the model', async () => {
    const profile = await newProfile();
    const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'));
    const rows = soundRows().map((row, index) => ({ ...row, candidate: index < 40 ? 0.01 : row.candidate }));
    const data = await writeList(temporaryFolder(), rows, bundle.files.id);
    const { result, activated } = await promoteInto(profile, folder, data);
    expect(activated).toBe(false);
    expect(result.reasons.map(({ code }) => code)).toEqual(expect.arrayContaining(['sensitivity-low', 'sensitivity-worse']));
    expect(modelInUse(profile, STARTER)).toEqual({ folder: STARTER });
    const { promotions } = await showModel(LOCAL_ACTOR, profile, STARTER, folder);
    expect(promotions).toMatchObject([{ verdict: 'refused', countersignedBy: 'dr-rao' }]);
    expect(profile.database.prepare('SELECT count(*) FROM evaluation').pluck().get()).toBe(2);
  });

  test("for want of another doctor's signature", async () => {
    const { profile, folder, data } = await sound();
    expect((await promoteInto(profile, folder, data, { countersigner: null })).result.reasons).toEqual([
      { code: 'not-countersigned', params: {} },
    ]);
    const { result } = await promoteInto(profile, folder, data, { countersigner: LOCAL_ACTOR });
    expect(result.reasons).toEqual([{ code: 'countersigned-by-trainer', params: {} }]);
  });

  test('after five looks at the same patients, whatever they are called the sixth time', async () => {
    const { profile, folder, id, data } = await sound();
    for (let use = 0; use < 5; use++) await promoteInto(profile, folder, data, { countersigner: null });
    const others = soundRows().map((row, index) => ({ ...row, patient: LOCKED[LOCKED.length - 1 - index] ?? '' }));
    const renamed = await writeList(temporaryFolder(), others, id);
    const { result } = await promoteInto(profile, folder, renamed);
    expect(result.reasons.map(({ code }) => code)).toEqual(['too-few-referable', 'too-few-non-referable']);
    expect(result.notes).toContainEqual({ code: 'patients-used-up', params: { patients: 190, uses: 5 } });
  }, 60_000);
});

describe('whoever tries to get round the gate', () => {
  test('by editing the metrics in the card is refused: the card is sealed', async () => {
    const { profile, folder, data } = await sound();
    const card = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')) as { summary: string };
    await writeFile(join(folder, 'card.json'), JSON.stringify({ ...card, summary: 'AUC 1.0' }));
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('bundle-damaged');
  });

  test('by editing the metrics and the seal gains nothing: both models are measured again', async () => {
    const profile = await newProfile();
    const { folder, bundle } = await writeCandidate(join(temporaryFolder(), 'candidate'), {
      metrics: [
        {
          name: 'sensitivity',
          target: 'grade >= 2',
          measuredOn: 'locked test patients',
          seenInTraining: false,
          images: 190,
          positives: 80,
          value: 1,
          low: 1,
          high: 1,
          interval: null,
        },
      ],
    });
    const rows = soundRows().map((row) => ({ ...row, candidate: 0.01 }));
    const { result } = await promoteInto(profile, folder, await writeList(temporaryFolder(), rows, bundle.files.id));
    expect(result.sensitivity?.candidate).toBe(0);
    expect(result.verdict).toBe('refused');
  });

  test('by another file in the bundle is refused, and by another network with new hashes and a new seal too', async () => {
    const { profile, folder, data } = await sound();
    const other = tinyNetwork({ hidden: true });
    const foreign = tinyBundle({}, other).files.onnx;
    const { bundle } = await writeCandidate(join(temporaryFolder(), 'again'));
    const { files } = withCard({ ...bundle.files, onnx: foreign }, { ...tinyCard(), gate: 'fake-1', dataset: bundle.card.dataset });
    await writeFile(join(folder, 'model.onnx'), foreign ?? '');
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('bundle-damaged');
    await writeBundle(folder, files);
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('bundle-forms-differ');
  });

  test('with a stale card is refused: its thresholds belong to another quality gate, its hashes to other weights', async () => {
    const { profile, data } = await sound();
    const old = await writeCandidate(join(temporaryFolder(), 'old'), { gate: 'an-older-gate' });
    expect(await codeOf(promoteInto(profile, old.folder, data))).toBe('bundle-preprocessing-mismatch');
    const retrained = join(temporaryFolder(), 'retrained');
    await writeBundle(retrained, tinyBundle({}, tinyNetwork({ hidden: true })).files);
    await copyFile(join(old.folder, 'card.json'), join(retrained, 'card.json'));
    expect(await codeOf(promoteInto(profile, retrained, data))).toBe('bundle-damaged');
    expect(examinations(profile)).toBe(0);
  });

  test('with another test set is refused: none may drop out, no label may change but by adjudication', async () => {
    const { profile, folder, id, data } = await sound();
    await promoteInto(profile, folder, data, { countersigner: null });
    const easier = await writeList(temporaryFolder(), soundRows().slice(1), id);
    expect(await codeOf(promoteInto(profile, folder, easier))).toBe('gate-test-set-smaller');
    const kinder = await writeList(
      temporaryFolder(),
      soundRows().map((row, index) => (index === 0 ? { ...row, grade: 0 } : row)),
      id,
    );
    expect(await codeOf(promoteInto(profile, folder, kinder))).toBe('gate-test-set-relabelled');
    expect(examinations(profile)).toBe(1);
  });

  test('by exchanging a photograph while the second model is measured is refused', async () => {
    const { profile, folder, id, data } = await sound();
    const [row] = soundRows();
    if (row === undefined) throw new Error('no rows');
    let models = 0;
    const swap = async (): Promise<void> => writeFile(join(data, '..', row.file), contentOf({ ...row, active: 0.01 }, id));
    let swapped: Promise<void> = Promise.resolve();
    const hooks = {
      onFiles: () => undefined,
      onMeasuring: () => void (++models === 2 && (swapped = swap())),
      onProgress: () => undefined,
    };
    const slow = promoteInto(profile, folder, data, { hooks });
    expect(await codeOf(slow)).toBe('gate-test-set-changed');
    await swapped;
    expect(examinations(profile)).toBe(0);
  });

  test('with a model that was trained on a test photograph is refused by the manifest, and an edited manifest by its hash', async () => {
    const profile = await newProfile();
    const rows = soundRows();
    const [row] = rows;
    if (row === undefined) throw new Error('no rows');
    // The photographs cannot name a candidate whose id depends on them: both models say the same of all.
    const plain = contentOf(row, '');
    const { folder } = await writeCandidate(join(temporaryFolder(), 'candidate'), {}, ['another photograph', plain]);
    const data = await writeList(temporaryFolder(), rows, '');
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('gate-training-overlap');
    const manifest = join(`${folder}.work`, 'manifest.txt');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).split('\n').slice(0, 1).join('\n'));
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('gate-training-unknown');
  });

  test("with a test photograph under a training patient's name as well is refused", async () => {
    const { profile, folder, data } = await sound();
    const [row] = soundRows();
    await mkdir(join(data, '..', 'copy'));
    await copyFile(join(data, '..', row?.file ?? ''), join(data, '..', 'copy', 'x.jpg'));
    await writeFile(data, `${await readFile(data, 'utf8')}\ncopy/x.jpg,somebody-else-1,0,consensus`);
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('gate-test-set-leak');
  });

  test('by leaving out photographs that are hard to read is refused', async () => {
    const { profile, folder, data } = await sound();
    await writeFile(data, `${await readFile(data, 'utf8')}\ngone.jpg,${LOCKED[250]},3,consensus`);
    expect(await codeOf(promoteInto(profile, folder, data))).toBe('gate-files-unreadable');
  });

  test('in the database is refused: no activation without the verdict that says so', async () => {
    const { profile, folder, data, id } = await sound();
    await promoteInto(profile, folder, data, { countersigner: null });
    const insert = `INSERT INTO model_activation (id, site_id, promotion_id, model_id, validated, actor_id, created_at)
      SELECT id, site_id, id, '${id}', 1, 'local', 1 FROM promotion`;
    expect(() => profile.database.exec(insert)).toThrow('the gate did not say so');
  });
});
