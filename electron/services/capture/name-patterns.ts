import shipped from '../../../resources/patterns/file-names.json';
import { appendAuditEvent } from '../../db/audit';
import { getSetting, putSetting } from '../../db/queries/settings';
import { type ReadableDatabase, transaction } from '../../db/sql';
import { z } from 'zod';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { NamePattern, NamePreview } from '../../shared/ipc/capture';
import { compilePatterns, NAME_PATTERNS, type NamePatterns } from '../../shared/naming/patterns';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { readName } from './read-name';

/** Setting with the site's own patterns of file names; they come before those shipped with the program. */
const PATTERNS_KEY = 'file-name-patterns';
const ownSchema = z.array(z.strictObject({ match: z.string(), caseSensitive: z.boolean() }));

export function listOwnPatterns(actor: Actor, { profile }: Pick<Workspace, 'profile'>): NamePattern[] {
  requireRole(actor, ...ROLES);
  return ownPatterns(profile.database);
}

/** The site's patterns and the shipped ones, ready to read names with. */
export function sitePatterns(db: ReadableDatabase): NamePatterns {
  const own = ownPatterns(db);
  return own.length === 0 ? NAME_PATTERNS : compiled(own);
}

/** @throws AppError patterns-invalid {detail}: a pattern that is none; the old ones stay */
export function saveOwnPatterns(actor: Actor, { profile }: Pick<Workspace, 'profile'>, own: readonly NamePattern[]): void {
  requireRole(actor, 'admin');
  compiled(own);
  const { database, site } = profile;
  transaction(database, () => {
    putSetting(database, PATTERNS_KEY, own);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'patterns.saved',
      recordType: 'site',
      recordId: site.id,
      details: { patterns: own.length },
    });
  });
}

/** What names would say with these patterns; nothing is kept. @throws AppError patterns-invalid */
export function previewNames(actor: Actor, own: readonly NamePattern[], names: readonly string[]): NamePreview[] {
  requireRole(actor, ...ROLES);
  const patterns = compiled(own);
  return names.map((name) => {
    const { shortIds, patient, eye, patternId } = readName('', name, patterns);
    return { name, shortId: shortIds.length === 1 ? (shortIds[0] ?? null) : null, patient, eye, patternId };
  });
}

function ownPatterns(db: ReadableDatabase): NamePattern[] {
  return getSetting(db, PATTERNS_KEY, ownSchema) ?? [];
}

function compiled(own: readonly NamePattern[]): NamePatterns {
  const files = own.map(({ match, caseSensitive }, index) => ({
    id: `site-${index + 1}`,
    example: match,
    why: 'The site names its files so.',
    match,
    caseSensitive,
    readsEye: true,
    numbering: 'site',
  }));
  try {
    return compilePatterns({ ...shipped, files: [...files, ...shipped.files] });
  } catch (cause) {
    throw new AppError('patterns-invalid', { detail: brokenIn(own) }, cause);
  }
}

function brokenIn(own: readonly NamePattern[]): string {
  const broken = own.find(({ match }) => {
    try {
      return match === '' || !new RegExp(match, 'u');
    } catch {
      return true;
    }
  });
  return broken?.match ?? '';
}
