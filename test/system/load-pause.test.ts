import { describe, expect, it } from 'vitest';
import { pause, resume } from '../../lib/protection/breaker.ts';
import { createLoad, endings, HOUR, type Load, lastEndMs, MINUTE, T0 } from './load-world.ts';

async function change({ world, time }: Load, act: 'pause' | 'resume'): Promise<void> {
  const { states } = world.dependencies;
  const state = await states.getNow('acme');
  expect(
    await states.save('acme', act === 'pause' ? pause(state, { reason: 'repair' }, time.now()) : resume(state)),
  ).toBe(true);
}

describe('a connection that somebody has paused', { timeout: 120_000 }, () => {
  it('gets neither starts nor looks until it is resumed, and then all goes on', async () => {
    const load = createLoad({ seed: 51, platform: { durationMs: () => 15 * MINUTE } });
    const { platform, fleet, time } = load;
    await fleet.accept(100, 5 * MINUTE);
    await change(load, 'pause');
    await fleet.accept(100, 5 * MINUTE);
    await time.run(T0 + 2 * HOUR);
    // A second may pass until everybody knows.
    const during = platform.requests.filter(({ at }) => at > T0 + 5 * MINUTE + 2_000);
    expect(during).toEqual([]);
    expect(platform.jobs).toHaveLength(100);
    await change(load, 'resume');
    await fleet.finish(2 * HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 200 });
    expect(platform.jobs).toHaveLength(200);
    // All have come back within five minutes; the last of them was only started then.
    expect(lastEndMs(load)).toBeLessThan(T0 + 2 * HOUR + 25 * MINUTE);
  });

  it('teaches nothing of how long jobs take: their ends were seen hours late', async () => {
    const load = createLoad({ seed: 53, platform: { durationMs: () => 15 * MINUTE, hidesEnds: true } });
    await load.fleet.accept(40, 5 * MINUTE);
    await change(load, 'pause');
    await load.time.run(T0 + 3 * HOUR);
    await change(load, 'resume');
    await load.fleet.accept(40, 5 * MINUTE);
    await load.fleet.finish(2 * HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 80 });
    const history = await load.world.dependencies.histories.get('onboard/acme');
    expect(history?.durationsMs.length).toBeGreaterThan(30);
    expect(Math.max(...(history?.durationsMs ?? []))).toBeLessThan(20 * MINUTE);
  });

  it('still keeps deadlines: one last look for what runs, no start for what is too late', async () => {
    const load = createLoad({
      seed: 52,
      flow: { deadline: '60m', startBy: '20m' },
      platform: { durationMs: (index) => (index % 2 === 0 ? 30 : 600) * MINUTE, canCancel: true },
    });
    const { platform, fleet } = load;
    await fleet.accept(50);
    await load.time.run(T0 + MINUTE);
    await change(load, 'pause');
    const pausedAt = load.time.now() + 2_000;
    await fleet.accept(50);
    await fleet.finish(3 * HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 25, 'TIMED_OUT DEADLINE': 25, 'TIMED_OUT START_BY': 50 });
    expect(lastEndMs(load)).toBeLessThan(T0 + 62 * MINUTE);
    const during = platform.requests.filter(({ at }) => at > pausedAt);
    // A last look each, and the cancellation of those that were still going, with a look at what it did.
    expect(during.filter(({ kind }) => kind === 'poll').length).toBeGreaterThanOrEqual(50);
    expect(during.filter(({ kind }) => kind === 'cancel')).toHaveLength(25);
    expect(during.every(({ at, kind }) => at >= T0 + 60 * MINUTE && kind !== 'start')).toBe(true);
    expect(platform.jobs.filter(({ state }) => state === 'stopped')).toHaveLength(25);
  });
});
