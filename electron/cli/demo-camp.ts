import { join } from 'node:path';

import { defaultFolders } from '../services/default-folders';
import { writeDemoCamp } from '../services/demo/demo-camp';
import { m } from '../shared/messages/messages';
import type { CliContext } from './context';

/** Paints the demonstration camp where what can be made again lies. @returns its folder */
export async function demoCamp(context: CliContext): Promise<string> {
  context.err.write(`${m.cli_demo({}, { locale: context.locale })}\n`);
  const folder = join(defaultFolders().cache, 'demo-camp');
  await writeDemoCamp(folder, { signal: context.signal });
  return folder;
}
