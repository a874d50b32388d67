import { describe, expect, it } from 'vitest';
import { ProviderThrottledError, ReplyLostError } from '../../lib/domain/errors.ts';
import type { Run, RunEvent } from '../../lib/domain/run.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { exactly } from '../helpers/took.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };
const LOOKS = ['look', 'slow', 'waiting', 'trouble', 'started'];

/** A platform that answers looks from a list; the last one repeats. */
function worldOf(looks: readonly (Look | Error)[], flow: object = {}): World {
  let polls = 0;
  const session: ProviderSession = {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'QUEUED' }),
    async poll() {
      const look = looks[Math.min(polls, looks.length - 1)] ?? RUNNING;
      polls += 1;
      if (look instanceof Error) throw look;
      return look;
    },
  };
  return createWorld({ session, config: testConfig({ deadline: '10d', ...flow }) });
}

/** Started, and looked at so often. */
async function lookedAt(world: World, looks: number): Promise<Run> {
  const { id } = await world.accept();
  let state = await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
  while ((await world.run(id)).looks < looks) state = await world.step(state);
  return world.run(id);
}

/** What each line says of the next look, in order. */
const whysOf = (events: readonly RunEvent[]) =>
  events.filter(({ type }) => LOOKS.includes(type)).map(({ data }) => data?.why);

describe('the timeline of a run', () => {
  it('says for each look when the next one is and why, and that is when it comes', async () => {
    const world = worldOf([...Array.from({ length: 9 }, () => RUNNING), new ReplyLostError('cut'), RUNNING, DONE]);
    const { id } = await world.accept();
    await world.drive(id);
    const events = await world.dependencies.store.events(id);
    const timed = events.filter(({ type }) => type !== 'accepted' && type !== 'intent');
    expect(timed.length).toBeGreaterThan(10);
    for (const [index, { at, data }] of timed.slice(0, -1).entries()) {
      const nextInMs = Date.parse(timed[index + 1]?.at ?? '') - Date.parse(at);
      expect(data).toMatchObject({ nextLookInMs: expect.any(Number), why: expect.any(String) });
      // Waits are rounded up to whole seconds.
      expect(nextInMs - Number(data?.nextLookInMs)).toBeGreaterThanOrEqual(0);
      expect(nextInMs - Number(data?.nextLookInMs)).toBeLessThan(1_000);
    }
    expect(new Set(whysOf(events))).toEqual(new Set(['early', 'trouble']));
    expect(timed.at(-1)).not.toHaveProperty('data');
  });

  it('says that it goes by the plan once the flow is known, also of a run that is slow', async () => {
    const world = worldOf([RUNNING]);
    for (let run = 0; run < 30; run += 1) {
      await world.dependencies.histories.remember('onboard/acme', exactly(60_000 + (run % 7) * 100));
      world.advance(60_000);
    }
    const run = await lookedAt(world, 20);
    const events = await world.dependencies.store.events(run.id);
    expect(events.map(({ type }) => type)).toContain('slow');
    expect(new Set(whysOf(events))).toEqual(new Set(['usual']));
    expect(run).toMatchObject({ nextLookWhy: 'usual', plan: { usual: { p05Ms: expect.any(Number) } } });
  });

  it.each<readonly [string, Look | Error, object, string]>([
    ['a platform that asks for a pause', { ...RUNNING, hints: { retryAfterMs: 600_000 } }, {}, 'retry-after'],
    [
      'a refusal with a time to come again',
      new ProviderThrottledError('429', { retryAfterMs: 600_000 }),
      {},
      'retry-after',
    ],
    [
      'a percentage that is trusted',
      { ...RUNNING, progress: { percentage: 99 } },
      { looks: { trustProgress: true, noticeWithin: '1h' } },
      'progress',
    ],
    ['a person who is waited for', { kind: 'waiting', remoteStatus: 'asking' }, {}, 'waiting'],
    ['a look that told nothing', new ReplyLostError('cut'), {}, 'trouble'],
  ])('names %s as the reason, as the record does', async (_, look, flow, why) => {
    const world = worldOf([look], flow);
    const run = await lookedAt(world, 1);
    const last = run.events.at(-1);
    expect(last?.data).toMatchObject({ why });
    expect(run.nextLookWhy).toBe(why);
    expect(Date.parse(run.nextLookAt ?? '') - Date.parse(last?.at ?? '')).toBe(last?.data?.nextLookInMs);
  });

  it('names the deadline where that comes first', async () => {
    const world = worldOf([{ ...RUNNING, hints: { retryAfterMs: 600_000 } }], { deadline: '5m' });
    const { id } = await world.accept();
    await world.drive(id);
    const events = await world.dependencies.store.events(id);
    expect(whysOf(events).at(-1)).toBe('deadline');
    expect(events.at(-1)?.status).toBe('TIMED_OUT');
  });

  it('says nothing of a next look that is kept back, canceled or over: other fields do', async () => {
    const world = worldOf([RUNNING]);
    const run = await lookedAt(world, 1);
    expect(run.nextLookWhy).toBe('early');
    const { states } = world.dependencies;
    const state = await states.getNow('acme');
    const paused = { at: new Date(world.now()).toISOString() };
    await states.save('acme', { ...state, version: state.version + 1, paused });
    world.advance(60_000);
    await pollRun(world.dependencies, { runId: run.id, generation: 1, lap: 1 }, { signal });
    const held = await world.run(run.id);
    expect(held).toMatchObject({ heldBack: { why: 'paused' }, nextLookAt: expect.any(String) });
    expect(held).not.toHaveProperty('nextLookWhy');

    const other = worldOf([RUNNING, DONE]);
    const ended = await lookedAt(other, 2);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended).not.toHaveProperty('nextLookWhy');
  });
});
