import { describe, expect, it } from 'vitest';
import { LOOK_HERE_SECONDS } from '../../lib/contract.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, isOver, testConfig } from '../helpers/world.ts';

const signal = new AbortController().signal;
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };

/** A job that takes so long, at a platform that can hold looks open, or cannot. */
async function jobOf(tookMs: number, maxHoldMs?: number, retryAfterMs?: number) {
  const held: (number | undefined)[] = [];
  const askedAt: number[] = [];
  const answeredAt: number[] = [];
  let startedAt = 0;
  const session: ProviderSession = {
    ...(maxHoldMs === undefined ? {} : { maxHoldMs }),
    async start() {
      startedAt = world.now();
      return { kind: 'accepted', handle: { id: 'r1' }, remoteId: 'r1', status: 'QUEUED' };
    },
    async poll(_handle, { holdMs }) {
      held.push(holdMs);
      askedAt.push(world.now());
      const leftMs = startedAt + tookMs - world.now();
      if (holdMs !== undefined) world.advance(Math.max(0, Math.min(holdMs, leftMs)));
      const look = world.now() >= startedAt + tookMs ? DONE : RUNNING;
      answeredAt.push(world.now());
      return retryAfterMs === undefined ? look : { ...look, hints: { retryAfterMs } };
    },
  };
  const world = createWorld({ session, config: testConfig({ deadline: '2d' }) });
  const run = await world.accept();
  const state = await startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal });
  const pauses = () => askedAt.slice(1).map((ms, index) => ms - (answeredAt[index] ?? 0));
  return { world, run, state, held, pauses, lagMs: () => world.now() - startedAt - tookMs };
}

describe('a look that is due soon', () => {
  it('is waited for in the function, so that a job of twenty seconds takes one lap and not three', async () => {
    const { world, run, state } = await jobOf(20_000);
    const next = await world.step(state);
    expect(next).toMatchObject({ next: 'SUCCEEDED', lap: 1 });
    expect((await world.run(run.id)).looks).toBeGreaterThanOrEqual(3);
  });

  it('is a lap when it is further away than a lap is worth, and when the function has waited for long enough', async () => {
    const { world, state } = await jobOf(86_400_000);
    let current = state;
    for (let lap = 0; lap < 40; lap += 1) {
      const before = world.now();
      current = await world.next(current);
      expect(world.now() - before).toBeLessThanOrEqual(LOOK_HERE_SECONDS.inAll * 1_000);
      expect(current.next).toBe('WAIT');
      world.advance(current.waitSeconds * 1_000);
    }
    // The gaps have grown past what is waited for here.
    const before = world.now();
    await world.next(current);
    expect(world.now()).toBe(before);
  });

  it('acts on a cancellation that comes meanwhile in the execution that was started for it, and not twice', async () => {
    const { world, run, state } = await jobOf(86_400_000);
    world.advance(state.waitSeconds * 1_000);
    let saves = 0;
    world.boundary = async (effect, when) => {
      if (effect !== 'store.save' || when !== 'after') return;
      saves += 1;
      if (saves !== 1) return;
      const { cancelRun } = await import('../../lib/workflow/cancel-run.ts');
      await cancelRun(world.dependencies, run.id);
    };
    expect(await world.next(state)).toMatchObject({ next: 'ROLL_OVER' });
    expect((await world.run(run.id)).looks).toBe(1);
  });

  it('stops waiting when the time limit of the function is about to strike, with the next look still in the record', async () => {
    const { world, run, state } = await jobOf(86_400_000);
    const controller = new AbortController();
    world.advance(state.waitSeconds * 1_000);
    world.boundary = (effect, when) => {
      if (effect === 'store.save' && when === 'after') controller.abort();
    };
    const next = await pollRun(world.dependencies, state, { signal: controller.signal });
    expect(next.next).toBe('WAIT');
    const { looks, nextLookAt } = await world.run(run.id);
    expect(looks).toBe(1);
    expect(Date.parse(nextLookAt ?? '')).toBeGreaterThan(world.now());
  });

  it('is held open by a platform that can, so that the end is seen as it comes', async () => {
    const { world, state, held, lagMs } = await jobOf(20_300, 18_000);
    expect(await world.step(state)).toMatchObject({ next: 'SUCCEEDED' });
    expect(lagMs()).toBe(0);
    // The first look of an invocation says how it stands; only waiting is given to the platform.
    expect(held[0]).toBeUndefined();
    expect(Math.max(...held.slice(1).map((ms) => ms ?? 0))).toBeLessThanOrEqual(18_000);
  });

  it('is held open only once the platform has been left alone for as long as it asked', async () => {
    const { world, state, held, pauses } = await jobOf(60_000, 20_000, 8_000);
    let current = state;
    while (!isOver(current)) current = await world.step(current);
    expect(Math.min(...pauses())).toBeGreaterThanOrEqual(8_000);
    expect(held.length).toBeGreaterThan(2);
  });

  it('is not asked for over and over at a platform that says that it holds looks, and does not', async () => {
    const { world, run, state } = await jobOf(60_000, 18_000);
    world.dependencies.connections.open = async () => {
      const session: ProviderSession = {
        maxHoldMs: 18_000,
        start: async () => ({ kind: 'accepted', handle: {}, remoteId: 'r1', status: 'QUEUED' }),
        poll: async () => RUNNING,
      };
      return { session, metered: () => session, secrets: [], version: '1' };
    };
    await world.step(state);
    expect((await world.run(run.id)).looks).toBeLessThan(12);
  });
});
