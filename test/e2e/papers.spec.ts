import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { EMPTY_IDENTITY, type PatientLanguage } from '../../electron/shared/domain/patients';
import { expect, type Netra, quit, signIn, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

/** Registers somebody who has come today and must see a doctor at once. @returns the encounter */
async function refer(netra: Netra, name: string, language: PatientLanguage): Promise<string> {
  const patient = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name, language, phone: '98400 12345' } });
  const answers = { screening: true, contact: true, sharing: true, training: true };
  await netra.ask('giveConsent', { patientId: patient.patientId, consent: { answers, language, how: 'read-aloud', givenBy: 'patient' } });
  const { encounterId } = await netra.ask('startEncounter', { patientId: patient.patientId });
  await netra.ask('raiseResult', { encounterId, urgent: true, reason: 'saw-something' });
  return encounterId;
}

/** The person's answers to the system's dialogs. */
async function answerDialogs(app: ElectronApplication, { save, open }: { save?: string; open?: string }): Promise<void> {
  await app.evaluate(
    ({ dialog }, [file, folder]) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: file === '', filePath: file });
      dialog.showOpenDialog = () => Promise.resolve({ canceled: folder === '', filePaths: folder === '' ? [] : [folder] });
    },
    [save ?? '', open ?? ''] as const,
  );
}

/** Keeps the pages that the program prints, as it loads them. */
async function keepPages(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ app: running }) => {
    const kept = globalThis as unknown as { papers: string[] };
    kept.papers = [];
    running.on('web-contents-created', (_event, contents) => {
      contents.on('did-finish-load', () => {
        if (!contents.getURL().startsWith('app://paper/')) return;
        void contents.executeJavaScript('document.documentElement.outerHTML').then((html: string) => kept.papers.push(html));
      });
    });
  });
}

interface DrawnText {
  /** Glyphs drawn, by font. */
  fonts: { name: string; glyphs: number; own: boolean }[];
  characters: number;
}

/** What Chromium's text shaper made of the advice on a page: which fonts drew it, and with how many glyphs. */
async function shaping(app: ElectronApplication, html: string, file: string): Promise<DrawnText> {
  writeFileSync(file, html);
  return app.evaluate(async ({ BrowserWindow }, path) => {
    const window = new BrowserWindow({ show: false, webPreferences: { partition: 'paper-test', sandbox: true } });
    try {
      await window.loadFile(path);
      await window.webContents.executeJavaScript('document.fonts.ready.then(() => true)');
      const { debugger: tools } = window.webContents;
      tools.attach();
      const send = (method: string, input: object = {}) => tools.sendCommand(method, input) as Promise<Record<string, never>>;
      await send('DOM.enable');
      await send('CSS.enable');
      const { root } = (await send('DOM.getDocument')) as unknown as { root: { nodeId: number } };
      const { nodeId } = (await send('DOM.querySelector', { nodeId: root.nodeId, selector: '.advice p' })) as unknown as { nodeId: number };
      const { fonts } = (await send('CSS.getPlatformFontsForNode', { nodeId })) as unknown as {
        fonts: { familyName: string; glyphCount: number; isCustomFont: boolean }[];
      };
      const characters = (await window.webContents.executeJavaScript(
        "document.querySelector('.advice p').textContent.replace(/\\\\s/g, '').length",
      )) as number;
      return { fonts: fonts.map((font) => ({ name: font.familyName, glyphs: font.glyphCount, own: font.isCustomFont })), characters };
    } finally {
      window.destroy();
    }
  }, file);
}

interface Ink {
  /** Columns of pixels with ink, first to last, of a text drawn as a whole. */
  widthPx: number;
  /** Of the same characters drawn one by one, as a program does that knows no shaping. */
  apartPx: number;
  /** The picture's columns, each as text. */
  columns: string[];
}

