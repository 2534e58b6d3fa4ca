import { configure, render, screen, waitFor, within } from '@testing-library/svelte';
import axe from 'axe-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { GATE } from '../../electron/shared/clinical/promotion-gate';
import type { ComparedGate, Comparison } from '../../electron/shared/domain/comparison';
import App from '../../renderer/src/App.svelte';
import { type FakeMain, fakeMain } from './fake-window';

configure({ defaultHidden: true });

beforeEach(() => {
  location.hash = '#/room/models/comparison/c1';
});

const FIGURES = {
  auc: null,
  aucSevere: null,
  sensitivity: null,
  specificity: null,
  kappa: null,
  calibrationError: 0.02,
  prevalence: [],
  accuracy: 0.9,
};

function comparison(gate: ComparedGate | null): Comparison {
  const model = { threshold: 0.3, device: 'onnxruntime, CPU', roc: [] };
  return {
    id: 'c1',
    at: 1,
    locked: gate !== null,
    photographs: 190,
    patients: 190,
    unreadable: 0,
    first: { ...model, id: 'a'.repeat(64), name: 'Old' },
    second: { ...model, id: 'b'.repeat(64), name: 'New' },
    groups: [{ name: 'all', kind: 'all', cases: 190, positives: 80, accuracyAlwaysHealthy: 0.58, first: FIGURES, second: FIGURES }],
    aucDifference: null,
    differences: { missed: 0, found: 0, alarmed: 0, spared: 0 },
    images: [],
    gate,
  };
}

function gate(reasons: ComparedGate['result']['reasons'], maySign: boolean): ComparedGate {
  return {
    result: {
      verdict: 'refused',
      reasons,
      notes: [],
      sensitivity: null,
      specificity: null,
      stillNeeded: { referable: 12, nonReferable: 0 },
    },
    activated: false,
    countersignedBy: null,
    maySign,
  };
}

function open(main: FakeMain): void {
  render(App, { props: { api: main.api } });
}

describe('what the gate said', () => {
  test('is told with its reasons in words and with the patients still needed, and nothing is offered to sign', async () => {
    open(
      fakeMain({ comparison: () => comparison(gate([{ code: 'too-few-referable', params: { have: 61, need: GATE.referable } }], false)) }),
    );
    const said = await screen.findByTestId('gate');
    expect(said.textContent).toContain('61 of 73 test patients that need a doctor');
    expect(said.textContent).toContain('Test patients still needed: 12 that need a doctor');
    expect(within(said).queryByRole('button', { name: 'Sign and put to use' })).toBeNull();
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  }, 30_000);

  test('waits for a doctor when a signature is all that is missing, and main is told who signs', async () => {
    const main = fakeMain({
      comparison: () => comparison(gate([{ code: 'not-countersigned', params: {} }], true)),
      signModel: () => ({ activated: true }),
    });
    open(main);
    const code = await screen.findByLabelText<HTMLInputElement>('Code of the doctor');
    code.value = 'dr-rao';
    code.dispatchEvent(new Event('input', { bubbles: true }));
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Sign and put to use' });
    await waitFor(() => expect(button.disabled).toBe(false));
    button.click();
    await waitFor(() =>
      expect(main.asked).toContainEqual({ channel: 'signModel', input: { comparisonId: 'c1', doctor: 'dr-rao', password: null } }),
    );
  });
});

test('a mere comparison says that its patients may have been trained on', async () => {
  open(fakeMain({ comparison: () => comparison(null) }));
  expect(await screen.findByText(/not locked: figures of a model that was trained on them flatter/)).toBeTruthy();
  expect(screen.queryByTestId('gate')).toBeNull();
});
