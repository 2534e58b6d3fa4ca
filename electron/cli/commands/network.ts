import type { Command } from 'commander';

import { drawNetwork } from '../../engine/bundle/network-drawing';
import { readBundle } from '../../engine/bundle/read';
import { writeFileAtomically } from '../../services/report/atomic-file';
import { starterFolder } from '../../services/workspace';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';

export function addNetworkCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('network')
    .description(m.cli_network_description({}, text))
    .argument('[bundle]', m.cli_evaluate_model({}, text))
    .option('--out <file>', m.cli_network_out({}, text))
    .action(async (folder: string | undefined, { out }: { out?: string }) => {
      const { files, card } = await readBundle(folder ?? starterFolder(context.resourcesFolder));
      const svg = drawNetwork(files, card.name);
      if (out === undefined) {
        context.out.write(svg);
        return;
      }
      await writeFileAtomically(out, (write) => write(svg));
      context.err.write(`${m.cli_written({ path: out }, text)}\n`);
    });
}
