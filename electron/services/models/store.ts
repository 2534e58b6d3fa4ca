import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolderDurably, syncFolderAsync } from '../../db/profile/durable-file';
import type { Profile } from '../../db/profile/profile';
import { currentActivation } from '../../db/queries/activations';
import { registerModel } from '../../db/queries/models';
import { transaction } from '../../db/sql';
import { codeOf, toStorageError } from '../../db/storage-error';
import { type ModelBundle, readBundle } from '../../engine/bundle/read';
import { writeBundle } from '../../engine/bundle/write';
import type { EpochFacts } from '../../shared/domain/training';
import { AppError } from '../../shared/errors';

/** Beside a bundle of the profile: how it was trained, as `train` left it in `<bundle>.work`. */
const MANIFEST_FILE = 'manifest.txt';
const CURVES_FILE = 'epochs.jsonl';

/** A model that can be named: by its folder, its id or the beginning of its id. */
export interface KnownModel {
  folder: string;
  bundle: ModelBundle;
  /** Of the training, where it was kept; null where it was not. */
  manifestFile: string | null;
}

/** Folder of a model kept in the profile: the bundle itself lies in `bundle`. */
function keptFolder(profile: Pick<Profile, 'folder'>, id: string): string {
  return join(profile.folder, 'models', id);
}

/** Where the model in use lies, with the id it must have: the last one promoted that was not rolled back, else the shipped one. */
export function modelInUse(profile: Pick<Profile, 'folder' | 'database'>, starterFolder: string): { folder: string; id?: string } {
  const activation = currentActivation(profile.database);
  if (activation === undefined) return { folder: starterFolder };
  return { folder: join(keptFolder(profile, activation.modelId), 'bundle'), id: activation.modelId };
}

/** Ids of the models kept in the profile, in no order. */
export async function listKept(profile: Pick<Profile, 'folder'>): Promise<string[]> {
  try {
    return (await readdir(join(profile.folder, 'models'))).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw toStorageError(thrown);
  }
}

/**
 * The model that a person named, read and verified.
 *
 * @param name a bundle's folder, or an id (at least eight digits of it) of a model kept in the profile or shipped with the program
 * @throws AppError model-unknown, bundle-*
 */
export async function findModel(profile: Pick<Profile, 'folder'>, starterFolder: string, name: string): Promise<KnownModel> {
  if (/^[0-9a-f]{8,64}$/.test(name)) {
    const matching = (await listKept(profile)).filter((id) => id.startsWith(name));
    const [id] = matching;
    if (id !== undefined && matching.length === 1) {
      const folder = join(keptFolder(profile, id), 'bundle');
      return { folder, bundle: await readBundle(folder, id), manifestFile: await existing(join(keptFolder(profile, id), MANIFEST_FILE)) };
    }
    const starter = await readBundle(starterFolder);
    if (starter.files.id.startsWith(name)) return { folder: starterFolder, bundle: starter, manifestFile: null };
  }
  const folder = name.replace(/[\\/]+$/, '');
  if (!(await isFolder(folder))) throw new AppError('model-unknown', { model: name });
  return { folder, bundle: await readBundle(folder), manifestFile: await existing(join(`${folder}.work`, MANIFEST_FILE)) };
}

/**
 * Copies a bundle into the profile, with what its training left beside it, and remembers it. A bundle never changes there: its folder is named by the
 * hash of its files, and every use of it proves that hash again.
 *
 * @throws AppError disk-full, profile-read-only, bundle-damaged
 */
export async function keepModel(profile: Profile, model: KnownModel): Promise<void> {
  const { files, card } = model.bundle;
  const kept = keptFolder(profile, files.id);
  const folder = join(kept, 'bundle');
  if (!(await isFolder(folder))) {
    await makeFolderDurably(kept);
    if (model.manifestFile !== null) {
      for (const name of [MANIFEST_FILE, CURVES_FILE]) {
        const from = await existing(join(dirname(model.manifestFile), name));
        if (from !== null) await copyFile(from, join(kept, name));
      }
    }
    await writeBundle(folder, files).catch((thrown: unknown) => {
      throw toStorageError(thrown);
    });
    await syncFolderAsync(kept);
  }
  await readBundle(folder, files.id);
  transaction(profile.database, () => {
    registerModel(profile.database, { id: files.id, name: card.name, card });
  });
}

/** The curves that a training left beside its manifest, an epoch a line. A line that was cut short ends them. */
export async function readHistory(manifestFile: string | null): Promise<EpochFacts[]> {
  if (manifestFile === null) return [];
  const text = await readFile(join(dirname(manifestFile), CURVES_FILE), 'utf8').catch(() => '');
  const history: EpochFacts[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    try {
      history.push(JSON.parse(line) as EpochFacts);
    } catch {
      break;
    }
  }
  return history;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function existing(path: string): Promise<string | null> {
  return stat(path).then(
    () => path,
    () => null,
  );
}
