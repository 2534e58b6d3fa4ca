import { randomInt } from 'node:crypto';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addDataset, importedParts, listDatasets, partsEver } from '../../db/queries/data-sets';
import { type FreezableLabel, listFreezableLabels, listLabelRatings } from '../../db/queries/labels';
import { addPartition, listPartitions, type PatientPartition } from '../../db/queries/patient-partitions';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { Dataset, DatasetItem, LeftOut, LeftOutReason, Part } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { labelCertainties } from './certainty';
import { drawParts, type UnitToDraw } from './draw';
import { linkedUnits, undecidedLookAlikes } from './look-alikes';
import { manifestHash } from './manifest';
import { subjectNamer } from './subjects';

export interface Frozen extends Dataset {
  /** Nothing has changed since this version was frozen: no new one was made. */
  unchanged: boolean;
}

/**
 * Freezes the reference labels of this moment as a new version. Patients without a part are drawn now and for ever; a photograph that would stand on both
 * sides of the locked line, by its patient, its copies or its look-alikes, stays out and is counted.
 *
 * @param random uniform in 0..1
 * @throws AppError not-permitted, dataset-no-labels
 */
export function freezeDataset(actor: Actor, profile: Profile, random: () => number = cryptographic): Frozen {
  requireRole(actor, 'admin', 'doctor');
  const { database: db, site } = profile;
  return transaction(db, () => {
    const all = listFreezableLabels(db);
    if (all.length === 0) throw new AppError('dataset-no-labels');
    const leftOut: LeftOut = {};
    const leave = (reason: LeftOutReason): false => {
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      return false;
    };
    const undecided = undecidedLookAlikes(db);
    const candidates = all.filter(
      (label) => (label.consenting || leave('no-consent')) && (!undecided.has(label.imageId) || leave('look-alike')),
    );
    const linked = linkedUnits(db);
    const unitOf = (label: FreezableLabel): string => linked(label.personId ?? label.imageId);
    const parts = drawMissing(profile, actor, candidates, unitOf, random);
    const [elsewhere, before] = [importedParts(db), partsEver(db)];
    const kept = candidates.filter((label) => {
      const part = parts.get(unitOf(label))?.part;
      if (part === undefined) return false;
      const ever = label.everPersonIds.map((id) => parts.get(linked(id))?.part);
      if (crosses(part, ever) || crosses(part, before.get(label.imageId))) return leave('patient-changed');
      return !crosses(part, elsewhere.get(label.imageId)) || leave('other-part-elsewhere');
    });
    const certainties = labelCertainties(kept, listLabelRatings(db));
    const nameOf = subjectNamer(profile);
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
    if (items.length === 0) throw new AppError('dataset-no-labels');
    const manifestSha256 = manifestHash(items);
    const newest = listDatasets(db).find((dataset) => dataset.origin === 'frozen');
    if (newest?.manifestSha256 === manifestSha256) return { ...newest, unchanged: true };
    const dataset = addDataset(db, { siteId: site.id, origin: 'frozen', manifestSha256, leftOut, actorId: actor.userId, items });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'dataset.frozen',
      recordType: 'dataset',
      recordId: dataset.id,
      details: { version: dataset.version, images: items.length, manifest: manifestSha256 },
    });
    return { ...dataset, unchanged: false };
  });
}

/** Grade 2 at least, or exudate within a disc diameter of the fovea, or a centre that an OCT showed involved. */
function isReferable({ grade, macular, centreInvolved }: FreezableLabel): boolean {
  return (grade ?? 0) >= 2 || macular === 'within-disc-diameter' || centreInvolved === true;
}

function drawMissing(
  profile: Profile,
  actor: Actor,
  labels: readonly FreezableLabel[],
  unitOf: (label: FreezableLabel) => string,
  random: () => number,
): Map<string, PatientPartition> {
  const known = listPartitions(profile.database);
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
  for (const drawn of drawParts([...missing.values()], random)) {
    addPartition(profile.database, { ...drawn, siteId: profile.site.id, actorId: actor.userId });
    known.set(drawn.unit, drawn);
  }
  return known;
}

/** Whether one of these stands on the other side of the locked line. */
function crosses(part: Part, others: readonly (Part | undefined)[] | undefined): boolean {
  return (others ?? []).some((other) => other !== undefined && (other === 'locked') !== (part === 'locked'));
}

function cryptographic(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
