import type { Locale } from '../../shared/messages/runtime';
import { Html, html } from './html';
import { REPORT_STYLE } from './report-style';

/** One file that shows pictures it brings along and loads or runs nothing; begins with its title. */
export function htmlPage(title: string, locale: Locale, body: Html): Html {
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html> `;
}
