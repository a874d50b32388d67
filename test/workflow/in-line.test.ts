import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { admitNext } from '../../lib/workflow/in-flight.ts';
import { resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

const { signal } = new AbortController();
const MINUTE = 60_000;
const HOUR = 3_600_000;
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };

interface Options {
  readonly limits: object;
  readonly flow?: object;
  readonly tookMs?: number;
  /** Else nobody can ask when a job ends. */
  readonly isPolled?: boolean;
}

function worldOf({ limits, flow = {}, tookMs = MINUTE, isPolled = true }: Options) {
  const jobs = new Map<string, number>();
  const order: string[] = [];
  const looks: number[] = [];
  const poll = async (handle: unknown) => {
    looks.push(world.now());
    const { runId } = handle as { readonly runId: string };
    return (jobs.get(runId) ?? 0) <= world.now() ? DONE : RUNNING;
  };
  const session: ProviderSession = {
    async start({ runId }) {
      jobs.set(runId, world.now() + tookMs);
      order.push(runId);
      return { kind: 'accepted', handle: { runId }, remoteId: runId, status: 'QUEUED' };
    },
    ...(isPolled ? { poll } : {}),
  };
  const config = testConfig({ deadline: '2d', ...flow });
  const acme = { ...config.connections.acme, limits };
  const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
  return { world, order, looks, machine: createMachine(world), inFlight: world.dependencies.inFlight };
}

const begin = (world: World, runId: string, generation = 1) =>
  startRun(world.dependencies, { runId, generation }, { signal });

async function accepted(world: World, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await world.accept()).id);
  return ids;
}

async function sweepFor(world: World, minutes: number, between?: () => Promise<void>): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await between?.();
    world.advance(MINUTE);
    await sweep(world.dependencies, {}, { signal });
  }
}

const away = async () => {
  throw new StoreUnavailableError('the table is away');
};

async function holders(world: World): Promise<readonly string[]> {
  return (await world.dependencies.inFlight.holders('acme')).map(({ runId }) => runId);
}

describe('a function that died between a slot and the record', () => {
  it('leaves its slot to the same run, which does not join the end of a line that waits for that slot', async () => {
    const { world, machine } = worldOf({ limits: { inFlight: 1 } });
    const [older = '', younger = ''] = await accepted(world, 2);
    const { states } = world.dependencies;
    const { get } = states;
    Object.assign(states, { get: away });
    await expect(begin(world, younger)).rejects.toThrow('away');
    Object.assign(states, { get });
    expect(await holders(world)).toEqual([younger]);
    await sweepFor(world, 20, () => machine.run(world.now() + MINUTE));
    for (const id of [older, younger]) expect((await world.run(id)).status).toBe('SUCCEEDED');
  });

  it('does not cost a run its slot that was woken and begins, where only the line was not told', async () => {
    const { world, inFlight } = worldOf({ limits: { inFlight: 2 }, tookMs: HOUR });
    const ids = await accepted(world, 4);
    const [first = '', second = '', third = '', fourth = ''] = ids;
    for (const id of ids) await begin(world, id);
    await inFlight.release('acme', first);
    const { dequeue } = inFlight;
    Object.assign(inFlight, { dequeue: away });
    await expect(admitNext(world.dependencies, 'acme')).rejects.toThrow('away');
    Object.assign(inFlight, { dequeue });
    await begin(world, third, 2);
    await inFlight.release('acme', second);
    for (let times = 0; times < 2; times += 1) await admitNext(world.dependencies, 'acme');
    expect(await holders(world)).toEqual([third, fourth]);
  });

  it('leaves nothing of the line in the record of a run that began after all, which the sweep would pass over', async () => {
    const { world, order, machine, inFlight } = worldOf({ limits: { inFlight: 1 }, tookMs: HOUR });
    const [first = '', second = ''] = await accepted(world, 2);
    await begin(world, first);
    world.boundary = async (effect, when) => {
      if (effect !== 'store.save' || when !== 'after') return;
      if ((await world.store.get(second))?.queuedAt !== undefined) await away();
    };
    await expect(begin(world, second)).rejects.toThrow('away');
    world.boundary = () => {};
    await inFlight.release('acme', first);
    await begin(world, second);
    expect(order).toEqual([first, second]);
    machine.stopAll();
    await sweepFor(world, 180);
    expect((await world.run(second)).generation).toBeGreaterThan(1);
  });
});

