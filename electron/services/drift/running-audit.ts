import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import { addDraw, type ConcludedImage, listAudited, listConcluded, listDraws } from '../../db/queries/drift';
import { getSetting, putSetting } from '../../db/queries/settings';
import { transaction } from '../../db/sql';
import { siteDay } from '../../shared/clinical/days';
import type { Actor } from '../../shared/domain/codes';
import type { AuditReaders, AuditState } from '../../shared/domain/drift';
import { AppError } from '../../shared/errors';
import { upperBound } from '../../shared/statistics/intervals';
import { shuffled } from '../../shared/statistics/random';
import { requireRole } from '../actor';
import { oneAfterTheOther } from '../data-sets/store-data-set';
import { type CampaignMaker, createCampaign } from '../reading/create-campaign';
import type { Workspace } from '../workspace';

const SETTING = 'running-audit';
const readersSchema = z.object({ readerIds: z.array(z.string()), adjudicatorId: z.string(), consentDeclared: z.boolean() });

/** The larger of these a month, until so many negatives are read; then the lower share. */
const FIRST_SHARE = 0.1;
const FIRST_LEAST = 50;
const FIRST_UNTIL = 300;
const LATER_SHARE = 0.02;
/** A queue with more than this share of positives would tell its readers what they are looking at. */
const LEAST_NEGATIVE_SHARE = 0.3;

/** The program itself: nobody asks for the audit. */
const AUDIT: Actor = { userId: 'running-audit', roles: ['admin'] };

/** Who reads what the audit draws. From now on it goes to them by itself. */
export function setAuditReaders(actor: Actor, workspace: Workspace, readers: AuditReaders): void {
  requireRole(actor, 'admin');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    putSetting(database, SETTING, readers);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'audit.readersSet',
      recordType: 'site',
      recordId: site.id,
      details: { readers: readers.readerIds.length, adjudicator: readers.adjudicatorId, consentDeclared: readers.consentDeclared },
    });
  });
}

/**
 * Draws the audit of every month that is over and has none yet: all patients whom the program referred, and negatives at random, as a campaign for the readers named. Called when
 * the profile is opened and once a day; without readers it does nothing.
 *
 * @param random uniform in 0..1
 * @returns months drawn
 * @throws AppError as `createCampaign` does
 */
export async function topUpAudit(
  workspace: CampaignMaker,
  now: number,
  random: () => number = cryptographic,
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  return oneAfterTheOther(workspace.profile, () => topUp(workspace, now, random, signal));
}

async function topUp(workspace: CampaignMaker, now: number, random: () => number, signal: AbortSignal): Promise<string[]> {
  const { database: db, site } = workspace.profile;
  const readers = getSetting(db, SETTING, readersSchema);
  if (!readers) return [];
  const offsetMs = zoneOffsetMs(now, site.timeZone);
  const current = siteDay(now, site.timeZone).slice(0, 7);
  const drawn = new Set(listDraws(db).map((draw) => draw.month));
  const concluded = listConcluded(db, offsetMs).filter(({ month }) => month < current && !drawn.has(month));
  const months = [...new Set(concluded.map(({ month }) => month))].sort();
  for (const month of months) {
    await drawMonth(
      workspace,
      readers,
      month,
      concluded.filter((image) => image.month === month),
      signal,
      random,
    );
  }
  return months;
}

const DAY_MS = 86_400_000;

/** Tops the audit up now and every day. @returns what ends it */
export function keepAuditing(workspace: Workspace): () => void {
  const abort = new AbortController();
  async function keep(): Promise<void> {
    try {
      await topUpAudit(workspace, Date.now(), cryptographic, abort.signal);
    } catch (thrown) {
      // Nobody has consented, the readers have left, or the profile is being closed: the month stays without its draw, the room shows it, and tomorrow is tried again.
      if (!(thrown instanceof AppError) && !abort.signal.aborted) throw thrown;
    }
  }
  const first = setImmediate(() => void keep());
  const daily = setInterval(() => void keep(), DAY_MS);
  daily.unref();
  return () => {
    abort.abort();
    clearImmediate(first);
    clearInterval(daily);
  };
}

async function drawMonth(
  workspace: CampaignMaker,
  readers: AuditReaders,
  month: string,
  concluded: readonly ConcludedImage[],
  signal: AbortSignal,
  random: () => number,
): Promise<void> {
  const { database: db, site } = workspace.profile;
  const positives = [...new Set(concluded.filter((image) => image.positive).map((image) => image.unit))];
  const all = [...new Set(concluded.filter((image) => !image.positive).map((image) => image.unit))];
  const read = listAudited(db, AUDIT.userId).filter((unit) => !unit.positive).length;
  const wanted = Math.max(
    read < FIRST_UNTIL ? Math.max(FIRST_LEAST, Math.ceil(FIRST_SHARE * all.length)) : Math.ceil(LATER_SHARE * all.length),
    Math.ceil((positives.length * LEAST_NEGATIVE_SHARE) / (1 - LEAST_NEGATIVE_SHARE) - 1e-9),
  );
  const negatives = shuffled(all, random).slice(0, wanted);
  const taken = new Set([...positives, ...negatives]);
  const images = concluded.filter((image) => taken.has(image.unit));
  const request = {
    title: month,
    selection: 'running-audit' as const,
    runIds: [],
    size: null,
    images: images.map(({ imageId, positive }) => ({ imageId, origin: positive ? ('selected' as const) : ('random' as const) })),
    readerIds: readers.readerIds,
    readersPerImage: 2,
    adjudication: 'senior' as const,
    adjudicatorId: readers.adjudicatorId,
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 10,
    washoutDays: 14,
    certifiedOnly: false,
    consentDeclared: readers.consentDeclared,
  };
  await createCampaign(AUDIT, workspace, request, { signal, onProgress: () => undefined }, (campaignId) => {
    addDraw(db, {
      siteId: site.id,
      month,
      campaignId,
      positives: positives.length,
      negatives: negatives.length,
      negativesOf: all.length,
      actorId: AUDIT.userId,
      images,
    });
    appendAuditEvent(db, {
      siteId: site.id,
      actor: AUDIT,
      action: 'audit.drawn',
      recordType: 'campaign',
      recordId: campaignId,
      details: { month, positives: positives.length, negatives: negatives.length, of: all.length },
    });
  });
}

/** What the audit has found: never a bare "none missed", always the bound that so many readings allow. */
export function auditState(actor: Actor, workspace: Workspace): AuditState {
  requireRole(actor, 'doctor', 'admin');
  const { database: db } = workspace.profile;
  const audited = listAudited(db, actor.userId);
  const negatives = audited.filter((unit) => !unit.positive);
  const positives = audited.filter((unit) => unit.positive);
  const missed = negatives.filter((unit) => unit.referable).length;
  return {
    readers: getSetting(db, SETTING, readersSchema) ?? null,
    draws: listDraws(db),
    negativesRead: negatives.length,
    missed,
    missedAtMost: upperBound(missed, negatives.length),
    positivesRead: positives.length,
    positivesConfirmed: positives.filter((unit) => unit.referable).length,
  };
}

/** How far the site's clock is ahead of UTC. */
export function zoneOffsetMs(now: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(now);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return Math.round((local - now) / 60_000) * 60_000;
}

function cryptographic(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
