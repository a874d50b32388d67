import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };

/** A platform on which so many jobs may be in flight, each as long as `tookMs`. */
function cappedWorld(inFlight: number, flow: object = {}, tookMs = 60_000) {
  const jobs = new Map<string, number>();
  const order: string[] = [];
  let peak = 0;
  const going = () => [...jobs.values()].filter((endsAt) => endsAt > world.now()).length;
  const session: ProviderSession = {
    async start({ runId }) {
      jobs.set(runId, world.now() + tookMs);
      order.push(runId);
      peak = Math.max(peak, going());
      return { kind: 'accepted', handle: { runId }, remoteId: runId, status: 'QUEUED' };
    },
    async poll(handle) {
      const { runId } = handle as { readonly runId: string };
      return (jobs.get(runId) ?? 0) <= world.now() ? DONE : RUNNING;
    },
  };
  const config = testConfig({ deadline: '2d', ...flow });
  const acme = { ...config.connections.acme, limits: { inFlight } };
  const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
  return { world, order, peak: () => peak, machine: createMachine(world) };
}

const accepted = async (world: ReturnType<typeof createWorld>, count: number) => {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await world.accept()).id);
  return ids;
};
const begin = (world: ReturnType<typeof createWorld>, runId: string, generation = 1) =>
  startRun(world.dependencies, { runId, generation }, { signal });

