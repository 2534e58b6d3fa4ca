import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LOCALES } from '../../electron/shared/ipc/types';
import { type Netra, ready, ROOT, start, until } from '../../test/e2e/helpers/netra';

/**
 * `node scripts/window/run.mjs camp-screens [FOLDER]`: the technician's day in the demonstration (painted photographs, invented patients), every room in three
 * languages and both themes, as `FOLDER/<language>-<theme>/camp-<screen>.png` (default: screenshots/, not in git). The guide's pictures are English and light.
 */
const OUT = resolve(process.argv[2] ?? join(ROOT, 'screenshots'));
const SIZE = { width: 1366, height: 768 };

async function go(netra: Netra, hash: string): Promise<void> {
  await netra.page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await netra.page.waitForTimeout(1200);
}

async function shoot(netra: Netra, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const png = await netra.app.evaluate(async ({ BrowserWindow }) => {
    const shown = BrowserWindow.getAllWindows().find((window) => window.isVisible());
    return (await shown?.webContents.capturePage())?.toPNG().toString('base64');
  });
  writeFileSync(join(folder, `camp-${name}.png`), Buffer.from(png ?? '', 'base64'));
}

/** Waits until the photographs of the demonstration have results. */
async function photographed(netra: Netra): Promise<{ encounterId: string; patientId: string }> {
  let rows: Awaited<ReturnType<typeof papers>> = [];
  await until(async () => (rows = await papers(netra)).length >= 10, 120_000);
  const first = rows[0];
  if (first === undefined) throw new Error('the demonstration has no results');
  const [patient] = await netra.ask('findPatients', { query: first.shortId });
  return { encounterId: first.encounterId, patientId: patient?.patientId ?? '' };
}

async function papers(netra: Netra) {
  return (await netra.ask('campPapers', { day: null })).rows;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netra-camp-'));
  const netra = await start({ profile: join(folder, 'unused'), switches: ['--demo'], accounts: 'first-start' });
  try {
    await netra.app.evaluate(({ BrowserWindow }, size) => {
      const window = BrowserWindow.getAllWindows()[0];
      window?.unmaximize();
      window?.setContentSize(size.width, size.height);
    }, SIZE);
    await until(async () => (await netra.ask('status', {})).profile.state === 'closed');
    await netra.page.waitForTimeout(800);
    await shoot(netra, join(OUT, 'en-light'), '00-door');
    await netra.ask('signIn', { login: 'technician', password: 'demo technician' });
    await ready(netra);
    const { encounterId, patientId } = await photographed(netra);
    for (const locale of LOCALES) {
      for (const theme of ['light', 'dark'] as const) {
        await netra.ask('setSettings', { locale, theme });
        const place = join(OUT, `${locale}-${theme}`);
        const screens: readonly (readonly [name: string, hash: string])[] = [
          ['01-today', '#/room/today'],
          ['02-patient', `#/room/patients/${patientId}`],
          ['03-photographs', `#/room/capture/${encounterId}`],
          ['04-papers', `#/room/papers/${encounterId}`],
          ['05-backup', '#/room/upkeep/backup'],
          ['06-languages', '#/room/upkeep/languages'],
        ];
        for (const [name, hash] of screens) {
          await go(netra, hash);
          await shoot(netra, place, name);
        }
      }
    }
    await netra.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(2));
    for (const [name, hash] of [
      ['07-papers-at-200-percent', `#/room/papers/${encounterId}`],
      ['08-backup-at-200-percent', '#/room/upkeep/backup'],
    ] as const) {
      await go(netra, hash);
      await shoot(netra, join(OUT, 'en-light'), name);
    }
  } finally {
    netra.process.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`screenshots in ${OUT}`);
}

await main();
