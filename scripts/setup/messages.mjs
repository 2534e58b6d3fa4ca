import { mustRun } from './tools.mjs';

/** Messages of all languages, as typed functions. */
export async function messages() {
  const output = await mustRun(process.execPath, ['scripts/messages.mjs', '--if-changed']);
  return output.includes('up to date') ? { ready: true } : { way: 'paraglide', detail: output.trim() };
}
