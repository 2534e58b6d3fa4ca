import { randomInt } from 'node:crypto';
import { importedParts, partsEver } from '../../db/queries/data-sets';
import { countUndecided, type FreezableLabel, listFreezableLabels, listLabelRatings } from '../../db/queries/labels';
import { listPartitions, type PatientPartition } from '../../db/queries/patient-partitions';
import type { ReadableDatabase } from '../../db/sql';
import type { DatasetItem, LeftOut, LeftOutReason, Part } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { shuffled } from '../../shared/statistics/random';
import { labelCertainties } from './certainty';
import { drawParts, type UnitToDraw } from './draw';
import { linkedUnits, undecidedLookAlikes } from './look-alikes';
import { manifestHash } from './manifest';
import { piecesOf } from './pieces';
import { subjectNamer } from './subjects';

/** What a freeze is going to store. The rows are JSON in pieces: the main thread unpacks one piece at a time. */
export interface FreezePlan {
  manifestSha256: string;
  leftOut: LeftOut;
  images: number;
  /** Of `PatientPartition`, for patients who have no part yet, in an order drawn at random. */
  draws: Uint8Array[];
  /** Of `DatasetItem`. */
  items: Uint8Array[];
}

/**
 * Works out a freeze of the reference labels of this moment, for a thread of its own; stores nothing. Patients without a part are drawn; a photograph that would stand on both
 * sides of the locked line, by its patient, its copies or its look-alikes, stays out and is counted.
 *
 * @param subjectKey the profile's
 * @param random uniform in 0..1
 * @throws AppError dataset-no-labels, dataset-all-left-out {images}
 */
export function planFreeze(db: ReadableDatabase, subjectKey: Uint8Array, random: () => number = cryptographic): FreezePlan {
  const all = listFreezableLabels(db);
  if (all.length === 0) throw new AppError('dataset-no-labels');
  const undecidedImages = countUndecided(db);
  const leftOut: LeftOut = undecidedImages === 0 ? {} : { undecided: undecidedImages };
  const leave = (reason: LeftOutReason): false => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    return false;
  };
  const lookAlikes = undecidedLookAlikes(db);
  const candidates = all.filter(
    (label) => (label.consenting || leave('no-consent')) && (!lookAlikes.has(label.imageId) || leave('look-alike')),
  );
  const linked = linkedUnits(db);
  const unitOf = (label: FreezableLabel): string => linked(label.personId ?? label.imageId);
  const parts = listPartitions(db);
  const draws = drawMissing(parts, candidates, unitOf, random);
  for (const drawn of draws) parts.set(drawn.unit, drawn);
  const [elsewhere, before] = [importedParts(db), partsEver(db)];
  const kept = candidates.filter((label) => {
    const part = parts.get(unitOf(label))?.part;
    if (part === undefined) return leave('nothing-gradable');
    const ever = label.everPersonIds.map((id) => parts.get(linked(id))?.part);
    if (crosses(part, ever) || crosses(part, before.get(label.imageId))) return leave('patient-changed');
    return !crosses(part, elsewhere.get(label.imageId)) || leave('other-part-elsewhere');
  });
  if (kept.length === 0) throw new AppError('dataset-all-left-out', { images: all.length });
  const certainties = labelCertainties(kept, listLabelRatings(db));
  const nameOf = subjectNamer(subjectKey);
  const items = kept.map((label): DatasetItem => {
    const unit = unitOf(label);
    const { part, weight } = parts.get(unit) as PatientPartition;
    return {
      imageId: label.imageId,
      imageSha256: label.imageSha256,
      subject: nameOf(unit, part),
      eye: label.eye,
      part,
      weight,
      method: label.method,
      certainty: certainties.get(label.imageId) ?? 1,
      gradable: label.gradable,
      grade: label.grade,
      macular: label.macular,
      referable: label.gradable ? isReferable(label) : null,
      camera: label.camera,
      source: `site-${label.siteId.replaceAll('-', '').slice(-8)}`,
    };
  });
  return {
    manifestSha256: manifestHash(items),
    leftOut,
    images: items.length,
    // Should the program be killed half-way, those stored are a fair draw by themselves: the others are drawn anew.
    draws: packed(shuffled(draws, random)),
    items: packed(items),
  };
}

function packed(rows: readonly unknown[]): Uint8Array[] {
  return piecesOf(rows).map((piece) => new Uint8Array(Buffer.from(JSON.stringify(piece))));
}

/** Grade 2 at least, or exudate within a disc diameter of the fovea, or a centre that an OCT showed involved. */
function isReferable({ grade, macular, centreInvolved }: FreezableLabel): boolean {
  return (grade ?? 0) >= 2 || macular === 'within-disc-diameter' || centreInvolved === true;
}

function drawMissing(
  known: ReadonlyMap<string, PatientPartition>,
  labels: readonly FreezableLabel[],
  unitOf: (label: FreezableLabel) => string,
  random: () => number,
): PatientPartition[] {
  const missing = new Map<string, UnitToDraw>();
  for (const label of labels) {
    const unit = unitOf(label);
    // Nothing to grade says nothing of the stratum; such a patient waits for a photograph that does.
    if (known.has(unit) || !label.gradable) continue;
    const found = missing.get(unit);
    missing.set(unit, {
      unit,
      referable: isReferable(label) || (found?.referable ?? false),
      randomlyDrawn: label.randomlyDrawn || (found?.randomlyDrawn ?? false),
    });
  }
  return drawParts([...missing.values()], random);
}

/** Whether one of these stands on the other side of the locked line. */
function crosses(part: Part, others: readonly (Part | undefined)[] | undefined): boolean {
  return (others ?? []).some((other) => other !== undefined && (other === 'locked') !== (part === 'locked'));
}

function cryptographic(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
