import { describe, expect, it } from 'vitest';
import { isTerminal } from '../../lib/domain/status.ts';
import type { QueuedRun } from '../../lib/workflow/ports.ts';
import { seeded } from '../helpers/random.ts';
import { createLoad, endings, HOUR, type Load, lastEndMs, MINUTE, T0 } from './load-world.ts';

/** Who waits in line; reading that takes time too. */
async function lineOf({ world, time }: Load): Promise<readonly QueuedRun[]> {
  const reading = world.dependencies.inFlight.line('acme', 1_000);
  await time.run(time.now() + MINUTE);
  return reading;
}

/** Twenty minutes in, five of ten runs have ended, and whoever gave its slot back died before it could tell the others. */
async function withoutWakeUps(): Promise<Load> {
  const load = createLoad({
    seed: 42,
    limits: { inFlight: 5 },
    platform: { durationMs: () => 2 * MINUTE },
    fleet: {
      strikes: (effect, when) =>
        effect === 'inFlight.release' && when === 'after' && load.fleet.killed.execution < 5 ? 'execution' : undefined,
    },
  });
  await load.fleet.accept(10);
  await load.time.run(T0 + 20 * MINUTE);
  expect(load.fleet.killed.execution).toBe(5);
  expect(load.platform.jobs).toHaveLength(5);
  return load;
}

describe('slots at a platform', { timeout: 120_000 }, () => {
  it('come back a quarter of an hour after they were taken where the holder died before it gave its own back', async () => {
    let dead = 0;
    const load: Load = createLoad({
      seed: 41,
      limits: { inFlight: 1 },
      platform: { durationMs: () => 5 * MINUTE },
      fleet: {
        strikes: (effect, when) => {
          const hasEnded = load.world.store.all().some(({ status }) => isTerminal(status));
          if (dead > 0 || !hasEnded || effect !== 'store.save' || when !== 'after') return undefined;
          dead += 1;
          return 'execution';
        },
      },
    });
    await load.fleet.accept(2);
    await load.fleet.finish(2 * HOUR);
    expect(load.fleet.killed).toEqual({ invocation: 0, execution: 1 });
    expect(endings(load)).toEqual({ SUCCEEDED: 2 });
    const startedMs = load.platform.jobs[1]?.startedMs ?? 0;
    expect(startedMs).toBeGreaterThanOrEqual(T0 + 15 * MINUTE);
    expect(startedMs).toBeLessThan(T0 + 17 * MINUTE);
    expect(await load.world.dependencies.inFlight.holders('acme')).toEqual([]);
  });

  it('that nobody was told of are given out by the next sweep', async () => {
    const load = await withoutWakeUps();
    await load.fleet.finish(HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 10 });
    expect(lastEndMs(load)).toBeLessThan(T0 + 26 * MINUTE);
  });

  it('that nobody was told of are not for a newcomer either: nobody passes who waits already', async () => {
    const load = await withoutWakeUps();
    const [newcomer] = await load.fleet.accept(1);
    await load.fleet.finish(HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 11 });
    expect(load.platform.jobs.at(-1)?.runId).toBe(newcomer);
  });

  it('stay with those who have begun, also where whoever woke them died before it took them out of line', async () => {
    const load: Load = createLoad({
      seed: 43,
      limits: { inFlight: 2 },
      platform: { durationMs: (index) => ([2, 3][index] ?? 10) * MINUTE },
      fleet: {
        strikes: (effect, when) =>
          effect === 'inFlight.dequeue' && when === 'before' && load.fleet.killed.execution === 0
            ? 'execution'
            : undefined,
      },
    });
    await load.fleet.accept(6);
    await load.fleet.finish(2 * HOUR);
    expect(load.fleet.killed.execution).toBe(1);
    expect(endings(load)).toEqual({ SUCCEEDED: 6 });
    expect(load.platform.peakInFlight()).toBe(2);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'are never more than allowed and never lost, whatever dies when (seed %i)',
    async (seed) => {
      const chance = seeded(1_000 + seed);
      const load = createLoad({
        seed,
        limits: { inFlight: 8 },
        flow: { deadline: '20h' },
        platform: { durationMs: (index) => (1 + (index % 4)) * MINUTE, canCancel: true },
        fleet: {
          storeMs: 8,
          strikes: (effect) => {
            // A start that dies on the wire is in doubt and rightly ends as fallout: that is told of elsewhere.
            if (effect === 'platform.start') return undefined;
            const drawn = chance();
            return drawn < 0.003 ? 'execution' : drawn < 0.02 ? 'invocation' : undefined;
          },
        },
      });
      await load.fleet.accept(120, 2 * MINUTE);
      await load.fleet.finish(19 * HOUR);
      expect(load.fleet.killed.invocation).toBeGreaterThan(30);
      expect(load.fleet.killed.execution).toBeGreaterThan(5);
      expect(load.platform.peakInFlight()).toBeLessThanOrEqual(8);
      expect(load.world.store.all().every(({ status }) => isTerminal(status))).toBe(true);
      expect(new Set(load.platform.jobs.map(({ runId }) => runId)).size).toBe(load.platform.jobs.length);
      expect(await lineOf(load)).toEqual([]);
    },
  );
});
