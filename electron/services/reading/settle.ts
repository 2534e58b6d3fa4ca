import { addAdjudicated, findAdjudicated } from '../../db/queries/adjudications';
import { addAssignment, type Campaign, endAssignments } from '../../db/queries/campaigns';
import { listLabelReads, listRound, type Read, type ReadAssignment } from '../../db/queries/reads';
import { getUser } from '../../db/queries/users';
import type { WritableDatabase } from '../../db/sql';
import { sayTheSame } from '../../shared/clinical/lesion-rule';
import type { Answer } from '../../shared/domain/reading';

/** After the queue that is under way: what goes to adjudication comes last. */
const LAST_POSITION = 1_000_000;

/**
 * What follows for a photograph once an answer is in: nothing while first answers are missing, nothing more when they agree, else the adjudicator or
 * the next round. Runs inside the transaction that stores the answer.
 */
export function settle(db: WritableDatabase, campaign: Campaign, assignment: Pick<ReadAssignment, 'itemId' | 'imageId'>): void {
  const { id: campaignId } = campaign;
  const { imageId } = assignment;
  if (campaign.kind === 'practice' || campaign.closedAt !== null || findAdjudicated(db, campaignId, imageId) !== undefined) return;
  const firsts = answersOf(db, campaign, imageId, 'read', 1);
  if (firsts === null || firsts.length < 2) return;
  if (agree(firsts)) {
    // An answer that was taken back and given anew can end a disagreement.
    for (const { readerId, kind } of openOnes(db, campaignId, imageId)) {
      endAssignments(db, { campaignId, readerId, imageId, kind }, 'agreed', readerId);
    }
    return;
  }
  if (campaign.adjudication === 'senior' && !hasLeft(db, campaign.adjudicatorId)) toSenior(db, campaign, assignment);
  else nextRound(db, campaign, assignment, firsts);
}

/** Whose account has ended, or is no doctor's any more: a senior who decides nothing now, so that the readers go round until they agree; a reader whom no round waits for. */
function hasLeft(db: WritableDatabase, userId: string | null): boolean {
  const user = userId === null ? undefined : getUser(db, userId);
  return user !== undefined && (user.state === 'left' || !user.roles.includes('doctor'));
}

/** Lesions that no rule may grade go to adjudication even where the grades agree. */
function agree(reads: readonly Read[]): boolean {
  return sayTheSame(reads.map(({ answer }) => answer)) && !reads.some(({ adjudicate }) => adjudicate);
}

/** The answers of a round; null while one is missing. */
function answersOf(db: WritableDatabase, campaign: Campaign, imageId: string, kind: 'read' | 'round-robin', round: number): Read[] | null {
  const reads = listLabelReads(db, campaign.id, imageId, kind, round);
  const answered = new Set(reads.map(({ assignmentId }) => assignmentId));
  const missing = listRound(db, campaign.id, imageId, kind, round).some(({ id, ended }) => !ended && !answered.has(id));
  return missing ? null : reads;
}

function openOnes(db: WritableDatabase, campaignId: string, imageId: string): ReadAssignment[] {
  return [...listRound(db, campaignId, imageId, 'adjudicate', 1), ...listRound(db, campaignId, imageId, 'round-robin', 2)].filter(
    ({ ended }) => !ended,
  );
}

function toSenior(db: WritableDatabase, campaign: Campaign, { itemId, imageId }: Pick<ReadAssignment, 'itemId' | 'imageId'>): void {
  if (campaign.adjudicatorId === null) return;
  let round = 1;
  for (let before = listRound(db, campaign.id, imageId, 'adjudicate', round); before.length > 0;) {
    if (before.some(({ ended }) => !ended)) return;
    round += 1;
    before = listRound(db, campaign.id, imageId, 'adjudicate', round);
  }
  addAssignment(db, {
    siteId: campaign.siteId,
    campaignId: campaign.id,
    itemId,
    imageId,
    readerId: campaign.adjudicatorId,
    kind: 'adjudicate',
    round,
    position: LAST_POSITION,
    notBefore: null,
  });
}

function nextRound(
  db: WritableDatabase,
  campaign: Campaign,
  { itemId, imageId }: Pick<ReadAssignment, 'itemId' | 'imageId'>,
  firsts: readonly Read[],
): void {
  let round = 1;
  let last: readonly Read[] = firsts;
  for (;;) {
    const started = listRound(db, campaign.id, imageId, 'round-robin', round + 1);
    if (started.length === 0) break;
    const reads = answersOf(db, campaign, imageId, 'round-robin', round + 1);
    if (reads === null) return;
    round += 1;
    last = reads;
  }
  // From the second round on the readers have seen each other's lesions: what they agree on stands.
  const [agreed] = last;
  if (round > 1 && agreed !== undefined && last.length >= 2 && sayTheSame(last.map(({ answer }) => answer))) {
    addAdjudicated(db, {
      siteId: campaign.siteId,
      campaignId: campaign.id,
      imageId,
      method: 'round-robin',
      assignmentId: null,
      adjudicatorId: null,
      rounds: round,
      answer: common(last.map(({ answer }) => answer)) ?? agreed.answer,
    });
    return;
  }
  const staying = firsts.filter(({ readerId }) => !hasLeft(db, readerId));
  if (staying.length < 2) return;
  for (const { readerId } of staying) {
    // A masked second read of what is going to be talked about would no longer be one.
    endAssignments(db, { campaignId: campaign.id, readerId, imageId, kind: 're-read' }, 'unblinded', readerId);
    addAssignment(db, {
      siteId: campaign.siteId,
      campaignId: campaign.id,
      itemId,
      imageId,
      readerId,
      kind: 'round-robin',
      round: round + 1,
      position: LAST_POSITION + round,
      notBefore: null,
    });
  }
}

/** What all say: the lesions and diseases that each of them names, the lowest confidence. */
function common(answers: readonly Answer[]): Answer | null {
  const [first, ...others] = answers;
  if (first === undefined) return null;
  return {
    ...first,
    lesions: first.lesions.filter((lesion) => others.every(({ lesions }) => lesions.includes(lesion))),
    otherDisease: first.otherDisease.filter((one) => others.every(({ otherDisease }) => otherDisease.includes(one))),
    referOther: answers.some(({ referOther }) => referOther),
    confidence: answers.reduce((lowest, { confidence }) => (confidence < lowest ? confidence : lowest), first.confidence),
    note: '',
  };
}
