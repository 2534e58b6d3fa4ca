import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { assignImage } from '../../electron/db/queries/assignments';
import { addAdjudicated } from '../../electron/db/queries/adjudications';
import { addImage } from '../../electron/db/queries/images';
import { addPatient } from '../../electron/db/queries/patients';
import { transaction } from '../../electron/db/sql';
import { campaignAgreement, figuresCsv, readingsCsv } from '../../electron/services/agreement/agreement';
import { freezeDataset } from '../../electron/services/data-sets/freeze';
import { planFreeze } from '../../electron/services/data-sets/plan-freeze';
import { datasetSummary } from '../../electron/services/data-sets/summary';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import type { Grade } from '../../electron/shared/domain/reading';
import { agreementReport } from '../../electron/shared/statistics/agreement-report';
import { seededRandom } from '../../electron/shared/statistics/random';
import { answer, graded, notGradable, startCampaign } from '../../test/helpers/labels';

/**
 * Three hundred real photographs read by two simulated readers (the true grade plus realistic noise), adjudicated and frozen, with the agreement figures
 * written for the comparison with a public statistics package: node scripts/run-ts.mjs scripts/bench/agreement-session.ts PHOTOS OUT, then
 * python3 scripts/model/check_agreement.py OUT.
 */
const [photographs, out] = process.argv.slice(2);
if (photographs === undefined || out === undefined) throw new Error('usage: agreement-session.ts PHOTOS OUT');
await mkdir(out, { recursive: true });

const IMAGES = 300;
const random = seededRandom(300);
const rows = parse<Record<string, string>>(await readFile(resolve(photographs, 'index.csv'), 'utf8'), { columns: true }).filter(
  (row) => row['grade'] !== '' && (row['source'] === 'eyepacs' || row['source'] === 'idrid' || row['source'] === 'aptos'),
);
const drawn = Array.from({ length: IMAGES }, () => rows.splice(Math.floor(random() * rows.length), 1)[0] ?? {});

/** Right eight times of ten; else a neighbouring grade, now and then two away; a few called unreadable. */
function reads(truth: number): Grade | null {
  if (random() < 0.03) return null;
  if (random() < 0.8) return truth as Grade;
  const step = (random() < 0.85 ? 1 : 2) * (random() < 0.5 ? -1 : 1);
  return Math.max(0, Math.min(4, truth + step)) as Grade;
}

const profile = await createOrOpenProfile(join(out, 'profile'));
const { database: db, site } = profile;
const patients = new Map<string, string>();
const images = await Promise.all(drawn.map(async (row) => ({ row, bytes: await readFile(resolve(photographs, row['file'] ?? '')) }))).then(
  (read) =>
    transaction(db, () =>
      read.map(({ row, bytes }) => {
        const name = row['patient'] ?? '';
        const patientId = patients.get(name) ?? addPatient(db, site.id).id;
        patients.set(name, patientId);
        const image = addImage(db, {
          siteId: site.id,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          byteSize: bytes.byteLength,
          format: 'jpeg',
          width: 1,
          height: 1,
          takenAt: null,
          camera: row['source'] ?? null,
        });
        assignImage(db, {
          siteId: site.id,
          imageId: image.id,
          patientId,
          encounterId: null,
          eye: row['eye'] === 'left' ? 'left' : 'right',
          field: null,
          basis: 'list',
          runId: null,
          actorId: 'local',
        });
        return { id: image.id, truth: Number(row['grade']) };
      }),
    ),
);
const readers = ['reader-1', 'reader-2'];
const { campaignId, assignmentOf } = startCampaign(
  profile,
  images.map((image) => image.id),
  { readers },
);
let adjudicated = 0;
transaction(db, () => {
  for (const { id, truth } of images) {
    const given = readers.map((reader) => {
      const grade = reads(truth);
      answer(profile, assignmentOf(id, reader), id, reader, grade === null ? notGradable() : graded(grade));
      return grade;
    });
    if (given[0] === given[1]) continue;
    adjudicated += 1;
    addAdjudicated(db, {
      siteId: site.id,
      campaignId,
      imageId: id,
      method: 'round-robin',
      assignmentId: null,
      adjudicatorId: null,
      rounds: 2,
      answer: graded(truth as Grade),
    });
  }
});
const pool = { agreement: (input: Parameters<typeof agreementReport>[0]) => Promise.resolve(agreementReport(input)) };
const agreement = await campaignAgreement(LOCAL_ACTOR, { profile, pool }, campaignId);
await writeFile(join(out, 'figures.csv'), figuresCsv(agreement));
await writeFile(join(out, 'readings.csv'), readingsCsv(LOCAL_ACTOR, profile, campaignId));
const frozen = await freezeDataset(
  LOCAL_ACTOR,
  {
    profile,
    pool: { planFreeze: ({ subjectKey }) => Promise.resolve(planFreeze(profile.database, subjectKey, seededRandom(1))) },
  },
  { signal: new AbortController().signal, onProgress: () => undefined },
);
const summary = datasetSummary(LOCAL_ACTOR, profile, frozen.id);
await writeFile(
  join(out, 'session.json'),
  `${JSON.stringify(
    {
      images: IMAGES,
      patients: patients.size,
      adjudicated,
      frozen: frozen.manifestSha256,
      labels: summary.images,
      gate: summary.gate,
      parts: summary.parts,
    },
    null,
    1,
  )}\n`,
);
profile.close();
