import { describe, expect, it, onTestFinished } from 'vitest';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { assignImage } from '../../../../electron/db/queries/assignments';
import { addConsent } from '../../../../electron/db/queries/consents';
import type { Image } from '../../../../electron/db/queries/images';
import { listItems } from '../../../../electron/db/queries/data-sets';
import { addLookAlike } from '../../../../electron/db/queries/look-alikes';
import { addPatient } from '../../../../electron/db/queries/patients';
import { listPartitions } from '../../../../electron/db/queries/patient-partitions';
import { transaction } from '../../../../electron/db/sql';
import { verifyAuditChain } from '../../../../electron/db/audit';
import { type Frozen, freezeDataset } from '../../../../electron/services/data-sets/freeze';
import { ROWS_IN_A_PIECE } from '../../../../electron/services/data-sets/pieces';
import { decideLookAlike, lookAlikes } from '../../../../electron/services/data-sets/look-alikes';
import { datasetSummary, diffOf, listDatasets } from '../../../../electron/services/data-sets/summary';
import { trainingImages } from '../../../../electron/services/data-sets/training-images';
import { isLocked } from '../../../../electron/services/train/partitions';
import { type Actor, LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import type { Grade } from '../../../../electron/shared/domain/reading';
import { seededRandom } from '../../../../electron/shared/statistics/random';
import { errorOf, rejectionOf } from '../../../helpers/errors';
import { inlinePool } from '../../../helpers/inline-pool';
import { addPhotograph, answer, graded, label, startCampaign } from '../../../helpers/labels';
import { temporaryFolder } from '../../../helpers/temporary';

async function newProfile(): Promise<Profile> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  return profile;
}

function photographs(profile: Profile, count: number): Image[] {
  return transaction(profile.database, () => Array.from({ length: count }, () => addPhotograph(profile)));
}

function consent(profile: Profile, patientId: string, training: boolean): void {
  addConsent(profile.database, {
    siteId: profile.site.id,
    patientId,
    answers: { screening: true, contact: true, sharing: true, training },
    withdrawal: !training,
    noticeVersion: '1',
    language: 'en',
    how: 'read-aloud',
    givenBy: 'patient',
    actorId: 'local',
  });
}

function freeze(profile: Profile, random = seededRandom(1), actor: Actor = LOCAL_ACTOR): Promise<Frozen> {
  return freezeDataset(
    actor,
    { profile, pool: inlinePool(profile, random) },
    { signal: new AbortController().signal, onProgress: () => undefined },
  );
}

const byFive = (index: number): Grade => (index % 5) as Grade;

