import { expect, it } from 'vitest';
import {
  ProviderProtocolError,
  ProviderThrottledError,
  RemoteNotFoundError,
  ReplyLostError,
  RequestNotSentError,
} from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { createFleet } from '../helpers/fleet.ts';
import { seed, seeded } from '../helpers/random.ts';
import { shareRecords } from '../helpers/share-records.ts';
import { createVirtualTime } from '../helpers/virtual-time.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

const RUNS = 1_000;
const MINUTE = 60_000;

const BAD: readonly (() => Error)[] = [
  () => new ReplyLostError('the connection was reset'),
  () => new ReplyLostError('the time limit was reached'),
  () => new ReplyLostError('the reply was 500', { status: 500 }),
  () => new ReplyLostError('the reply is not JSON', { status: 200 }),
  () => new ProviderProtocolError('the reply is not what is documented', { status: 200 }),
  () => new RequestNotSentError('the name was not found'),
  () => new ProviderThrottledError('the reply was 503', { status: 503 }),
  () => new RemoteNotFoundError('the reply was 404', { status: 404 }),
];

/** Jobs that take between one and five minutes, at a platform of whose looks so many are bad. */
function createShakyPlatform(now: () => number, random: () => number, share: number) {
  const jobs = new Map<string, number>();
  const counts = { good: 0, bad: 0, inARow: 0, longest: 0 };
  const look = (endsMs: number): Look =>
    now() < endsMs
      ? { kind: 'going', status: 'RUNNING', remoteStatus: 'running' }
      : { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };
  const session: ProviderSession = {
    async start() {
      const remoteId = `job-${jobs.size}`;
      jobs.set(remoteId, now() + (1 + random() * 4) * MINUTE);
      return { kind: 'accepted', handle: remoteId, remoteId, status: 'QUEUED' };
    },
    async poll(handle) {
      if (random() >= share) {
        Object.assign(counts, { good: counts.good + 1, inARow: 0 });
        return look(jobs.get(String(handle)) ?? 0);
      }
      const inARow = counts.inARow + 1;
      Object.assign(counts, { bad: counts.bad + 1, inARow, longest: Math.max(counts.longest, inARow) });
      throw BAD[Math.floor(random() * BAD.length)]?.() ?? new Error('no error');
    },
  };
  return { session, jobs, counts };
}

it(`bad looks, three of ten for as long as a run lasts, fail none of ${RUNS} runs (seed ${seed})`, async () => {
  const random = seeded(seed);
  const platform = createShakyPlatform(() => world.now(), random, 0.3);
  const world = createWorld({ session: platform.session, config: testConfig({ deadline: '2h' }) });
  shareRecords(world);
  // Nothing is learnt, so there are many looks.
  Object.assign(world.dependencies.histories, { get: async () => undefined });
  const ended = new Map<string, number>();
  for (let index = 0; index < RUNS; index += 1) {
    const { id } = await world.accept();
    await world.drive(id);
    const { status } = await world.run(id);
    ended.set(status, (ended.get(status) ?? 0) + 1);
  }
  expect(Object.fromEntries(ended)).toEqual({ SUCCEEDED: RUNS });
  expect(platform.jobs.size).toBe(RUNS);
  const { good, bad, longest } = platform.counts;
  expect(bad / (good + bad)).toBeGreaterThan(0.25);
  // Whoever counted to five would have given up.
  expect(longest).toBeGreaterThanOrEqual(5);
});

it('looks that are bad from the first to the last end a run at its deadline and not before', async () => {
  const platform = createShakyPlatform(() => world.now(), seeded(1), 1);
  const world = createWorld({ session: platform.session, config: testConfig({ deadline: '6h' }) });
  const { id } = await world.accept();
  const begin = world.now();
  expect(await world.drive(id, 5_000)).toMatchObject({ next: 'FAILED', error: 'DEADLINE' });
  expect(world.now() - begin).toBe(360 * MINUTE);
  expect((await world.run(id)).status).toBe('TIMED_OUT');
  expect(platform.jobs.size).toBe(1);
});

it('a platform that answers no look of twenty runs is told of once, although not one of them has failed', async () => {
  const time = createVirtualTime(START_OF_TIME);
  const upAt = START_OF_TIME + 20 * MINUTE;
  const session: ProviderSession = {
    start: async ({ runId }) => ({ kind: 'accepted', handle: runId, remoteId: runId, status: 'QUEUED' }),
    async poll() {
      if (time.now() < upAt) throw new ReplyLostError('the reply was 502', { status: 502 });
      return { kind: 'ended', verdict: { status: 'SUCCEEDED' } };
    },
  };
  const world = createWorld({ session });
  const fleet = createFleet({ world, time, random: seeded(1) });
  await fleet.accept(20);
  await fleet.finish(120 * MINUTE);
  const runs = world.store.all();
  expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'SUCCEEDED'));
  const told = world.logged.filter((line) => line.startsWith('circuit opened'));
  expect(told).toHaveLength(1);
  // Those that did not meet it themselves were kept from it.
  const timelines = await Promise.all(runs.map(({ id }) => world.store.events(id)));
  const heard = timelines.filter((events) => events.some(({ type }) => type === 'trouble' || type === 'held'));
  expect(heard).toHaveLength(20);
});
