import { describe, expect, it } from 'vitest';
import { MAX_LAPS } from '../../lib/contract.ts';
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RemoteNotFoundError,
  ReplyLostError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig, type WorldOptions } from '../helpers/world.ts';

const signal = new AbortController().signal;
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };

/** A platform that accepts and then answers looks from a list; its last answer repeats. */
function sessionOf(looks: readonly (Look | Error)[], more: Partial<ProviderSession> = {}) {
  let polls = 0;
  let starts = 0;
  const session: ProviderSession = {
    async start() {
      starts += 1;
      return { kind: 'accepted', handle: { id: 'r1' }, remoteId: 'r1', status: 'QUEUED', remoteStatus: 'created' };
    },
    async poll() {
      const look = looks[Math.min(polls, looks.length - 1)] ?? RUNNING;
      polls += 1;
      if (look instanceof Error) throw look;
      return look;
    },
    ...more,
  };
  return { session, polls: () => polls, starts: () => starts };
}

/** A platform that says the same for ever, and when it was asked. */
function timedSession(look: Look) {
  const lookedAt = { times: [] as number[], now: () => 0 };
  const { session } = sessionOf([look], {
    async poll() {
      lookedAt.times.push(lookedAt.now());
      return look;
    },
  });
  return { session, lookedAt };
}

const gapsOf = (times: readonly number[]) => times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000);

async function started(options: WorldOptions) {
  const world = createWorld(options);
  const run = await world.accept({ parameters: { name: 'Jane', email: 'jane.roe@example.com' } });
  const state = await startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal });
  return { world, id: run.id, state };
}

