import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { importBackboneBundle } from '../../services/models/import-backbone';
import { LOCAL_ACTOR } from '../../shared/domain/codes';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';

interface Flags {
  out: string;
  name: string;
  source: string;
  licence: string;
  size?: number;
}

export function addImportBackboneCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('import-backbone')
    .description(m.cli_import_backbone_description({}, text))
    .argument('<model.json>', m.cli_import_backbone_file({}, text))
    .requiredOption('--out <folder>', m.cli_train_out({}, text))
    .requiredOption('--name <name>', m.cli_import_backbone_name({}, text))
    .requiredOption('--source <text>', m.cli_import_backbone_source({}, text))
    .requiredOption('--licence <text>', m.cli_import_backbone_licence({}, text))
    .option('--size <px>', m.cli_import_backbone_size({}, text), side)
    .action(async (file: string, flags: Flags) => {
      const id = await importBackboneBundle(LOCAL_ACTOR, {
        ...flags,
        file,
        sizePx: flags.size ?? null,
        command: `netra import-backbone ${basename(file)} --name ${flags.name}`,
      });
      context.out.write(`${m.cli_import_backbone_done({ id, folder: flags.out }, text)}\n`);
    });
}

function side(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 32 || value > 1024 || value % 32 !== 0) throw new InvalidArgumentError('');
  return value;
}
