import { basename } from 'node:path';
import { countCampaign, listReaderProgress, listReferenceLabels, type ReaderProgress } from '../../db/queries/adjudications';
import { type Campaign, getCampaign, getLeftOut, listCampaigns as findCampaigns } from '../../db/queries/campaigns';
import { hasPassed, listCertifications } from '../../db/queries/certifications';
import { countOfReader } from '../../db/queries/reads';
import { listRunRoots, listRuns } from '../../db/queries/runs';
import { getUser, listUsers } from '../../db/queries/users';
import type { ReadableDatabase } from '../../db/sql';
import { type Actor, LOCAL_ACTOR } from '../../shared/domain/codes';
import { HASTY_READ_MS } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import type { CampaignChoices, CampaignDetail, CampaignReader, CampaignSummary, Person } from '../../shared/ipc/campaigns';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { clinicalLead } from './clinical-lead';

/** Newest first. */
export function listCampaigns(actor: Actor, workspace: Workspace): CampaignSummary[] {
  requireRole(actor, 'doctor', 'admin');
  const { database } = workspace.profile;
  const reading = readsIn(database, actor);
  return findCampaigns(database).map((campaign) =>
    neutral(summaryOf(database, campaign, listReaderProgress(database, campaign.id, HASTY_READ_MS)), reading),
  );
}

/** @throws AppError not-found */
export function campaignDetail(actor: Actor, workspace: Workspace, campaignId: string): CampaignDetail {
  requireRole(actor, 'doctor', 'admin');
  const { database } = workspace.profile;
  const campaign = getCampaign(database, campaignId);
  if (campaign === undefined) throw new AppError('not-found', { what: 'campaign' });
  const progress = listReaderProgress(database, campaignId, HASTY_READ_MS);
  const reading = readsIn(database, actor);
  const reads = reading.has(campaignId) && campaign.closedAt === null;
  const { agreed, adjudicated, waiting } = countCampaign(database, campaignId);
  return {
    ...neutral(summaryOf(database, campaign, progress), reading),
    readersPerImage: campaign.readersPerImage,
    adjudication: campaign.adjudication,
    adjudicator: campaign.adjudicatorId === null ? null : personOf(database, campaign.adjudicatorId),
    rereadPercent: campaign.rereadPercent,
    washoutDays: campaign.washoutDays,
    passMark: campaign.passMark,
    readers: readersOf(database, campaign, progress),
    leftOut: reads ? {} : getLeftOut(database, campaignId),
    // Whoever still reads in it learns nothing of how the others answer; practice sets give no labels.
    labels: reads || campaign.kind === 'practice' ? null : { agreed, adjudicated, waiting },
  };
}

/** Whom and what a new campaign can be made of. */
export function campaignChoices(actor: Actor, workspace: Workspace): CampaignChoices {
  requireRole(actor, 'doctor', 'admin');
  const { database } = workspace.profile;
  const users = listUsers(database).filter(({ state, roles }) => state === 'active' && roles.includes('doctor'));
  const people =
    users.length > 0
      ? users.map(({ id, name, roles }) => ({ userId: id, name, roles: [...roles] }))
      : [{ userId: LOCAL_ACTOR.userId, name: LOCAL_ACTOR.userId, roles: [...LOCAL_ACTOR.roles] }];
  return {
    readers: people.map((person) => ({ ...person, certified: hasPassed(database, person.userId) })),
    runs: listRuns(database).map(({ id, startedAt }) => ({
      runId: id,
      folder: basename(Buffer.from(listRunRoots(database, id)[0] ?? new Uint8Array()).toString('utf8')),
      startedAt,
    })),
    clinicalLead: clinicalLead(database),
    known: listReferenceLabels(database).length,
  };
}

/** Campaigns in which this person has something to read still. */
function readsIn(db: ReadableDatabase, actor: Actor): Set<string> {
  const own = countOfReader(db, actor.userId, Date.now()).filter(({ answered, total, waiting }) => answered < total + waiting);
  return new Set(own.map(({ campaignId }) => campaignId));
}

/** A reader sees a number, and nothing of how the photographs were chosen. */
function neutral(summary: CampaignSummary, reading: ReadonlySet<string>): CampaignSummary {
  return reading.has(summary.campaignId) && summary.closedAt === null ? { ...summary, title: '', selection: null } : summary;
}

function summaryOf(db: ReadableDatabase, campaign: Campaign, progress: readonly ReaderProgress[]): CampaignSummary {
  return {
    campaignId: campaign.id,
    number: campaign.number,
    title: campaign.title,
    practice: campaign.kind === 'practice',
    selection: campaign.selection,
    createdAt: campaign.createdAt,
    closedAt: campaign.closedAt,
    images: countCampaign(db, campaign.id).images,
    answered: progress.reduce((sum, one) => sum + one.answered, 0),
    asked: progress.reduce((sum, one) => sum + one.total, 0),
  };
}

function readersOf(db: ReadableDatabase, campaign: Campaign, progress: readonly ReaderProgress[]): CampaignReader[] {
  return [...new Set(progress.map(({ readerId }) => readerId))].map((readerId) => {
    const own = progress.filter((one) => one.readerId === readerId);
    const total = (of: (one: ReaderProgress) => number): number => own.reduce((sum, one) => sum + of(one), 0);
    return {
      reader: personOf(db, readerId),
      adjudicates: own.some(({ kind }) => kind === 'adjudicate'),
      answered: total((one) => one.answered),
      asked: total((one) => one.total),
      hasty: total((one) => one.hasty),
      activeMs: total((one) => one.activeMs),
      passed: listCertifications(db, readerId).find(({ campaignId }) => campaignId === campaign.id)?.passed ?? null,
    };
  });
}

function personOf(db: ReadableDatabase, userId: string): Person {
  return { userId, name: getUser(db, userId)?.name ?? userId };
}
