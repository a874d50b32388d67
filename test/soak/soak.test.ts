import { expect, it } from 'vitest';
import { seed } from '../helpers/random.ts';
import { QUICK_FAULTS } from './faults.ts';
import { soak } from './soak.ts';

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
  // Of all the runtime's threads, once each has collected its garbage.
  expect(result.readings.filter(({ threads, uncollected }) => threads > 1 && uncollected === 0)).not.toEqual([]);
  expect([result.socketsLeaked, result.handlesLeaked, result.promisesLeaked]).toEqual([0, {}, 0]);
});
