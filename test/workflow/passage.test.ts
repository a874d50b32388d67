import { describe, expect, it } from 'vitest';
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import { pause, resume } from '../../lib/protection/breaker.ts';
import { NEW_CONNECTION } from '../../lib/protection/connection-state.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };
const ACCEPTED = { kind: 'accepted', handle: {}, remoteId: 'r1', status: 'QUEUED' } as const;

interface Platform {
  start(): Promise<typeof ACCEPTED>;
  poll(): Promise<Look>;
}

function worldOf(platform: Partial<Platform>, { flow = {}, limits = {} }: { flow?: object; limits?: object } = {}) {
  const calls: { readonly name: string; readonly at: number }[] = [];
  const note = (name: string) => calls.push({ name, at: world.now() });
  const session: ProviderSession = {
    async start() {
      note('start');
      return platform.start?.() ?? ACCEPTED;
    },
    async poll() {
      note('poll');
      return platform.poll?.() ?? DONE;
    },
  };
  const config = testConfig(flow);
  const acme = { ...config.connections.acme, limits };
  const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
  const { states } = world.dependencies;
  return {
    world,
    calls,
    pause: async () => states.save('acme', pause(await states.getNow('acme'), { reason: 'upgrade' }, world.now())),
    resume: async () => states.save('acme', resume(await states.getNow('acme'))),
  };
}

const begin = (world: ReturnType<typeof createWorld>, runId: string) =>
  startRun(world.dependencies, { runId, generation: 1 }, { signal });

describe('a paused connection', () => {
  it('is sent nothing: a run waits before its start, says why, and starts after the pause', async () => {
    const { world, calls, ...connection } = worldOf({});
    await connection.pause();
    const run = await world.accept();
    let state = await begin(world, run.id);
    for (let times = 0; times < 5; times += 1) state = await world.step(state);
    expect(calls).toEqual([]);
    expect(await world.run(run.id)).toMatchObject({ status: 'ACCEPTED', heldBack: { why: 'paused', times: 6 } });
    expect(state.reason).toContain('paused by a person');
    await connection.resume();
    for (let times = 0; times < 5 && state.next !== 'SUCCEEDED'; times += 1) state = await world.step(state);
    expect(state.next).toBe('SUCCEEDED');
    expect((await world.run(run.id)).heldBack).toBeUndefined();
  });

  it('does not stretch the time in which a run may start, and the end says what kept it', async () => {
    const { world, calls, ...connection } = worldOf({}, { flow: { startBy: '10m' } });
    await connection.pause();
    const run = await world.accept();
    expect((await world.drive(run.id)).next).toBe('FAILED');
    const ended = await world.run(run.id);
    expect(ended).toMatchObject({ status: 'TIMED_OUT', error: { code: 'START_BY' } });
    expect(ended.error?.message).toContain('paused');
    expect(Date.parse(ended.endedAt ?? '') - Date.parse(run.createdAt)).toBeLessThan(602_000);
    expect(calls).toEqual([]);
  });

  it('holds looks, but not the last one at the deadline: what has come true by then is told', async () => {
    const { world, calls, ...connection } = worldOf({}, { flow: { deadline: '30m' } });
    const run = await world.accept();
    let state = await begin(world, run.id);
    await connection.pause();
    while (state.next === 'WAIT') state = await world.step(state);
    expect(state.next).toBe('SUCCEEDED');
    expect(calls.map(({ name }) => name)).toEqual(['start', 'poll']);
    expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_799_000);
  });
});

