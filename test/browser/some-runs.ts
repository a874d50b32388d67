/** One run of each kind on a real Errand, for tests that only look. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../lib/domain/status.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import type { LocalErrand } from '../system/local-errand.ts';

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
export async function beginSomeRuns(errand: LocalErrand): Promise<SomeRuns> {
  const { api, fleet } = errand;
  fleet.bryter.faults.add(LOST_START);
  const [finished, failed, waiting, fallout, queued] = await Promise.all([
    api.start('write-offer', { customer: 'Acme & Sons', total: 1250.5 }),
    api.start('import-actuals', {}),
    api.start('welcome-letter', { name: 'Jane Roe' }),
    api.start('calculate-premium', { insuredSum: 250_000 }),
    api.start('nightly-report', {}),
  ]);
  await Promise.all([
    reaches(errand, finished.id, 'SUCCEEDED'),
    reaches(errand, failed.id, 'FAILED'),
    reaches(errand, waiting.id, 'WAITING_FOR_INPUT'),
    reaches(errand, fallout.id, 'FALLOUT'),
    reaches(errand, queued.id, 'QUEUED'),
  ]);
  return { finished: finished.id, failed: failed.id, waiting: waiting.id, fallout: fallout.id, queued: queued.id };
}

/** Waits until a run has this status. @throws Error when it does not come to that */
export async function reaches({ api }: LocalErrand, id: string, status: Status, withinMs = 60_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    const run = await api.run(id);
    if (run.status === status) return;
    if (run.endedAt !== undefined || Date.now() > until)
      throw new Error(`${run.flowId} is ${run.status}; expected was ${status}.`);
    await sleep(200);
  }
}
