import { describe, expect, it } from 'vitest';
import { RequestNotSentError } from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const MINUTE = 60_000;
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } };

async function begin(platform: Partial<ProviderSession>, flow: object = {}) {
  const session: ProviderSession = {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
    ...platform,
  };
  const world = createWorld({ session, config: testConfig({ deadline: '1h', ...flow }) });
  const machine = createMachine(world);
  const { id, deadline } = await world.accept();
  return { world, machine, id, deadlineMs: Date.parse(deadline), run: () => world.run(id) };
}

/** What a call throws that had no turn in the connection's own budget; nothing was sent. */
const noTurn = () => new RequestNotSentError('The connection had no turn to give for it.', { byChoice: true });

/** A job that has ended by its deadline, and whose first look behind that has no turn. */
async function withoutFirstTurn() {
  let tries = 0;
  const job = await begin({
    async poll() {
      if (job.world.now() < job.deadlineMs) return RUNNING;
      tries += 1;
      if (tries === 1) throw noTurn();
      return DONE;
    },
  });
  return job;
}

describe('the last call at the deadline that had no turn of ours', () => {
  it('is made again when it was a look: the job had ended in time', async () => {
    const job = await withoutFirstTurn();
    await job.machine.run();
    expect(await job.run()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is made again also where it came late itself, because the run had to be brought on', async () => {
    const job = await withoutFirstTurn();
    await job.machine.run(job.deadlineMs - 5 * MINUTE);
    job.world.advance(job.deadlineMs + 6 * MINUTE - job.world.now());
    await job.machine.run();
    expect(await job.run()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is made again when it was for the output', async () => {
    let tries = 0;
    const job = await begin(
      {
        poll: async () => DONE,
        async fetchOutput() {
          if (job.world.now() < job.deadlineMs) throw noTurn();
          tries += 1;
          if (tries === 1) throw noTurn();
          return { value: 42, files: [] };
        },
      },
      { outputRequired: true },
    );
    await job.machine.run();
    expect(await job.run()).toMatchObject({ status: 'SUCCEEDED', output: { value: 42 } });
  });

  it('ends after some minutes where the limit never has a turn for it', async () => {
    const job = await begin({
      async poll() {
        if (job.world.now() < job.deadlineMs) return RUNNING;
        throw noTurn();
      },
    });
    await job.machine.run();
    expect(await job.run()).toMatchObject({ status: 'TIMED_OUT' });
    expect(job.world.now()).toBeLessThan(job.deadlineMs + 10 * MINUTE);
  });
});

it('an output is fetched no sooner than the platform asked as it told of an end that a cancellation did not reach', async () => {
  let isEnded = false;
  let toldAt = 0;
  let fetchedAt = 0;
  const job = await begin({
    async poll() {
      if (!isEnded) return RUNNING;
      toldAt = job.world.now();
      return { ...DONE, hints: { retryAfterMs: MINUTE } };
    },
    async cancel() {
      isEnded = true;
      return 'unconfirmed';
    },
    async fetchOutput() {
      fetchedAt = job.world.now();
      return { value: 42, files: [] };
    },
  });
  while ((await job.run()).status !== 'RUNNING') await job.machine.task();
  await cancelRun(job.world.dependencies, job.id);
  await job.machine.run();
  expect(await job.run()).toMatchObject({ status: 'SUCCEEDED' });
  expect(fetchedAt - toldAt).toBeGreaterThanOrEqual(MINUTE);
});
