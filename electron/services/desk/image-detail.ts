import { getImage } from '../../db/queries/images';
import { getModel } from '../../db/queries/models';
import { findPrediction, findQualityCheck, type Prediction } from '../../db/queries/results';
import { getRun, type ScreeningRun } from '../../db/queries/runs';
import type { ReadableDatabase } from '../../db/sql';
import { cardSchema, type ModelCard } from '../../shared/domain/card';
import type { ImageRow } from '../../shared/domain/screening';
import { AppError } from '../../shared/errors';
import type { HeatMapGrid, ImageDetail } from '../../shared/ipc/types';

/** A patient's photographs with all that the viewer shows of them. @throws AppError not-found */
export function imageDetails(db: ReadableDatabase, runId: string, rows: readonly ImageRow[]): ImageDetail[] {
  const run = getRun(db, runId);
  if (run === undefined) throw new AppError('not-found', { what: 'run' });
  const card = cardSchema.parse(getModel(db, run.modelId)?.card);
  return rows.map((row) => imageDetail(db, run, card, row));
}

function imageDetail(db: ReadableDatabase, run: ScreeningRun, card: ModelCard, row: ImageRow): ImageDetail {
  const { imageId, file, eye, gradable, quality, reasons, p, result, error, notes, modelId, backend, ms } = row;
  const image = imageId === null ? undefined : getImage(db, imageId);
  const key = { imageId: imageId ?? '', preprocessing: run.preprocessing, gate: run.gate };
  const check = imageId === null ? undefined : findQualityCheck(db, key);
  const prediction = imageId === null ? undefined : findPrediction(db, { ...key, modelId: run.modelId, backend: run.backend });
  return {
    imageId,
    file,
    eye,
    width: image?.width ?? null,
    height: image?.height ?? null,
    takenAt: image?.takenAt ?? null,
    camera: image?.camera ?? null,
    gradable,
    quality,
    reasons,
    p,
    threshold: card.operatingPoints?.screening.threshold ?? null,
    result,
    retina: check?.retina ?? null,
    heatMap: prediction === undefined ? null : absoluteHeatMap(prediction, card.temperature),
    error,
    notes,
    modelId,
    backend,
    ms,
  };
}

/**
 * The class activation map as probabilities. Its mean plus the head's bias is the raw logit of grade >= 2, so a cell plus that
 * bias is the logit of a photograph that looks like this cell everywhere.
 */
export function absoluteHeatMap(prediction: Pick<Prediction, 'heatMap' | 'logits'>, temperature: number): HeatMapGrid {
  const { rows, columns, values } = prediction.heatMap;
  // Cumulative heads give P(grade >= 1..4): the second is grade >= 2; a two-class head's evidence is the difference.
  const [first = 0, second = 0] = prediction.logits;
  const logit = prediction.logits.length === 2 ? second - first : second;
  const bias = logit - values.reduce((sum, value) => sum + value, 0) / values.length;
  return { rows, columns, values: values.map((value) => 1 / (1 + Math.exp(-(value + bias) / temperature))) };
}
