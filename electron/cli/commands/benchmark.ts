import type { Command } from 'commander';
import { nodeEngine } from '../../engine/client/spawn-node';
import { runBenchmark } from '../../services/benchmark/benchmark';
import { defaultFolders } from '../../services/default-folders';
import { starterFolder } from '../../services/workspace';
import type { Benchmark } from '../../shared/domain/benchmark';
import { m } from '../../shared/messages/messages';
import type { CliContext } from '../context';
import { withProfileOf } from '../sign-in';

export function addBenchmarkCommand(program: Command, context: CliContext): void {
  const text = { locale: context.locale };
  program
    .command('benchmark')
    .description(m.cli_benchmark_description({}, text))
    .option('--profile <folder>', m.cli_screen_profile({}, text))
    .action(async (flags: { profile?: string }) => {
      const folders = defaultFolders();
      const benchmark = await withProfileOf(flags.profile ?? folders.profile, context, (profile, actor) =>
        runBenchmark(actor, profile, {
          starterFolder: starterFolder(context.resourcesFolder),
          spawnEngine: nodeEngine({ entry: context.engineEntry }),
          cacheFolder: folders.cache,
          signal: context.signal,
          onBackend: (done, total) => void context.err.write(`${m.cli_benchmark_backend({ number: done + 1, total }, text)}\n`),
        }),
      );
      context.out.write(benchmarkText(benchmark, context));
    });
}

function benchmarkText({ machine, model, inference, training }: Benchmark, { locale }: CliContext): string {
  const lines = [
    m.cli_benchmark_machine(machine, { locale }),
    m.cli_benchmark_model({ name: model.name, size: model.sizePx }, { locale }),
    ...inference.map(({ backend, works, device, inferenceMs, reason }) => {
      const words = works
        ? m.cli_check_works({ device: device ?? backend, milliseconds: inferenceMs?.toFixed(1) ?? '–' }, { locale })
        : m.cli_check_works_not({ reason: reason ?? '–' }, { locale });
      return `  ${backend.padEnd(10)} ${words}`;
    }),
    training === null
      ? m.cli_benchmark_no_training({}, { locale })
      : m.cli_benchmark_training(
          { device: training.device ?? '–', size: training.sizePx, rate: training.imagesPerSecond.toFixed(1) },
          { locale },
        ),
  ];
  return `${lines.join('\n')}\n`;
}
