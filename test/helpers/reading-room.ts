import { assignImage } from '../../electron/db/queries/assignments';
import { addImage } from '../../electron/db/queries/images';
import { registerModel } from '../../electron/db/queries/models';
import { addPatient } from '../../electron/db/queries/patients';
import { addPrediction, addQualityCheck } from '../../electron/db/queries/results';
import { listUnanswered } from '../../electron/db/queries/reads';
import { transaction } from '../../electron/db/sql';
import { type CampaignRequest, createCampaign } from '../../electron/services/reading/create-campaign';
import { saveRead } from '../../electron/services/reading/save-read';
import type { Workspace } from '../../electron/services/workspace';
import { type Actor, EYES } from '../../electron/shared/domain/codes';
import type { Answer } from '../../electron/shared/domain/reading';
import { MODEL_ID, sha256Of, VERSIONS } from './database';
import { newProfile } from './desk';
import { inlinePool } from './inline-pool';

/** Three doctors and an administrator, each with one account. */
export const RAO: Actor = { userId: 'dr-rao', roles: ['doctor'] };
export const SEN: Actor = { userId: 'dr-sen', roles: ['doctor'] };
export const IYER: Actor = { userId: 'dr-iyer', roles: ['doctor'] };
export const HEAD: Actor = { userId: 'head', roles: ['admin'] };

export const HEALTHY_ANSWER: Answer = {
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
export const UNGRADABLE_ANSWER: Answer = { ...HEALTHY_ANSWER, gradable: false, grade: null, macular: null, reasons: ['fovea-not-visible'] };

export interface RoomPatient {
  patientId: string;
  /** Right, left. */
  imageIds: string[];
}
export interface Room {
  workspace: Workspace;
  patients: RoomPatient[];
}

/** A real profile with patients of two photographs each, all scored; the engine is never asked. */
export async function newRoom(patientCount: number, score: (index: number) => number = () => 0.1): Promise<Room> {
  const profile = await newProfile();
  const { database, site } = profile;
  const patients = transaction(database, () => {
    registerModel(database, { id: MODEL_ID, name: 'test', card: {} });
    return Array.from({ length: patientCount }, (_, index): RoomPatient => {
      const patient = addPatient(database, site.id);
      const imageIds = EYES.map((eye, side) => {
        const image = addImage(database, {
          siteId: site.id,
          sha256: sha256Of(1 + index * 2 + side),
          byteSize: 1000,
          format: 'jpeg',
          width: 2048,
          height: 1536,
          takenAt: null,
          camera: null,
        });
        const of = { siteId: site.id, imageId: image.id, ...VERSIONS };
        addQualityCheck(database, {
          ...of,
          kind: 'retina',
          score: 0.9,
          gradable: score(index) >= 0,
          reasons: [],
          retina: { centreX: 1024, centreY: 768, radius: 700 },
          ms: 30,
        });
        const p2 = Math.abs(score(index));
        addPrediction(database, {
          ...of,
          modelId: MODEL_ID,
          backend: 'onnx',
          device: 'cpu',
          logits: [1, 0, -1, -2],
          p: [p2, p2, p2 / 2, p2 / 4],
          heatMap: { rows: 1, columns: 1, values: Float32Array.of(0) },
          ms: 10,
        });
        assignImage(database, {
          siteId: site.id,
          imageId: image.id,
          patientId: patient.id,
          encounterId: null,
          eye,
          field: null,
          basis: 'test',
          runId: null,
          actorId: 'local',
        });
        return image.id;
      });
      return { patientId: patient.id, imageIds };
    });
  });
  const workspace = {
    profile,
    pool: inlinePool(profile),
    model: { id: MODEL_ID, name: 'test', point: { refer: 0.5, urgent: 0.5 } },
  } as unknown as Workspace;
  return { workspace, patients };
}

export function request(change: Partial<CampaignRequest> = {}): CampaignRequest {
  return {
    title: 'first',
    selection: 'all',
    runIds: [],
    size: null,
    images: null,
    readerIds: [RAO.userId, SEN.userId],
    readersPerImage: 2,
    adjudication: 'senior',
    adjudicatorId: IYER.userId,
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 14,
    certifiedOnly: false,
    consentDeclared: true,
    ...change,
  };
}

export const QUIET = { signal: new AbortController().signal, onProgress: (): void => undefined };

export async function newCampaign(room: Room, change: Partial<CampaignRequest> = {}): Promise<string> {
  return (await createCampaign(HEAD, room.workspace, request(change), QUIET)).campaignId;
}

export interface OpenAssignment {
  id: string;
  imageId: string;
  kind: string;
}

/** What a reader is to answer, with what only a test may know: which photograph it is. */
export function openOf(room: Room, reader: Actor, campaignId: string, now = Date.now()): OpenAssignment[] {
  return listUnanswered(room.workspace.profile.database, { readerId: reader.userId, campaignId, now, limit: 10_000 });
}

export function answer(
  room: Room,
  reader: Actor,
  assignmentId: string,
  given: Partial<Answer> = {},
  supersedesId: string | null = null,
): string {
  return saveRead(reader, room.workspace, {
    assignmentId,
    answer: { ...HEALTHY_ANSWER, ...given },
    marks: [],
    activeMs: 3000,
    idleMs: 0,
    supersedesId,
    correctionReason: null,
  }).readId;
}

/** Answers all that is open for a reader. */
export function answerAll(room: Room, reader: Actor, campaignId: string, given: (imageId: string) => Partial<Answer> = () => ({})): void {
  for (const open of openOf(room, reader, campaignId)) {
    if (open.kind !== 'adjudicate') answer(room, reader, open.id, given(open.imageId));
  }
}
