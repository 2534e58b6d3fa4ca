import { join } from 'node:path';
import { registerModel } from '../../electron/db/queries/models';
import { recordOutcome } from '../../electron/db/queries/outcomes';
import { addPrediction, addQualityCheck } from '../../electron/db/queries/results';
import { startRun } from '../../electron/db/queries/runs';
import { transaction } from '../../electron/db/sql';
import { openProfileAs } from '../../electron/services/accounts/open-as';
import { MODEL_ID, VERSIONS } from '../helpers/database';
import { addPhotograph, graded } from '../helpers/labels';
import { makeStaffedClinic, passwordOf } from '../helpers/staffed-clinic';
import { expect, type Netra, ready, signIn, test } from './helpers/netra';
import { WORDS } from './helpers/words';

/** The running audit and the drift of a site that has worked for months. */

const MONTHS = 3;
/** A camera needs 20 photographs in a month before anything can be expected of it. */
const PATIENTS = 40;
const POSITIVES = 4;
const CAMERAS = ['Remidio FOP', 'Forus 3nethra'] as const;

/** Patients of the months before this one; in the last of them the second camera takes what nobody can read. */
async function fillMonths(folder: string): Promise<void> {
  const { profile } = await openProfileAs(folder, { login: 'admin', password: passwordOf('admin') });
  const { database: db, site } = profile;
  const now = Date.now;
  const today = new Date();
  transaction(db, () => registerModel(db, { id: MODEL_ID, name: 'Netra starter', card: {} }));
  for (let back = MONTHS; back >= 1; back--) {
    // What is stored below says that it was stored then.
    Date.now = () => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back, 15, 6);
    try {
      transaction(db, () => {
        const run = startRun(db, {
          siteId: site.id,
          actorId: 'local',
          roots: [Buffer.from('/camp')],
          modelId: MODEL_ID,
          ...VERSIONS,
          backend: 'onnx',
          listSha256: null,
        });
        for (let patient = 0; patient < PATIENTS; patient++) {
          const camera = CAMERAS[patient % 2] ?? CAMERAS[0];
          const image = addPhotograph(profile, { camera });
          const of = { siteId: site.id, imageId: image.id, ...VERSIONS, ms: 10 };
          const failing = back === 1 && camera === CAMERAS[1];
          const retina = { centreX: 50, centreY: 40, radius: 35 };
          addQualityCheck(db, {
            ...of,
            kind: 'retina',
            score: 0.8,
            gradable: !failing && ![4, 5].includes(patient % 10),
            reasons: [],
            retina,
          });
          const p2 = patient < POSITIVES ? 0.85 : (patient % 7) / 20;
          const heatMap = { rows: 1, columns: 1, values: Float32Array.of(0) };
          addPrediction(db, {
            ...of,
            modelId: MODEL_ID,
            backend: 'onnx',
            device: 'cpu',
            logits: [1, 0, -1, -2],
            p: [p2, p2, p2 / 2, p2 / 4],
            heatMap,
          });
          const patientId = String(db.prepare('SELECT patient_id FROM image_assignment_current WHERE image_id = ?').pluck().get(image.id));
          recordOutcome(db, {
            siteId: site.id,
            runId: run.id,
            encounterId: null,
            subject: { level: 'patient', patientId },
            source: 'ai',
            actorId: 'local',
            result: patient < POSITIVES ? 'refer' : 'no-refer',
            urgent: false,
            reasons: [],
            basis: { modelId: MODEL_ID },
          });
        }
      });
    } finally {
      Date.now = now;
    }
  }
  profile.close();
}

/** Whoever is signed in sees no disease anywhere. */
async function readEverything({ ask }: Netra): Promise<void> {
  for (const { campaignId } of (await ask('myReading', {})).campaigns) {
    for (;;) {
      const { items } = await ask('readingQueue', { campaignId, limit: 12 });
      if (items.length === 0) break;
      for (const { assignmentId } of items) {
        const rest = { marks: [], activeMs: 3000, idleMs: 0, supersedesId: null, correctionReason: null };
        await ask('saveRead', { assignmentId, answer: graded(0), ...rest });
      }
    }
  }
}

test('a month’s audit is drawn for the readers named in the window, and bounded once it is read; the charts show the camera that drifts', async ({
  launch,
  folder,
}) => {
  const profile = join(folder, 'profile');
  await makeStaffedClinic(profile);
  await fillMonths(profile);
  const netra = await launch({ profile, accounts: 'staffed' });
  const { page } = netra;
  await signIn(netra, 'admin');
  await ready(netra);
  await page.evaluate(() => {
    location.hash = '#/room/drift';
  });
  await expect(page.getByText(WORDS.audit_no_readers)).toBeVisible();
  await page.getByRole('checkbox', { name: 'Dr. Anand Rao' }).click();
  await page.getByRole('checkbox', { name: 'Dr. Leela Iyer' }).click();
  await page.getByText(WORDS.audit_consent_declared).click();
  await page.getByRole('button', { name: WORDS.audit_save, exact: true }).click();
  await expect(page.getByText(/^[A-Z][a-z]+ \d{4}: 4 referred, 36 of 36 others at random$/)).toHaveCount(MONTHS);
  await expect(page.getByText(WORDS.audit_no_readers)).toHaveCount(0);
  await expect(page.getByText(WORDS.audit_bound_few)).toBeVisible();
  // One chart of referrals; of each camera two. The failing camera alone is out of its limits.
  await expect(page.getByRole('img', { name: new RegExp(WORDS.drift_ungradable) })).toHaveCount(CAMERAS.length);
  await expect(page.getByRole('heading', { name: CAMERAS[1] })).toBeVisible();
  await expect(page.locator('circle.out')).not.toHaveCount(0);
  const healthy = page.locator('section').filter({ has: page.getByRole('heading', { name: CAMERAS[0] }) });
  await expect(healthy.locator('circle.out')).toHaveCount(0);

  for (const login of ['doctor', 'doctor-two'] as const) {
    await signIn(netra, login);
    await readEverything(netra);
  }
  await signIn(netra, 'admin');
  await page.evaluate(() => {
    location.hash = '#/room/drift';
  });
  // None of 108 was missed: never said without the bound that so many allow.
  await expect(page.getByText(/^At most 2\.7.?% were missed/)).toBeVisible();
  await expect(page.getByText(`0 of ${MONTHS * POSITIVES}`)).toBeVisible();
});
