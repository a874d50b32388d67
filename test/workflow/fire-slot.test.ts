import { describe, expect, it } from 'vitest';
import { fireSlot } from '../../lib/workflow/fire-slot.ts';
import type { Dependencies } from '../../lib/workflow/ports.ts';
import { slotNow, startScheduleWorld } from '../helpers/schedule-world.ts';
import { testConfig } from '../helpers/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const flowId = 'onboard';

describe('a slot of a schedule', () => {
  it('makes one run, whoever fires it how often and at once', async () => {
    const world = startScheduleWorld({ cron: '*/5 * * * *' });
    // A fixed shuffle: one to four deliveries for each of 100 slots.
    for (let index = 0; index < 100; index += 1) {
      world.advance(5 * MINUTE);
      const slot = slotNow(world);
      const times = 1 + ((index * 7) % 4);
      const outcomes = await Promise.all(
        Array.from({ length: times }, () => fireSlot(world.dependencies, { flowId, slot })),
      );
      expect(new Set(outcomes.map(({ runId }) => runId)).size).toBe(1);
    }
    expect(world.store.all()).toHaveLength(100);
    expect(world.slots.all().map(({ outcome }) => outcome)).toEqual(Array(100).fill('started'));
    expect(new Set(world.slots.all().map(({ runId }) => runId)).size).toBe(100);
  });

  it('gives its run the parameters of the schedule, and says what triggered it', async () => {
    const world = startScheduleWorld({ parameters: { name: 'Ada', email: 'ada@example.com' } });
    const { runId = '' } = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    expect(await world.run(runId)).toMatchObject({
      trigger: 'schedule',
      flowId,
      input: { parameters: { name: 'Ada' }, sensitive: ['email'] },
    });
  });

  it('is the same slot however its time is written, within its minute', async () => {
    const world = startScheduleWorld();
    for (const slot of ['2026-03-02T08:00:00Z', '2026-03-02T09:00:30.5+01:00', '2026-03-02T08:00Z'])
      await fireSlot(world.dependencies, { flowId, slot });
    expect(world.store.all()).toHaveLength(1);
  });

  it('is the same slot at both of two equal local times', async () => {
    const world = startScheduleWorld({ cron: '30 1 * * *', timezone: 'Europe/London' }, '2026-10-25T02:00:00Z');
    await fireSlot(world.dependencies, { flowId, slot: '2026-10-25T00:30:00Z' });
    await fireSlot(world.dependencies, { flowId, slot: '2026-10-25T01:30:00Z' });
    expect(world.slots.all().map(({ slot }) => slot)).toEqual(['2026-10-25T00:30:00.000Z']);
    expect(world.store.all()).toHaveLength(1);
  });

  it('is refused when it lies in the future, so that its own time still finds it unfired', async () => {
    const world = startScheduleWorld();
    const tomorrow = new Date(world.now() + DAY).toISOString();
    const fired = fireSlot(world.dependencies, { flowId, slot: tomorrow });
    await expect(fired).rejects.toMatchObject({
      name: 'InvalidInputError',
      issues: [{ path: 'schedule.scheduledTime', message: 'lies in the future' }],
    });
    await expect(fireSlot(world.dependencies, { flowId, slot: 'soon' })).rejects.toThrow('expected a time');
    expect(world.slots.all()).toEqual([]);
  });

  it('is recorded as missed when it comes more than a day late, unless the sweep makes up for it', async () => {
    const world = startScheduleWorld();
    const [one, two] = ['2026-03-01T07:00:00.000Z', '2026-03-01T06:00:00.000Z'];
    expect(await fireSlot(world.dependencies, { flowId, slot: one })).toMatchObject({ outcome: 'missed' });
    expect(await fireSlot(world.dependencies, { flowId, slot: two }, { missed: true })).toMatchObject({
      outcome: 'started',
    });
  });

  it.each([
    ['of a flow that is not in the configuration', 'gone', undefined],
    ['of a flow without a schedule', flowId, testConfig()],
    ['that the schedule, as it is now, does not have', flowId, testConfig({ schedule: { cron: '0 3 * * *' } })],
  ] as const)('%s is recorded as skipped with that reason, because nothing can be run', async (_, flow, config) => {
    const world = startScheduleWorld();
    const dependencies = { ...world.dependencies, ...(config && { config }) };
    const slot = await fireSlot(dependencies, { flowId: flow, slot: slotNow(world) });
    expect(slot).toMatchObject({ flowId: flow, outcome: 'skipped', reason: expect.stringContaining('any more') });
    expect(world.slots.all()).toEqual([slot]);
    expect(world.store.all()).toEqual([]);
  });

  it('whose parameters the flow refuses is recorded as skipped, names the field and frees the flow', async () => {
    const world = startScheduleWorld({ overlap: 'skip', parameters: { name: 5 } });
    const wrong = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    expect(wrong).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('parameters.name: expected text'),
    });
    world.advance(MINUTE);
    const config = testConfig({ schedule: { cron: '* * * * *', overlap: 'skip' } });
    const next = await fireSlot({ ...world.dependencies, config }, { flowId, slot: slotNow(world) });
    expect(next.outcome).toBe('started');
  });

  it('stays the same run when the schedule was given other parameters between two deliveries', async () => {
    const world = startScheduleWorld();
    const slot = slotNow(world);
    const crash = crashing(world.dependencies, 'putSlot started');
    await expect(fireSlot(crash, { flowId, slot })).rejects.toThrow('crash');
    const config = testConfig({ schedule: { cron: '* * * * *', parameters: { name: 'other' } } });
    const again = await fireSlot({ ...world.dependencies, config }, { flowId, slot });
    expect(again).toMatchObject({ outcome: 'started', runId: world.store.all()[0]?.id });
    expect(world.store.all()).toHaveLength(1);
  });
});