describe('looking at a run', () => {
  it('looks at c/2·k² seconds after the start, give or take half a look, when nothing is known of the flow', async () => {
    const { session, lookedAt } = timedSession(RUNNING);
    const { world, state } = await started({ session });
    const start = world.now();
    lookedAt.now = world.now;
    let current = state;
    while (lookedAt.times.length < 12) current = await world.step(current);
    const looks = lookedAt.times.map((at) => (at - start) / 1_000);
    for (const [index, seconds] of looks.entries()) {
      expect(seconds).toBeGreaterThanOrEqual(1.5 * (index + 0.5) ** 2);
      // Gaps are longer than planned by what waits are rounded up to: whole seconds, and one at least.
      expect(seconds).toBeLessThanOrEqual(1.5 * (index + 2.5) ** 2 + 2);
    }
  });

  it('records a status that goes backwards without moving the run back', async () => {
    const { session } = sessionOf([RUNNING, { kind: 'going', status: 'QUEUED', remoteStatus: 'queued again' }]);
    const { world, id, state } = await started({ session });
    await world.step(await world.step(state));
    expect(await world.run(id)).toMatchObject({ status: 'RUNNING', remoteStatus: 'queued again' });
  });

  it('keeps going on a word the platform does not document', async () => {
    const { session } = sessionOf([
      { kind: 'going', status: 'RUNNING', remoteStatus: 'defrosting', unknownWord: true },
      DONE,
    ]);
    const { world, id } = await started({ session });
    expect((await world.drive(id)).next).toBe('SUCCEEDED');
    expect((await world.run(id)).events.some(({ message }) => message.includes('defrosting'))).toBe(true);
  });

  it('never fails a run for bad looks: half of a thousand lost, and it still succeeds', async () => {
    const looks = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0 ? new ReplyLostError('502 page') : RUNNING,
    );
    const { session } = sessionOf([...looks, DONE]);
    const { world, id } = await started({ session, config: testConfig({ deadline: '7d' }) });
    expect((await world.drive(id)).next).toBe('SUCCEEDED');
  });

  it('never looks earlier than Retry-After says', async () => {
    const { session } = sessionOf([new ProviderThrottledError('429', { retryAfterMs: 95_000 }), DONE]);
    const { world, state } = await started({ session });
    expect((await world.step(state)).waitSeconds).toBe(95);
  });

  it('takes one last look at the deadline, then times out and stops the job', async () => {
    const canceled: unknown[] = [];
    const remote = sessionOf([RUNNING], {
      async cancel(handle) {
        canceled.push(handle);
        return 'confirmed';
      },
    });
    const { world, id } = await started({ session: remote.session, config: testConfig({ deadline: '10m' }) });
    const begin = world.now();
    expect(await world.drive(id)).toMatchObject({ next: 'FAILED', error: 'DEADLINE' });
    expect(world.now() - begin).toBe(600_000);
    expect(await world.run(id)).toMatchObject({ status: 'TIMED_OUT', cancel: { remote: 'confirmed' } });
    expect(canceled).toEqual([{ id: 'r1' }]);
  });

  it('believes the last look when the job ended just before the deadline', async () => {
    const { session } = sessionOf([RUNNING, RUNNING, DONE]);
    const { world, id, state } = await started({ session, config: testConfig({ deadline: '1h' }) });
    const waiting = await world.step(await world.step(state));
    world.advance(7_200_000);
    expect(await world.step(waiting)).toMatchObject({ next: 'SUCCEEDED' });
    expect((await world.run(id)).status).toBe('SUCCEEDED');
  });

  it('says that the platform cannot be told to stop where it cannot', async () => {
    const { session } = sessionOf([RUNNING]);
    const { world, id } = await started({ session, config: testConfig({ deadline: '1m' }) });
    await world.drive(id);
    expect((await world.run(id)).cancel?.remote).toBe('unsupported');
    expect((await world.run(id)).error?.message).toContain('may still be running');
  });

  it('believes a 404 only after three looks and five minutes', async () => {
    const { session } = sessionOf([
      new RemoteNotFoundError('404', { status: 404 }),
      RUNNING,
      new RemoteNotFoundError('404'),
    ]);
    const { world, id } = await started({ session });
    const begin = world.now();
    expect(await world.drive(id)).toMatchObject({ error: 'REMOTE_LOST' });
    expect(world.now() - begin).toBeGreaterThanOrEqual(300_000);
  });

  it('gives a key refused mid-run its grace, then falls out without touching the job', async () => {
    const { session } = sessionOf([new ProviderUnauthorizedError('404', { disguised: true })]);
    const { world, id } = await started({ session });
    const begin = world.now();
    expect(await world.drive(id)).toMatchObject({ error: 'AUTH_FAILED' });
    expect(world.now() - begin).toBeGreaterThanOrEqual(900_000);
  });

  it('survives a rotation: the fresh key is used, and the one before it while it still works', async () => {
    const bad = sessionOf([new ProviderUnauthorizedError('401')]).session;
    const good = sessionOf([DONE]).session;
    let rotated = false;
    const { world, id } = await started({
      session: good,
      open: (wanted) => {
        if (!rotated) return { session: good, secrets: ['a'], version: '1' };
        return { session: wanted === 'previous' ? good : bad, secrets: [], version: wanted };
      },
    });
    rotated = true;
    expect((await world.drive(id)).next).toBe('SUCCEEDED');
  });

  it('parks a run that waits for a person for 30 days on few looks, told about once, over generations', async () => {
    const waiting: Look = { kind: 'waiting', remoteStatus: 'waiting_for_input', url: 'https://acme.example.com/s/1' };
    const remote = sessionOf([waiting]);
    const { world, id } = await started({ session: remote.session, config: testConfig({ deadline: '30d' }) });
    expect(await world.drive(id, 10_000)).toMatchObject({ next: 'FAILED', error: 'DEADLINE' });
    expect(remote.polls()).toBeLessThanOrEqual(3_000);
    const run = await world.run(id);
    const events = await world.store.events(id);
    expect(events.filter(({ type }) => type === 'waiting')).toHaveLength(1);
    expect(run.generation).toBeGreaterThanOrEqual(4);
    expect(remote.starts()).toBe(1);
  });

  it('looks at a waiting run within 30 s and slows down to 15 minutes', async () => {
    const { session, lookedAt } = timedSession({ kind: 'waiting', remoteStatus: 'waiting_for_input' });
    const { world, state } = await started({ session });
    lookedAt.now = world.now;
    let current = state;
    while (lookedAt.times.length < 10) current = await world.step(current);
    const waits = gapsOf(lookedAt.times);
    expect(waits[0]).toBeLessThanOrEqual(30);
    expect(Math.max(...waits)).toBeGreaterThan(800);
    expect(Math.max(...waits)).toBeLessThanOrEqual(990);
  });

  it('is running again when the answer is in, also where the platform queues it anew', async () => {
    const { session } = sessionOf([
      { kind: 'waiting', remoteStatus: 'waiting_for_input' },
      { kind: 'going', status: 'QUEUED', remoteStatus: 'queued' },
    ]);
    const { world, id, state } = await started({ session });
    await world.step(await world.step(state));
    expect(await world.run(id)).toMatchObject({ status: 'RUNNING', remoteStatus: 'queued' });
    expect((await world.run(id)).waitingFor).toBeUndefined();
  });

  it('gives a job that was faster than its cancel its result, and cancels one that was not', async () => {
    for (const [look, status] of [
      [DONE, 'SUCCEEDED'],
      [RUNNING, 'CANCELED'],
    ] as const) {
      const { session } = sessionOf([look]);
      const { world, id, state } = await started({ session });
      const run = await world.run(id);
      const cancel = { requestedAt: run.updatedAt };
      await world.store.save({ ...run, version: run.version + 1, writeId: 'cancel', cancel });
      await world.step(state);
      expect((await world.run(id)).status).toBe(status);
    }
  });

  it('stays timed out when the stop at the deadline was recorded only at the second try', async () => {
    let stopped = false;
    const session: ProviderSession = {
      ...sessionOf([]).session,
      poll: async () =>
        stopped ? { kind: 'ended', verdict: { status: 'CANCELED', remoteStatus: 'aborted' } } : RUNNING,
      async cancel() {
        stopped = true;
        return 'confirmed';
      },
    };
    const { world, id, state } = await started({ session, config: testConfig({ deadline: '1m' }) });
    world.advance(60_000);
    world.boundary = (effect, when) => {
      if (stopped && effect === 'store.save' && when === 'before') throw new StoreUnavailableError('away');
    };
    await expect(world.step(state)).rejects.toThrow('away');
    world.boundary = () => {};
    expect(await world.step(state)).toMatchObject({ error: 'DEADLINE' });
    expect((await world.run(id)).status).toBe('TIMED_OUT');
  });

  it('goes on where a clock was put back, also to before the start', async () => {
    const { world, state } = await started({ session: sessionOf([RUNNING]).session });
    world.advance(-60_000);
    expect(await pollRun(world.dependencies, state, { signal })).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
  });

  it('rolls over to a new generation at 800 laps, and says so once', async () => {
    const { session } = sessionOf([RUNNING]);
    const { world, id } = await started({ session });
    const place = { runId: id, generation: 1, lap: MAX_LAPS };
    const first = await pollRun(world.dependencies, place, { signal });
    const again = await pollRun(world.dependencies, place, { signal });
    expect([first.next, again.next]).toEqual(['ROLL_OVER', 'ROLL_OVER']);
    expect((await world.run(id)).generation).toBe(2);
  });

  it('cuts a percentage to 0–100 and drops what is longer than a sentence', async () => {
    const look: Look = { ...RUNNING, progress: { percentage: 250, message: 'x'.repeat(5_000) } };
    const { session } = sessionOf([look]);
    const { world, id, state } = await started({ session });
    await world.step(state);
    const { progress } = await world.run(id);
    expect(progress?.percentage).toBe(100);
    expect(progress?.message).toHaveLength(500);
  });

  it('scrubs keys and sensitive parameters from whatever the platform says', async () => {
    const leak = 'jane.roe@example.com secret-key';
    const look: Look = {
      kind: 'waiting',
      remoteStatus: leak,
      url: 'https://acme.example.com/?for=jane.roe%40example.com',
      form: { [leak]: [leak] },
      progress: { message: `hello ${leak}` },
    };
    const { session } = sessionOf([look, new ReplyLostError('500', { remoteText: leak }), DONE]);
    const { world, id } = await started({ session });
    const state = await world.drive(id);
    const everything = JSON.stringify([await world.run(id), state, world.logged]);
    expect(everything).not.toContain('jane.roe');
    expect(everything).not.toContain('secret-key');
    expect(everything).toContain('***');
  });
});

