import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Session } from 'electron';
import { APP_ORIGIN, APP_SCHEME, IMAGE_HOST, parseImageUrl, type Rendition } from '../../shared/ipc/images';
import { CONTENT_SECURITY_POLICY } from '../security/content-security-policy';
import { pageFile } from '../security/own-protocol';

export interface Picture {
  bytes: Uint8Array;
  type: 'image/jpeg' | 'image/png' | 'image/bmp';
}

export interface OwnProtocolOptions {
  /** The built pages. */
  pages: string;
  /** @returns null when there is no such photograph, or none for whoever is signed in */
  picture: (imageId: string, rendition: Rendition) => Promise<Picture | null>;
  onError: (thrown: unknown) => void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** On every answer: nothing is stored, guessed at or loaded from elsewhere. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

/** Serves the pages and the photographs of `app://`. Only the session that is handed in ever sees them. */
export function serveOwnProtocol(session: Session, options: OwnProtocolOptions): void {
  session.protocol.handle(APP_SCHEME, async (request) => {
    try {
      return await respond(request.method, request.url, options);
    } catch (thrown) {
      options.onError(thrown);
      return refuse(500);
    }
  });
}

async function respond(method: string, url: string, options: OwnProtocolOptions): Promise<Response> {
  if (method !== 'GET') return refuse(405);
  if (url.startsWith(`${APP_SCHEME}://${IMAGE_HOST}/`)) {
    const wanted = parseImageUrl(url);
    const picture = wanted === null ? null : await options.picture(wanted.imageId, wanted.rendition);
    if (picture === null) return refuse(404);
    // The page draws photographs on a canvas (red-free): without this the canvas could not be read.
    return new Response(picture.bytes as Uint8Array<ArrayBuffer>, {
      headers: { ...HEADERS, 'Content-Type': picture.type, 'Access-Control-Allow-Origin': APP_ORIGIN },
    });
  }
  const file = pageFile(url, options.pages);
  const type = file === null ? undefined : TYPES[extname(file)];
  if (file === null || type === undefined) return refuse(404);
  try {
    return new Response(await readFile(file), { headers: { ...HEADERS, 'Content-Type': type } });
  } catch {
    return refuse(404);
  }
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: HEADERS });
}
