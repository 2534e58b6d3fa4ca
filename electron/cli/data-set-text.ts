import type { Dataset, DatasetDiff, DatasetSummary, LeftOutReason } from '../shared/domain/data-sets';
import { m } from '../shared/messages/messages';
import type { Locale } from '../shared/messages/runtime';

const HASH_DIGITS = 12;

/** One line a version, the newest first. */
export function listText(datasets: readonly Dataset[], labels: number, locale: Locale): string {
  const lines = datasets.map((dataset) => {
    const origin = dataset.origin === 'frozen' ? m.dataset_frozen_here({}, { locale }) : m.dataset_imported({}, { locale });
    const day = new Date(dataset.createdAt).toISOString().slice(0, 10);
    return `${String(dataset.version).padStart(3)}  ${day}  ${dataset.manifestSha256.slice(0, HASH_DIGITS)}  ${origin}`;
  });
  return `${[m.dataset_labels({ labels: String(labels) }, { locale }), ...lines].join('\n')}\n`;
}

/** What is in a data set, and what was left out of it. */
export function glanceText(summary: DatasetSummary, locale: Locale): string {
  const lines = [
    `${m.dataset_version({ version: summary.version }, { locale })}  ${m.dataset_manifest({ hash: summary.manifestSha256 }, { locale })}`,
    ...summary.parts.map((part) => {
      const name = { train: m.dataset_part_train, validation: m.dataset_part_validation, locked: m.dataset_part_locked }[part.part](
        {},
        { locale },
      );
      const { patients, images, ungradable } = part;
      return `  ${m.cli_dataset_part({ name, patients, images, grades: part.grades.join(' '), ungradable }, { locale })}`;
    }),
    m.dataset_gate({ referable: String(summary.gate.referable), wanted: String(summary.gate.referableWanted) }, { locale }),
    ...Object.entries(summary.leftOut).map(([reason, images]) => leftOutText(reason as LeftOutReason, images, locale)),
    ...(summary.withdrawn === 0 ? [] : [m.dataset_withdrawn({ images: String(summary.withdrawn) }, { locale })]),
  ];
  return `${lines.join('\n')}\n`;
}

/** How many photographs changed, and how; then each of the first ones. */
export function changesText({ changes, more, ...counts }: DatasetDiff, locale: Locale): string {
  const lines = changes.map(
    ({ imageSha256, before, after }) => `  ${imageSha256.slice(0, HASH_DIGITS)}  ${side(before)} -> ${side(after)}`,
  );
  return `${[m.cli_dataset_changes(counts, { locale }), ...lines, ...(more > 0 ? [`  +${more}`] : [])].join('\n')}\n`;
}

function side(label: DatasetDiff['changes'][number]['before']): string {
  return label === null ? '-' : `${label.part} ${label.grade ?? (label.gradable ? '?' : 'x')}`;
}

function leftOutText(reason: LeftOutReason, images: number, locale: Locale): string {
  const text: Readonly<Record<LeftOutReason, (inputs: { images: string }, options: { locale: Locale }) => string>> = {
    undecided: m.dataset_left_undecided,
    'no-consent': m.dataset_left_no_consent,
    'patient-changed': m.dataset_left_patient_changed,
    'look-alike': m.dataset_left_look_alike,
    'other-part-elsewhere': m.dataset_left_elsewhere,
    'nothing-gradable': m.dataset_left_nothing_gradable,
  };
  return text[reason]({ images: String(images) }, { locale });
}
