import { seededRandom } from '../../electron/services/demo/random';
import { auc } from '../../electron/shared/statistics/auc';
import { TOO_FEW } from './card-metrics';
import { mean, percent, table } from './document';
import { grouped, type ScoredImage } from './scores';

const RESAMPLES = 1000;
/** ODIR's patient numbers say something of the class: none below 3900 and from 2300 on is referable, about half of those above are. */
const [CLASSLESS_UNTIL, MIXED_FROM] = [2300, 3900];
/** A mix of groups explains a difference where less than this share of it is left inside them. */
const EXPLAINED = 0.5;

interface Stratum {
  name: string;
  has: (image: ScoredImage) => boolean;
}

const STRATA: readonly Stratum[] = [
  { name: 'all', has: () => true },
  { name: 'younger than 60', has: ({ age }) => age !== null && age < 60 },
  { name: '60 and older', has: ({ age }) => age !== null && age >= 60 },
  { name: 'let through by the gate', has: ({ gradable }) => gradable },
  { name: 'refused by the gate', has: ({ gradable }) => !gradable },
  { name: 'without other eye diseases', has: ({ grade }) => grade !== null },
  { name: `patient number below ${CLASSLESS_UNTIL}`, has: (image) => numberOf(image) < CLASSLESS_UNTIL },
  { name: `patient number ${MIXED_FROM} and above`, has: (image) => numberOf(image) >= MIXED_FROM },
  { name: 'grade 2 against the others', has: ({ grade, referable }) => !referable || grade === 2 },
  { name: 'grades 3 and 4 against the others', has: ({ grade, referable }) => !referable || (grade ?? 0) >= 3 },
];

function numberOf({ patient }: ScoredImage): number {
  return Number(/\d+/.exec(patient)?.[0] ?? NaN);
}

function areaOf(images: readonly ScoredImage[]): { value: number; text: string } | null {
  const scored = images.flatMap(({ p, referable }) => (p === null ? [] : [{ score: p[1] ?? 0, referable }]));
  const result = auc(
    scored.map(({ score }) => score),
    scored.map(({ referable }) => referable),
  );
  return result && { value: result.value, text: `${result.value.toFixed(3)} (${result.positives} of ${scored.length})` };
}

/** 95 % interval of the difference of two areas, drawn by patient: both eyes of one patient are not two witnesses. */
function differenceByPatient(women: readonly ScoredImage[], men: readonly ScoredImage[]): { low: number; high: number } {
  const random = seededRandom(1);
  const draw = (images: readonly ScoredImage[]): ScoredImage[] => {
    const byPatient = [...grouped(images, ({ patient }) => patient).values()];
    return byPatient.flatMap(() => byPatient[Math.floor(random() * byPatient.length)] ?? []);
  };
  const differences = Array.from({ length: RESAMPLES }, () => (areaOf(draw(men))?.value ?? NaN) - (areaOf(draw(women))?.value ?? NaN))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (share: number): number => differences[Math.floor(share * (differences.length - 1))] ?? NaN;
  return { low: at(0.025), high: at(0.975) };
}

/** The section of docs/model/fairness.md that looks for what lies behind a difference between women and men: strata in which both are alike otherwise. */
export function womenAndMen(known: readonly ScoredImage[]): string {
  const bySex = grouped(known, ({ sex }) => sex.toLowerCase());
  const [women, men] = [bySex.get('female') ?? [], bySex.get('male') ?? []];
  const strata = STRATA.map(({ name, has }) => {
    const [ofWomen, ofMen] = [areaOf(women.filter(has)), areaOf(men.filter(has))];
    const fewest = Math.min(...[women, men].map((of) => of.filter((image) => has(image) && image.referable).length));
    return { name, ofWomen, ofMen, fewest, difference: ofWomen && ofMen ? ofMen.value - ofWomen.value : null };
  });
  const whole = strata[0]?.difference ?? 0;
  const inside = strata
    .slice(1)
    .flatMap(({ name, fewest, difference }) => (fewest < TOO_FEW || difference === null ? [] : [{ name, difference }]));
  const { low, high } = differenceByPatient(women, men);
  const refused = (images: readonly ScoredImage[]): string =>
    percent(images.filter(({ gradable }) => !gradable).length / Math.max(1, images.length));
  const rows = strata.map(({ name, ofWomen, ofMen, difference }) => [
    name,
    ofWomen?.text ?? '–',
    ofMen?.text ?? '–',
    difference === null ? '–' : difference.toFixed(3),
  ]);
  return `## Women and men

The same figures inside strata in which the two are alike otherwise: AUC (referable of photographs). A difference that age, quality, other diseases or the patient numbers
made would be gone inside them. Over all, men less women: ${whole.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}, ${RESAMPLES} draws of whole patients). The gate refuses ${refused(women)} of the women's
photographs and ${refused(men)} of the men's.

${table(['', 'women', 'men', 'difference'], rows)}

${verdict(whole, inside)}
`;
}

function verdict(whole: number, inside: readonly { name: string; difference: number }[]): string {
  const sorted = [...inside].sort((a, b) => a.difference - b.difference);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most) return `No stratum has ${TOO_FEW} referable photographs of each.`;
  const left = mean(sorted.map(({ difference }) => difference));
  return `Inside the ${sorted.length} strata with at least ${TOO_FEW} referable photographs of each it runs from ${least.difference.toFixed(3)} (${least.name}) to ${most.difference.toFixed(3)} (${most.name}).
${
  left >= EXPLAINED * whole
    ? 'So it is not the mix of ages, quality, other diseases or patient numbers that makes it. Whether it is the network, labels derived from diagnoses, or chance is open;\nuntil a set with adjudicated grades says otherwise it counts as the network’s.'
    : 'So the mix of these groups makes more than half of it.'
}`;
}
