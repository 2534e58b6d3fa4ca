import { createHmac } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import type { Profile } from '../../db/profile/profile';
import { type ComparedLabel, type ComparedRead, listComparedLabels, listComparedReads } from '../../db/queries/agreement';
import { recordUnblinding } from '../../db/queries/blinding';
import { getCampaign } from '../../db/queries/campaigns';
import { listUsers } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { AgreementInput, AgreementReport, GradeAgreement } from '../../shared/statistics/agreement-report';
import type { Interval } from '../../shared/statistics/intervals';
import { requireRole } from '../actor';
import type { WorkerPool } from '../worker-pool';

/** Rounds of the bootstrap, and its seed: the same figures every time they are looked at. */
const BOOTSTRAP = { rounds: 1000, seed: 20160101 };

export interface CampaignAgreement {
  campaignId: string;
  number: number;
  title: string;
  /** By number in the report. */
  readers: { id: string; name: string }[];
  report: AgreementReport;
}

interface Around {
  profile: Profile;
  pool: Pick<WorkerPool, 'agreement'>;
}

/**
 * How the readers of a campaign agree: with each other, with the label, with themselves.
 *
 * @throws AppError not-permitted, not-found
 */
export async function campaignAgreement(actor: Actor, { profile, pool }: Around, campaignId: string): Promise<CampaignAgreement> {
  const { campaign, reads, labels } = read(actor, profile, campaignId);
  const readerIds = [...new Set(reads.map((one) => one.readerId))].sort();
  const names = new Map(listUsers(profile.database).map((user) => [user.id, user.name]));
  const report = await pool.agreement(inputOf(reads, labels, readerIds));
  return {
    campaignId,
    number: campaign.number,
    title: campaign.title,
    readers: readerIds.map((id) => ({ id, name: names.get(id) ?? id })),
    report,
  };
}

function read(actor: Actor, profile: Profile, campaignId: string) {
  requireRole(actor, 'doctor', 'admin');
  const { database: db } = profile;
  const campaign = getCampaign(db, campaignId);
  if (campaign?.kind !== 'reading') throw new AppError('not-found', { what: 'campaign' });
  const reads = listComparedReads(db, campaignId, actor.userId);
  const labels = listComparedLabels(db, campaignId, actor.userId);
  // Whoever has read here and now sees how the others did can no longer take an answer back.
  transaction(db, () => {
    recordUnblinding(db, actor.userId, [...new Set(reads.map((one) => one.imageId))], 'agreement');
  });
  return { campaign, reads, labels };
}

function inputOf(reads: readonly ComparedRead[], labels: readonly ComparedLabel[], readerIds: readonly string[]): AgreementInput {
  const images = numbered(reads.map((one) => one.imageId));
  const patients = numbered(reads.map((one) => one.unit));
  const readers = numbered(readerIds);
  return {
    readers: readerIds.length,
    reads: reads.map((one) => ({
      image: images.get(one.imageId) ?? 0,
      patient: patients.get(one.unit) ?? 0,
      reader: readers.get(one.readerId) ?? 0,
      again: one.again,
      grade: one.grade,
    })),
    labels: labels.flatMap((label) => {
      const image = images.get(label.imageId);
      return image === undefined ? [] : [{ image, adjudicated: label.method === 'adjudicated', grade: label.grade }];
    }),
    bootstrap: BOOTSTRAP,
  };
}

function numbered(ids: readonly string[]): Map<string, number> {
  return new Map([...new Set(ids)].map((id, index) => [id, index]));
}

/** All figures as rows `comparison, first, second, measure, value, low, high, images`. */
export function figuresCsv({ readers, report }: CampaignAgreement): string {
  type Row = (string | number | null)[];
  const rows: Row[] = [['comparison', 'first', 'second', 'measure', 'value', 'low', 'high', 'images']];
  const name = (reader: number): string => readers[reader]?.name ?? '';
  function grades(comparison: string, first: string, second: string, found: GradeAgreement): void {
    const add = (measure: string, value: number | null | undefined, interval: Interval | null | undefined, images: number): void => {
      rows.push([comparison, first, second, measure, value ?? null, interval?.low ?? null, interval?.high ?? null, images]);
    };
    add('exact agreement', found.images === 0 ? null : found.exact / found.images, null, found.images);
    add('kappa', found.plain?.value, found.plain, found.images);
    add('kappa linear', found.linear?.value, found.linear, found.images);
    add('kappa quadratic', found.quadratic?.value, found.quadratic, found.images);
    add('kappa quadratic (bootstrap by patient)', found.quadratic?.value, found.byPatient, found.images);
    add('kappa gradable', found.gradability.kappa?.value, found.gradability.kappa, found.gradability.images);
    found.table.forEach((row, from) => {
      row.forEach((count, to) => rows.push([comparison, first, second, `count ${from} ${to}`, count, null, null, found.images]));
    });
  }
  for (const { metric, value, interval } of report.alpha)
    rows.push(['all readers', '', '', `alpha ${metric}`, value, interval?.low ?? null, interval?.high ?? null, report.images]);
  if (report.fleiss) rows.push(['all readers', '', '', 'Fleiss kappa', report.fleiss.value, null, null, report.fleiss.images]);
  for (const pair of report.pairs) grades('pair', name(pair.first), name(pair.second), pair);
  for (const reader of report.readers) {
    grades('label', 'label', name(reader.reader), reader.label);
    for (const measure of ['sensitivity', 'specificity'] as const) {
      const rate = reader[measure];
      if (rate) rows.push(['label', 'label', name(reader.reader), measure, rate.value, rate.wilson.low, rate.wilson.high, rate.of]);
    }
    if (reader.again) grades('again', name(reader.reader), name(reader.reader), reader.again);
  }
  return stringify(rows, { record_delimiter: 'windows' });
}

/**
 * Every answer as a row, for other statistics programs: photograph and patient under names that say nothing.
 *
 * @throws AppError not-permitted, not-found
 */
export function readingsCsv(actor: Actor, profile: Profile, campaignId: string): string {
  const { reads, labels } = read(actor, profile, campaignId);
  const key = profile.subjectKey;
  const code = (letter: string, id: string): string =>
    `${letter}-${createHmac('sha256', key).update(`agreement:${id}`).digest('hex').slice(0, 12)}`;
  const names = new Map(listUsers(profile.database).map((user) => [user.id, user.name]));
  const labelOf = new Map(labels.map((label) => [label.imageId, label]));
  return stringify(
    [
      ['image', 'patient', 'reader', 'reading', 'gradable', 'grade', 'label', 'method'],
      ...reads.map((one) => {
        const label = labelOf.get(one.imageId);
        return [
          code('i', one.imageId),
          code('p', one.unit),
          names.get(one.readerId) ?? one.readerId,
          one.again ? 'second' : 'first',
          one.grade === null ? 0 : 1,
          one.grade,
          label?.grade ?? null,
          label?.method ?? null,
        ];
      }),
    ],
    { record_delimiter: 'windows' },
  );
}
