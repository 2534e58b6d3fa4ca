import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import QRCode from 'qrcode';
import { ICON_PATHS } from './document-icons';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { Html, html } from '../report/html';
import { DOCUMENT_STYLE } from './document-style';

/** A sheet of paper: its size, its language and what is on it. */
export interface Sheet {
  /** A5 in the hand, A4 in a file. */
  size: 'A5' | 'A4';
  locale: Locale;
  /** Above everything: a draft translation, a practice site. */
  marks: readonly string[];
  /** May go over several pages; everything else is set smaller until it fits on one. */
  long?: boolean;
  body: Html;
}

/** What runs nothing, loads nothing and asks nobody: pictures and fonts are inside. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

/** Each file has one script: what a page does not use is left out of its PDF. */
const FACES = [
  {
    family: 'Noto Sans',
    file: 'noto-sans-latin',
    range: 'U+0000-00FF, U+0131, U+02BB-02DC, U+2000-206F, U+20AC, U+20B9, U+2122, U+2191, U+2193, U+2212',
  },
  {
    family: 'Noto Sans Devanagari',
    file: 'noto-sans-devanagari-devanagari',
    range: 'U+0900-097F, U+1CD0-1CF9, U+200C-200D, U+20A8, U+20B9, U+25CC, U+A830-A839, U+A8E0-A8FF',
  },
  { family: 'Noto Sans Tamil', file: 'noto-sans-tamil-tamil', range: 'U+0964-0965, U+0B82-0BFA, U+200C-200D, U+20B9, U+25CC' },
] as const;

/** The shipped fonts as rules of a style sheet. @param resourcesFolder with `fonts/` */
export async function fontRules(resourcesFolder: string): Promise<Html> {
  const rules = FACES.flatMap(({ family, file, range }) =>
    [400, 600].map(async (weight) => {
      const bytes = await readFile(join(resourcesFolder, 'fonts', `${file}-${weight}-normal.woff2`));
      const source = `url(data:font/woff2;base64,${bytes.toString('base64')}) format('woff2')`;
      return `@font-face { font-family: '${family}'; font-weight: ${weight}; src: ${source}; unicode-range: ${range}; }`;
    }),
  );
  return new Html((await Promise.all(rules)).join('\n'));
}

/** One self-contained page of HTML with every sheet on its own paper, ready to be printed. */
export function documentPage(title: string, sheets: readonly Sheet[], fonts: Html): string {
  const size = sheets[0]?.size ?? 'A4';
  return html`<!doctype html>
    <html lang="${sheets[0]?.locale ?? 'en'}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${fonts} @page { size: ${size}; margin: 0; } ${new Html(DOCUMENT_STYLE)}
        </style>
      </head>
      <body>
        ${sheets.map(sheetHtml)}
      </body>
    </html>`.text;
}

function sheetHtml({ size, locale, marks, long = false, body }: Sheet): Html {
  return html`<section class="sheet ${size.toLowerCase()} ${long ? 'long' : 'fit'}" lang="${locale}">
    ${marks.map((mark) => html`<p class="mark">${mark}</p>`)} ${body}
    <footer>${m.limits_statement({}, { locale })}</footer>
  </section>`;
}

/** A line drawing of 24 by 24, in the colour of the text. */
export function icon(name: keyof typeof ICON_PATHS): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${ICON_PATHS[name]}" /></svg>`;
}

/** A face from the front with one eye filled: the patient's right eye is on the left, as the patient is seen. */
export function face(eye: 'right' | 'left'): Html {
  return html`<svg class="face" viewBox="0 0 44 32" aria-hidden="true">
    <path d="M8 6c3-4 25-4 28 0 3 5 2 16-3 21-4 4-18 4-22 0C6 22 5 11 8 6zM22 15v6l-2 1M18 26.5c2 1 6 1 8 0" />
    <ellipse class="${eye === 'right' ? 'this' : ''}" cx="14.5" cy="13.5" rx="4.6" ry="3" />
    <ellipse class="${eye === 'left' ? 'this' : ''}" cx="29.5" cy="13.5" rx="4.6" ry="3" />
  </svg>`;
}

/** A QR code that a phone reads in bad light; medium error correction survives a fold. */
export async function qrCode(text: string): Promise<Html> {
  return new Html(await QRCode.toString(text, { type: 'svg', margin: 0, errorCorrectionLevel: 'M' }));
}
