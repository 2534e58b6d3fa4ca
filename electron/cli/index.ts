import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runCli } from './run';

// This file is built to out/main/cli.js, beside the engine and the worker.
const programs = dirname(fileURLToPath(import.meta.url));

process.exitCode = await runCli(process.argv.slice(2), {
  resourcesFolder: join(programs, '..', '..', 'resources'),
  engineEntry: join(programs, 'engine.js'),
  workerEntry: join(programs, 'worker.js'),
});
