import { defineConfig } from 'vitest/config';

/** For one file at a time, in a copy of the project. */
// biome-ignore lint/style/noDefaultExport: Vitest reads nothing else.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], maxWorkers: 1, bail: 1, testTimeout: 30_000, hookTimeout: 60_000 },
});
