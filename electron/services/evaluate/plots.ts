import type { ReliabilityBin } from '../../shared/statistics/calibration';
import { Html, html } from '../report/html';

/** Side of the plots' drawing area, in units of their view box. */
const SIDE = 200;

function frame(content: Html): Html {
  return html`<svg viewBox="-4 -4 208 208" width="320" height="320" role="img" fill="none" stroke="currentColor">
    <rect width="${SIDE}" height="${SIDE}" stroke-width="0.5" />
    <path d="M0 ${SIDE}L${SIDE} 0" stroke-width="0.5" stroke-dasharray="3 3" />
    ${content}
  </svg>`;
}

/** Sensitivity against 1 - specificity over all thresholds; ties are one step. */
export function rocPlot(rows: readonly { score: number; positive: boolean }[]): Html {
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  const positives = sorted.filter((row) => row.positive).length;
  const negatives = sorted.length - positives;
  let [caught, alarmed] = [0, 0];
  let path = `M0 ${SIDE}`;
  for (const [index, row] of sorted.entries()) {
    if (row.positive) caught += 1;
    else alarmed += 1;
    if (sorted[index + 1]?.score === row.score) continue;
    path += `L${((alarmed / Math.max(1, negatives)) * SIDE).toFixed(1)} ${(SIDE - (caught / Math.max(1, positives)) * SIDE).toFixed(1)}`;
  }
  return frame(html`<path d="${path}" stroke-width="1.5" />`);
}

/** Share of positives against mean probability; the area of a dot grows with its images. */
export function reliabilityPlot(bins: readonly ReliabilityBin[]): Html {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const dots = bins
    .filter((bin) => bin.count > 0)
    .map(
      ({ count, meanProbability, positiveShare }) =>
        html`<circle
          cx="${(meanProbability * SIDE).toFixed(1)}"
          cy="${(SIDE - positiveShare * SIDE).toFixed(1)}"
          r="${(2 + 6 * Math.sqrt(count / most)).toFixed(1)}"
        />`,
    );
  return frame(html`${dots}`);
}

/** One or two curves over the epochs, from zero to the largest value; the second is dashed. */
export function curvesPlot(epochs: readonly number[], curves: readonly (readonly (number | null)[])[]): Html {
  const most = Math.max(1e-9, ...curves.flatMap((curve) => curve.filter((value) => value !== null)));
  const [first = 0, last = 1] = [epochs[0], epochs.at(-1)];
  const x = (epoch: number): number => ((epoch - first) / Math.max(1, last - first)) * SIDE;
  const paths = curves.map((curve, index) => {
    const points = curve.flatMap((value, at) =>
      value === null ? [] : [`${x(epochs[at] ?? 0).toFixed(1)} ${(SIDE * (1 - value / most)).toFixed(1)}`],
    );
    return points.length === 0
      ? new Html('')
      : html`<path d="M${points.join('L')}" stroke-width="1.5" ${new Html(index === 0 ? '' : 'stroke-dasharray="5 3"')} />`;
  });
  return html`<svg viewBox="-4 -4 208 208" width="320" height="320" role="img" fill="none" stroke="currentColor">
    <rect width="${SIDE}" height="${SIDE}" stroke-width="0.5" />
    ${paths}
  </svg>`;
}