describe('a cap on jobs in flight at a platform', () => {
  it('is never passed, and runs begin in the order of their acceptance', async () => {
    const { world, order, peak, machine } = cappedWorld(3);
    const ids = await accepted(world, 20);
    await machine.run();
    expect(peak()).toBe(3);
    expect(order).toEqual(ids);
    for (const id of ids) expect((await world.run(id)).status).toBe('SUCCEEDED');
    expect(await world.dependencies.inFlight.holders('acme')).toEqual([]);
    expect(await world.dependencies.inFlight.ahead('acme')).toBe(0);
  });

  it('ends the execution of a run that waits, which says why, and costs nothing until its turn', async () => {
    const { world } = cappedWorld(1);
    const [first = '', second = ''] = await accepted(world, 2);
    await begin(world, first);
    const state = await begin(world, second);
    expect(state).toMatchObject({ next: 'PARK', status: 'ACCEPTED' });
    expect(state.reason).toContain('acme');
    expect(await world.run(second)).toMatchObject({ status: 'ACCEPTED', heldBack: { why: 'in-flight' } });
    expect((await world.run(second)).queuedAt).toBeDefined();
  });

  it('lets nobody pass who came later, also when a slot is free at that moment', async () => {
    const { world, order } = cappedWorld(1);
    const [first = '', second = '', third = ''] = await accepted(world, 3);
    await begin(world, first);
    await begin(world, second);
    await world.dependencies.inFlight.release('acme', first);
    expect(await begin(world, third)).toMatchObject({ next: 'PARK' });
    await sweep(world.dependencies, {}, { signal });
    expect(world.started.at(-1)).toEqual({ runId: second, generation: 2 });
    await begin(world, second, 2);
    expect(order).toEqual([first, second]);
  });

  it('gives the slot back when the job has ended there, not when a function has', async () => {
    const { world, machine } = cappedWorld(1);
    const [first = ''] = await accepted(world, 1);
    await machine.task();
    expect((await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([first]);
    await machine.run();
    expect(await world.dependencies.inFlight.holders('acme')).toEqual([]);
  });

  it('keeps the slot of a job that may still be running, until the lease is over', async () => {
    const { world, machine } = cappedWorld(1, { deadline: '10m' }, 3_600_000);
    const [first = '', second = ''] = await accepted(world, 2);
    await machine.run(world.now() + 601_000);
    expect(await world.run(first)).toMatchObject({ status: 'TIMED_OUT', cancel: { remote: 'unsupported' } });
    expect((await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([first]);
    world.advance(300_000);
    await sweep(world.dependencies, {}, { signal });
    await machine.run();
    expect(await world.dependencies.inFlight.holders('acme')).toEqual([]);
    expect((await world.run(second)).status).toBe('TIMED_OUT');
  });

  it('renews the lease of a holder that is still open, so that a long job keeps its slot', async () => {
    const { world, machine } = cappedWorld(1, {}, 7_200_000);
    const [first = '', second = ''] = await accepted(world, 2);
    await machine.run(world.now() + 3_600_000);
    await sweep(world.dependencies, {}, { signal });
    expect((await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([first]);
    expect((await world.run(second)).status).toBe('ACCEPTED');
  });

  it('makes good a wake-up that was lost, within the next sweep', async () => {
    const { world, machine } = cappedWorld(1);
    const [, second = ''] = await accepted(world, 2);
    world.boundary = (effect, when) => {
      if (effect !== 'executions.start' || when !== 'before') return;
      throw new StoreUnavailableError('Step Functions is away');
    };
    await machine.run();
    expect((await world.run(second)).status).toBe('ACCEPTED');
    world.boundary = () => {};
    world.advance(61_000);
    await sweep(world.dependencies, {}, { signal });
    await machine.run();
    expect((await world.run(second)).status).toBe('SUCCEEDED');
  });

  it.each(['store.get', 'store.save'])(
    'brings on whoever was given a slot by somebody who was stopped at %s',
    async (where) => {
      const { world } = cappedWorld(1);
      const { inFlight } = world.dependencies;
      const [first = '', second = '', third = ''] = await accepted(world, 3);
      for (const id of [first, second, third]) await begin(world, id);
      await inFlight.release('acme', first);
      const { take } = inFlight;
      Object.assign(inFlight, {
        take: async (...slot: Parameters<typeof take>) => {
          world.boundary = (effect) => {
            if (effect === where) throw new StoreUnavailableError('the table is away');
          };
          return take(...slot);
        },
      });
      await sweep(world.dependencies, {}, { signal });
      expect((await inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([second]);
      Object.assign(inFlight, { take });
      world.boundary = () => {};
      expect(await world.run(second)).toMatchObject({ status: 'ACCEPTED', generation: 1 });
      world.advance(61_000);
      await sweep(world.dependencies, {}, { signal });
      expect(world.started.at(-1)).toEqual({ runId: second, generation: 2 });
      expect(await inFlight.ahead('acme')).toBe(1);
    },
  );

  it('frees the slot of one who does not know of it, when somebody older has come to stand before him', async () => {
    const { world } = cappedWorld(1);
    const { inFlight } = world.dependencies;
    const [older = '', younger = ''] = await accepted(world, 2);
    await inFlight.take('acme', { runId: 'run_ended', leaseUntil: world.now() + 1_000 }, 1);
    await begin(world, younger);
    // Given to the younger by somebody who was stopped before its record said so, while the older was not in line.
    await inFlight.release('acme', 'run_ended');
    await inFlight.take('acme', { runId: younger, leaseUntil: world.now() + 900_000 }, 1);
    expect(await begin(world, older)).toMatchObject({ next: 'PARK' });
    for (const until = world.now() + 30 * 60_000; world.now() < until; world.advance(60_000))
      await sweep(world.dependencies, {}, { signal });
    expect(world.started.at(-1)).toEqual({ runId: older, generation: 2 });
  });

  it('takes the slot of a run that cools off, once its lease is over, where nobody gave it back', async () => {
    const failed: Look = {
      kind: 'ended',
      verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'no' } },
    };
    const session: ProviderSession = {
      start: async ({ runId }) => ({ kind: 'accepted', handle: { runId }, remoteId: runId, status: 'QUEUED' }),
      poll: async () => failed,
    };
    const config = testConfig({ deadline: '2d', retry: { maxAttempts: 2, coolOff: '6h' } });
    const acme = { ...config.connections.acme, limits: { inFlight: 1 } };
    const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
    const [first = '', second = ''] = await accepted(world, 2);
    let state = await begin(world, first);
    await begin(world, second);
    while ((await world.run(first)).status !== 'COOLING_OFF') state = await world.step(state);
    // Whoever was told to give it back was stopped before it could.
    expect((await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([first]);
    world.advance(901_000);
    await sweep(world.dependencies, {}, { signal });
    expect((await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([second]);
    expect(world.started.at(-1)).toEqual({ runId: second, generation: 2 });
  });

  it('ends a run in line that is too old to start, and one that was canceled, and goes on to the next', async () => {
    const { world, machine } = cappedWorld(1, { startBy: '5m' }, 600_000);
    const [first = '', second = '', third = '', fourth = ''] = await accepted(world, 4);
    await machine.run(world.now() + 10_000);
    await cancelRun(world.dependencies, second);
    expect(await world.run(second)).toMatchObject({ status: 'CANCELED' });
    expect(await world.dependencies.inFlight.ahead('acme')).toBe(2);
    world.advance(300_000);
    await sweep(world.dependencies, {}, { signal });
    await machine.run();
    for (const id of [third, fourth])
      expect(await world.run(id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'START_BY' } });
    expect((await world.run(third)).error?.message).toContain('in flight');
    expect((await world.run(first)).status).toBe('SUCCEEDED');
    expect(await world.dependencies.inFlight.holders('acme')).toEqual([]);
  });

  it('takes a slot anew for another attempt, behind nobody who is younger', async () => {
    const failing: Look = {
      kind: 'ended',
      verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'no' } },
    };
    let starts = 0;
    const session: ProviderSession = {
      async start() {
        starts += 1;
        return { kind: 'accepted', handle: {}, remoteId: `r${starts}`, status: 'QUEUED' };
      },
      poll: async () => (starts < 3 ? failing : DONE),
    };
    const config = testConfig({ retry: { maxAttempts: 3, coolOff: '1m' } });
    const acme = { ...config.connections.acme, limits: { inFlight: 1 } };
    const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
    const run = await world.accept();
    expect((await world.drive(run.id)).next).toBe('SUCCEEDED');
    expect(starts).toBe(3);
    expect(await world.dependencies.inFlight.holders('acme')).toEqual([]);
  });
});
