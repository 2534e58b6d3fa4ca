import type { Candidate } from '../../db/queries/campaign-candidates';
import type { NewItem } from '../../db/queries/campaigns';
import { RANDOM_SHARE, type Selection } from '../../shared/domain/reading';
import { drawnOrder } from './order';

/** What a selection would take, most useful first; the random ones that go with it are drawn from the rest. */
export interface Choice {
  selection: Selection;
  /** At most this many photographs, random ones included; null: all of them. */
  size: number | null;
  seed: string;
  /** Threshold on P(grade >= 2) of the model in use; null without a model. */
  threshold: number | null;
}

/**
 * The photographs of a campaign. Whatever is chosen by what the model or a technician said of it is mixed with random photographs, at least 30 % of
 * the queue, so that nobody can tell from being asked what is expected.
 */
export function selectImages(candidates: readonly Candidate[], choice: Choice): NewItem[] {
  const { selection, seed } = choice;
  const size = Math.min(choice.size ?? Infinity, candidates.length);
  const atRandom = drawnOrder(candidates, ({ imageId }) => imageId, seed, 'random');
  if (selection === 'all' || selection === 'random') return itemsOf(atRandom.slice(0, size), 'random');
  const wanted = ranked(candidates, choice);
  // A locked test set is read whole: its members were drawn at random and are no selection by anybody's answer.
  if (selection === 'locked-test') return itemsOf(drawnOrder(wanted, ({ imageId }) => imageId, seed).slice(0, size), 'random');
  const chosen = wanted.slice(0, Math.floor(size * (1 - RANDOM_SHARE)));
  const isChosen = new Set(chosen.map(({ imageId }) => imageId));
  // With r random among n chosen, r / (n + r) >= share.
  const random = Math.ceil((chosen.length * RANDOM_SHARE) / (1 - RANDOM_SHARE) - 1e-9);
  const others = atRandom.filter(({ imageId }) => !isChosen.has(imageId));
  return [...itemsOf(chosen, 'selected'), ...itemsOf(others.slice(0, random), 'random')];
}

function itemsOf(candidates: readonly Candidate[], origin: NewItem['origin']): NewItem[] {
  return candidates.map(({ imageId }) => ({ imageId, origin }));
}

function ranked(candidates: readonly Candidate[], { selection, seed, threshold }: Choice): Candidate[] {
  const shuffled = drawnOrder(candidates, ({ imageId }) => imageId, seed, 'ties');
  switch (selection) {
    case 'ungradable':
      return shuffled.filter(({ gradable }) => !gradable);
    case 'appeals':
      return shuffled.filter(({ appealed }) => appealed);
    case 'low-confidence':
      return threshold === null ? [] : nearest(shuffled, threshold);
    case 'active-learning':
      // What nobody has read yet before what was read, then the photographs on which the model can least decide.
      return threshold === null ? [] : nearest(shuffled, threshold).sort((a, b) => Number(a.campaigns > 0) - Number(b.campaigns > 0));
    case 'locked-test':
      return shuffled.filter(({ locked }) => locked);
    default:
      return [];
  }
}

/** Nearest to the threshold first, by the logit: near 0 and 1 a small step in probability is a large one in evidence. */
function nearest(candidates: readonly Candidate[], threshold: number): Candidate[] {
  const distance = (p: number): number => Math.abs(logit(p) - logit(threshold));
  return candidates
    .flatMap((one) => (one.p2 === null ? [] : [{ one, at: distance(one.p2) }]))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function logit(p: number): number {
  const clipped = Math.min(1 - 1e-6, Math.max(1e-6, p));
  return Math.log(clipped / (1 - clipped));
}