describe('a slot', () => {
  it('that one sweep found over and another gave to its run is its own', async () => {
    const { world, order, inFlight } = worldOf({ limits: { inFlight: 1 }, tookMs: 1e11 });
    const [first = '', second = ''] = await accepted(world, 2);
    await inFlight.take('acme', { runId: 'run_ended', leaseUntil: world.now() + 1_000 }, 1);
    await begin(world, first);
    // Given by somebody who was stopped then, and nobody swept for as long as a lease.
    await inFlight.release('acme', 'run_ended');
    await inFlight.take('acme', { runId: first, leaseUntil: world.now() + 15 * MINUTE }, 1);
    world.advance(16 * MINUTE);
    const { release } = inFlight;
    Object.assign(inFlight, {
      async release(...asked: Parameters<typeof release>) {
        Object.assign(inFlight, { release });
        await admitNext(world.dependencies, 'acme');
        await begin(world, first, 2);
        await release(...asked);
      },
    });
    await admitNext(world.dependencies, 'acme');
    await begin(world, second);
    expect(order).toEqual([first]);
    expect(await holders(world)).toEqual([first]);
  });

  it('is not kept empty by places of runs that are too old to start', async () => {
    const { world, order, machine } = worldOf({ limits: { inFlight: 1 }, flow: { startBy: '5m' }, tookMs: 7 * MINUTE });
    const ids = await accepted(world, 40);
    await machine.run(world.now() + 5 * MINUTE);
    await sweepFor(world, 3, () => machine.run(world.now() + MINUTE));
    expect((await world.run(ids.at(-1) ?? '')).error?.code).toBe('START_BY');
    const late = (await world.accept()).id;
    await sweepFor(world, 4, () => machine.run(world.now() + MINUTE));
    expect(order).toContain(late);
  });

  it('stays with a job of which nobody can say when it ends, since it may well be going on', async () => {
    const { world, order } = worldOf({ limits: { inFlight: 1 }, tookMs: HOUR, isPolled: false });
    const ids = await accepted(world, 3);
    for (const id of ids) {
      const state = await begin(world, id);
      if (state.next === 'RELEASE') await world.step(state);
    }
    expect(order).toEqual(ids.slice(0, 1));
    expect(await holders(world)).toEqual(order);
  });
});

it('a run that fell out in line and is begun again by a person is brought on by a sweep', async () => {
  const { world, inFlight } = worldOf({ limits: { inFlight: 1 } });
  const [id = ''] = await accepted(world, 1);
  await inFlight.take('acme', { runId: 'run_ended', leaseUntil: world.now() + 1_000 }, 1);
  await begin(world, id);
  await settleRun(world.dependencies, { runId: id, generation: 1, lap: 0, failure: { Error: 'States.Timeout' } });
  expect(await world.run(id)).toMatchObject({ status: 'FALLOUT' });
  await inFlight.release('acme', 'run_ended');
  await sweepFor(world, 1);
  world.boundary = (effect, when) => {
    if (effect === 'executions.start' && when === 'before') throw new StoreUnavailableError('away');
  };
  await resolveFallout(world.dependencies, id, { decision: 'not-started', reason: 'x' }).catch(() => {});
  world.boundary = () => {};
  const before = world.started.length;
  await sweepFor(world, 20);
  expect(world.started.length).toBeGreaterThan(before);
});

describe('a connection that is renamed', () => {
  function rename({ dependencies: { config } }: World): void {
    const { acme } = config.connections;
    const onboard = { ...config.flows.onboard, connection: 'acme-eu' };
    Object.assign(config, { connections: { 'acme-eu': acme }, flows: { onboard } });
  }

  it('leaves nobody in the line of its old name, in which nobody would ever be called', async () => {
    const flow = { deadline: '10m', startBy: '10m' };
    const { world, machine } = worldOf({ limits: { inFlight: 1 }, flow, tookMs: 1e11 });
    const [first = ''] = await accepted(world, 1);
    await begin(world, first);
    Object.assign(world.dependencies.config.flows.onboard ?? {}, { deadline: 48 * HOUR, startBy: 48 * HOUR });
    const [second = ''] = await accepted(world, 1);
    await begin(world, second);
    machine.stopAll();
    rename(world);
    await cancelRun(world.dependencies, first);
    await sweepFor(world, 600);
    await machine.run(world.now() + HOUR);
    expect((await world.run(second)).queuedAt).toBeUndefined();
  });

  it('keeps to its rate: looks of runs from before count together with those of runs from after', async () => {
    const { world, looks } = worldOf({ limits: { requestsPerSecond: 0.5 }, tookMs: 2 * HOUR });
    const [before = ''] = await accepted(world, 1);
    const first = await begin(world, before);
    rename(world);
    const [after = ''] = await accepted(world, 1);
    world.advance(10_000);
    const second = await begin(world, after);
    world.advance(HOUR);
    for (const state of [first, second]) await world.next(state);
    const [one = 0, other = 0] = looks;
    expect(looks).toHaveLength(2);
    expect(other - one).toBeGreaterThanOrEqual(2_000);
  });
});