/** The ink that Chromium draws for words in the shipped font, on the page that is printed. */
async function inkOf(app: ElectronApplication, file: string, font: string, texts: readonly string[]): Promise<Ink[]> {
  return app.evaluate(
    async ({ BrowserWindow }, [path, family, words]) => {
      const window = new BrowserWindow({ show: false, webPreferences: { partition: 'paper-test', sandbox: true } });
      try {
        await window.loadFile(path);
        return (await window.webContents.executeJavaScript(`(async () => {
          const font = '600 48px "${family}"';
          const words = ${JSON.stringify(words)};
          await document.fonts.load(font, words.join(''));
          const draw = (pieces) => {
            const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 140 });
            const pen = canvas.getContext('2d');
            pen.font = font;
            let x = 20;
            for (const piece of pieces) { pen.fillText(piece, x, 90); x += pen.measureText(piece).width; }
            const { data } = pen.getImageData(0, 0, 600, 140);
            const columns = Array.from({ length: 600 }, (_, at) => {
              let column = '';
              for (let y = 0; y < 140; y += 1) column += data[(y * 600 + at) * 4 + 3] > 128 ? '1' : '0';
              return column;
            });
            const inked = columns.flatMap((column, at) => (column.includes('1') ? [at] : []));
            return columns.slice(inked[0], inked.at(-1) + 1);
          };
          return words.map((word) => {
            const columns = draw([word]);
            return { widthPx: columns.length, apartPx: draw([...word]).length, columns };
          });
        })()`)) as Ink[];
      } finally {
        window.destroy();
      }
    },
    [file, font, [...texts]] as const,
  );
}

/** How many glyphs of a font a page of PDF holds at most, and which fonts are inside. */
function pdfFacts(file: string): { fonts: string[]; pages: number; encrypted: boolean } {
  const text = readFileSync(file).toString('latin1');
  expect(text.startsWith('%PDF-')).toBe(true);
  const fonts = [...text.matchAll(/\/BaseFont \/[A-Z]{6}\+([A-Za-z-]+)/g)].map((match) => match[1] ?? '');
  return { fonts: [...new Set(fonts)].sort(), pages: [...text.matchAll(/\/Type \/Page\b/g)].length, encrypted: text.includes('/Encrypt') };
}

