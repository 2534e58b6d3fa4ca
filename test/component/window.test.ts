import { configure, render, screen, waitFor } from '@testing-library/svelte';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../electron/shared/errors';
import type { PatientListRow, PatientPage } from '../../electron/shared/ipc/types';
import App from '../../renderer/src/App.svelte';
import { useLocale } from '../../renderer/src/lib/locale.svelte';
import { type FakeMain, fakeMain, OPEN_STATUS, patientRow, RUN, TASK } from './fake-window';

// Whether something is hidden is asked of the style sheet for each element and its parents: minutes here, and shown on the real window.
configure({ defaultHidden: true });

beforeEach(() => {
  location.hash = '#/';
});
afterEach(() => {
  useLocale('en');
});

function open(main: FakeMain): void {
  render(App, { props: { api: main.api } });
}

/** Rules that need real layout (contrast) are proved on the real window. */
async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

describe('what is always in sight', () => {
  test('backend and device, model, protection, validation, who reads, and what Netra is not', async () => {
    open(fakeMain({}));
    expect(await screen.findByText('ONNX Runtime: CPU, 2 threads')).toBeTruthy();
    for (const words of ['Starter', 'Not protected', 'Not validated here', 'A doctor reads all'])
      expect(screen.getByText(words)).toBeTruthy();
    expect(screen.getByText(/Decision support under investigation/)).toBeTruthy();
    await expectAccessible();
  });

  test('an engine that gave up, in words, with a way forward', async () => {
    const main = fakeMain({
      status: () => ({ ...OPEN_STATUS, engine: { state: 'failed', error: { code: 'engine-unavailable', params: {} } } }),
      restartEngine: () => null,
    });
    open(main);
    expect((await screen.findByRole('alert')).textContent).toContain('engine-unavailable');
    screen.getByRole('button', { name: 'Try again' }).click();
    await waitFor(() => expect(main.asked.some(({ channel }) => channel === 'restartEngine')).toBe(true));
  });
});

describe('a data folder that does not open', () => {
  test('is told with its code and with what can be done, and nothing else is offered', async () => {
    const main = fakeMain({
      status: () => ({
        ...OPEN_STATUS,
        profile: {
          state: 'trouble',
          error: { code: 'database-from-future', params: { found: 9, supported: 1 } },
          actions: ['choose-profile', 'show-logs', 'quit'],
        },
      }),
      profileAction: () => OPEN_STATUS,
    });
    open(main);
    expect((await screen.findByRole('alert')).textContent).toMatch(/newer Netra.*database-from-future/s);
    expect(screen.queryByRole('button', { name: 'Choose a folder' })).toBeNull();
    await expectAccessible();
    screen.getByRole('button', { name: 'Choose another data folder' }).click();
    expect(await screen.findByRole('button', { name: 'Choose a folder' })).toBeTruthy();
  });
});