/** Dies instead of the one write. */
function crashing({ schedules, ...rest }: Dependencies, what: string): Dependencies {
  return {
    ...rest,
    schedules: {
      ...schedules,
      async putSlot(slot) {
        if (`putSlot ${slot.outcome}` === what) throw new Error('crash');
        return schedules.putSlot(slot);
      },
    },
  };
}

describe('runs that are longer than the interval', () => {
  /** Ten slots, one a minute; a run takes 150 seconds. Minutely sweeps start what waits. */
  async function tenMinutes(overlap: 'allow' | 'skip' | 'queue') {
    const world = startScheduleWorld({ cron: '0-9 8 * * *', overlap });
    const ends: { readonly id: string; readonly at: number }[] = [];
    let mostAtOnce = 0;
    for (let seconds = 0; seconds < 900; seconds += 30) {
      await world.end(ends.filter(({ at }) => at <= world.now()).map(({ id }) => id));
      if (seconds % 60 === 0 && seconds < 600) await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
      if (seconds % 60 === 30) await world.sweep();
      const known = new Set(ends.map(({ id }) => id));
      for (const { id } of world.store.all()) if (!known.has(id)) ends.push({ id, at: world.now() + 150_000 });
      mostAtOnce = Math.max(mostAtOnce, world.open().length);
      world.advance(30_000);
    }
    await world.end(ends.map(({ id }) => id));
    return { world, mostAtOnce, outcomes: world.slots.all().map(({ outcome }) => outcome) };
  }

  it('overlap where that is allowed', async () => {
    const { outcomes, mostAtOnce } = await tenMinutes('allow');
    expect(outcomes).toEqual(Array(10).fill('started'));
    expect(mostAtOnce).toBe(3);
  });

  it('make the slots in between be skipped, each with its reason', async () => {
    const { world, outcomes, mostAtOnce } = await tenMinutes('skip');
    const one = ['started', 'skipped', 'skipped'];
    expect(outcomes).toEqual([...one, ...one, ...one, 'started']);
    expect(mostAtOnce).toBe(1);
    expect(world.store.all()).toHaveLength(4);
    for (const { outcome, reason } of world.slots.all())
      expect(outcome === 'started' || /^The run of the slot \S+ was still going\.$/.test(reason ?? '')).toBe(true);
  });

  it('let one slot wait and be started afterwards, and no more than one', async () => {
    const { world, outcomes, mostAtOnce } = await tenMinutes('queue');
    expect(mostAtOnce).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(world.store.all().length);
    expect(outcomes.every((outcome) => outcome === 'started' || outcome === 'skipped')).toBe(true);
    // 600 seconds hold four runs of 150, and one waits at the end.
    expect(world.store.all()).toHaveLength(5);
    expect(
      world.slots
        .all()
        .filter(({ outcome }) => outcome === 'skipped')
        .every(({ reason }) => reason?.includes('waiting already')),
    ).toBe(true);
  });
});

