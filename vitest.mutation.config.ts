import { defineConfig } from 'vitest/config';
import { PARTS } from './test/mutation/parts.ts';

/** One part at a time: what is evaluated while modules load can be tried only by all tests, and those shall be few. */
const part = process.env.ERRAND_MUTATION_PART ?? '';

export default defineConfig({
  test: {
    include: [...(PARTS.find(({ name }) => name === part)?.tests ?? PARTS.flatMap(({ tests }) => tests))],
    // Modules are loaded once for all test files of a run: loading them costs more than the tests do.
    isolate: false,
    maxWorkers: 1,
    testTimeout: 10_000,
  },
});
