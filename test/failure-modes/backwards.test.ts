import { expect, it } from 'vitest';
import { ProviderProtocolError } from '../../lib/domain/errors.ts';
import type { Status } from '../../lib/domain/status.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { seed, seeded } from '../helpers/random.ts';
import { shareRecords } from '../helpers/share-records.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

const RUNS = 1_000;
const SHARE = 0.05;
const DURATION_MS = 600_000;

/** A platform with a replica that lags: so many of its replies are from any earlier moment of the job. */
function createLaggingPlatform(now: () => number, random: () => number) {
  const jobs: number[] = [];
  const counts = { replies: 0, stale: 0 };
  const ageSeen = (handle: unknown): number => {
    const age = now() - (jobs[Number(handle)] ?? 0);
    counts.replies += 1;
    if (random() >= SHARE) return age;
    counts.stale += 1;
    return age * random();
  };
  const session: ProviderSession = {
    async start() {
      jobs.push(now());
      return { kind: 'accepted', handle: jobs.length - 1, remoteId: `job-${jobs.length}`, status: 'QUEUED' };
    },
    async poll(handle): Promise<Look> {
      const done = ageSeen(handle) / DURATION_MS;
      if (done >= 1) return { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } };
      const status = done < 0.1 ? 'QUEUED' : 'RUNNING';
      return { kind: 'going', status, remoteStatus: status.toLowerCase(), progress: { percentage: 100 * done } };
    },
    async fetchOutput(handle) {
      if (ageSeen(handle) < DURATION_MS) throw new ProviderProtocolError('the run has not ended');
      return { value: 'the result', files: [] };
    },
  };
  return { session, counts };
}

/** The moves of a record, each as `FROM > TO`. */
async function movesOf(world: World, id: string): Promise<readonly string[]> {
  const statuses: Status[] = [];
  world.boundary = async (effect, when) => {
    if (effect === 'store.save' && when === 'after') statuses.push((await world.run(id)).status);
  };
  await world.drive(id);
  return statuses.slice(1).flatMap((to, index) => {
    const from = statuses[index];
    return from === undefined || from === to ? [] : [`${from} > ${to}`];
  });
}

it(`replies from an earlier moment, one in twenty, move none of ${RUNS} records back (seed ${seed})`, async () => {
  const platform = createLaggingPlatform(() => world.now(), seeded(seed));
  const world = createWorld({ session: platform.session, config: testConfig({ deadline: '4h' }) });
  shareRecords(world);
  // Nothing is learnt, so there are many looks.
  Object.assign(world.dependencies.histories, { get: async () => undefined });
  const moves: string[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const { id } = await world.accept();
    moves.push(...(await movesOf(world, id)));
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', output: { value: 'the result' } });
  }
  expect(platform.counts.stale).toBeGreaterThan(0.03 * platform.counts.replies);
  const forward = ['STARTING > QUEUED', 'QUEUED > RUNNING', 'RUNNING > FETCHING_OUTPUT', 'FETCHING_OUTPUT > SUCCEEDED'];
  expect(moves).toEqual(Array.from({ length: RUNS }, () => forward).flat());
});
