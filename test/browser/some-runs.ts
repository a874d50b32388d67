/** One run of each kind on a real Errand, for tests that only look. */
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { LeapingErrand } from '../system/leaping-errand.ts';

export interface SomeRuns {
  readonly finished: string;
  readonly failed: string;
  readonly waiting: string;
  readonly fallout: string;
  readonly queued: string;
}

const LOST_START = {
  method: 'POST',
  path: BRYTER_MODULES.calculation,
  skip: 0,
  times: 1,
  fault: { kind: 'reset-after' },
} as const;

/** Resolves when each is where it is to be looked at. */
export async function beginSomeRuns(errand: LeapingErrand): Promise<SomeRuns> {
  const { api, fleet, reaches } = errand;
  fleet.bryter.faults.add(LOST_START);
  const [finished, failed, waiting, fallout, queued] = await Promise.all([
    api.start('write-offer', { customer: 'Acme & Sons', total: 1250.5 }),
    api.start('import-actuals', {}),
    api.start('welcome-letter', { name: 'Jane Roe' }),
    api.start('calculate-premium', { insuredSum: 250_000 }),
    api.start('nightly-report', {}),
  ]);
  await Promise.all([
    reaches(finished.id, 'SUCCEEDED'),
    reaches(failed.id, 'FAILED'),
    reaches(waiting.id, 'WAITING_FOR_INPUT'),
    reaches(fallout.id, 'FALLOUT'),
    reaches(queued.id, 'QUEUED'),
  ]);
  return { finished: finished.id, failed: failed.id, waiting: waiting.id, fallout: fallout.id, queued: queued.id };
}
