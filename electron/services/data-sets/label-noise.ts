import { randomInt } from 'node:crypto';
import { listLabelRatings } from '../../db/queries/labels';
import type { OpenItem } from '../../db/queries/open-items';
import type { Profile } from '../../db/profile/profile';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { Actor } from '../../shared/domain/codes';
import { RANDOM_SHARE } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import type { Ratings } from '../../shared/statistics/agreement';
import { rankBySuspicion } from '../../shared/statistics/confident-learning';
import { crowdlab } from '../../shared/statistics/crowdlab';
import { shuffled } from '../../shared/statistics/random';
import { requireRole } from '../actor';
import { createCampaign } from '../reading/create-campaign';
import { outOfFoldProbabilities } from '../train/out-of-fold';
import type { Workspace } from '../workspace';
import { trainingImages } from './training-images';

/** The network knows this much of a grade: referable or not. */
const REFERABLE = 2;

/**
 * The photographs of a data set's open part, the most suspicious label first: by confident learning on out-of-fold probabilities, into which the readings of several
 * doctors are weighed where there are any (CROWDLAB).
 *
 * @param probabilities P(grade >= 2) by content
 */
export function rankSuspicious(
  items: readonly OpenItem[],
  probabilities: ReadonlyMap<string, number>,
  ratings: readonly { imageId: string; readerId: string; grade: number }[],
): OpenItem[] {
  const known = items.filter((item) => item.grade !== null && probabilities.has(item.imageSha256));
  if (known.length === 0) return [];
  const labels = known.map((item) => ((item.grade ?? 0) >= REFERABLE ? 1 : 0));
  const model = known.map((item) => {
    const p = probabilities.get(item.imageSha256) ?? 0;
    return [1 - p, p];
  });
  const readers = [...new Set(ratings.map((rating) => rating.readerId))];
  const ofImage = new Map<string, (number | null)[]>();
  for (const { imageId, readerId, grade } of ratings) {
    const own = ofImage.get(imageId) ?? readers.map(() => null);
    own[readers.indexOf(readerId)] = grade >= REFERABLE ? 1 : 0;
    ofImage.set(imageId, own);
  }
  const rated = known.map((item): Ratings => ofImage.get(item.imageId) ?? readers.map(() => null));
  const several = rated.some((own) => own.filter((rating) => rating !== null).length > 1);
  const rows = several ? crowdlab(rated, labels, model).posterior : model;
  return rankBySuspicion(rows, labels).flatMap((index) => known[index] ?? []);
}

export interface SuspiciousQueue {
  datasetId: string;
  /** Photographs in the queue, suspicious and normal ones together. */
  size: number;
  readerIds: readonly string[];
  adjudicatorId: string;
}

/**
 * Gives doctors the most suspicious labels to read anew, blind and mixed with as many normal ones as any selected queue has. Changes no label: what the readers agree on becomes a
 * label of its own, by their campaign.
 *
 * @throws AppError as `outOfFoldProbabilities` and `createCampaign` do
 */
export async function queueSuspicious(
  actor: Actor,
  workspace: Workspace,
  around: { resourcesFolder: string; spawn: SpawnTraining; signal: AbortSignal; onProgress: (done: number, total: number) => void },
  { datasetId, size, readerIds, adjudicatorId }: SuspiciousQueue,
): Promise<{ campaignId: string }> {
  requireRole(actor, 'admin');
  const { profile } = workspace;
  const ranked = await findSuspicious(actor, profile, around, datasetId);
  const wanted = Math.min(size, ranked.length);
  const suspicious = ranked.slice(0, Math.floor(wanted * (1 - RANDOM_SHARE)));
  const normal = shuffled(ranked.slice(suspicious.length), cryptographic).slice(0, wanted - suspicious.length);
  const request = {
    title: datasetId.slice(-8),
    selection: 'label-noise' as const,
    runIds: [],
    size: null,
    images: [
      ...suspicious.map(({ imageId }) => ({ imageId, origin: 'selected' as const })),
      ...normal.map(({ imageId }) => ({ imageId, origin: 'random' as const })),
    ],
    readerIds,
    readersPerImage: 2,
    adjudication: 'senior' as const,
    adjudicatorId,
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: false,
    // They are in a data set: consent to training has been asked for each of them.
    consentDeclared: true,
  };
  return createCampaign(actor, workspace, request, { signal: around.signal, onProgress: () => undefined });
}

/** The whole order, without a queue: for the measurement. */
export async function findSuspicious(
  actor: Actor,
  profile: Profile,
  around: { resourcesFolder: string; spawn: SpawnTraining; signal: AbortSignal; onProgress: (done: number, total: number) => void },
  datasetId: string,
): Promise<OpenItem[]> {
  const items = trainingImages(actor, profile, datasetId);
  const probabilities = await outOfFoldProbabilities(actor, { profile, datasetId, ...around });
  const ranked = rankSuspicious(items, probabilities, listLabelRatings(profile.database));
  if (ranked.length === 0) throw new AppError('dataset-no-labels');
  return ranked;
}

function cryptographic(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
