import type { CardMetric, ModelCard, ProgramVersion } from '../../shared/domain/card';

/** The human-readable model card (Mitchell 2019, arXiv 1810.03993), from nothing but `card.json`. */
export function modelCardMarkdown(card: ModelCard, id: string): string {
  const points = card.operatingPoints;
  const sections = [
    `# ${card.name}`,
    card.summary,
    list([
      ['Model id', `\`${id}\``],
      ['Made', card.createdAt],
      ['Network', `${card.backbone}, ${card.inputSizePx} x ${card.inputSizePx} px`],
      ['Head', card.head ?? 'none: a backbone, which cannot screen'],
      ['Preprocessing', card.preprocessing ?? 'none'],
      ['Quality gate', card.gate ?? 'none'],
      ['Temperature', String(card.temperature)],
      ['Licence', card.licence],
    ]),
    '## Limits',
    card.limits.map((limit) => `- ${limit}`).join('\n'),
    '## What was measured',
    card.metrics.length === 0 ? 'Nothing.' : metricTable(card.metrics),
    '## Operating points',
    points === null
      ? 'None.'
      : [
          '| point | positive when | chosen | sensitivity | specificity |',
          '| --- | --- | --- | --- | --- |',
          pointRow('screening', 'P(grade >= 2)', points.screening),
          ...(points.confirm === null ? [] : [pointRow('confirm', 'P(grade >= 2)', points.confirm)]),
          ...(points.urgent === null ? [] : [pointRow('urgent', 'P(grade >= 3)', points.urgent)]),
        ].join('\n'),
    '## How it was made',
    list([
      ['Data', card.dataset.description],
      ['Data manifest', card.dataset.manifestSha256 === null ? 'none' : `\`${card.dataset.manifestSha256}\``],
      ['Recipe', card.recipe ?? 'none'],
      ['Seed', card.seed === null ? 'not recorded' : String(card.seed)],
      [
        'Initial weights',
        `${card.initialWeights.source} (${card.initialWeights.licence}${card.initialWeights.sha256 === null ? '' : `, sha256 \`${card.initialWeights.sha256}\``})`,
      ],
      ['Program', card.trainedBy === undefined ? 'not recorded' : codeText(card.trainedBy.code)],
      ['Machine', card.trainedBy === undefined ? 'not recorded' : machineText(card.trainedBy)],
      ['Parent model', card.parent === null ? 'none' : `\`${card.parent}\``],
    ]),
    'Commands:',
    ['```sh', ...card.commands, '```'].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

function codeText({ version, commit }: ProgramVersion): string {
  return `netra ${version}, commit ${commit === 'unknown' ? commit : `\`${commit}\``}`;
}

function machineText({ machine, device }: NonNullable<ModelCard['trainedBy']>): string {
  const facts = `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}`;
  return `${facts}; ${device ?? 'the weights learnt elsewhere and were finished here'}`;
}

function list(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([name, value]) => `- ${name}: ${value}`).join('\n');
}

function metricTable(metrics: readonly CardMetric[]): string {
  const rows = metrics.map((metric) => {
    const interval =
      metric.low === null || metric.high === null
        ? ''
        : `${metric.low} to ${metric.high}${metric.interval === null ? '' : ` (${metric.interval})`}`;
    const images = `${metric.images}${metric.positives === null ? '' : ` (${metric.positives})`}`;
    return `| ${[metric.name, metric.target, metric.measuredOn, metric.seenInTraining ? 'yes: flatters' : 'no', images, String(metric.value), interval].join(' | ')} |`;
  });
  return [
    '| figure | target | measured on | seen in training | images (positive) | value | interval |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function pointRow(name: string, probability: string, point: NonNullable<ModelCard['operatingPoints']>['screening']): string {
  return `| ${[name, `${probability} >= ${point.threshold}`, point.chosen, point.sensitivity ?? '', point.specificity ?? ''].join(' | ')} |`;
}
