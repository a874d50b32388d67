import { describe, expect, it } from 'vitest';
import { ProviderRefusedError } from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };
const KEY = 'onboard/acme';

/** A platform whose jobs take what a test says. */
function worldOf(flow: object = {}, more: { readonly finishedAt?: boolean; readonly waits?: boolean } = {}) {
  let tookMs = 300_000;
  let endsAt = 0;
  const session: ProviderSession = {
    async start() {
      endsAt = world.now() + tookMs;
      return { kind: 'accepted', handle: {}, remoteId: `r${endsAt}`, status: 'QUEUED' };
    },
    async poll() {
      if (world.now() < endsAt) return more.waits ? { kind: 'waiting', remoteStatus: 'asking' } : RUNNING;
      return more.finishedAt ? { ...DONE, hints: { finishedAt: new Date(endsAt).toISOString() } } : DONE;
    },
    cancel: async () => 'confirmed',
  };
  const world = createWorld({ session, config: testConfig({ deadline: '10d', ...flow }) });
  const run = async (ms: number, name?: string) => {
    tookMs = ms;
    const accepted = await world.accept(name === undefined ? {} : { parameters: { name } });
    await world.drive(accepted.id);
    return world.run(accepted.id);
  };
  const history = async (key = KEY) => (await world.dependencies.histories.get(key))?.durationsMs ?? [];
  return { world, run, history };
}

describe('what a run leaves to the next', () => {
  it('is its duration, by the platform’s own clock of its end where it has one', async () => {
    const { run, history } = worldOf({}, { finishedAt: true });
    await run(300_000);
    await run(17_250);
    expect(await history()).toEqual([300_000, 17_250]);
  });

  it('is a moment between the last look that found it going and the one that found it ended, elsewhere', async () => {
    const { run, history } = worldOf();
    const ended = await run(300_000);
    const [tookMs = 0] = await history();
    expect(tookMs).toBeGreaterThanOrEqual(
      Date.parse(ended.seenGoingAt ?? '') - Date.parse(ended.attemptStartedAt ?? ''),
    );
    expect(tookMs).toBeLessThanOrEqual(Date.parse(ended.endedAt ?? '') - Date.parse(ended.attemptStartedAt ?? ''));
  });

  it('is nothing where we stopped it, or where it ended while a person was to answer', async () => {
    const { world, history } = worldOf();
    const canceled = await world.accept();
    const state = await startRun(world.dependencies, { runId: canceled.id, generation: 1 }, { signal });
    await cancelRun(world.dependencies, canceled.id);
    world.advance(400_000);
    await world.next(state);
    expect(await history()).toEqual([]);
    const asked = worldOf({}, { waits: true });
    await asked.run(3_600_000);
    expect(await asked.history()).toEqual([]);
  });

  it('is kept apart by the value of the parameter that the flow names', async () => {
    const { run, history } = worldOf({ looks: { historyBy: 'name' } }, { finishedAt: true });
    await run(10_000, 'small');
    await run(900_000, 'large');
    expect(await history('onboard/acme/"small"')).toEqual([10_000]);
    expect(await history('onboard/acme/"large"')).toEqual([900_000]);
  });
});

describe('what a run takes from those before it', () => {
  it('is a plan: a job like those before is seen to end within seconds, with a handful of looks', async () => {
    const { run } = worldOf({}, { finishedAt: true });
    const cold = await run(300_000);
    for (let count = 0; count < 64; count += 1) await run(285_000 + (count % 7) * 5_000);
    const learnt = await run(302_000);
    expect(learnt.plan?.usual).toMatchObject({ runs: 64 });
    expect(learnt.looks).toBeLessThan(cold.looks / 2);
    expect(Date.parse(learnt.endedAt ?? '') - Date.parse(learnt.attemptStartedAt ?? '') - 302_000).toBeLessThan(20_000);
  });

  it('is when it should have ended, from the start on, and that it is slow once it is later than nearly all', async () => {
    const { world, run } = worldOf({}, { finishedAt: true });
    for (let count = 0; count < 64; count += 1) await run(100_000 + (count % 8) * 800);
    const slow = await run(3_600_000);
    const events = await world.dependencies.store.events(slow.id);
    expect(events.filter(({ type }) => type === 'slow')).toHaveLength(1);
    expect(events.find(({ type }) => type === 'slow')?.message).toContain('99 % of the last runs');
    expect(slow.slowSince).toBeDefined();
    const accepted = await world.accept();
    await startRun(world.dependencies, { runId: accepted.id, generation: 1 }, { signal });
    const { expectedEndAt, attemptStartedAt } = await world.run(accepted.id);
    const expectedMs = Date.parse(expectedEndAt ?? '') - Date.parse(attemptStartedAt ?? '');
    expect(expectedMs).toBeGreaterThan(99_000);
    expect(expectedMs).toBeLessThan(107_000);
  });

  it('never keeps it from starting: a refused start is refused, history or not', async () => {
    const session: ProviderSession = {
      start: async () => {
        throw new ProviderRefusedError('422');
      },
    };
    const world = createWorld({ session });
    Object.assign(world.dependencies.histories, { get: async () => undefined });
    const accepted = await world.accept();
    expect((await world.drive(accepted.id)).next).toBe('FAILED');
  });
});