describe('freezing a data set', () => {
  it('takes every label with its method, draws each patient once and hashes the whole', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 100), byFive);
    const frozen = await freeze(profile, seededRandom(1));
    expect(frozen).toMatchObject({ version: 1, origin: 'frozen', leftOut: {}, unchanged: false });
    const summary = datasetSummary(LOCAL_ACTOR, profile, null);
    expect(summary).toMatchObject({ images: 100, patients: 100, withdrawn: 0, methods: [{ method: 'agreement', images: 100 }] });
    const locked = summary.parts.find(({ part }) => part === 'locked');
    expect(locked?.referablePatients).toBe(9);
    expect(locked?.otherPatients).toBe(6);
    expect(summary.gate).toEqual({ referable: 9, referableWanted: 73, other: 6, otherWanted: 100 });
    expect(summary.parts.reduce((total, { grades }) => total + grades[3], 0)).toBe(20);
    expect(verifyAuditChain(profile.database).ok).toBe(true);
  });

  it('again without a new label makes no new version', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 20), byFive);
    const first = await freeze(profile, seededRandom(1));
    expect(await freeze(profile, seededRandom(2))).toMatchObject({ id: first.id, unchanged: true });
  });

  it('keeps every patient where the first draw put them, whatever comes later', async () => {
    const profile = await newProfile();
    const images = photographs(profile, 40);
    label(profile, images, byFive);
    const first = await freeze(profile, seededRandom(1));
    label(profile, photographs(profile, 60), byFive);
    const second = await freeze(profile, seededRandom(99));
    expect(second.version).toBe(2);
    const diff = diffOf(profile.database, first.id, second.id);
    expect(diff).toMatchObject({ added: 60, removed: 0, moved: 0, regraded: 0, unchanged: 40 });
  });

  it('names patients so that the public rule locks exactly the locked ones, and so that the name is no id', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 60), byFive);
    const { id } = await freeze(profile, seededRandom(1));
    const items = listItems(profile.database, id);
    for (const item of items) expect(isLocked(item.subject)).toBe(item.part === 'locked');
    const units = [...listPartitions(profile.database).keys()];
    expect(units.some((unit) => items.some((item) => item.subject.includes(unit.slice(0, 8))))).toBe(false);
  });

  it('counts with a reason what was read and is not in it', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 10), byFive);
    const [ungradable, open, half] = photographs(profile, 3) as [Image, Image, Image];
    label(profile, [ungradable], () => null);
    const { assignmentOf } = startCampaign(profile, [open.id, half.id]);
    answer(profile, assignmentOf(half.id, 'dr-a'), half.id, 'dr-a', graded(2));
    const frozen = await freeze(profile);
    expect(frozen.leftOut).toEqual({ 'nothing-gradable': 1, undecided: 1 });
    expect(listItems(profile.database, frozen.id)).toHaveLength(10);
  });

  it('is stored in pieces of 64 rows at most, with a turn for everybody else in between', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 300), byFive);
    const changes = (): number => Number(profile.database.prepare('SELECT total_changes()').pluck().get());
    let [before, longest, turns] = [changes(), 0, 0];
    let next = setImmediate(turn);
    function turn(): void {
      const now = changes();
      longest = Math.max(longest, now - before);
      before = now;
      turns += 1;
      next = setImmediate(turn);
    }
    await freeze(profile);
    clearImmediate(next);
    // 300 patients are drawn and 300 photographs stored.
    expect(turns).toBeGreaterThan(600 / ROWS_IN_A_PIECE);
    expect(longest).toBeLessThanOrEqual(ROWS_IN_A_PIECE);
  });

  it('stopped half-way is nowhere to be seen, and asked for again goes on', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 300), byFive);
    const stop = new AbortController();
    const stopped = freezeDataset(
      LOCAL_ACTOR,
      { profile, pool: inlinePool(profile, seededRandom(1)) },
      {
        signal: stop.signal,
        onProgress: () => {
          if (profile.database.prepare('SELECT count(*) FROM dataset_item').pluck().get() === 2 * ROWS_IN_A_PIECE) stop.abort();
        },
      },
    );
    expect(await rejectionOf(stopped)).toMatchObject({ code: 'cancelled' });
    expect(listDatasets(LOCAL_ACTOR, profile)).toEqual([]);
    const frozen = await freeze(profile, seededRandom(9));
    expect(frozen).toMatchObject({ version: 1, unchanged: false });
    expect(listItems(profile.database, frozen.id)).toHaveLength(300);
    expect(profile.database.prepare('SELECT count(*) FROM dataset').pluck().get()).toBe(1);
  });

  it('has nothing to freeze where nobody agreed', async () => {
    const profile = await newProfile();
    expect(await rejectionOf(freeze(profile))).toMatchObject({ code: 'dataset-no-labels' });
  });

  it('is not a technician’s to do', async () => {
    const profile = await newProfile();
    expect(await rejectionOf(freeze(profile, seededRandom(1), { userId: 'tina', roles: ['technician'] }))).toMatchObject({
      code: 'not-permitted',
    });
  });
});

describe('consent to training', () => {
  it('that was refused keeps a photograph out, whatever the campaign declared', async () => {
    const profile = await newProfile();
    const refusing = addPatient(profile.database, profile.site.id).id;
    consent(profile, refusing, false);
    label(profile, [...photographs(profile, 10), addPhotograph(profile, { patientId: refusing })], byFive);
    const frozen = await freeze(profile, seededRandom(1));
    expect(frozen.leftOut).toEqual({ 'no-consent': 1 });
    expect(datasetSummary(LOCAL_ACTOR, profile, frozen.id).images).toBe(10);
  });

  it('never asked keeps out what no campaign declared', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 3), byFive, { consentDeclared: false });
    expect(await rejectionOf(freeze(profile))).toMatchObject({ code: 'dataset-all-left-out', params: { images: 3 } });
  });

  it('taken back after a freeze stops training until a new version leaves the photograph out', async () => {
    const profile = await newProfile();
    const patients = Array.from({ length: 12 }, () => addPatient(profile.database, profile.site.id).id);
    for (const patient of patients) consent(profile, patient, true);
    label(
      profile,
      patients.map((patientId) => addPhotograph(profile, { patientId })),
      byFive,
    );
    const frozen = await freeze(profile, seededRandom(1));
    const open = trainingImages(LOCAL_ACTOR, profile, frozen.id);
    const parts = listPartitions(profile.database);
    const trained = patients.find((patient) => parts.get(patient)?.part !== 'locked') ?? '';
    consent(profile, trained, false);
    expect(datasetSummary(LOCAL_ACTOR, profile, frozen.id).withdrawn).toBe(1);
    expect(errorOf(() => trainingImages(LOCAL_ACTOR, profile, frozen.id))).toMatchObject({
      code: 'dataset-consent-withdrawn',
      params: { images: 1 },
    });
    const next = await freeze(profile, seededRandom(1));
    expect(next.version).toBe(2);
    expect(trainingImages(LOCAL_ACTOR, profile, next.id)).toHaveLength(open.length - 1);
  });
});

