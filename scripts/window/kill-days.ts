import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTS, killedDays, type KilledDays } from '../../test/e2e/helpers/killed-days';
import { type Netra, ROOT, start } from '../../test/e2e/helpers/netra';
import { machine } from '../bench/machine';

/**
 * Part of `npm run soak`: the whole program, killed with kill -9 at 30 random moments of register, import, result, print and backup. It ends with an
 * error at the first thing that was acknowledged and is lost. `--write` keeps what it did in docs/performance-soak.md.
 */
const MOMENTS = 30;

function soakDocument({ kills, people, backups }: KilledDays, minutes: number): string {
  const { processor, cores, system, date, commit, loadAtStart } = machine();
  const rows = ACTS.map((act) => {
    const own = kills.filter((kill) => kill.act === act);
    const moments = own.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
    return `| ${act} | ${own.length} | ${moments.join(', ')} | ${own.filter(({ acknowledged }) => acknowledged).length} |`;
  });
  const count = (kept: readonly unknown[]): number => kept.length;
  return `# Killed at random moments

Written by \`npm run soak -- --write\`; change the program, not this file. A technician's day in the real window (register with consent and vision, two
photographs, result, slip as PDF, backup to a folder) is ended by kill -9 of the whole program at a random moment of one act, and the program is started again. After
each kill the database, the audit log, every photograph file and every backup that counts as one are checked, and everything that the window had
acknowledged until then is asked of it again.

${date}, commit ${commit}, ${processor}, ${cores} cores, ${system}, load when it began ${loadAtStart}; ${minutes.toFixed(0)} minutes.

| act | kills | milliseconds after it began | of them just after it was acknowledged whole |
|---|---|---|---|
${rows.join('\n')}

Acknowledged and looked for after every kill that followed: ${count(people.flatMap(({ patientId }) => patientId ?? []))} patients,
${count(people.flatMap(({ photographs }) => photographs))} photographs, ${count(people.flatMap(({ outcomeIds }) => outcomeIds))} results,
${count(people.flatMap(({ slip }) => slip ?? []))} slips, ${count(backups)} backups. Lost: 0 (the run ends at the first).

The same command also kills a screening of real photographs at ten random moments (\`test/soak/screen-kill.test.ts\`).
`;
}

const folder = mkdtempSync(join(tmpdir(), 'netra-soak-'));
let running: Netra | null = null;
const startedAt = performance.now();
try {
  const days = await killedDays(
    async () => {
      const begin = (): Promise<Netra> => start({ profile: join(folder, 'profile'), accounts: 'staffed' });
      // On a busy machine a start can take longer than the driver waits; one that fails twice is a failure.
      running = await begin().catch((error: unknown) => {
        if (!String(error).includes('Timeout')) throw error;
        console.log('a start took too long and was tried again');
        return begin();
      });
      return running;
    },
    folder,
    Array.from({ length: MOMENTS }, (_, index) => ACTS[index % ACTS.length] ?? 'register'),
    ({ act, afterMs, acknowledged }) => {
      console.log(`killed ${afterMs} ms into ${act}${acknowledged ? ', just acknowledged' : ''}: nothing lost`);
    },
  );
  const text = soakDocument(days, (performance.now() - startedAt) / 60_000);
  if (process.argv.includes('--write')) writeFileSync(join(ROOT, 'docs/performance-soak.md'), text);
  console.log(text);
} finally {
  (running as Netra | null)?.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
