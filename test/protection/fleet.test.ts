/** Many callers of one platform that share what they know of it, each with a view that may be a second old. */
import { describe, expect, it } from 'vitest';
import { afterFailure, afterSuccess, passageOf, waveSpacingMs } from '../../lib/protection/breaker.ts';
import { type ConnectionState, NEW_CONNECTION } from '../../lib/protection/connection-state.ts';
import { seeded } from '../helpers/random.ts';
import { createVirtualTime, type VirtualTime } from '../helpers/virtual-time.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');
const SECOND = 1_000;
const MINUTE = 60_000;
const CALL_MS = 300;
const STALE_MS = 1_000;

interface Call {
  readonly at: number;
  readonly ok: boolean;
  readonly wasOpen: boolean;
}

interface FleetOptions {
  readonly runs: number;
  readonly seed: number;
  readonly untilMs: number;
  /** Between two calls of a run that may call. */
  readonly gapMs: number;
  readonly isUp: (now: number, random: () => number) => boolean;
}

/** The circuit as the table keeps it, and as a container remembers it. */
function createShared(time: VirtualTime) {
  let state = NEW_CONNECTION;
  let seen = { state, at: Number.NEGATIVE_INFINITY };
  const shared = {
    writes: 0,
    lost: 0,
    openedAt: [] as number[],
    now: () => state,
    get(): ConnectionState {
      if (time.now() - seen.at >= STALE_MS) seen = { state, at: time.now() };
      return seen.state;
    },
    save(next: ConnectionState): boolean {
      if (next.version !== state.version + 1) {
        shared.lost += 1;
        return false;
      }
      if (next.circuit !== undefined && state.circuit === undefined) shared.openedAt.push(time.now());
      shared.writes += 1;
      state = next;
      return true;
    },
  };
  return shared;
}

async function fleet({ runs, seed, untilMs, gapMs, isUp }: FleetOptions) {
  const time = createVirtualTime(T0);
  const random = seeded(seed);
  const shared = createShared(time);
  const calls: Call[] = [];

  async function call(runId: string): Promise<void> {
    const at = time.now();
    const ok = isUp(at, random);
    calls.push({ at, ok, wasOpen: shared.now().circuit !== undefined });
    await time.sleep(CALL_MS * (0.5 + random()));
    const now = time.now();
    const next = ok
      ? afterSuccess(shared.now(), runId, now)
      : afterFailure(shared.now(), { kind: 'failing', runId, message: 'connection refused' }, now);
    if (next !== undefined) shared.save(next);
  }

  async function live(runId: string): Promise<void> {
    await time.sleep(random() * gapMs);
    while (time.now() < untilMs) {
      let passage = passageOf(shared.get(), runId, time.now());
      if (passage.kind === 'canary' && !shared.save(passage.state))
        passage = passageOf(shared.now(), runId, time.now());
      if (passage.kind === 'wait') await time.sleep(passage.waitMs);
      else if (passage.kind === 'pass' || shared.now() === passage.state) {
        await call(runId);
        await time.sleep(gapMs * (0.5 + random()));
      }
    }
  }

  for (let index = 0; index < runs; index += 1) time.background(() => live(`run_${index}`));
  await time.run();
  return { calls, shared };
}

describe('a fleet that shares a circuit', () => {
  it.each([1, 2, 3, 4])(
    'does not open it for scattered failures: 30 %% of thousands of calls (seed %i)',
    async (seed) => {
      const { calls, shared } = await fleet({
        runs: 100,
        seed,
        untilMs: T0 + 20 * MINUTE,
        gapMs: 30 * SECOND,
        isUp: (_now, random) => random() >= 0.3,
      });
      expect(calls.length).toBeGreaterThan(3_000);
      expect(calls.filter(({ ok }) => !ok).length).toBeGreaterThan(900);
      expect(shared.openedAt).toEqual([]);
    },
  );

  it('writes next to nothing while all is well, however many call', async () => {
    const { calls, shared } = await fleet({
      runs: 500,
      seed: 1,
      untilMs: T0 + 10 * MINUTE,
      gapMs: 20 * SECOND,
      isUp: () => true,
    });
    expect(calls.length).toBeGreaterThan(10_000);
    expect(shared.writes).toBeLessThanOrEqual(10);
  });

  it.each([1, 2, 3])(
    'makes few calls in an outage, one canary at a time, and notices its end within 2 min (seed %i)',
    async (seed) => {
      const [down, up] = [T0 + 5 * MINUTE, T0 + 65 * MINUTE];
      const { calls, shared } = await fleet({
        runs: 1_000,
        seed,
        untilMs: T0 + 75 * MINUTE,
        gapMs: 60 * SECOND,
        isUp: (now) => now < down || now >= up,
      });
      const failed = calls.filter(({ ok }) => !ok);
      // Those that were under way or had an old view when it opened, and about one a minute from then on.
      expect(failed.length).toBeLessThan(130);
      const canaries = failed.filter(({ wasOpen, at }) => wasOpen && at > down + MINUTE).map(({ at }) => at);
      expect(canaries.length).toBeGreaterThan(50);
      expect(Math.min(...canaries.slice(1).map((at, index) => at - (canaries[index] ?? 0)))).toBeGreaterThan(
        10 * SECOND,
      );
      expect(shared.openedAt).toHaveLength(1);
      const firstGood = calls.find(({ at, ok }) => ok && at >= up)?.at ?? Number.POSITIVE_INFINITY;
      expect(firstGood - up).toBeLessThan(2 * MINUTE);
      expect(waveSpacingMs(shared.now(), firstGood + MINUTE)).toBeDefined();
    },
  );

  it('lets exactly one of all who race be the canary, also with views of their own', () => {
    const time = createVirtualTime(T0);
    const shared = createShared(time);
    let open = NEW_CONNECTION;
    for (let count = 0; count < 10; count += 1)
      open = afterFailure(open, { kind: 'failing', runId: `run_${count}`, message: '' }, T0) ?? open;
    for (let version = 1; version <= 10; version += 1)
      expect(shared.save(version === 10 ? open : { ...NEW_CONNECTION, version })).toBe(true);
    const view = shared.now();
    const late = T0 + 10 * MINUTE;
    const won = Array.from({ length: 200 }, (_, index) => passageOf(view, `run_${index}`, late)).filter(
      (passage) => passage.kind === 'canary' && shared.save(passage.state),
    );
    expect(won).toHaveLength(1);
    expect(shared.lost).toBe(199);
  });
});
