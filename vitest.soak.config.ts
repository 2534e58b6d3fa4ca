import { defineConfig } from 'vitest/config';

/** The long tests: minutes to hours, on real photographs where NETRA_PHOTOS points. */
export default defineConfig({
  test: { include: ['test/soak/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 4 * 3_600_000, passWithNoTests: true },
});
