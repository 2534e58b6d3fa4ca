import { defineConfig } from '@playwright/test';

/** The real Electron, one at a time: two cores, and every test has a profile of its own. */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  // `npm test` names what passed only at the second try.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // Two busy cores without a graphics card: a start alone can take ten seconds.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  outputDir: 'test-results',
});
