/**
 * `npm test`: set-up, then every check and every test, and one plain last line with the counts.
 * A check (build, format, lint, types, unused code) counts as one. Nothing stops at the first failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './setup.mjs';
import { build } from './setup/build.mjs';
import { electronExecutable } from './setup/electron.mjs';
import { ROOT, packageFile } from './setup/tools.mjs';

const counts = { passed: 0, failed: 0, skipped: 0 };
/** Said again at the end: a log of which only the tail is kept must still name what failed, and why. */
const failures = [];
/** Failed beside others and passed alone. */
const unsteady = [];
const reports = mkdtempSync(join(tmpdir(), 'netra-test-'));

function show(program, args, env = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.on('error', () => done(-1));
    child.on('close', (code) => done(code ?? -1));
  });
}

function node(name, file, ...args) {
  return show(process.execPath, [packageFile(name, file), ...args]);
}

async function check(name, work) {
  const started = performance.now();
  const code = await work();
  counts[code === 0 ? 'passed' : 'failed']++;
  if (code !== 0) failures.push(name);
  console.log(`${code === 0 ? 'passed' : 'FAILED'}: ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function runVitest(name, ...args) {
  const file = join(reports, `${name}.json`);
  const code = await node('vitest', 'vitest.mjs', 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`);
  return { code, report: readReport(file) };
}

/**
 * Files that failed are run once more, alone: what fails beside others on two busy cores and passes alone is named as such, what is broken fails twice.
 */
async function vitest(...projects) {
  const name = projects.join('-');
  const chosen = projects.flatMap((project) => ['--project', project]);
  const { code, report } = await runVitest(name, ...chosen);
  const failedFiles = report?.testResults.filter((suite) => suite.status === 'failed') ?? [];
  if (code !== 0 && failedFiles.length === 0) return failedOutside(projects.join(', '));
  count(report.testResults.filter((suite) => suite.status !== 'failed'));
  if (failedFiles.length === 0) return;
  const names = failedFiles.map((suite) => suite.name);
  const again = await runVitest(`${name}-again`, ...chosen, '--no-file-parallelism', ...names);
  const failedBefore = counts.failed;
  count(again.report?.testResults ?? failedFiles);
  if (again.code !== 0 && counts.failed === failedBefore) failedOutside(projects.join(', '));
  for (const suite of failedFiles) {
    if (again.report?.testResults.some((second) => second.name === suite.name && second.status === 'passed')) {
      unsteady.push(...failuresOf(suite));
    }
  }
}

function count(suites) {
  for (const suite of suites) {
    for (const { status } of suite.assertionResults) counts[status === 'passed' || status === 'failed' ? status : 'skipped']++;
    if (suite.status !== 'failed') continue;
    // A file that does not even load has no test to its name.
    if (suite.assertionResults.every((test) => test.status !== 'failed')) counts.failed++;
    failures.push(...failuresOf(suite));
  }
}

function failuresOf(suite) {
  const failed = suite.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return [`${suite.name}\n${firstLines(suite.message)}`];
  return failed.map((test) => `${suite.name}: ${test.fullName}\n${firstLines(test.failureMessages[0])}`);
}

/** A runner that ended badly although no test failed: an error outside of every test. */
function failedOutside(name) {
  counts.failed++;
  failures.push(`${name}: an error outside of the tests, above`);
}

function firstLines(text = '') {
  return text.split('\n').slice(0, 8).join('\n');
}

function hasEndToEndTests() {
  const folder = join(ROOT, 'test/e2e');
  if (!existsSync(folder) || !existsSync(join(ROOT, 'playwright.config.ts'))) return false;
  return readdirSync(folder, { recursive: true }).some((name) => /\.(spec|test|e2e)\.ts$/.test(String(name)));
}

async function endToEnd() {
  const file = join(reports, 'e2e.json');
  const command = [process.execPath, packageFile('@playwright/test', 'cli.js'), 'test', '--reporter=list,json'];
  const screen = process.platform === 'linux' && !process.env['DISPLAY'] ? ['xvfb-run', '-a'] : [];
  const [program, ...args] = [...screen, ...command];
  const code = await show(program, args, { PLAYWRIGHT_JSON_OUTPUT_NAME: file });
  const report = readReport(file);
  const failedBefore = counts.failed;
  if (report) {
    counts.passed += report.stats.expected + report.stats.flaky;
    counts.failed += report.stats.unexpected;
    counts.skipped += report.stats.skipped;
    for (const spec of report.suites.flatMap(specsOf)) {
      const message = spec.tests.flatMap((test) => test.results).find((result) => result.error)?.error.message;
      if (spec.tests.some((test) => test.status === 'flaky')) unsteady.push(`${spec.file}: ${spec.title}\n${firstLines(message)}`);
      if (!spec.ok) failures.push(`${spec.file}: ${spec.title}\n${firstLines(message)}`);
    }
  }
  if (code !== 0 && counts.failed === failedBefore) failedOutside('the tests of the window');
}

function specsOf(suite) {
  return [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsOf)];
}

try {
  await setUp({ program: false });
  await check('build', async () => {
    try {
      await build();
      return 0;
    } catch (error) {
      console.error(error.message);
      return 1;
    }
  });
  await check('format', () => node('prettier', 'bin/prettier.cjs', '--check', '--log-level', 'warn', '.'));
  await check('lint', () => node('eslint', 'bin/eslint.js', '.', '--max-warnings', '0'));
  await check('types', () => show(process.execPath, ['scripts/types.mjs']));
  await check('unused code', () => node('knip', 'bin/knip.js'));
  await vitest('unit', 'db', 'component');
  await vitest('ml');
  if (hasEndToEndTests()) {
    if (electronExecutable()) await endToEnd();
    else {
      counts.skipped++;
      console.log('skipped: the tests of the window (no Electron here)');
    }
  }
} catch (error) {
  counts.failed++;
  failures.push(error.message);
} finally {
  rmSync(reports, { recursive: true, force: true });
}
for (const test of unsteady) console.log(`passed only at the second try: ${test}`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed === 0 ? 0 : 1);
