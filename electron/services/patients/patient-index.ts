import { distance } from 'fastest-levenshtein';
import type { Profile } from '../../db/profile/profile';
import { listSealedIdentities } from '../../db/queries/identities';
import { getPatient } from '../../db/queries/patients';
import { personOf } from '../../db/queries/persons';
import type { Identity } from '../../shared/domain/patients';
import { latinWords, skeletonOf, soundOf } from '../../shared/naming/name-key';
import { withPauses } from '../pause';
import { openIdentity } from './identity';

interface Word {
  latin: string;
  sound: string;
  skeleton: string;
}

interface Entry {
  patientId: string;
  shortId: string;
  identity: Identity;
  name: Word[];
  village: Word[];
  phoneDigits: string;
}

export interface IndexHit {
  patientId: string;
  shortId: string;
  identity: Identity;
  /** Higher is surer; of no other meaning. */
  score: number;
}

/** How sure a word is, by how it was found. A misspelt name is worth less than one that sounds the same. */
const SURE = { exact: 100, begins: 90, sounds: 80, soundBegins: 70, oneOff: 60, skeleton: 50, nearSkeleton: 30 };
/** A village says less of who somebody is than a name. */
const VILLAGE_DISCOUNT = 15;
const NAME_ENOUGH = SURE.skeleton;

/**
 * Names lie encrypted on the disk, so no database can search them: they are opened once, when the first search comes, and kept in memory for as long
 * as the profile is open.
 */
export class PatientIndex {
  readonly #entries = new Map<string, Entry>();

  /** Opens every identity, with pauses, so that a window keeps answering meanwhile. */
  static async build(profile: Pick<Profile, 'database' | 'identityKey'>): Promise<PatientIndex> {
    const index = new PatientIndex();
    for await (const row of withPauses(listSealedIdentities(profile.database))) {
      const patient = getPatient(profile.database, row.patientId);
      if (patient !== undefined) index.put(row.patientId, patient.shortId, openIdentity(profile.identityKey, row));
    }
    return index;
  }

  put(patientId: string, shortId: string, identity: Identity): void {
    this.#entries.set(patientId, {
      patientId,
      shortId,
      identity,
      name: wordsOf(identity.name),
      village: wordsOf(identity.village),
      phoneDigits: (identity.phone ?? '').replace(/\D/g, ''),
    });
  }

  remove(patientId: string): void {
    this.#entries.delete(patientId);
  }

  /** Every word of the query must fit; the surest first. */
  find(query: string): IndexHit[] {
    const ids = query.toUpperCase().replace(/-/g, '').split(/\s+/);
    const tokens = latinWords(query.replace(/-/g, '')).map((latin, at) => ({ ...wordOf(latin), id: ids[at] ?? '' }));
    if (tokens.length === 0) return [];
    const hits: IndexHit[] = [];
    for (const entry of this.#entries.values()) {
      let score = 0;
      for (const token of tokens) {
        const sure = surenessOf(token, entry);
        if (sure === 0) {
          score = 0;
          break;
        }
        score += sure;
      }
      if (score > 0) hits.push({ patientId: entry.patientId, shortId: entry.shortId, identity: entry.identity, score });
    }
    return hits.sort((a, b) => b.score - a.score);
  }

  /**
   * Who may be the same person: the same telephone number, or a name that sounds alike with nothing that contradicts (a year of birth more than
   * two years off, another sex, another village).
   */
  similar(identity: Identity): IndexHit[] {
    const name = wordsOf(identity.name);
    const village = wordsOf(identity.village);
    const phoneDigits = (identity.phone ?? '').replace(/\D/g, '').slice(-10);
    const hits: IndexHit[] = [];
    for (const entry of this.#entries.values()) {
      const samePhone = phoneDigits.length >= 6 && entry.phoneDigits.endsWith(phoneDigits);
      const alike = likeness(name, entry.name);
      if (!samePhone && (alike < NAME_ENOUGH || contradicts(identity, village, entry))) continue;
      if (samePhone && alike === 0) continue;
      hits.push({
        patientId: entry.patientId,
        shortId: entry.shortId,
        identity: entry.identity,
        score: alike + (samePhone ? SURE.exact : 0),
      });
    }
    return hits.sort((a, b) => b.score - a.score);
  }
}