test('slips come out of the real program as PDF, shaped right in three languages, with fonts inside and no name in the file name', async ({
  launch,
  folder,
}) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page, app } = netra;
  await signIn(netra, 'technician');
  await keepPages(app);
  mkdirSync(join(folder, 'stick'));

  const scripts = [
    { language: 'en', name: 'Lakshmi Devi', font: 'NotoSans' },
    { language: 'hi', name: 'लक्ष्मी देवी', font: 'NotoSansDevanagari' },
    { language: 'ta', name: 'லட்சுமி தேவி', font: 'NotoSansTamil' },
  ] as const;
  for (const { language, name, font } of scripts) {
    const encounterId = await refer(netra, name, language);
    await page.evaluate((id) => {
      location.hash = `#/room/papers/${id}`;
    }, encounterId);
    const file = join(folder, 'stick', `${language}.pdf`);
    await answerDialogs(app, { save: file });
    await page.getByRole('button', { name: 'Save as PDF: Slip for the patient' }).click();
    await until(() => existsSync(file));
    const facts = pdfFacts(file);
    expect(facts.pages, 'one page').toBe(1);
    expect(facts.fonts.join(' ')).toContain(font);
    await expect(page.getByText(/No\. 00000\d-1, given on/)).toBeVisible();

    const html = await app.evaluate(() => (globalThis as unknown as { papers: string[] }).papers.at(-1) ?? '');
    expect(html).toContain(name);
    const drawn = await shaping(app, html, join(folder, 'page.html'));
    expect(
      drawn.fonts.every((each) => each.own),
      `${language}: only shipped fonts`,
    ).toBe(true);
    const glyphs = drawn.fonts.reduce((sum, each) => sum + each.glyphs, 0);
    if (language === 'hi') {
      // Conjuncts and reordered vowel signs: fewer glyphs than characters. Taken apart by zero-width non-joiners there are more.
      expect(glyphs).toBeLessThan(drawn.characters);
      const apart = html.replace(/(<div class="advice[^>]*>.*?<p>)([^<]*)/s, (_all, before: string, text: string) => {
        return `${before}${text.replace(/\u094d/g, '\u094d\u200c')}`;
      });
      const unshaped = await shaping(app, apart, join(folder, 'apart.html'));
      expect(unshaped.fonts.reduce((sum, each) => sum + each.glyphs, 0)).toBeGreaterThan(glyphs);
      // A conjunct is one letter and a reph stands above: as a picture they are far narrower than their characters one by one.
      for (const ink of await inkOf(app, join(folder, 'page.html'), 'Noto Sans Devanagari', ['लक्ष्मी', 'डॉक्टर', 'सर्कस'])) {
        expect(ink.widthPx).toBeGreaterThan(20);
        expect(ink.widthPx).toBeLessThan(ink.apartPx * 0.95);
      }
    }
    if (language === 'ta') {
      // A vowel sign that goes round its consonant is drawn in two pieces, a pulli joins its letter.
      expect(glyphs).not.toBe(drawn.characters);
      // Written after its consonant, the sign stands before it: two syllables begin with the same ink and end with their own.
      const [ka, ta, sign] = await inkOf(app, join(folder, 'page.html'), 'Noto Sans Tamil', ['கெ', 'தெ', 'லட்சுமி']);
      expect(ka?.columns.slice(0, 20)).toEqual(ta?.columns.slice(0, 20));
      expect(ka?.columns.slice(-20)).not.toEqual(ta?.columns.slice(-20));
      expect(sign?.widthPx ?? 0).toBeLessThan((sign?.apartPx ?? 0) * 0.95);
    }
  }
  expect(readdirSync(join(folder, 'stick')).sort()).toEqual(['en.pdf', 'hi.pdf', 'ta.pdf']);

  // A camp in one go, as a task, under the name that the program proposes.
  await refer(netra, 'Fourth Person', 'en');
  await page.evaluate(() => {
    location.hash = '#/room/papers';
  });
  await expect(page.getByText('Fourth Person')).toBeVisible();
  await page.getByRole('button', { name: 'Choose all' }).click();
  await expect(page.getByText('4 chosen')).toBeVisible();
  const batch = join(folder, 'stick', 'batch.pdf');
  await answerDialogs(app, { save: batch });
  await page.getByRole('button', { name: 'Save as PDF', exact: true }).click();
  await until(() => existsSync(batch));
  expect(pdfFacts(batch).pages).toBe(4);
});

/** The system's printers, its dialog and the printer itself, as the program meets them; what it prints is kept. */
async function answerPrinting(app: ElectronApplication, answer: { printers: string[]; printed: boolean; reason: string }): Promise<void> {
  await app.evaluate(({ app: running }, { printers, printed, reason }) => {
    const kept = globalThis as unknown as { printed: { options: object; html: string }[] };
    kept.printed = [];
    running.removeAllListeners('web-contents-created');
    running.on('web-contents-created', (_event, contents) => {
      contents.getPrintersAsync = () => Promise.resolve(printers.map((name) => ({ name }) as Electron.PrinterInfo));
      contents.print = (options = {}, done = () => undefined) => {
        void contents.executeJavaScript('document.documentElement.outerHTML').then((html: string) => {
          kept.printed.push({ options, html });
          done(printed, reason);
        });
      };
    });
  }, answer);
}

