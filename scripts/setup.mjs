/**
 * Brings a fresh clone to where everything runs, and does nothing when nothing is to do.
 * The ordinary download comes first, what works behind a closed network next; each line says which way it took.
 *
 *   node scripts/setup.mjs
 */
import { pathToFileURL } from 'node:url';
import { build } from './setup/build.mjs';
import { electron, electronStarts } from './setup/electron.mjs';
import { messages } from './setup/messages.mjs';
import { dependencies } from './setup/npm.mjs';
import { onnx } from './setup/onnx.mjs';
import { sqlite } from './setup/sqlite.mjs';
import { compilers, systemLibraries } from './setup/system.mjs';
import { tensorflow } from './setup/tensorflow.mjs';

const OLDEST_NODE = [20, 19];

function say(line) {
  // Standard output belongs to the command that set-up precedes.
  process.stderr.write(`${line}\n`);
}

/** Runs one step and says how it went. Without `optional` a failure ends the set-up. */
async function step(name, work, { optional } = {}) {
  const started = performance.now();
  const waiting = setTimeout(() => say(`set-up: ${name} ...`), 1500);
  try {
    const result = await work();
    if (!result.ready) say(`set-up: ${name}: ${result.way}; ${result.detail} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    if (optional === undefined) throw new Error(`${name}: ${error.message}`, { cause: error });
    say(`set-up: ${name} is not there: ${error.message}\n        ${optional}`);
    return {};
  } finally {
    clearTimeout(waiting);
  }
}

/** @param {{window?: boolean, program?: boolean}} [options] `program: false` leaves out the build */
export async function setUp({ program = true } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new Error(`Node ${process.versions.node} is too old: Netra needs ${OLDEST_NODE.join('.')} or newer`);
  }
  await step('compilers', compilers, { optional: 'What is already built goes on working.' });
  await step('npm packages', dependencies);
  // The slow ones side by side; the window waits for its libraries only to say whether it starts.
  const window = step('Electron', electron, { optional: 'The command line works without it; the window does not.' });
  const libraries = step('system libraries', systemLibraries, { optional: 'The command line works without them; the window may not.' });
  const outcomes = await Promise.allSettled([
    step('SQLite', () => sqlite(window.then(({ version }) => version ?? '99'))),
    step('TensorFlow', tensorflow, { optional: 'Screening works without it; training does not.' }),
    step('ONNX Runtime', onnx, { optional: 'Screening falls back to a slower backend.' }),
    step('messages', messages),
    Promise.all([window, libraries]).then(async ([{ way }]) => {
      const reason = way && (await electronStarts());
      if (reason) say(`set-up: Electron does not start here: ${reason}`);
    }),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  if (program) await step('build', build);
}

/** For the commands that begin with set-up: ends the process with 1 when it fails. */
export async function setUpOrExit(options) {
  try {
    await setUp(options);
  } catch (error) {
    say(`set-up failed: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUpOrExit();
  say('set-up: ready');
}
