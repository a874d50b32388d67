/** The embedded runtime on a clock that leaps while a test waits: what takes the platforms minutes is there at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import type { LocalErrandOptions } from './local-errand.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

/** While nobody waits for a run its time goes at the machine's pace. */
export interface LeapingErrand extends VirtualErrand {
  /** Leaps from one event to the next until it is so, however many wait at once. @throws Error when it does not come to that */
  until(isSo: () => Promise<boolean>, withinMs?: number): Promise<void>;
  reaches(id: string, status: Status): Promise<void>;
}

const MINUTE = 60_000;
/** By the machine's clock, once the time is used up: what comes from outside may be late on a busy machine. */
const LONGEST_WAIT_MS = 30_000;
/** For what goes on outside of the runtime, such as a request to its API. */
const BREATH_MS = 20;
/** So that no leap goes past what is begun by a request that is on its way. */
const LONGEST_LEAP_MS = 5_000;

/** One leap at a time, whoever asks: a second one would go past what the first has set going. */
function createLeap({ clock, runtime }: VirtualErrand): () => Promise<void> {
  let current: Promise<void> | undefined;
  async function leap(): Promise<void> {
    await runtime.idle();
    const leftMs = (clock.nextDueMs() ?? Number.POSITIVE_INFINITY) - clock.now();
    if (Number.isFinite(leftMs)) clock.advance(Math.min(leftMs, LONGEST_LEAP_MS));
    else await sleep(BREATH_MS);
    await runtime.idle();
  }
  return () => {
    current ??= leap().finally(() => {
      current = undefined;
    });
    return current;
  };
}

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startLeapingErrand(
  cleanUp: (task: () => Promise<void>) => void,
  options: Omit<LocalErrandOptions, 'clock'> = {},
): Promise<LeapingErrand> {
  const errand = await startVirtualErrand(cleanUp, options);
  const { api, clock } = errand;
  const leap = createLeap(errand);

  async function until(isSo: () => Promise<boolean>, withinMs = 5 * MINUTE): Promise<void> {
    const [leapUntilMs, waitUntilMs] = [clock.now() + withinMs, Date.now() + LONGEST_WAIT_MS];
    while (!(await isSo())) {
      if (clock.now() < leapUntilMs) await leap();
      else if (Date.now() < waitUntilMs) await sleep(BREATH_MS);
      else throw new Error(`It has not come to that within ${withinMs} ms.`);
    }
  }

  async function seen(id: string, isWanted: (status: Status) => boolean, withinMs?: number) {
    let run = await api.run(id);
    const look = async () => {
      run = await api.run(id);
      const status = run.status as Status;
      if (isTerminal(status) && !isWanted(status))
        throw new Error(`${run.flowId} is ${status}: ${JSON.stringify(run)}`);
      return isWanted(status);
    };
    await until(look, withinMs);
    return run;
  }

  return {
    ...errand,
    until,
    ended: (id, withinMs) => seen(id, isTerminal, withinMs),
    reaches: async (id, status) => void (await seen(id, (now) => now === status)),
  };
}
