import { describe, expect, it } from 'vitest';
import {
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
} from '../../lib/domain/errors.ts';
import type { MachineState } from '../../lib/domain/machine-state.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

class Crash extends Error {
  override readonly name = 'Crash';
}

const signal = new AbortController().signal;

/** What the platform does with a start call, and what of it reaches us. */
type Answer =
  | 'accepts'
  | 'refuses'
  | 'not-sent'
  | 'throttles'
  | 'accepts-answer-lost'
  | 'drops-answer-lost'
  | 'wrong-key';

function platform(answers: readonly Answer[], canList: boolean) {
  const accepted: string[] = [];
  let calls = 0;
  const session: ProviderSession = {
    async start(request) {
      const answer = answers[Math.min(calls, answers.length - 1)] ?? 'accepts';
      calls += 1;
      if (answer === 'refuses') throw new ProviderRefusedError('400', { status: 400 });
      if (answer === 'not-sent') throw new RequestNotSentError('refused');
      if (answer === 'throttles') throw new ProviderThrottledError('429', { retryAfterMs: 7_000 });
      if (answer === 'wrong-key') throw new ProviderUnauthorizedError('401', { status: 401 });
      if (answer === 'drops-answer-lost') throw new ReplyLostError('reset');
      accepted.push(request.correlation);
      if (answer === 'accepts-answer-lost') throw new ReplyLostError('reset');
      return {
        kind: 'accepted',
        handle: { id: request.correlation },
        remoteId: request.correlation,
        status: 'RUNNING',
      };
    },
    poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } }),
    ...(canList
      ? {
          find: async ({ correlation }) =>
            accepted.filter((id) => id === correlation).map((id) => ({ remoteId: id, handle: { id } })),
        }
      : {}),
  };
  return { session, accepted, calls: () => calls };
}

/** Runs the start task as the state machine does: an invocation that dies is made again. */
async function driveWithCrash(world: World, runId: string, at: number, when: 'before' | 'after'): Promise<void> {
  let count = 0;
  let dead = false;
  world.boundary = (_effect, moment) => {
    // A killed invocation has no further effects, whatever its code would do about the failure.
    if (moment === when && count++ === at) dead = true;
    if (dead) throw new Crash();
  };
  let state: MachineState | undefined;
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      state =
        state === undefined
          ? await startRun(world.dependencies, { runId, generation: 1 }, { signal })
          : await world.step(state);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      dead = false;
      world.advance(2_000);
      continue;
    }
    if (state.next === 'SUCCEEDED' || state.next === 'FAILED') return;
  }
  throw new Error(`the machine did not end: ${JSON.stringify(state)}`);
}

