import type { Profile } from '../../db/profile/profile';
import { type Activation, listActivations } from '../../db/queries/activations';
import { getModel } from '../../db/queries/models';
import { listPromotions, type Promotion } from '../../db/queries/promotions';
import { readBundle } from '../../engine/bundle/read';
import { cardSchema, type ModelCard } from '../../shared/domain/card';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { EpochFacts } from '../../shared/domain/training';
import { type AppErrorData, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { findModel, listKept, modelInUse, readHistory } from './store';

export interface ListedModel {
  id: string;
  name: string;
  /** Shipped with the program or kept in the profile. */
  shipped: boolean;
  inUse: boolean;
  /** How it came to be in use; null for one that never was, and for the shipped one. */
  activation: Activation | null;
  /** Why it cannot be used any more. */
  trouble: AppErrorData | null;
}

/** The models of a profile, the shipped one first, then in the order in which they came to be in use. @throws AppError bundle-* for the shipped one */
export async function listModels(actor: Actor, profile: Profile, starterFolder: string): Promise<ListedModel[]> {
  requireRole(actor, ...ROLES);
  const { database } = profile;
  const starter = await readBundle(starterFolder);
  const inUse = modelInUse(profile, starterFolder).id ?? starter.files.id;
  const activations = new Map(listActivations(database).map((activation) => [activation.modelId, activation]));
  const kept = await listKept(profile);
  const order = [...new Set([...activations.keys(), ...kept.sort()])];
  const listed: ListedModel[] = [
    { id: starter.files.id, name: starter.card.name, shipped: true, inUse: inUse === starter.files.id, activation: null, trouble: null },
  ];
  for (const id of order) {
    const trouble = await findModel(profile, starterFolder, id).then(
      () => null,
      (thrown: unknown) => toAppError(thrown).toData(),
    );
    const name = getModel(database, id)?.name ?? '';
    listed.push({ id, name, shipped: false, inUse: inUse === id, activation: activations.get(id) ?? null, trouble });
  }
  return listed;
}

export interface ShownModel {
  id: string;
  card: ModelCard;
  /** What it was trained from, the nearest first, as far as the profile knows them: of one that it does not, the name that the card of its child gives. */
  ancestors: { id: string; name: string }[];
  promotions: Promotion[];
  /** Of its training, as kept with it; empty where it was not. */
  history: EpochFacts[];
}

/** A model with its lineage and every time it stood before the gate. @throws AppError model-unknown, bundle-* */
export async function showModel(actor: Actor, profile: Profile, starterFolder: string, name: string): Promise<ShownModel> {
  requireRole(actor, ...ROLES);
  const { bundle, manifestFile } = await findModel(profile, starterFolder, name);
  const { card, files } = bundle;
  const ancestors: ShownModel['ancestors'] = [];
  // The parent of an unknown model is unknown; a cycle of hashes cannot be made.
  for (let child: ModelCard | null = card; child !== null && child.parent !== null;) {
    const known = getModel(profile.database, child.parent);
    ancestors.push({ id: child.parent, name: known?.name ?? child.initialWeights.source });
    child = known === undefined ? null : cardSchema.parse(known.card);
  }
  return {
    id: files.id,
    card,
    ancestors,
    promotions: listPromotions(profile.database, files.id),
    history: await readHistory(manifestFile),
  };
}