test('a slip goes to a printer as the page that is shown; without a printer, or where it fails, the way out is said and nobody counts as told', async ({
  launch,
}) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page, app } = netra;
  await signIn(netra, 'technician');
  const encounterId = await refer(netra, 'Lakshmi Devi', 'en');
  await page.evaluate((id) => {
    location.hash = `#/room/papers/${id}`;
  }, encounterId);
  const print = page.getByRole('button', { name: 'Print: Slip for the patient' });
  const given = async () => (await netra.ask('paperState', { encounterId })).papers.map(({ givenAt }) => givenAt !== null);

  await answerPrinting(app, { printers: [], printed: false, reason: '' });
  await print.click();
  await expect(page.getByText(WORDS.error_printer_missing)).toBeVisible();
  await answerPrinting(app, { printers: ['Office'], printed: false, reason: 'failed' });
  await print.click();
  await expect(page.getByText(WORDS.error_print_failed)).toBeVisible();
  await answerPrinting(app, { printers: ['Office'], printed: false, reason: 'Print job canceled' });
  await print.click();
  await until(() => app.evaluate(() => (globalThis as unknown as { printed: object[] }).printed.length === 1));
  expect(await given()).toEqual([false]);

  await answerPrinting(app, { printers: ['Office'], printed: true, reason: '' });
  await print.click();
  await expect(page.getByText(/No\. 000001-1, given on/)).toBeVisible();
  const [printed, ...more] = await app.evaluate(
    () => (globalThis as unknown as { printed: { options: { silent: boolean; printBackground: boolean }; html: string }[] }).printed,
  );
  expect(more).toEqual([]);
  expect(printed?.options).toEqual({ silent: false, printBackground: true });
  expect(printed?.html).toContain('Lakshmi Devi');
  expect(printed?.html).toContain('000001-1');
  expect(await given()).toEqual([true]);
});

test('a backup goes to a stick and comes back on an empty computer from the first screen; a problem reported before is there', async ({
  launch,
  folder,
}) => {
  const stick = join(folder, 'stick');
  mkdirSync(stick);
  const netra = await launch({ accounts: 'staffed' });
  await signIn(netra, 'technician');
  const encounterId = await refer(netra, 'Lakshmi Devi', 'ta');
  await netra.page.evaluate((id) => {
    location.hash = `#/room/papers/${id}`;
  }, encounterId);
  await netra.page.getByRole('button', { name: 'Report a problem with this result' }).click();
  await netra.page.getByLabel(/What happened/).fill('The letter named the wrong eye.');
  await netra.page.getByRole('button', { name: 'Keep the report' }).click();
  await expect(netra.page.getByText(/Kept\. Your administrator/)).toBeVisible();
  await netra.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await netra.page.evaluate(() => {
    location.hash = '#/room/upkeep/backup';
  });
  await answerDialogs(netra.app, { open: stick });
  await netra.page.getByRole('button', { name: 'Choose the stick and back up' }).click();
  await expect(netra.page.getByText('The backup is made and checked.')).toBeVisible({ timeout: 30_000 });
  await expect(netra.page.getByTestId('status-backup')).toHaveText('Last backup: today');
  await quit(netra);

  const empty = await launch({ accounts: 'first-start', profile: join(folder, 'empty/profile') });
  await empty.page.getByRole('button', { name: 'Restore a backup' }).click();
  await answerDialogs(empty.app, { open: stick });
  await empty.page.getByRole('button', { name: 'Choose the stick' }).click();
  await empty.page.getByLabel('User name').fill('admin');
  await empty.page.getByLabel('Password').fill('not the password');
  await empty.page.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(empty.page.getByRole('alert')).toBeVisible({ timeout: 20_000 });
  await empty.page.getByLabel('Password').fill('admin quiet lamp river');
  await empty.page.getByRole('button', { name: 'Restore', exact: true }).click();
  await until(async () => (await empty.ask('status', {})).profile.state === 'closed');
  await signIn(empty, 'admin');
  expect((await empty.ask('listProblems', {})).map((problem) => problem.words)).toEqual(['The letter named the wrong eye.']);
  expect((await empty.ask('findPatients', { query: 'Lakshmi' })).length).toBe(1);
});
