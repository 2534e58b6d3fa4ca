/**
 * Compiles resources/locales/*.json to electron/shared/messages (not in git): one typed function per message.
 * A message or a parameter that a language lacks is an error here, so a missing translation does not compile.
 *
 *   node scripts/messages.mjs [--if-changed]
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup/tools.mjs';

const SOURCES = join(ROOT, 'resources/locales');
const TARGET = join(ROOT, 'electron/shared/messages');
const STAMP = join(TARGET, '.sources');
const SETTINGS = JSON.parse(readFileSync(join(ROOT, 'project.inlang/settings.json'), 'utf8'));

/**
 * Compares the languages with the base language.
 * @param {Record<string, Record<string, unknown>>} catalogues by locale
 * @param {string} base
 * @returns {string[]} what is missing, one line each
 */
export function missingMessages(catalogues, base) {
  const problems = [];
  const keys = new Set(Object.values(catalogues).flatMap((catalogue) => Object.keys(catalogue)));
  keys.delete('$schema');
  for (const key of keys) {
    const wanted = catalogues[base]?.[key];
    for (const [locale, catalogue] of Object.entries(catalogues)) {
      const found = catalogue[key];
      if (found === undefined || found === '') problems.push(`${locale}: ${key} is missing`);
      else if (wanted !== undefined && parameters(found).join() !== parameters(wanted).join()) {
        problems.push(`${locale}: ${key} has the parameters [${parameters(found)}], ${base} has [${parameters(wanted)}]`);
      }
    }
  }
  return problems;
}

/** Names in braces; of a message with variants those of its inputs count. */
function parameters(message) {
  const text = JSON.stringify(message);
  const local = [...text.matchAll(/"local (\w+)/g)].map((match) => match[1]);
  const named = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const inputs = [...text.matchAll(/"input (\w+)/g)].map((match) => match[1]);
  return [...new Set([...named, ...inputs])].filter((name) => !local.includes(name)).sort();
}

function fingerprint(texts) {
  const hash = createHash('sha256');
  for (const part of [...texts, JSON.stringify(SETTINGS), readFileSync(new URL(import.meta.url))]) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** A name twice in one file would silently lose the first text. */
function repeatedKeys(text, locale) {
  const names = [...text.matchAll(/^ {2}"((?:[^"\\]|\\.)+)"\s*:/gm)].map((match) => match[1]);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${locale}: ${name} is there twice`);
}

export async function compileMessages({ ifChanged = false } = {}) {
  const texts = SETTINGS.locales.map((locale) => readFileSync(join(SOURCES, `${locale}.json`), 'utf8'));
  const mark = fingerprint(texts);
  if (ifChanged && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === mark) return { changed: false, count: 0 };

  const catalogues = Object.fromEntries(SETTINGS.locales.map((locale, index) => [locale, JSON.parse(texts[index])]));
  const unlisted = readdirSync(SOURCES).filter((name) => name.endsWith('.json') && !SETTINGS.locales.includes(name.slice(0, -5)));
  const problems = [
    ...unlisted.map((name) => `${name} is not listed in project.inlang/settings.json`),
    ...SETTINGS.locales.flatMap((locale, index) => repeatedKeys(texts[index], locale)),
    ...missingMessages(catalogues, SETTINGS.baseLocale),
  ];
  if (problems.length > 0) throw new Error(`messages do not compile:\n  ${problems.join('\n  ')}`);

  const { compile } = await import('@inlang/paraglide-js');
  // Built aside and swapped in, so that a test that runs now never meets half a folder.
  const fresh = mkdtempSync(join(ROOT, 'electron/shared/.messages-'));
  try {
    await compile({
      project: join(ROOT, 'project.inlang'),
      outdir: fresh,
      strategy: ['globalVariable', 'baseLocale'],
      outputStructure: 'locale-modules',
      emitTsDeclarations: true,
      emitGitIgnore: false,
      emitReadme: false,
      emitPrettierIgnore: false,
      disableAsyncLocalStorage: true,
    });
    writeFileSync(join(fresh, '.sources'), mark);
    rmSync(TARGET, { recursive: true, force: true });
    renameSync(fresh, TARGET);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return { changed: true, count: Object.keys(catalogues[SETTINGS.baseLocale]).length };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { changed, count } = await compileMessages({ ifChanged: process.argv.includes('--if-changed') });
    console.log(changed ? `${count} messages in ${SETTINGS.locales.length} languages compiled` : 'messages are up to date');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  // The compiler's own store keeps a timer for half a minute.
  process.exit();
}
