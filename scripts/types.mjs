/** Every TypeScript project of the repository; each has the globals of where its code runs. */
import { packageFile, run } from './setup/tools.mjs';

const CHECKS = [
  ['main side and tests', packageFile('typescript', 'bin/tsc'), '-p', 'tsconfig.json'],
  ['shared: no Node, no DOM', packageFile('typescript', 'bin/tsc'), '-p', 'tsconfig.shared.json'],
  ['tests on the real window', packageFile('typescript', 'bin/tsc'), '-p', 'tsconfig.e2e.json'],
  ['window', packageFile('svelte-check', 'bin/svelte-check'), '--tsconfig', 'tsconfig.web.json', '--fail-on-warnings'],
];

for (const [name, program, ...args] of CHECKS) {
  const { code, output } = await run(process.execPath, [program, ...args]);
  console.log(`types of ${name}: ${code === 0 ? 'ok' : 'errors'}`);
  if (code !== 0) {
    console.log(output.trim());
    process.exitCode = 1;
  }
}
