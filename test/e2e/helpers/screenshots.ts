import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Netra } from './netra';

/** With NETRA_SCREENSHOTS=FOLDER the journeys leave pictures of the window there: those of docs/guide-admin.md and docs/guide-doctor.md. */
export async function shoot({ app, page }: Netra, name: string): Promise<void> {
  const folder = process.env['NETRA_SCREENSHOTS'];
  if (folder === undefined) return;
  await page.waitForTimeout(600);
  const png = await app.evaluate(async ({ BrowserWindow }) =>
    (await BrowserWindow.getAllWindows()[0]?.webContents.capturePage())?.toPNG().toString('base64'),
  );
  writeFileSync(join(folder, `${name}.png`), Buffer.from(png ?? '', 'base64'));
}

/** The laptop that the pictures of the guides are taken for. */
export async function laptopSize({ app }: Netra): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0];
    window?.unmaximize();
    window?.setContentSize(1366, 768);
  });
}