const indices = new WeakMap<Profile['database'], Promise<PatientIndex>>();

/** The index of an open profile, built when it is first asked for. */
export function patientIndex(profile: Pick<Profile, 'database' | 'identityKey'>): Promise<PatientIndex> {
  let index = indices.get(profile.database);
  if (index === undefined) {
    index = PatientIndex.build(profile);
    indices.set(profile.database, index);
    index.catch(() => indices.delete(profile.database));
  }
  return index;
}

/** One hit a person: whoever was merged is found by the old name too, and shown as who they are now. */
export function persons(
  profile: Pick<Profile, 'database'>,
  hits: readonly IndexHit[],
  limit: number,
): { personId: string; hit: IndexHit }[] {
  const found = new Map<string, IndexHit>();
  for (const hit of hits) {
    const personId = personOf(profile.database, hit.patientId);
    if (!found.has(personId)) found.set(personId, hit);
    if (found.size >= limit) break;
  }
  return [...found].map(([personId, hit]) => ({ personId, hit }));
}

function wordsOf(text: string | null): Word[] {
  return text === null ? [] : latinWords(text).map(wordOf);
}

function wordOf(latin: string): Word {
  return { latin, sound: soundOf(latin), skeleton: skeletonOf(latin) };
}

function surenessOf(token: Word & { id: string }, entry: Entry): number {
  if (token.id.length >= 3 && entry.shortId.startsWith(token.id)) return SURE.exact;
  if (/^\d+$/.test(token.latin)) {
    if (String(entry.identity.yearOfBirth) === token.latin) return SURE.sounds;
    return token.latin.length >= 3 && entry.phoneDigits.includes(token.latin) ? SURE.begins : 0;
  }
  const inName = Math.max(0, ...entry.name.map((word) => wordLikeness(token, word, true)));
  const inVillage = Math.max(0, ...entry.village.map((word) => wordLikeness(token, word, true))) - VILLAGE_DISCOUNT;
  return Math.max(0, inName, inVillage);
}

/** @param growing the first word is still being typed: its beginning is enough */
function wordLikeness(typed: Word, word: Word, growing: boolean): number {
  if (typed.latin === word.latin) return SURE.exact;
  if (growing && word.latin.startsWith(typed.latin)) return SURE.begins;
  if (typed.sound === word.sound) return SURE.sounds;
  if (growing && typed.sound.length >= 2 && word.sound.startsWith(typed.sound)) return SURE.soundBegins;
  const off = Math.abs(typed.latin.length - word.latin.length) > 2 ? Infinity : distance(typed.latin, word.latin);
  if ((off <= 1 && typed.latin.length >= 4) || (off <= 2 && typed.latin.length >= 7)) return SURE.oneOff;
  if (typed.skeleton.length >= 2 && typed.skeleton === word.skeleton) return SURE.skeleton;
  if (typed.skeleton.length >= 4 && word.skeleton.length >= 4 && distance(typed.skeleton, word.skeleton) <= 1) return SURE.nearSkeleton;
  return 0;
}

/** Of the names' words in any order, an initial counting for the name it begins; 0 where one finds no partner. */
function likeness(one: readonly Word[], other: readonly Word[]): number {
  const [few, many] = one.length <= other.length ? [one, other] : [other, one];
  if (few.length === 0) return 0;
  const sure = few.map((word) =>
    Math.max(0, ...many.map((candidate) => (isInitial(word, candidate) ? NAME_ENOUGH : wordLikeness(word, candidate, false)))),
  );
  return Math.min(...sure);
}

function isInitial(one: Word, other: Word): boolean {
  const [short, long] = one.latin.length <= other.latin.length ? [one, other] : [other, one];
  return short.latin.length === 1 && long.latin.startsWith(short.latin);
}

function contradicts(identity: Identity, village: readonly Word[], entry: Entry): boolean {
  const { yearOfBirth, sex } = identity;
  if (sex !== null && entry.identity.sex !== null && sex !== entry.identity.sex) return true;
  if (yearOfBirth !== null && entry.identity.yearOfBirth !== null && Math.abs(yearOfBirth - entry.identity.yearOfBirth) > 2) return true;
  return village.length > 0 && entry.village.length > 0 && likeness(village, entry.village) === 0;
}
