import type { ModelBundle } from '../../engine/bundle/read';
import type { EngineFacts, ScreenedImage } from '../../engine/protocol';
import {
  type ComparedFigures,
  type ComparedGroup,
  type ComparedModel,
  type ComparedScore,
  type Comparison,
  type Difference,
  DIFFERENCES,
  type DifferingImage,
} from '../../shared/domain/comparison';
import { compareAucs } from '../../shared/statistics/auc';
import { rocPoints } from '../../shared/statistics/roc';
import { absoluteHeatMap } from '../desk/image-detail';
import type { EvaluatedImage, Evaluation, EvaluationGroup } from '../evaluate/evaluate';
import type { Figures } from '../evaluate/figures';

/** More pictures than anybody looks through. */
const MOST_IMAGES = 60;

/** What the figures of an evaluation do not keep of a photograph. */
interface Seen {
  width: number;
  height: number;
  retina: ScreenedImage['retina'];
  heatMap: ComparedScore['heatMap'];
}

/** By file of the list. */
export type SeenImages = Map<string, Seen>;

/** A model measured with its maps kept. */
export interface MeasuredModel {
  bundle: ModelBundle;
  facts: EngineFacts;
  evaluation: Evaluation;
  seen: SeenImages;
}

/** Keeps of each photograph what a comparison shows. */
export function keepSeen(
  seen: SeenImages,
  { card }: ModelBundle,
): (image: EvaluatedImage, screened: Pick<ScreenedImage, 'facts' | 'retina' | 'prediction'>) => void {
  return (image, { facts, retina, prediction }) => {
    const heatMap = prediction === null ? null : absoluteHeatMap(prediction, card.temperature);
    seen.set(image.file, { width: facts.width, height: facts.height, retina, heatMap });
  };
}

/**
 * Two models that were measured on the same photographs, side by side.
 * @param pictureId names the picture of a file of the list
 */
export function sideBySide(
  first: MeasuredModel,
  second: MeasuredModel,
  pictureId: (file: string) => string,
): Omit<Comparison, 'id' | 'at' | 'gate'> {
  const pairs = pairsOf(first, second);
  const differing = pairs.flatMap((pair) => differingImage(first, second, pair, pictureId));
  const scored = pairs.flatMap(({ before, after }) =>
    before.p === null || after.p === null ? [] : [{ first: before.p[1] ?? 0, second: after.p[1] ?? 0, referable: before.referable }],
  );
  return {
    locked: first.evaluation.parts.some((part) => part.locked),
    photographs: pairs.length,
    patients: new Set(pairs.map(({ before }) => before.patient)).size,
    unreadable: first.evaluation.unreadable.length,
    first: comparedModel(first),
    second: comparedModel(second),
    groups: groupsOf(first.evaluation, second.evaluation),
    aucDifference: compareAucs(
      scored.map((row) => row.second),
      scored.map((row) => row.first),
      scored.map((row) => row.referable),
    ),
    differences: counted(differing),
    images: differing.sort(worstFirst).slice(0, MOST_IMAGES),
  };
}

interface Pair {
  before: EvaluatedImage;
  after: EvaluatedImage;
}

function pairsOf(first: MeasuredModel, second: MeasuredModel): Pair[] {
  const others = new Map(second.evaluation.images.map((image) => [image.file, image]));
  return first.evaluation.images.flatMap((before) => {
    const after = others.get(before.file);
    return after === undefined ? [] : [{ before, after }];
  });
}

function comparedModel({ bundle, facts, evaluation }: MeasuredModel): ComparedModel {
  const scored = evaluation.images.flatMap(({ p, referable }) => (p === null ? [] : [{ score: p[1] ?? 0, referable }]));
  return {
    id: bundle.files.id,
    name: bundle.card.name,
    threshold: evaluation.thresholds.screening,
    device: facts.device,
    roc: rocPoints(
      scored.map(({ score }) => score),
      scored.map(({ referable }) => referable),
    ),
  };
}

function groupsOf(first: Evaluation, second: Evaluation): ComparedGroup[] {
  const others = new Map(second.parts.flatMap((part) => part.groups).map((group) => [group.name, group]));
  return first.parts
    .flatMap((part) => part.groups)
    .flatMap((group): ComparedGroup[] => {
      const [other, kind] = [others.get(group.name), COMPARED_KINDS[group.kind]];
      if (other === undefined || kind === undefined) return [];
      const { cases, positives, accuracyAlwaysHealthy } = group.figures;
      return [
        {
          name: group.name,
          kind,
          cases,
          positives,
          accuracyAlwaysHealthy,
          first: brief(group.figures),
          second: brief(other.figures),
        },
      ];
    });
}

/** What is put side by side; the others are in the evaluation's own report. */
const COMPARED_KINDS: Partial<Record<EvaluationGroup['kind'], ComparedGroup['kind']>> = {
  all: 'all',
  source: 'source',
  gradable: 'gradable',
  patient: 'patients',
};

function brief({ auc, aucSevere, screening, kappa, calibrationError, prevalence, accuracy }: Figures): ComparedFigures {
  const { sensitivity, specificity } = screening;
  return { auc, aucSevere, sensitivity, specificity, kappa, calibrationError, prevalence, accuracy };
}

function differingImage(
  first: MeasuredModel,
  second: MeasuredModel,
  { before, after }: Pair,
  pictureId: (file: string) => string,
): DifferingImage[] {
  const place = first.seen.get(before.file);
  const scores = [score(first, before), score(second, after)] as const;
  if (place === undefined || scores[0].sentOn === scores[1].sentOn) return [];
  const { file, source, grade, referable } = before;
  const difference: Difference = referable ? (scores[1].sentOn ? 'found' : 'missed') : scores[1].sentOn ? 'alarmed' : 'spared';
  const { width, height, retina } = place;
  return [
    { pictureId: pictureId(file), file, source, grade, referable, difference, width, height, retina, first: scores[0], second: scores[1] },
  ];
}

function score({ evaluation, seen }: MeasuredModel, { file, p }: EvaluatedImage): ComparedScore {
  const p2 = p?.[1] ?? null;
  return { p2, sentOn: p2 === null || p2 >= evaluation.thresholds.screening, heatMap: seen.get(file)?.heatMap ?? null };
}

/** By kind, and within it the sickest and the widest apart first. */
function worstFirst(a: DifferingImage, b: DifferingImage): number {
  return DIFFERENCES.indexOf(a.difference) - DIFFERENCES.indexOf(b.difference) || (b.grade ?? 0) - (a.grade ?? 0) || apart(b) - apart(a);
}

function apart({ first, second }: DifferingImage): number {
  return Math.abs((first.p2 ?? 1) - (second.p2 ?? 1));
}

function counted(images: readonly DifferingImage[]): Comparison['differences'] {
  const counts = { missed: 0, found: 0, alarmed: 0, spared: 0 };
  for (const { difference } of images) counts[difference] += 1;
  return counts;
}