describe('the start protocol', () => {
  const answers: readonly Answer[] = [
    'accepts',
    'refuses',
    'not-sent',
    'throttles',
    'accepts-answer-lost',
    'drops-answer-lost',
    'wrong-key',
  ];

  for (const canList of [true, false]) {
    for (const answer of answers) {
      for (const when of ['before', 'after'] as const) {
        it(`starts at most once when killed ${when} each effect, where the platform ${answer}${canList ? ' and lists runs' : ''}`, async () => {
          const probe = createWorld({ session: platform([answer, 'accepts'], canList).session });
          await driveWithCrash(probe, (await probe.accept()).id, -1, when);
          const boundaries = probe.effects.length;
          expect(boundaries).toBeGreaterThan(5);
          for (let at = 0; at < boundaries; at += 1) {
            const remote = platform([answer, 'accepts'], canList);
            const world = createWorld({ session: remote.session });
            const run = await world.accept();
            await driveWithCrash(world, run.id, at, when);
            const ended = await world.run(run.id);
            expect(remote.accepted.length, `killed ${when} effect ${at}`).toBeLessThanOrEqual(1);
            expect(isTerminal(ended.status)).toBe(true);
            // No silent orphan: what the platform accepted is on the record, or a human is asked.
            if (remote.accepted.length === 1 && ended.status !== 'FALLOUT')
              expect(ended.remoteId).toBe(remote.accepted[0]);
            if (ended.status === 'SUCCEEDED') expect(remote.accepted).toHaveLength(1);
          }
        });
      }
    }
  }

  it('never calls when it finds the intent of another invocation, and waits for the fence', async () => {
    const remote = platform(['accepts'], false);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    let dead = false;
    world.boundary = (effect) => {
      dead ||= effect === 'platform.start';
      if (dead) throw new Crash();
    };
    const input = { runId: run.id, generation: 1 };
    await expect(startRun(world.dependencies, input, { signal })).rejects.toThrow(Crash);
    world.boundary = () => {};
    const waiting = await startRun(world.dependencies, input, { signal });
    expect(waiting).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 50 });
    expect(await world.step(waiting)).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect(remote.calls()).toBe(0);
  });

  it('finds a lost start in the list of the platform and carries on with it', async () => {
    const remote = platform(['accepts-answer-lost'], true);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    const state = await world.drive(run.id);
    expect(state.next).toBe('SUCCEEDED');
    expect(remote.calls()).toBe(1);
    expect((await world.run(run.id)).remoteId).toBe(`${run.id}-1`);
  });

  it('starts again once the list proves after the fence that nothing was accepted', async () => {
    const remote = platform(['drops-answer-lost', 'accepts'], true);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    const before = world.now();
    expect((await world.drive(run.id)).next).toBe('SUCCEEDED');
    expect(remote.accepted).toHaveLength(1);
    expect(remote.calls()).toBe(2);
    expect(world.now() - before).toBeGreaterThanOrEqual(30_000);
  });

  it('does not take another run’s job for its own, where equal requests look alike in the list', async () => {
    const jobs: string[] = [];
    let lost = true;
    const session: ProviderSession = {
      async start({ correlation }) {
        if (lost) throw new ReplyLostError('reset before it was accepted');
        jobs.push(correlation);
        return { kind: 'accepted', handle: correlation, remoteId: correlation, status: 'RUNNING' };
      },
      poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } }),
      find: async () => jobs.map((id) => ({ remoteId: id, handle: id })),
    };
    const world = createWorld({ session });
    const [first, second] = [await world.accept(), await world.accept()];
    const inDoubt = await startRun(world.dependencies, { runId: first.id, generation: 1 }, { signal });
    lost = false;
    expect((await world.drive(second.id)).next).toBe('SUCCEEDED');
    let state = inDoubt;
    while (state.next !== 'SUCCEEDED' && state.next !== 'FAILED') state = await world.step(state);
    const remoteIds = (await Promise.all([first, second].map(({ id }) => world.run(id)))).map(
      ({ remoteId }) => remoteId,
    );
    expect(new Set(remoteIds).size).toBe(2);
    expect(jobs).toHaveLength(2);
  });

  it('asks a human when two remote runs could be the lost one', async () => {
    const remote = platform(['accepts-answer-lost'], true);
    const session = { ...remote.session, find: async () => ['a', 'b'].map((id) => ({ remoteId: id, handle: id })) };
    const world = createWorld({ session });
    const run = await world.accept();
    expect(await world.drive(run.id)).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
  });

  it('falls out at once where the platform cannot list, with everything a human needs', async () => {
    const world = createWorld({ session: platform(['accepts-answer-lost'], false).session });
    const run = await world.accept({ parameters: { name: 'Jane Roe', email: 'jane@example.com' } });
    await world.drive(run.id);
    const { fallout, status } = await world.run(run.id);
    expect(status).toBe('FALLOUT');
    expect(fallout).toMatchObject({
      reason: 'AMBIGUOUS_START',
      evidence: { correlation: `${run.id}-1`, parameters: { name: 'Jane Roe', email: '***' } },
    });
  });

  it('keeps the remote id for a human when the answer comes after the run was judged', async () => {
    const remote = platform(['accepts'], false);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    world.boundary = (effect, when) => {
      if (effect !== 'platform.start' || when !== 'after') return;
      const stored = world.store.all().find(({ id }) => id === run.id);
      if (stored !== undefined)
        void world.store.save({ ...stored, version: stored.version + 1, writeId: 'sweep', status: 'FALLOUT' });
    };
    await expect(startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal })).rejects.toMatchObject({
      name: 'StaleRunError',
    });
    expect(await world.run(run.id)).toMatchObject({ status: 'FALLOUT', orphans: [`${run.id}-1`] });
  });

  it('keeps it also when the fallout queue is being told of the run at that moment', async () => {
    const remote = platform(['accepts'], false);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    const write = (patch: object) => {
      const stored = world.store.all().find(({ id }) => id === run.id);
      if (stored === undefined) return;
      const version = stored.version + 1;
      void world.store.save({ ...stored, ...patch, version, writeId: `sweep-${version}` });
    };
    let saves = 0;
    world.boundary = (effect, when) => {
      if (effect === 'platform.start' && when === 'after') write({ status: 'FALLOUT' });
      if (effect !== 'store.save' || when !== 'before') return;
      saves += 1;
      // The intent, the answer, and then what comes too late.
      if (saves === 3) write({});
    };
    await expect(startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal })).rejects.toThrow();
    expect(await world.run(run.id)).toMatchObject({ status: 'FALLOUT', orphans: [`${run.id}-1`] });
  });

  it('retries what was proven not sent until it is accepted, once', async () => {
    const remote = platform(['not-sent', 'not-sent', 'throttles', 'accepts'], false);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    expect((await world.drive(run.id)).next).toBe('SUCCEEDED');
    expect(remote.accepted).toHaveLength(1);
    expect((await world.run(run.id)).attempt).toBe(1);
  });

  it('waits at least as long as a throttling platform asks', async () => {
    const world = createWorld({ session: platform(['throttles', 'accepts'], false).session });
    const run = await world.accept();
    const state = await startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal });
    expect(state).toMatchObject({ next: 'COOL_OFF', waitSeconds: 7 });
  });

  it('never starts stale work: startBy passed while queued ends the run without a call', async () => {
    const remote = platform(['accepts'], false);
    const world = createWorld({ session: remote.session, config: testConfig({ startBy: '10m' }) });
    const run = await world.accept();
    world.advance(3_600_000);
    expect(await world.drive(run.id)).toMatchObject({ next: 'FAILED', error: 'START_BY' });
    expect(remote.calls()).toBe(0);
    expect((await world.run(run.id)).status).toBe('TIMED_OUT');
  });

  it('gives a refused key its grace and then says so, with nothing started', async () => {
    const remote = platform(['wrong-key'], false);
    const world = createWorld({ session: remote.session });
    const run = await world.accept();
    const before = world.now();
    expect(await world.drive(run.id)).toMatchObject({ error: 'AUTH_FAILED' });
    expect(world.now() - before).toBeGreaterThanOrEqual(900_000);
    expect(world.now() - before).toBeLessThan(1_000_000);
    expect(remote.accepted).toHaveLength(0);
  });

  it('ends a refused key in AUTH_FAILED at startBy when that comes first', async () => {
    const world = createWorld({
      session: platform(['wrong-key'], false).session,
      config: testConfig({ startBy: '2m' }),
    });
    const run = await world.accept();
    expect(await world.drive(run.id)).toMatchObject({ error: 'AUTH_FAILED' });
  });

  it('uses the key as it is now when a rotation came between intent and call', async () => {
    const old = platform(['wrong-key'], false);
    const fresh = platform(['accepts'], false);
    const world = createWorld({
      session: old.session,
      open: (wanted) =>
        wanted === 'current'
          ? { session: fresh.session, secrets: ['new-key'], version: '2' }
          : { session: old.session, secrets: ['old-key'], version: '1' },
    });
    const run = await world.accept();
    expect((await startRun(world.dependencies, { runId: run.id, generation: 1 }, { signal })).status).toBe('RUNNING');
    expect(fresh.accepted).toHaveLength(1);
  });

  it('refuses to start without its secret, by name, and sends nothing', async () => {
    const remote = platform(['accepts'], false);
    const world = createWorld({ session: remote.session, open: () => undefined });
    const run = await world.accept();
    expect(await world.drive(run.id)).toMatchObject({ error: 'SECRET_UNAVAILABLE' });
    expect((await world.run(run.id)).error?.message).toContain('errand/acme');
    expect(remote.calls()).toBe(0);
  });
});