describe('the locked test set', () => {
  it('is not among the photographs that training gets', async () => {
    const profile = await newProfile();
    label(profile, photographs(profile, 60), byFive);
    const { id } = await freeze(profile, seededRandom(1));
    const locked = listItems(profile.database, id).filter(({ part }) => part === 'locked');
    expect(locked.length).toBeGreaterThan(0);
    const seen = new Set(trainingImages(LOCAL_ACTOR, profile, id).map(({ imageId }) => imageId));
    expect(seen.size).toBe(60 - locked.length);
    expect(locked.some(({ imageId }) => seen.has(imageId))).toBe(false);
  });

  it('loses no photograph to training and gains none from it when a photograph is given to another patient', async () => {
    const profile = await newProfile();
    const images = photographs(profile, 40);
    label(profile, images, byFive);
    await freeze(profile, seededRandom(1));
    const parts = listPartitions(profile.database);
    const patientOf = (part: string): string => [...parts].find(([, partition]) => partition.part === part)?.[0] ?? '';
    const own = (patientId: string): Image => images.find((image) => currentPatient(profile, image.id) === patientId) as Image;
    const [locked, trained] = [own(patientOf('locked')), own(patientOf('train'))];
    give(profile, locked.id, patientOf('train'));
    give(profile, trained.id, patientOf('locked'));
    const frozen = await freeze(profile, seededRandom(1));
    expect(frozen.leftOut).toEqual({ 'patient-changed': 2 });
    const ids = new Set(listItems(profile.database, frozen.id).map(({ imageId }) => imageId));
    expect(ids.has(locked.id) || ids.has(trained.id)).toBe(false);
  });
});

function currentPatient(profile: Profile, imageId: string): string {
  return String(profile.database.prepare('SELECT patient_id FROM image_assignment_current WHERE image_id = ?').pluck().get(imageId));
}

function give(profile: Profile, imageId: string, patientId: string): void {
  assignImage(profile.database, {
    siteId: profile.site.id,
    imageId,
    patientId,
    encounterId: null,
    eye: 'right',
    field: null,
    basis: 'person',
    runId: null,
    actorId: 'local',
  });
}

describe('photographs that look alike', () => {
  it('wait for a person: the later one stays out until then', async () => {
    const profile = await newProfile();
    const images = photographs(profile, 10);
    label(profile, images, byFive);
    const [first, second] = [images[0], images[7]] as [Image, Image];
    addLookAlike(profile.database, [first.id, second.id], 0.95);
    const frozen = await freeze(profile, seededRandom(1));
    expect(frozen.leftOut).toEqual({ 'look-alike': 1 });
    expect(listItems(profile.database, frozen.id).some(({ imageId }) => imageId === second.id)).toBe(false);
    decideLookAlike(LOCAL_ACTOR, profile, [second.id, first.id], false);
    expect(lookAlikes(LOCAL_ACTOR, profile)).toMatchObject([{ same: false }]);
    expect((await freeze(profile, seededRandom(1))).leftOut).toEqual({});
  });

  it('and are the same eye put both patients into one part', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const profile = await newProfile();
      const images = photographs(profile, 12);
      label(profile, images, () => 0);
      const [first, second] = [images[2], images[9]] as [Image, Image];
      addLookAlike(profile.database, [first.id, second.id], 0.99);
      decideLookAlike(LOCAL_ACTOR, profile, [first.id, second.id], true);
      const frozen = await freeze(profile, seededRandom(seed));
      const items = listItems(profile.database, frozen.id);
      const [a, b] = [first, second].map((image) => items.find(({ imageId }) => imageId === image.id));
      expect(a?.part).toBe(b?.part);
      expect(a?.subject).toBe(b?.subject);
    }
  });
});
