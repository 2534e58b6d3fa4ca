import { createHash } from 'node:crypto';
import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { newId } from '../../db/ids';
import { bytes } from '../../db/rows';
import { get, type ReadableDatabase, run, sql, transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { PATIENT_LANGUAGES, type PatientLanguage } from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { requireRole } from '../actor';

/** The language that the words were written in: there is nothing to translate back. */
const ORIGINAL: PatientLanguage = 'en';
/** Words that reach a patient: on paper, and read out before consent. */
const PATIENT_WORDS = /^(advice|slip|letter|paper|full|consent|result_patient|limits)_/;

export interface LanguageState {
  language: PatientLanguage;
  draft: boolean;
  /** Of the signature in force. */
  signedAt: number | null;
}

/** Which languages are drafts: no doctor has signed the very words that this version prints. */
export function languageStates(db: ReadableDatabase): LanguageState[] {
  return PATIENT_LANGUAGES.map((language) => {
    if (language === ORIGINAL) return { language, draft: false, signedAt: null };
    const signed = get(
      db,
      sql`SELECT words_sha256, created_at FROM language_signature WHERE language = ${language} ORDER BY seq DESC LIMIT 1`,
      z.object({ words_sha256: bytes, created_at: z.number() }),
    );
    const holds = signed !== undefined && Buffer.from(signed.words_sha256).equals(wordsSha256(language));
    return { language, draft: !holds, signedAt: holds ? signed.created_at : null };
  });
}

export function isDraft(db: ReadableDatabase, language: PatientLanguage): boolean {
  return languageStates(db).find((state) => state.language === language)?.draft !== false;
}

/** A doctor who speaks the language signs its words. @throws AppError not-permitted (no doctor), not-found (the original needs none) */
export function signLanguage(actor: Actor, profile: Pick<Profile, 'database' | 'site'>, language: PatientLanguage): void {
  requireRole(actor, 'doctor');
  if (language === ORIGINAL) throw new AppError('not-found', { what: 'translation' });
  const { database: db, site } = profile;
  transaction(db, () => {
    const id = newId();
    run(
      db,
      sql`INSERT INTO language_signature (id, site_id, language, words_sha256, actor_id, created_at)
          VALUES (${id}, ${site.id}, ${language}, ${wordsSha256(language)}, ${actor.userId}, ${Date.now()})`,
    );
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'language.signed',
      recordType: 'language',
      recordId: id,
      details: { language },
    });
  });
}

/** SHA-256 over every word that reaches a patient; parameters stand in it as they are missing, which is the same each time. */
function wordsSha256(locale: Locale): Buffer {
  const hash = createHash('sha256');
  for (const name of Object.keys(m).sort()) {
    if (!PATIENT_WORDS.test(name)) continue;
    const message = m[name as keyof typeof m] as (inputs: object, options: { locale: Locale }) => string;
    hash.update(`${name}\0${message({}, { locale })}\0`);
  }
  return hash.digest();
}
