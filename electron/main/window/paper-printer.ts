import { BrowserWindow, session as sessions, type Session } from 'electron';
import { APP_SCHEME } from '../../shared/ipc/images';
import { AppError } from '../../shared/errors';
import { refuseNetwork } from '../security/no-network';
import { denyPermissions } from '../security/permissions';
import { securePreferences } from '../security/web-preferences';

/** In memory, of its own: a paper's page sees neither the window's session nor its photographs. */
const PARTITION = 'netra-paper';
const PAGE_URL = `${APP_SCHEME}://paper/`;
/**
 * Says itself when it may be printed: a fixed delay would print missing letters on a slow machine. What does not fit is set a little smaller first: a word
 * that is wider than the frame it stands in, a page that must stay one (a script with long words, a long name). What may go over several pages is kept on
 * one where that needs little.
 */
const READY = `Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode().catch(() => undefined))]).then(() => {
  const shrink = (element, tooLarge, leastPx) => {
    let size = parseFloat(getComputedStyle(element).fontSize);
    while (tooLarge() && size > leastPx) element.style.fontSize = (size -= 0.25) + 'px';
    return !tooLarge();
  };
  for (const sheet of document.querySelectorAll('.sheet')) {
    const page = parseFloat(getComputedStyle(sheet).minHeight) + 1;
    const long = sheet.classList.contains('long');
    if (!shrink(sheet, () => (long ? sheet.offsetHeight > page : sheet.scrollHeight > sheet.clientHeight), long ? 12 : 9)) {
      if (long) sheet.style.fontSize = '';
    }
    for (const words of sheet.querySelectorAll('.advice p')) shrink(words, () => words.scrollWidth > words.clientWidth, 9);
  }
})`;

let prepared: { session: Session; pages: Map<string, string> } | null = null;

/** A page of self-contained HTML as PDF, made by the program itself in a hidden, locked-down window. */
export async function renderPdf(html: string): Promise<Uint8Array> {
  return withPage(html, (window) =>
    window.webContents.printToPDF({
      printBackground: true,
      preferCSSPageSize: true,
      generateTaggedPDF: true,
      generateDocumentOutline: true,
    }),
  );
}

/** Asks for a printer with the system's dialog. @returns false when the person closed it @throws AppError printer-missing | print-failed */
export async function printPage(html: string): Promise<boolean> {
  return withPage(html, async (window) => {
    // Without a printer the system's dialog does not open everywhere, and nobody would be told why.
    if ((await window.webContents.getPrintersAsync()).length === 0) throw new AppError('printer-missing');
    return new Promise((settle, refuse) => {
      window.webContents.print({ silent: false, printBackground: true }, (printed, reason) => {
        if (printed || /cancel/i.test(reason)) settle(printed);
        else refuse(new AppError('print-failed', {}, new Error(reason)));
      });
    });
  });
}

async function withPage<T>(html: string, work: (window: BrowserWindow) => Promise<T>): Promise<T> {
  const { session, pages } = preparedSession();
  const url = `${PAGE_URL}${crypto.randomUUID()}`;
  pages.set(url, html);
  const window = new BrowserWindow({
    show: false,
    webPreferences: { ...securePreferences(null, ''), session, images: true },
  });
  try {
    await window.loadURL(url);
    await window.webContents.executeJavaScript(READY);
    return await work(window);
  } finally {
    pages.delete(url);
    window.destroy();
  }
}

function preparedSession(): { session: Session; pages: Map<string, string> } {
  if (prepared !== null) return prepared;
  const session = sessions.fromPartition(PARTITION, { cache: false });
  const pages = new Map<string, string>();
  denyPermissions(session);
  refuseNetwork(session, () => undefined);
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  session.protocol.handle(APP_SCHEME, (request) => {
    const html = pages.get(request.url);
    if (html === undefined) return new Response(null, { status: 404 });
    // The page has the same policy inside, for whoever opens it elsewhere.
    return new Response(html, {
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'",
      },
    });
  });
  prepared = { session, pages };
  return prepared;
}