describe('the claim on a flow whose runs must not overlap', () => {
  it('holds for as long as the run goes on, also when its request key is forgotten', async () => {
    const world = startScheduleWorld({ overlap: 'skip' });
    await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    world.advance(91 * DAY);
    const later = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    expect(later).toMatchObject({ outcome: 'skipped' });
    expect(world.open()).toHaveLength(1);
  });

  it('lets one of many slots at once through', async () => {
    const world = startScheduleWorld({ overlap: 'skip' });
    world.advance(10 * MINUTE);
    const slots = Array.from({ length: 8 }, (_, index) => new Date(world.now() - index * MINUTE).toISOString());
    const fired = await Promise.all(slots.map((slot) => fireSlot(world.dependencies, { flowId, slot })));
    expect(fired.filter(({ outcome }) => outcome === 'started')).toHaveLength(1);
    expect(fired.filter(({ outcome }) => outcome === 'skipped')).toHaveLength(7);
  });

  it('that died before it made a run is taken up by the same slot again', async () => {
    const world = startScheduleWorld({ overlap: 'skip' });
    const slot = slotNow(world);
    await expect(fireSlot(world.without('store.create'), { flowId, slot })).rejects.toThrow('crash');
    expect(await world.dependencies.schedules.get(flowId)).toMatchObject({ holder: { slot } });
    expect(await fireSlot(world.dependencies, { flowId, slot })).toMatchObject({ outcome: 'started' });
  });

  it('that died before it made a run holds other slots up for 15 minutes at most', async () => {
    const world = startScheduleWorld({ overlap: 'skip' });
    await expect(fireSlot(world.without('store.create'), { flowId, slot: slotNow(world) })).rejects.toThrow('crash');
    world.advance(15 * MINUTE);
    expect((await fireSlot(world.dependencies, { flowId, slot: slotNow(world) })).outcome).toBe('skipped');
    world.advance(MINUTE);
    expect((await fireSlot(world.dependencies, { flowId, slot: slotNow(world) })).outcome).toBe('started');
  });

  it('is released by the end of the run, fallout included, because nobody is at work any more', async () => {
    const world = startScheduleWorld({ overlap: 'skip' });
    const { runId = '' } = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
    await world.end([runId], 'FALLOUT');
    world.advance(MINUTE);
    expect((await fireSlot(world.dependencies, { flowId, slot: slotNow(world) })).outcome).toBe('started');
  });

  it('goes to the slot that waits before it goes to a new one', async () => {
    const world = startScheduleWorld({ overlap: 'queue' });
    const slots: string[] = [];
    const fire = async () => {
      slots.push(slotNow(world));
      const fired = await fireSlot(world.dependencies, { flowId, slot: slotNow(world) });
      world.advance(MINUTE);
      return fired;
    };
    const first = await fire();
    expect((await fire()).outcome).toBe('queued');
    await world.end([first.runId ?? '']);
    expect((await fire()).outcome).toBe('queued');
    expect(world.slots.all().map(({ outcome }) => outcome)).toEqual(['started', 'started', 'queued']);
    expect(await world.dependencies.schedules.get(flowId)).toMatchObject({
      holder: { slot: slots[1] },
      queuedSlot: slots[2],
    });
  });
});
