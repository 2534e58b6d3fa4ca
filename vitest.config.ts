import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** The four kinds of test: pure code, real SQLite, real networks, components. `test/e2e` is Playwright's. */
export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: 'db', include: ['test/db/**/*.test.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'ml',
          include: ['test/ml/**/*.test.ts'],
          environment: 'node',
          // Native addons with threads of their own do not live in worker threads.
          pool: 'forks',
          // Generous: a busy machine is no failure, and how fast things are is a benchmark's business.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        plugins: [svelte(), svelteTesting()],
        test: { name: 'component', include: ['test/component/**/*.test.ts'], environment: 'happy-dom' },
      },
    ],
  },
});
