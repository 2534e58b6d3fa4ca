import type { Profile } from '../../electron/db/profile/profile';
import { addAssignment, addCampaign, addItems, type Item, type NewCampaign, sealCampaign } from '../../electron/db/queries/campaigns';
import { addImage, type Image } from '../../electron/db/queries/images';
import { assignImage } from '../../electron/db/queries/assignments';
import { addPatient } from '../../electron/db/queries/patients';
import { addRead } from '../../electron/db/queries/reads';
import { all, sql, transaction } from '../../electron/db/sql';
import { type Answer, type Grade } from '../../electron/shared/domain/reading';
import { z } from 'zod';
import { sha256Of } from './database';

export const NO_SIGNS: Answer = {
  gradable: true,
  reasons: [],
  grade: 0,
  macular: 'none',
  centreInvolved: null,
  lesions: [],
  laser: 'none',
  otherDisease: [],
  referOther: false,
  confidence: 3,
  note: '',
};

export function graded(grade: Grade): Answer {
  return { ...NO_SIGNS, grade };
}

export function notGradable(): Answer {
  return { ...NO_SIGNS, gradable: false, grade: null, macular: null, reasons: ['vessels-undefinable'] };
}

let number = 1000;

/** A photograph of a new patient (or of the one given, or of nobody). */
export function addPhotograph(
  profile: Profile,
  { patientId, camera = 'Remidio FOP' }: { patientId?: string | null; camera?: string } = {},
): Image {
  const { database: db, site } = profile;
  const image = addImage(db, {
    siteId: site.id,
    sha256: sha256Of(number++),
    byteSize: 10,
    format: 'jpeg',
    width: 100,
    height: 80,
    takenAt: null,
    camera,
  });
  if (patientId !== null) {
    assignImage(db, {
      siteId: site.id,
      imageId: image.id,
      patientId: patientId ?? addPatient(db, site.id).id,
      encounterId: null,
      eye: 'right',
      field: null,
      basis: 'person',
      runId: null,
      actorId: 'local',
    });
  }
  return image;
}

/** A campaign in which every reader has an assignment for every photograph. */
export function startCampaign(
  profile: Profile,
  imageIds: readonly string[],
  change: Partial<NewCampaign> & { readers?: readonly string[]; origin?: Item['origin'] } = {},
): { campaignId: string; assignmentOf: (imageId: string, readerId: string) => string } {
  const { database: db, site } = profile;
  const { readers = ['dr-a', 'dr-b'], origin = 'random', ...rest } = change;
  return transaction(db, () => {
    const campaignId = addCampaign(
      db,
      {
        siteId: site.id,
        kind: 'reading',
        title: 'test',
        selection: 'random',
        readersPerImage: Math.max(2, readers.length),
        adjudication: 'senior',
        adjudicatorId: 'dr-senior',
        fellowEye: false,
        priorVisit: false,
        rereadPercent: 0,
        washoutDays: 0,
        certifiedOnly: false,
        passMark: null,
        consentDeclared: true,
        seed: 'seed',
        actorId: 'local',
        ...rest,
      },
      readers,
    );
    for (const item of addItems(
      db,
      campaignId,
      imageIds.map((imageId) => ({ imageId, origin })),
    )) {
      for (const readerId of readers) {
        addAssignment(db, {
          siteId: site.id,
          campaignId,
          itemId: item.id,
          imageId: item.imageId,
          readerId,
          kind: 'read',
          round: 1,
          position: item.position,
          notBefore: null,
        });
      }
    }
    sealCampaign(db, campaignId);
    const rows = all(
      db,
      sql`SELECT id, image_id, reader_id FROM read_assignment WHERE campaign_id = ${campaignId}`,
      z.object({ id: z.string(), image_id: z.string(), reader_id: z.string() }),
    );
    const byKey = new Map(rows.map((row) => [`${row.image_id} ${row.reader_id}`, row.id]));
    return { campaignId, assignmentOf: (imageId, readerId) => byKey.get(`${imageId} ${readerId}`) ?? '' };
  });
}

/** Stores one blind answer. */
export function answer(profile: Profile, assignmentId: string, imageId: string, readerId: string, given: Answer): string {
  return addRead(profile.database, {
    siteId: profile.site.id,
    assignmentId,
    imageId,
    readerId,
    purpose: 'campaign',
    round: 1,
    answer: given,
    marks: [],
    adjudicate: false,
    contradicts: false,
    urgent: false,
    activeMs: 4000,
    idleMs: 0,
    unblinded: false,
    correctionReason: null,
    elsewhere: false,
    supersedesId: null,
  });
}

/** Photographs on which two readers have agreed: one label each. */
export function label(
  profile: Profile,
  images: readonly Image[],
  gradeOf: (index: number) => Grade | null,
  change: Parameters<typeof startCampaign>[2] = {},
): void {
  transaction(profile.database, () => {
    const { assignmentOf } = startCampaign(
      profile,
      images.map((image) => image.id),
      change,
    );
    for (const [index, image] of images.entries()) {
      const grade = gradeOf(index);
      for (const reader of change.readers ?? ['dr-a', 'dr-b']) {
        answer(profile, assignmentOf(image.id, reader), image.id, reader, grade === null ? notGradable() : graded(grade));
      }
    }
  });
}
