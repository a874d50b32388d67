import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fireSlot } from '../../lib/workflow/fire-slot.ts';
import type { Dependencies, SlotOutcome } from '../../lib/workflow/ports.ts';
import { sweepSchedules } from '../../lib/workflow/sweep-schedules.ts';
import { type ScheduleWorld, slotNow, startScheduleWorld } from '../helpers/schedule-world.ts';
import { testConfig } from '../helpers/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const flowId = 'onboard';
const signal = new AbortController().signal;

function outcomesOf(world: ScheduleWorld): Partial<Record<SlotOutcome, number>> {
  const counts: Partial<Record<SlotOutcome, number>> = {};
  for (const { outcome } of world.slots.all()) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Swept once, so that the schedule is known; then nobody is there for 26 hours. */
async function afterOutage(schedule: object): Promise<ScheduleWorld> {
  const world = startScheduleWorld({ cron: '30 * * * *', ...schedule });
  await world.sweep();
  world.advance(26 * HOUR);
  return world;
}

describe('slots that nobody fired for 26 hours', () => {
  it('are recorded one by one and not made up for, unless the schedule says so', async () => {
    const world = await afterOutage({});
    expect(await world.sweep()).toEqual({ fired: 0, missed: 26, skipped: 0 });
    expect(world.store.all()).toEqual([]);
    expect(outcomesOf(world)).toEqual({ missed: 26 });
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
  });

  it('are made up for once, by the newest, with `one`', async () => {
    const world = await afterOutage({ missed: 'one' });
    expect(await world.sweep()).toEqual({ fired: 1, missed: 25, skipped: 0 });
    expect(world.store.all()).toHaveLength(1);
    expect(world.slots.all().at(-1)).toMatchObject({ slot: '2026-03-03T09:30:00.000Z', outcome: 'started' });
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
  });

  it('are made up for by the newest ten, oldest first, with `all`', async () => {
    const world = await afterOutage({ missed: 'all' });
    expect(await world.sweep()).toEqual({ fired: 10, missed: 16, skipped: 0 });
    expect(world.store.all()).toHaveLength(10);
    expect(
      world.slots
        .all()
        .slice(16)
        .map(({ runId }) => runId),
    ).toEqual(world.store.all().map(({ id }) => id));
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
  });

  it('obey the overlap policy when they are made up for', async () => {
    const skipping = await afterOutage({ missed: 'all', overlap: 'skip' });
    expect(await skipping.sweep()).toEqual({ fired: 1, missed: 16, skipped: 9 });
    const queueing = await afterOutage({ missed: 'all', overlap: 'queue' });
    expect(await queueing.sweep()).toEqual({ fired: 1, missed: 16, skipped: 8 });
    expect(outcomesOf(queueing)).toEqual({ started: 1, queued: 1, missed: 16, skipped: 8 });
  });

  it('stay missed when their messages arrive after all, because that was announced', async () => {
    const world = await afterOutage({});
    await world.sweep();
    const slot = world.slots.all().at(-1)?.slot ?? '';
    expect(await fireSlot(world.dependencies, { flowId, slot })).toMatchObject({ outcome: 'missed' });
    expect(world.store.all()).toEqual([]);
  });
});

describe('the sweep of schedules', () => {
  it('misses nothing from before a schedule was seen', async () => {
    const world = startScheduleWorld({ cron: '0 * * * *', missed: 'all' });
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
    expect(await world.dependencies.schedules.get(flowId)).toMatchObject({ checkedUntil: '2026-03-02T08:00:00.000Z' });
  });

  it('gives a slot two minutes to be fired', async () => {
    const world = startScheduleWorld({ cron: '30 8 * * *' });
    await world.sweep();
    world.advance(32 * MINUTE - 1);
    expect((await world.sweep()).missed).toBe(0);
    world.advance(1);
    expect((await world.sweep()).missed).toBe(1);
  });

  it('leaves alone what was fired in time', async () => {
    const world = startScheduleWorld({ cron: '30 8 * * *', missed: 'all' });
    await world.sweep();
    world.advance(30 * MINUTE);
    await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    world.advance(5 * MINUTE);
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
    expect(world.store.all()).toHaveLength(1);
  });

  it('does not judge a schedule that was changed by slots that it did not have', async () => {
    const world = startScheduleWorld({ cron: '0 3 * * *' });
    await world.sweep();
    world.advance(12 * HOUR);
    const config = testConfig({ schedule: { cron: '0 * * * *', missed: 'all' } });
    const changed: Dependencies = { ...world.dependencies, config };
    expect(await sweepSchedules(changed, { signal })).toEqual({ fired: 0, missed: 0, skipped: 0 });
    world.advance(HOUR + 2 * MINUTE);
    expect(await sweepSchedules(changed, { signal })).toEqual({ fired: 1, missed: 0, skipped: 0 });
  });

  it('keeps the run that goes and the slot that waits when a schedule is changed', async () => {
    const world = startScheduleWorld({ overlap: 'queue' });
    await world.sweep();
    const { runId = '' } = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    world.advance(MINUTE);
    await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    const config = testConfig({ schedule: { cron: '0 3 * * *', overlap: 'queue' } });
    const changed: Dependencies = { ...world.dependencies, config };
    expect((await sweepSchedules(changed, { signal })).fired).toBe(0);
    await world.end([runId]);
    expect((await sweepSchedules(changed, { signal })).fired).toBe(1);
  });

  it('fires a local time that does not exist, once, whatever the policy for missed slots', async () => {
    const schedule = { cron: '30 2 * * *', timezone: 'America/New_York' };
    const world = startScheduleWorld(schedule, '2026-03-08T00:00:00Z');
    await world.sweep();
    world.advance(7 * HOUR + 2 * MINUTE);
    expect(await world.sweep()).toEqual({ fired: 1, missed: 0, skipped: 0 });
    expect(world.slots.all()).toMatchObject([{ slot: '2026-03-08T07:00:00.000Z', outcome: 'started' }]);
    world.advance(HOUR);
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
  });

  it('goes on with a slot that was taken in by somebody who died', async () => {
    const world = startScheduleWorld({ cron: '30 8 * * *' });
    await world.sweep();
    world.advance(30 * MINUTE);
    await expect(fireSlot(world.without('store.create'), { flowId, slot: slotNow(world) })).rejects.toThrow('crash');
    world.advance(2 * MINUTE);
    expect(await world.sweep()).toEqual({ fired: 1, missed: 0, skipped: 0 });
  });

  it('records a thousand missed slots one by one and the rest in one, however long nobody was there', async () => {
    const world = startScheduleWorld({ missed: 'one' });
    await world.sweep();
    world.advance(40 * 24 * HOUR);
    expect(await world.sweep()).toEqual({ fired: 1, missed: 1_000, skipped: 0 });
    expect(world.slots.all()[0]).toMatchObject({
      outcome: 'missed',
      reason: 'So were all slots since 2026-03-02T08:00:00.000Z.',
    });
    expect(await world.sweep()).toEqual({ fired: 0, missed: 0, skipped: 0 });
  });

  it('stops when it is told to, and goes on there', async () => {
    const world = await afterOutage({});
    const stop = new AbortController();
    const { schedules } = world.dependencies;
    let written = 0;
    const putSlot: typeof schedules.putSlot = (slot) => {
      written += 1;
      if (written === 5) stop.abort();
      return schedules.putSlot(slot);
    };
    const dependencies = { ...world.dependencies, schedules: { ...schedules, putSlot } };
    expect(await sweepSchedules(dependencies, { signal: stop.signal })).toMatchObject({ missed: 5 });
    expect(await schedules.get(flowId)).toMatchObject({ checkedUntil: world.slots.all()[4]?.slot });
    expect(await world.sweep()).toMatchObject({ missed: 21 });
  });

  it('looks after the other schedules when one cannot be', async () => {
    const world = startScheduleWorld();
    const [flow] = Object.values(world.dependencies.config.flows);
    if (flow === undefined) throw new Error('no flow');
    const { schedules } = world.dependencies;
    const get: typeof schedules.get = async (id) => {
      if (id === 'broken') throw new Error('throttled');
      return schedules.get(id);
    };
    const config = { ...world.dependencies.config, flows: { broken: flow, sound: flow } };
    await sweepSchedules({ ...world.dependencies, config, schedules: { ...schedules, get } }, { signal });
    expect(await schedules.get('sound')).toBeDefined();
    expect(world.logged.join()).toContain('schedule not swept');
  });
});

describe('two sweeps at once', () => {
  it.each(['skip', 'one', 'all'] as const)('do the work of one (%s)', async (missed) => {
    const alone = await afterOutage({ missed });
    await alone.sweep();
    const world = await afterOutage({ missed });
    await Promise.all([world.sweep(), world.sweep(), world.sweep()]);
    expect(outcomesOf(world)).toEqual(outcomesOf(alone));
    expect(world.store.all()).toHaveLength(alone.store.all().length);
  });

  it('start a waiting slot once', async () => {
    const world = startScheduleWorld({ overlap: 'queue' });
    await world.sweep();
    const { runId = '' } = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    world.advance(MINUTE);
    await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    await world.end([runId]);
    await Promise.all([world.sweep(), world.sweep()]);
    expect(world.open()).toHaveLength(1);
    expect(world.store.all()).toHaveLength(2);
  });
});

describe('an invocation that dies at any call, before or after it', () => {
  /** What must hold in the end: one outcome for each slot, one run for each started one, and no other run. */
  async function expectWhole(world: ScheduleWorld, slots: number): Promise<void> {
    const records = world.slots.all();
    const runIds = records.flatMap(({ runId }) => runId ?? []);
    expect(records).toHaveLength(slots);
    expect(records.every(({ outcome }) => outcome !== 'queued')).toBe(true);
    expect(new Set(runIds).size).toBe(runIds.length);
    expect([...runIds].sort()).toEqual(
      world.store
        .all()
        .map(({ id }) => id)
        .sort(),
    );
  }

  /** Runs `act` in a fresh world with a death at each of its calls in turn, then `repair`. */
  async function exhaust(
    start: () => Promise<ScheduleWorld>,
    act: (dependencies: Dependencies, world: ScheduleWorld) => Promise<unknown>,
    check: (world: ScheduleWorld) => Promise<void>,
  ): Promise<number> {
    let deaths = 0;
    for (const when of ['before', 'after'] as const)
      for (let n = 1; ; n += 1) {
        const world = await start();
        const { dependencies, died } = world.dyingAt(n, when);
        await act(dependencies, world).catch(() => {});
        if (!died()) break;
        deaths += 1;
        await check(world);
      }
    return deaths;
  }

  /** Minutely sweeps; every run ends in between. */
  async function settle(world: ScheduleWorld): Promise<void> {
    for (let minute = 0; minute < 5; minute += 1) {
      world.advance(MINUTE);
      await world.end(world.open().map(({ id }) => id));
      await world.sweep();
    }
  }

  const POLICIES = [
    { missed: 'skip', overlap: 'allow', least: 0, most: 0 },
    { missed: 'one', overlap: 'allow', least: 1, most: 1 },
    { missed: 'all', overlap: 'allow', least: 5, most: 5 },
    // Here it depends on when the first run ends how many of the others find the flow free.
    { missed: 'all', overlap: 'skip', least: 1, most: 5 },
    { missed: 'all', overlap: 'queue', least: 2, most: 5 },
  ] as const;
  it.each(POLICIES)('leaves nothing that the next sweep does not finish ($missed, $overlap)', async (policy) => {
    const { missed, overlap, least, most } = policy;
    const start = async () => {
      const world = startScheduleWorld({ cron: '*/10 8 2 3 *', missed, overlap });
      await world.sweep();
      world.advance(HOUR);
      return world;
    };
    const sweepOnce = (dependencies: Dependencies) => sweepSchedules(dependencies, { signal });
    const deaths = await exhaust(start, sweepOnce, async (world) => {
      await settle(world);
      await expectWhole(world, 5);
      expect(world.store.all().length).toBeGreaterThanOrEqual(least);
      expect(world.store.all().length).toBeLessThanOrEqual(most);
    });
    expect(deaths).toBeGreaterThan(10);
  });

  it.each(['allow', 'skip', 'queue'] as const)(
    'leaves nothing that a redelivery does not finish (%s)',
    async (overlap) => {
      const start = async () => {
        const world = startScheduleWorld({ cron: '0 9 * * *', overlap });
        await world.sweep();
        world.advance(HOUR);
        return world;
      };
      const fire = (dependencies: Dependencies, world: ScheduleWorld) =>
        fireSlot(dependencies, { flowId, slot: slotNow(world) });
      const deaths = await exhaust(start, fire, async (world) => {
        expect(await fire(world.dependencies, world)).toMatchObject({ outcome: 'started' });
        await expectWhole(world, 1);
      });
      expect(deaths).toBeGreaterThan(5);
    },
  );

  it.each(['allow', 'skip', 'queue'] as const)(
    'leaves nothing that the sweep does not settle (%s)',
    async (overlap) => {
      const start = async () => {
        const world = startScheduleWorld({ cron: '59 8,9 2 3 *', overlap }, '2026-03-02T08:50:00Z');
        await world.sweep();
        world.advance(9 * MINUTE);
        await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
        world.advance(HOUR);
        return world;
      };
      const fire = (dependencies: Dependencies, world: ScheduleWorld) =>
        fireSlot(dependencies, { flowId, slot: slotNow(world) });
      const deaths = await exhaust(start, fire, async (world) => {
        await settle(world);
        await expectWhole(world, 2);
      });
      expect(deaths).toBeGreaterThan(5);
    },
  );

  it('leaves no waiting slot behind whose turn it has become', async () => {
    const start = async () => {
      const world = startScheduleWorld({ cron: '0-1 8 2 3 *', overlap: 'queue' });
      await world.sweep();
      const { runId = '' } = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
      world.advance(MINUTE);
      await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
      world.advance(3 * MINUTE);
      // Both slots are judged before the first run ends: the second is nobody's but the queue's.
      await world.sweep();
      await world.end([runId]);
      return world;
    };
    const sweepOnce = (dependencies: Dependencies) => sweepSchedules(dependencies, { signal });
    const deaths = await exhaust(start, sweepOnce, async (world) => {
      await settle(world);
      await expectWhole(world, 2);
      expect(world.store.all()).toHaveLength(2);
    });
    expect(deaths).toBeGreaterThan(10);
  });

  it('is finished by another sweep that begins while it is still at work', async () => {
    const world = await afterOutage({ missed: 'all' });
    const { dependencies } = world.dyingAt(40, 'after');
    const sweeps = [sweepSchedules(dependencies, { signal }), sweepSchedules(world.dependencies, { signal })];
    await Promise.all(sweeps);
    world.advance(10 * SECOND);
    await world.sweep();
    await expectWhole(world, 26);
    expect(world.store.all()).toHaveLength(10);
  });
});

describe('deliveries and sweeps at once, in any order of their calls', () => {
  const policies = fc.record({
    overlap: fc.constantFrom('allow' as const, 'skip' as const, 'queue' as const),
    missed: fc.constantFrom('skip' as const, 'one' as const, 'all' as const),
  });
  const deliveries = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 });

  it('come to one outcome for each slot, and to no two runs where they must not overlap', async () => {
    const property = fc.asyncProperty(policies, deliveries, fc.scheduler(), async (policy, times, scheduler) => {
      const world = startScheduleWorld({ cron: '1-5 8 2 3 *', ...policy });
      await world.sweep();
      world.advance(7 * MINUTE);
      const dependencies = world.interleaved(<T>(call: Promise<T>) => scheduler.schedule(call));
      const slots = times.map((_, index) => `2026-03-02T08:0${index + 1}:00.000Z`);
      const work: Promise<unknown>[] = slots.flatMap((slot, index) =>
        Array.from({ length: times[index] ?? 0 }, () => fireSlot(dependencies, { flowId, slot })),
      );
      work.push(sweepSchedules(dependencies, { signal }), sweepSchedules(dependencies, { signal }));
      await scheduler.waitFor(Promise.all(work));
      const records = world.slots.all();
      const started = records.flatMap(({ runId }) => runId ?? []);
      expect(records.map(({ slot }) => slot)).toEqual(slots);
      expect([...started].sort()).toEqual(
        world.store
          .all()
          .map(({ id }) => id)
          .sort(),
      );
      expect(records.filter(({ outcome }) => outcome === 'queued').length).toBeLessThanOrEqual(
        policy.overlap === 'queue' ? 1 : 0,
      );
      if (policy.overlap !== 'allow') expect(started.length).toBeLessThanOrEqual(1);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
