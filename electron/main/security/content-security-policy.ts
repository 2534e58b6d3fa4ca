import { APP_ORIGIN, APP_SCHEME, IMAGE_HOST } from '../../shared/ipc/images';

/**
 * Item 7: what the page may load, as a header on every answer of our own protocol (a meta tag could be left out of a page).
 * https://www.electronjs.org/docs/latest/tutorial/security#7-define-a-content-security-policy
 * `blob:` is for pictures that the viewer makes itself, `data:` for small icons that the build puts into its style sheets.
 */
export const CONTENT_SECURITY_POLICY = [
  `default-src 'none'`,
  `script-src ${APP_ORIGIN}`,
  `style-src ${APP_ORIGIN}`,
  `img-src ${APP_ORIGIN} ${APP_SCHEME}://${IMAGE_HOST} blob: data:`,
  `font-src ${APP_ORIGIN}`,
  `connect-src ${APP_ORIGIN} ${APP_SCHEME}://${IMAGE_HOST}`,
  `worker-src ${APP_ORIGIN}`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `frame-src 'none'`,
  `object-src 'none'`,
].join('; ');