describe('attempts', () => {
  const failed: Look = {
    kind: 'ended',
    verdict: { status: 'FAILED', remoteStatus: 'fatal', error: { code: 'PROVIDER_FAILED', message: 'no' } },
  };

  it('starts again after the cool-off where the flow asks for it, and keeps the lineage', async () => {
    const remote = sessionOf([failed, failed, DONE]);
    const config = testConfig({ retry: { maxAttempts: 3, coolOff: '20s' } });
    const { world, id } = await started({ session: remote.session, config });
    expect((await world.drive(id)).next).toBe('SUCCEEDED');
    expect(remote.starts()).toBe(3);
    const run = await world.run(id);
    expect(run.attempt).toBe(3);
    expect((await world.store.events(id)).filter(({ type }) => type === 'decision')).toHaveLength(2);
  });

  it('looks at each attempt by its own age, not by that of the first', async () => {
    const times: number[] = [];
    const remote = sessionOf([], {
      async poll() {
        times.push(world.now());
        return times.length === 41 ? failed : RUNNING;
      },
    });
    const config = testConfig({ deadline: '2d', retry: { maxAttempts: 2, coolOff: '5s' } });
    const { world, state } = await started({ session: remote.session, config });
    let current = state;
    while (times.length < 42) current = await world.step(current);
    const gaps = gapsOf(times);
    expect(Math.max(...gaps.slice(30, 40))).toBeGreaterThan(60);
    // The cool-off, and the first look of the other attempt.
    expect(gaps[40]).toBeLessThan(20);
  });

  it('is not looked at sooner than the platform asked, also when the task is repeated', async () => {
    const remote = sessionOf([{ ...RUNNING, hints: { retryAfterMs: 300_000 } }]);
    const { world, state } = await started({ session: remote.session });
    const looked = await world.step(state);
    expect(looked).toMatchObject({ next: 'WAIT', waitSeconds: 300 });
    const asked = world.effects.length;
    // What the task told was lost on the way, so it is called again.
    world.advance(2_000);
    const again = await world.next({ ...looked, waitSeconds: 0 });
    expect(again).toMatchObject({ next: 'WAIT', waitSeconds: 298 });
    expect(world.effects.slice(asked)).not.toContain('platform.poll');
  });

  it('says why an attempt failed', async () => {
    const remote = sessionOf([failed, DONE]);
    const config = testConfig({ retry: { maxAttempts: 2, coolOff: '5s' } });
    const { world, id } = await started({ session: remote.session, config });
    await world.drive(id);
    const decision = (await world.store.events(id)).find(({ type }) => type === 'decision');
    expect(decision?.message).toContain('no');
  });

  it('ends as the last attempt ended', async () => {
    const remote = sessionOf([failed]);
    const { world, id } = await started({
      session: remote.session,
      config: testConfig({ retry: { maxAttempts: 2, coolOff: '5s' } }),
    });
    expect(await world.drive(id)).toMatchObject({ next: 'FAILED', error: 'PROVIDER_FAILED' });
    expect(remote.starts()).toBe(2);
    expect((await world.run(id)).status).toBe('FAILED');
  });

  it.each([
    ['later than the cool-off', 95, 95],
    ['sooner', 2, 5],
  ])('waits as the platform asked when it told the verdict: %s', async (_, told, seconds) => {
    const remote = sessionOf([{ ...failed, hints: { retryAfterMs: told * 1_000 } }, DONE]);
    const config = testConfig({ retry: { maxAttempts: 2, coolOff: '5s' } });
    const { world, id, state } = await started({ session: remote.session, config });
    let current = state;
    while ((await world.run(id)).status !== 'COOLING_OFF') current = await world.step(current);
    expect(current).toMatchObject({ next: 'COOL_OFF', waitSeconds: seconds });
    expect(Date.parse((await world.run(id)).nextLookAt ?? '') - world.now()).toBe(seconds * 1_000);
  });

  it('waits as the platform asked when it answered the start with the verdict', async () => {
    const start = async () => ({ kind: 'ended', verdict: failed.verdict, retryAfterMs: 95_000 }) as const;
    const config = testConfig({ retry: { maxAttempts: 2, coolOff: '5s' } });
    const { world, id, state } = await started({ session: { start }, config });
    expect(state).toMatchObject({ next: 'COOL_OFF', waitSeconds: 95 });
    expect(Date.parse((await world.run(id)).nextLookAt ?? '') - world.now()).toBe(95_000);
  });

  it('does not begin an attempt that the deadline, or what the platform asked for, would cut', async () => {
    const asked = sessionOf([{ ...failed, hints: { retryAfterMs: 95_000 } }]);
    const short = testConfig({ deadline: '1m', retry: { maxAttempts: 3, coolOff: '5s' } });
    const cut = await started({ session: asked.session, config: short });
    await cut.world.drive(cut.id);
    expect(asked.starts()).toBe(1);
    const remote = sessionOf([failed]);
    const config = testConfig({ deadline: '1m', retry: { maxAttempts: 3, coolOff: '2m' } });
    const { world, id } = await started({ session: remote.session, config });
    await world.drive(id);
    expect(remote.starts()).toBe(1);
  });
});
