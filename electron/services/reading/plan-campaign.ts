import { newId } from '../../db/ids';
import type { Item, NewItem } from '../../db/queries/campaigns';
import { type Candidate, listCandidates } from '../../db/queries/campaign-candidates';
import type { ReadableDatabase } from '../../db/sql';
import type { CampaignLeftOut, Selection } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { piecesOf, ROWS_IN_A_PIECE } from '../data-sets/pieces';
import { drawnOrder, readerOrder } from './order';
import { selectImages } from './select-images';

/** Which photographs a campaign asks for. */
export interface CampaignChoice {
  selection: Selection;
  /** Photographs of these runs only; empty: of all. */
  runIds: readonly string[];
  /** At most this many; null: all that fit. */
  size: number | null;
  /** Given as they are (label-noise queue, running audit); null: chosen by `selection`. */
  images: readonly NewItem[] | null;
  /** The lead says that the people in photographs of folders have agreed, or that the photographs are public. */
  consentDeclared: boolean;
  /** Threshold on P(grade >= 2) of the model in use; null without a model. */
  threshold: number | null;
}

export interface CampaignAsked extends CampaignChoice {
  seed: string;
  readerIds: readonly string[];
  readersPerImage: number;
}

export interface CampaignPreview {
  images: number;
  selected: number;
  random: number;
  /** Of those asked for, what is not taken. */
  leftOut: CampaignLeftOut;
}

/** A photograph of a campaign, with its place in the own order of each of its readers. */
export interface PlannedItem extends Item {
  places: { readerId: string; position: number }[];
}

/** What a campaign is going to store. The rows are JSON in pieces: the main thread unpacks one piece at a time. */
export interface CampaignPlan {
  leftOut: CampaignLeftOut;
  /** Of `PlannedItem`. */
  items: Uint8Array[];
}

/** What a choice would take, for a thread of its own: seconds of work where there are ten thousand photographs. */
export function previewOf(db: ReadableDatabase, choice: CampaignChoice): CampaignPreview {
  const { usable, leftOut } = divide(listCandidates(db, choice.runIds), choice);
  const items = chosen(usable, { ...choice, seed: 'preview' });
  return {
    images: items.length,
    selected: items.filter(({ origin }) => origin === 'selected').length,
    random: items.filter(({ origin }) => origin === 'random').length,
    leftOut,
  };
}

/**
 * Works out the photographs of a campaign and every reader's own order, for a thread of its own; stores nothing.
 *
 * @throws AppError campaign-empty, when nothing that may be used fits
 */
export function planCampaign(db: ReadableDatabase, asked: CampaignAsked): CampaignPlan {
  const { usable, leftOut } = divide(listCandidates(db, asked.runIds), asked);
  const items = chosen(usable, asked);
  if (items.length === 0) throw new AppError('campaign-empty');
  const patientOf = new Map(usable.map(({ imageId, patientId }) => [imageId, patientId]));
  const placed = items.map((item, position) => ({ ...item, id: newId(), position, patientId: patientOf.get(item.imageId) ?? null }));
  // A photograph brings an assignment for each of its readers.
  const size = Math.max(1, Math.floor(ROWS_IN_A_PIECE / (1 + asked.readersPerImage)));
  const packed = piecesOf(withPlaces(placed, asked), size).map((piece) => new Uint8Array(Buffer.from(JSON.stringify(piece))));
  return { leftOut, items: packed };
}

/** What may be read of the photographs asked for, and a count with its reason for everything that may not. */
function divide(candidates: readonly Candidate[], asked: CampaignChoice): { usable: Candidate[]; leftOut: CampaignLeftOut } {
  const leftOut: CampaignLeftOut = {};
  const given = asked.images === null ? null : new Set(asked.images.map(({ imageId }) => imageId));
  const usable = candidates.filter((candidate) => {
    if (given !== null && !given.has(candidate.imageId)) return false;
    const reason = reasonAgainst(candidate, asked);
    if (reason !== null) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    return reason === null;
  });
  return { usable, leftOut };
}

/** These two are chosen by the model's score: without one a photograph has no place in the order. */
const BY_SCORE: readonly Selection[] = ['low-confidence', 'active-learning'];

function reasonAgainst(candidate: Candidate, { selection, images, consentDeclared }: CampaignChoice): keyof CampaignLeftOut | null {
  // Of a data set that came from elsewhere: decoded when it came, and labelled there.
  const named = images !== null && candidate.unusable === 'unchecked';
  if (candidate.unusable !== null && !named) return candidate.unusable;
  if (candidate.unregistered && !consentDeclared) return 'not-declared';
  return candidate.p2 === null && BY_SCORE.includes(selection) ? 'not-scored' : null;
}

function chosen(candidates: readonly Candidate[], choice: CampaignChoice & { seed: string }): NewItem[] {
  const { images } = choice;
  if (images === null) return selectImages(candidates, choice);
  const known = new Set(candidates.map(({ imageId }) => imageId));
  return images.filter(({ imageId }) => known.has(imageId));
}

type Placed = Item & { patientId: string | null };

/** Each photograph to as many readers as it needs, evenly; each reader in an order of their own. */
function withPlaces(items: readonly Placed[], { seed, readerIds, readersPerImage }: CampaignAsked): PlannedItem[] {
  const ofReader = new Map<string, Placed[]>(readerIds.map((reader) => [reader, []]));
  const shuffled = drawnOrder(items, ({ imageId }) => imageId, seed, 'readers');
  for (const [index, item] of shuffled.entries()) {
    for (let turn = 0; turn < readersPerImage; turn++) {
      const reader = readerIds[(index * readersPerImage + turn) % readerIds.length];
      if (reader !== undefined) ofReader.get(reader)?.push(item);
    }
  }
  const places = new Map<string, PlannedItem['places']>(items.map(({ id }) => [id, []]));
  for (const [readerId, own] of ofReader) {
    readerOrder(own, seed, readerId).forEach((item, position) => places.get(item.id)?.push({ readerId, position }));
  }
  // Which assignment of a photograph was stored first says nothing of whose it is.
  return items.map(({ id, imageId, origin, position }) => ({
    id,
    imageId,
    origin,
    position,
    places: drawnOrder(places.get(id) ?? [], ({ readerId }) => readerId, seed, id),
  }));
}
