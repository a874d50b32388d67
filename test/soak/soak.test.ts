import { expect, it } from 'vitest';
import { seed } from '../helpers/random.ts';
import { QUICK_FAULTS } from './faults.ts';
import { PROMISES_ALLOWED, soak } from './soak.ts';

it(`leaves nothing behind of some seconds of steady load with faults, whatever was drawn (FUZZ_SEED=${seed})`, {
  timeout: 240_000,
}, async () => {
  const result = await soak({
    minutes: 0.1,
    rate: 5,
    seed,
    faults: QUICK_FAULTS,
    onlyLooks: true,
    reportEveryMs: 3_000,
    drainMs: 150_000,
    log: () => {},
  });
  expect(result.verdict.findings).toEqual([]);
  expect(result.acknowledged).toBe(result.requests);
  expect(result.runs).toBeGreaterThanOrEqual(result.requests);
  expect([result.socketsLeaked, result.handlesLeaked]).toEqual([0, {}]);
  expect(result.promisesMore).toBeLessThanOrEqual(PROMISES_ALLOWED);
  // The table and the functions that take a run from its request to its end.
  expect(result.memory.threads).toBeGreaterThan(5);
  expect(result.memory.uncollected).toBe(0);
});