describe('a connection that does not answer', () => {
  it('is asked by one run at a time after ten failures, and by all again once it answers', async () => {
    let isAway = true;
    const { world, calls } = worldOf({
      poll: async () => {
        if (isAway) throw new RequestNotSentError('refused');
        return RUNNING;
      },
    });
    const runs = await Promise.all([world.accept(), world.accept(), world.accept()]);
    let states = await Promise.all(runs.map(({ id }) => begin(world, id)));
    const round = async () => {
      const next = [];
      for (const state of states) next.push(await world.next(state));
      states = next;
      world.advance(60_000);
    };
    for (let times = 0; times < 10; times += 1) await round();
    expect((await world.dependencies.states.get('acme')).circuit).toMatchObject({ why: 'failing' });
    const before = calls.length;
    for (let times = 0; times < 10; times += 1) await round();
    expect(calls.length - before).toBeLessThanOrEqual(11);
    isAway = false;
    for (let times = 0; times < 8; times += 1) await round();
    const after = await world.dependencies.states.get('acme');
    expect(after).toMatchObject({ failures: 0 });
    expect(after.circuit).toBeUndefined();
    for (const { id } of runs) expect(await world.run(id)).toMatchObject({ status: 'RUNNING' });
  });

  it('does not count single failures among answers, however many', async () => {
    let polls = 0;
    const { world } = worldOf(
      {
        poll: async () => {
          polls += 1;
          if (polls % 3 !== 0) throw new ReplyLostError('502');
          return polls > 60 ? DONE : RUNNING;
        },
      },
      { flow: { deadline: '7d' } },
    );
    const run = await world.accept();
    expect((await world.drive(run.id)).next).toBe('SUCCEEDED');
    expect(world.logged.some((line) => line.startsWith('circuit opened'))).toBe(false);
  });

  it('that refuses the key ends all runs as AUTH_FAILED after their grace, most of them without a call', async () => {
    const { world, calls } = worldOf({
      start: async () => {
        throw new ProviderUnauthorizedError('401');
      },
    });
    const runs = [];
    for (let count = 0; count < 20; count += 1) runs.push(await world.accept());
    for (const { id } of runs) {
      let state = await begin(world, id);
      for (let times = 0; times < 3 && state.next === 'COOL_OFF'; times += 1) state = await world.next(state);
    }
    const after = calls.length;
    world.advance(901_000);
    for (const { id } of runs) {
      expect((await world.drive(id)).next).toBe('FAILED');
      expect(await world.run(id)).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'AUTH_FAILED' } });
    }
    expect(after).toBeLessThanOrEqual(5);
    expect(calls.length).toBeLessThanOrEqual(8);
  });

  it('that says when to come back is left alone until then, by every run', async () => {
    let throttled = 0;
    const { world, calls } = worldOf({
      poll: async () => {
        throttled += 1;
        if (throttled === 1) throw new ProviderThrottledError('429', { retryAfterMs: 95_000 });
        return RUNNING;
      },
    });
    const [first, second] = [await world.accept(), await world.accept()];
    const states = [await begin(world, first.id), await begin(world, second.id)];
    for (const state of states) await world.next(state);
    expect(calls.filter(({ name }) => name === 'poll')).toHaveLength(1);
    expect(await world.run(second.id)).toMatchObject({ heldBack: { why: 'told-to-wait' } });
  });

  it('never costs anybody the answer of a call: what cannot be noted is not noted', async () => {
    const { world } = worldOf({});
    const { states } = world.dependencies;
    let isAway = false;
    Object.assign(states, {
      getNow: async () => {
        if (isAway) throw new StoreUnavailableError('the table is away');
        return NEW_CONNECTION;
      },
    });
    const run = await world.accept();
    isAway = true;
    const state = await begin(world, run.id);
    expect(state.next).toBe('WAIT');
    expect(await world.run(run.id)).toMatchObject({ remoteId: 'r1' });
  });
});

describe('a request budget', () => {
  it('spaces starts and looks of all runs evenly, in the order in which runs came', async () => {
    const { world, calls } = worldOf({}, { limits: { requestsPerSecond: 0.5 } });
    const runs = [];
    for (let count = 0; count < 12; count += 1) runs.push(await world.accept());
    const live = [];
    for (const { id } of runs) live.push({ dueMs: world.now(), state: await begin(world, id) });
    const due = live.map(({ dueMs, state }) => ({ dueMs: dueMs + state.waitSeconds * 1_000, state }));
    for (let left = due.length; left > 0; ) {
      due.sort((a, b) => a.dueMs - b.dueMs);
      const next = due[0];
      if (next === undefined) break;
      if (next.dueMs > world.now()) world.advance(next.dueMs - world.now());
      next.state = await world.next(next.state);
      next.dueMs = world.now() + next.state.waitSeconds * 1_000;
      if (next.state.next === 'SUCCEEDED') {
        due.shift();
        left -= 1;
      }
    }
    const gaps = calls.slice(1).map(({ at }, index) => at - (calls[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    expect(calls).toHaveLength(24);
  });
});