describe('the start', () => {
  test('says what to do when nothing has been screened yet', async () => {
    open(fakeMain({}));
    expect(await screen.findByText('Nothing has been screened here yet')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Choose a folder' })).toBeTruthy();
  });

  test('lets an interrupted run go on', async () => {
    const main = fakeMain({ listRuns: () => [{ ...RUN, state: 'interrupted' }], resumeRun: () => ({ taskId: 'task-1' }) });
    open(main);
    (await screen.findByRole('button', { name: 'Go on' })).click();
    await waitFor(() => expect(main.asked.at(-1)).toEqual({ channel: 'resumeRun', input: { runId: 'run-1' } }));
    await expectAccessible();
  });

  test('a run that began with a patient list says why it does not go on here', async () => {
    open(fakeMain({ listRuns: () => [{ ...RUN, state: 'interrupted', resumable: false }] }));
    expect(await screen.findByText(/used a patient list/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Go on' })).toBeNull();
  });

  test('goes to the run as soon as it has begun, and says why when it does not begin', async () => {
    let begun = 0;
    const main = fakeMain({ chooseFolder: () => ({ path: '/camp' }), startRun: () => ({ taskId: `task-${(begun += 1)}` }) });
    open(main);
    (await screen.findByRole('button', { name: 'Choose a folder' })).click();
    await waitFor(() => expect(main.asked.at(-1)).toEqual({ channel: 'startRun', input: { paths: ['/camp'] } }));
    main.push('taskCreated', TASK);
    main.push('taskUpdated', { ...TASK, state: 'failed', finishedAt: 2, error: { code: 'nothing-to-screen', params: {} } });
    expect((await screen.findByRole('alert')).textContent).toContain('nothing-to-screen');

    screen.getByRole('button', { name: 'Choose a folder' }).click();
    await waitFor(() => expect(main.asked.filter(({ channel }) => channel === 'startRun')).toHaveLength(2));
    main.push('taskUpdated', { ...TASK, id: 'task-2', runId: 'run-1' });
    await waitFor(() => expect(location.hash).toBe('#/run/run-1'));
  });

  test('changes its language without being drawn anew', async () => {
    const main = fakeMain({});
    open(main);
    const heading = await screen.findByRole('heading', { level: 1 });
    expect(heading.textContent).toBe('Screen photographs');
    main.push('statusChanged', { ...OPEN_STATUS, settings: { locale: 'hi', theme: 'dark' } });
    await waitFor(() => expect(heading.textContent).toBe('फ़ोटो की जाँच करें'));
    expect(document.documentElement.lang).toBe('hi');
    expect(document.documentElement.dataset['theme']).toBe('dark');
  });
});

describe('a run', () => {
  const rows: PatientListRow[] = [
    patientRow({ patient: '110', urgent: true, group: 'urgent', p2: 0.97 }),
    patientRow({ patient: '104', p2: 0.6 }),
    patientRow({ patient: '107', group: 'incomplete', result: 'incomplete', reasons: ['eye-missing'] }),
  ];
  const groups = { urgent: 1, refer: 1, ungradable: 0, incomplete: 1, 'no-refer': 0 };
  const facts = {
    ...{ runId: 'run-1', startedAt: 1, finishedAt: 2, counts: RUN.counts, backend: 'onnx' as const, modelId: 'ab', modelName: 'Starter' },
    ...{
      preprocessing: 'netra-pre-1',
      gate: 'netra-gate-2',
      siteMode: 'doctor-reads-all' as const,
      validatedHere: false,
      protected: false,
    },
  };

  function aRun(listPatients: () => PatientPage = () => ({ total: 3, groups, hidden: 0, rows })): FakeMain {
    location.hash = '#/run/run-1';
    return fakeMain({
      runDetail: () => ({ ...RUN, facts, problems: [] }),
      listPatients,
      listFailedFiles: () => ({
        total: 1,
        rows: [{ file: 'a/99_left.jpg', imageId: null, patient: '99', error: { code: 'image-empty', params: {} } }],
      }),
    });
  }

  test('shows the urgent first, the incomplete apart, and never says no referral for one below the threshold', async () => {
    open(aRun());
    const links = await screen.findAllByRole('link');
    expect(links.map((link) => link.textContent)).toEqual(['110', '104', '107']);
    const headings = [...document.querySelectorAll('.heading')].map((heading) => heading.textContent?.trim());
    expect(headings).toEqual(['See an eye doctor now: 1', 'See an eye doctor: 1', 'Incomplete: 1']);
    expect(screen.getByTestId('patients').textContent).not.toMatch(/no referral/i);
    await expectAccessible();
  });

  test('asks main for one group, and for all again', async () => {
    const main = aRun();
    open(main);
    const button = await screen.findByRole('button', { name: /Incomplete/ });
    const asked = (): unknown => main.asked.filter(({ channel }) => channel === 'listPatients').at(-1)?.input;
    button.click();
    await waitFor(() => expect(asked()).toMatchObject({ groups: ['incomplete'] }));
    button.click();
    await waitFor(() => expect(asked()).toMatchObject({ groups: [] }));
  });

  test('arrow keys go from patient to patient over the headings', async () => {
    open(aRun());
    const [first] = await screen.findAllByRole('link');
    first?.focus();
    first?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    await waitFor(() => expect(document.activeElement?.textContent).toBe('104'));
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
    await waitFor(() => expect(document.activeElement?.textContent).toBe('107'));
  });

  test('names each failed file with its code, what happened and what to do', async () => {
    open(aRun());
    (await screen.findByRole('tab', { name: /Files that failed/ })).click();
    expect(await screen.findByText(/The file is empty. Copy it from the camera again./)).toBeTruthy();
    expect(screen.getByText('image-empty')).toBeTruthy();
  });

  test('that cannot be read says so and can be asked for again', async () => {
    let broken = true;
    open(
      aRun(() => {
        if (broken) throw new AppError('database-damaged');
        return { total: 3, groups, hidden: 0, rows };
      }),
    );
    expect((await screen.findByRole('alert')).textContent).toContain('database-damaged');
    broken = false;
    screen.getByRole('button', { name: 'Try again' }).click();
    expect(await screen.findAllByRole('link')).toHaveLength(3);
  });

  test('grows while it goes on, and can be stopped', async () => {
    let found = rows.slice(0, 1);
    const main = aRun(() => ({ total: found.length, groups, hidden: 0, rows: found }));
    open(main);
    main.push('taskCreated', { ...TASK, runId: 'run-1', progress: { counts: RUN.counts, imagesPerSecond: 9, secondsLeft: 76 } });
    expect(await screen.findByText('4 of 4, 9 a second, 1 min 16 s left')).toBeTruthy();
    found = rows;
    main.push('runChanged', { runId: 'run-1' });
    await waitFor(() => expect(screen.getAllByRole('link')).toHaveLength(3));
    screen.getByRole('button', { name: 'Cancel' }).click();
    await waitFor(() => expect(main.asked.some(({ channel }) => channel === 'cancelTask')).toBe(true));
  });
});
