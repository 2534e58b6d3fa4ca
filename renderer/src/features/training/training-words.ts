import type { TrainingLive, TrainingNote, TrainingState } from '../../../../electron/shared/domain/training';
import { m } from '../../../../electron/shared/messages/messages';
import { wholeNumber } from '../../lib/format';
import type { Sign } from '../../lib/words';

export const TRAINING_SIGNS: Readonly<Record<TrainingState, Sign>> = {
  running: { tone: 'accent', icon: 'play', text: m.training_state_running },
  paused: { tone: 'refer', icon: 'pause', text: m.training_state_paused },
  interrupted: { tone: 'refer', icon: 'stop', text: m.training_state_interrupted },
  cancelled: { tone: 'waiting', icon: 'stop', text: m.training_state_cancelled },
  failed: { tone: 'urgent', icon: 'failed', text: m.training_state_failed },
  finished: { tone: 'waiting', icon: 'check', text: m.training_state_finished },
};

/** What is being done right now. */
export function phaseText({ phase, files, step }: TrainingLive): string {
  switch (phase) {
    case 'reading-files':
      return files === null
        ? m.training_phase_starting()
        : m.training_phase_files({ done: wholeNumber(files.done), total: wholeNumber(files.total) });
    case 'pausing':
      return m.training_phase_pausing();
    case 'paused':
      return m.training_phase_paused();
    case 'cancelling':
      return m.training_phase_cancelling();
    case 'finishing':
      return m.training_phase_finishing();
    case 'training':
      return step === null
        ? m.training_phase_starting()
        : m.training_phase_step({
            epoch: wholeNumber(step.epoch),
            epochs: wholeNumber(step.epochs),
            step: wholeNumber(step.step),
            steps: wholeNumber(step.steps),
          });
  }
}

export function noteText(note: TrainingNote): string {
  switch (note.code) {
    case 'smaller-batch':
      return m.training_note_smaller_batch({ from: String(note.from), to: String(note.to) });
    case 'cpu-instead-of-gpu':
      return m.training_note_cpu();
    case 'no-picture-cache':
      return m.training_note_cache();
  }
}

/** How a label came about, as lists write it. */
export function methodText(method: string): string {
  if (method === 'consensus' || method === 'agreement') return m.training_method_consensus();
  return method === 'adjudicated' ? m.training_method_adjudicated() : method === '' ? m.training_method_unknown() : method;
}

/** The last part of a path, for display. */
export function fileName(path: string): string {
  return (
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? path
  );
}

/** As many digits as say something. */
export function figure(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
