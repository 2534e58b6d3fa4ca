import { expect, test } from 'vitest';
import { parseRoute, routeHash } from '../../../renderer/src/lib/route.svelte';

test('a window that is loaded again comes back to where the person was, whatever a patient is called', () => {
  for (const route of [
    { name: 'start' },
    { name: 'run', runId: '0192-ab' },
    { name: 'patient', runId: '0192-ab', key: 'patient:camp 3/राम #12?%' },
  ] as const) {
    expect(parseRoute(routeHash(route))).toEqual(route);
  }
});

test('an address that leads nowhere leads to the start', () => {
  for (const hash of ['', '#', '#/run', '#/run/', '#/patient/a', '#/patient/a/%E0%A4', '#/elsewhere/1']) {
    expect(parseRoute(hash)).toEqual({ name: 'start' });
  }
});
