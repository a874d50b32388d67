import { describe, expect, it } from 'vitest';
import {
  ProviderThrottledError,
  RemoteNotFoundError,
  ReplyLostError,
  SecretUnavailableError,
} from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { answerRun } from '../../lib/workflow/answer-run.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } };
const FAILED: Look = { kind: 'ended', verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'x' } } };
const ASKS: Look = { kind: 'waiting', remoteStatus: 'asks', url: 'https://acme.example.com/ask/1' };
const ANSWER = { name: 'Ada' };

/** A run that waits for a person, who has two hours unless the flow says otherwise. */
async function waiting(platform: Partial<ProviderSession>, flow: object = { inputDeadline: '2h' }) {
  const secret = { isAway: false };
  let starts = 0;
  const session: ProviderSession = {
    async start() {
      starts += 1;
      return { kind: 'accepted', handle: `r${starts}`, remoteId: `r${starts}`, status: 'RUNNING' };
    },
    ...platform,
  };
  const world = createWorld({
    session,
    config: testConfig({ deadline: '1h', ...flow }),
    open: () => {
      if (secret.isAway) throw new SecretUnavailableError('throttled', 'unavailable');
      return { session, secrets: ['secret-key'], version: '1' };
    },
  });
  const machine = createMachine(world);
  const { id } = await world.accept();
  while ((await world.run(id)).status !== 'WAITING_FOR_INPUT') await machine.task();
  const { deadline, inputDeadline = deadline } = await world.run(id);
  const limitMs = Date.parse(inputDeadline);
  return {
    world,
    machine,
    id,
    limitMs,
    secret,
    run: () => world.run(id),
    async goTo(ms: number) {
      await machine.run(ms);
      world.advance(ms - world.now());
    },
  };
}

describe('an answer that was given in time', () => {
  it('is not denied because the look behind it told nothing', async () => {
    let look: () => Look = () => ASKS;
    let badLooks = 10;
    const job = await waiting({
      poll: async () => look(),
      async answer() {
        look = () => {
          if (badLooks === 0) return RUNNING;
          badLooks -= 1;
          throw new ReplyLostError('503');
        };
        return RUNNING;
      },
    });
    await job.goTo(job.limitMs - 5_000);
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.machine.run(job.limitMs + 10 * MINUTE);
    expect(badLooks).toBe(0);
    expect(await job.run()).toMatchObject({ status: 'RUNNING' });
    expect((await job.run()).inputDeadline).toBeUndefined();
  });

  it('is not denied because the platform asked for a pause as it took it, and the pause is kept', async () => {
    let answeredAt: number | undefined;
    const looks: number[] = [];
    const job = await waiting({
      async poll() {
        if (answeredAt === undefined) return ASKS;
        const sinceMs = job.world.now() - answeredAt;
        looks.push(sinceMs);
        if (sinceMs < 30_000) throw new ProviderThrottledError('429', { retryAfterMs: 30_000 - sinceMs });
        return DONE;
      },
      async answer() {
        answeredAt = job.world.now();
        return { ...RUNNING, hints: { retryAfterMs: 30_000 } };
      },
    });
    await job.goTo(job.limitMs - 5_000);
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.machine.run();
    expect(looks[0]).toBeGreaterThanOrEqual(30_000);
    expect(await job.run()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('reaches the platform although our key cannot be had for a moment at the end of the time for it', async () => {
    let answers = 0;
    const job = await waiting({
      poll: async () => (answers > 0 ? DONE : ASKS),
      async answer() {
        answers += 1;
        return DONE;
      },
    });
    await job.goTo(job.limitMs - 10_000);
    job.secret.isAway = true;
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.goTo(job.limitMs + 20_000);
    job.secret.isAway = false;
    await job.machine.run();
    expect(answers).toBe(1);
    expect(await job.run()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('gives nobody more time than the flow does where the platform asks the same again', async () => {
    const flow = { deadline: '30d', inputDeadline: '2h' };
    const job = await waiting({ poll: async () => ASKS, answer: async () => ASKS }, flow);
    await job.goTo(job.limitMs - HOUR);
    const answeredAt = job.world.now();
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.machine.run();
    expect(await job.run()).toMatchObject({ fallout: { reason: 'DEADLINE_UNRESOLVED' } });
    expect(job.world.now() - answeredAt).toBeLessThanOrEqual(2 * HOUR + MINUTE);
  });

  it('is not denied where the looks behind it tell nothing until the end', async () => {
    let isTaken = false;
    const job = await waiting({
      async poll() {
        if (isTaken) throw new ReplyLostError('503');
        return ASKS;
      },
      async answer() {
        isTaken = true;
        return RUNNING;
      },
    });
    await job.goTo(job.limitMs - 5_000);
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.machine.run();
    const { fallout, error } = await job.run();
    expect(fallout?.reason).toBe('DEADLINE_UNRESOLVED');
    expect(error?.message).toMatch(/^Whether somebody answered by .* is not known: the last look failed \(503/);
  });

  it('ends with the reason where our key cannot be had for good', async () => {
    const job = await waiting({ poll: async () => ASKS, answer: async () => DONE });
    await job.goTo(job.limitMs - 10_000);
    job.secret.isAway = true;
    await answerRun(job.world.dependencies, job.id, ANSWER);
    await job.machine.run(job.limitMs + HOUR);
    expect(await job.run()).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'SECRET_UNAVAILABLE' } });
  });
});

it.each([{ inputDeadline: '2h' }, {}])(
  'a cancellation is not lost to a key that cannot be had for a moment at the limit (%j)',
  async (flow) => {
    const job = await waiting({ poll: async () => ASKS, cancel: async () => 'confirmed' }, flow);
    await job.goTo(job.limitMs - 10_000);
    job.secret.isAway = true;
    expect(await cancelRun(job.world.dependencies, job.id)).toMatchObject({ kind: 'requested' });
    await job.goTo(job.limitMs + 20_000);
    job.secret.isAway = false;
    await job.machine.run();
    expect(await job.run()).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
  },
);

describe('a job whose end is seen in the look after a long answer', () => {
  /** The person takes a day, and answers at the platform's own page. */
  let job: Awaited<ReturnType<typeof waiting>> | undefined;
  async function answeredThere(end: Look, platform: Partial<ProviderSession>, flow: object) {
    let isAnswered = false;
    let isAgain = false;
    job = await waiting(
      {
        async poll(handle) {
          isAgain = handle === 'r2';
          if (isAgain) return DONE;
          return isAnswered ? end : ASKS;
        },
        ...platform,
      },
      { inputDeadline: '7d', ...flow },
    );
    await job.goTo(START_OF_TIME + 24 * HOUR);
    isAnswered = true;
    await job.machine.run();
    return job.run();
  }

  it('has its output waited for, and asks nobody for anything meanwhile', async () => {
    let fetches = 0;
    async function fetchOutput() {
      fetches += 1;
      expect(await job?.run()).toMatchObject({ status: 'FETCHING_OUTPUT' });
      expect((await job?.run())?.waitingFor).toBeUndefined();
      if (fetches === 1) throw new RemoteNotFoundError('404', { status: 404 });
      return { value: 42, files: [] };
    }
    const run = await answeredThere(DONE, { fetchOutput }, { outputRequired: true });
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { value: 42 } });
  });

  it('has another attempt where the flow asks for one', async () => {
    const retry = { maxAttempts: 2, coolOff: '1s', on: ['FAILED'] };
    expect(await answeredThere(FAILED, {}, { retry })).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
  });
});
