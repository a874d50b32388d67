import { describe, expect, it } from 'vitest';
import { LIST_LAG_SECONDS, LONG_START_CALL_SECONDS, START_CALL_SECONDS } from '../../lib/contract.ts';
import {
  ProviderUnauthorizedError,
  RequestNotSentError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { StartRequest } from '../../lib/providers/provider.ts';
import { testConfig } from '../helpers/world.ts';
import { at, type StartWorld, startWorld } from './start-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const calls = ({ world }: StartWorld) => world.effects.filter((effect) => effect === 'platform.start').length;

describe('the task that starts, entered again', () => {
  it('goes on where the run is: nothing is started that has been', async () => {
    const going = await startWorld({}, { status: 'STARTING' });
    await going.write({ status: 'RUNNING', remoteId: 'r1', nextLookAt: at(42 * SECOND) });
    expect(await going.start()).toMatchObject({ next: 'WAIT', status: 'RUNNING', waitSeconds: 42 });
    going.world.advance(50 * SECOND);
    expect(await going.start()).toMatchObject({ next: 'WAIT', waitSeconds: 0 });
    await going.write({ nextLookAt: undefined as never, updatedAt: at(55 * SECOND) });
    expect(await going.start()).toMatchObject({ next: 'WAIT', waitSeconds: 5 });
    await going.write({ status: 'FETCHING_OUTPUT' });
    expect(await going.start()).toMatchObject({ next: 'FETCH', status: 'FETCHING_OUTPUT' });
    expect(calls(going)).toBe(0);
  });

  it.each(['ACCEPTED', 'COOLING_OFF'] as const)(
    'waits in %s for the moment that was set, to the millisecond',
    async (status) => {
      const of = await startWorld({}, { status: 'STARTING' });
      await of.write({ status, nextLookAt: at(10 * SECOND) });
      expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status, waitSeconds: 10 });
      of.world.advance(10 * SECOND - 1);
      expect(await of.start()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 1 });
      expect(calls(of)).toBe(0);
      of.world.advance(1);
      expect(await of.start()).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
      expect(calls(of)).toBe(1);
    },
  );
});

describe('a start that must not be', () => {
  it('any more, because somebody canceled it, ends without a call', async () => {
    const of = await startWorld({}, { cancel: { requestedAt: at(0) } });
    expect(await of.start()).toMatchObject({ next: 'FAILED', status: 'CANCELED', error: 'CANCELED' });
    expect((await of.run()).error).toEqual({ code: 'CANCELED', message: 'Canceled before anything was started.' });
    expect(calls(of)).toBe(0);
  });

  it('any more, because its flow is gone, needs a human', async () => {
    const of = await startWorld({});
    Object.assign(of.world.dependencies, { config: { ...testConfig(), flows: {} } });
    expect(await of.start()).toMatchObject({ next: 'FAILED', status: 'FALLOUT', error: 'ORCHESTRATOR_FAULT' });
    expect((await of.run()).error?.message).toContain('"onboard" is no longer in the configuration');
    expect(calls(of)).toBe(0);
  });

  it('ever, because the platform would answer later than a call may last, is refused by name', async () => {
    const longest = LONG_START_CALL_SECONDS * SECOND;
    const fits = await startWorld({ startTimeoutMs: longest });
    expect(await fits.start()).toMatchObject({ next: 'WAIT' });
    const of = await startWorld({ startTimeoutMs: longest + 1 });
    expect(await of.start()).toMatchObject({ next: 'FAILED', status: 'FALLOUT', error: 'INPUT_REJECTED' });
    expect((await of.run()).error?.message).toContain(`up to ${LONG_START_CALL_SECONDS + 1} s`);
    expect(calls(of)).toBe(0);
  });
});

describe('a start that comes too late', () => {
  const late = async (fields: Partial<Run>) => {
    const of = await startWorld({}, fields);
    const state = await of.start();
    return { of, state, run: await of.run() };
  };

  it('is one from the very moment on that was set for it', async () => {
    const { of, state, run } = await late({ startBy: at(0) });
    expect(state).toMatchObject({ next: 'FAILED', status: 'TIMED_OUT', error: 'START_BY' });
    expect(run.error?.message).toBe(`Not started by ${at(0)}, and stale work is not started. Nothing was started.`);
    expect(calls(of)).toBe(0);
    expect((await late({ startBy: at(1) })).run.status).toBe('RUNNING');
  });

  it('as a later attempt has the deadline, and is told as that', async () => {
    const begun = { attempt: 2, startedAt: at(-MINUTE), startBy: at(-MINUTE) };
    const { state, run } = await late({ ...begun, deadline: at(0) });
    expect(state).toMatchObject({ status: 'TIMED_OUT', error: 'DEADLINE' });
    expect(run.error?.message).toBe(`The deadline ${at(0)} passed before attempt 2 could begin.`);
    expect((await late({ ...begun, deadline: at(1) })).run.status).toBe('RUNNING');
  });

  it('is told with the last trouble that kept it', async () => {
    const of = await startWorld({ start: () => Promise.reject(new RequestNotSentError('refused')) });
    await of.start();
    await of.write({ startBy: at(0), nextLookAt: undefined as never });
    await of.start();
    expect((await of.run()).error?.message).toContain(' Last trouble: Nothing was sent. refused');
  });

  it('because of its key is told as that: somebody can mend it', async () => {
    const heldBack = { why: 'refused', since: at(-MINUTE), times: 3 } as const;
    for (const fields of [{ authTroubleSince: at(-MINUTE) }, { heldBack }]) {
      const { state, run } = await late({ ...fields, startBy: at(0) });
      expect(state).toMatchObject({ status: 'FALLOUT', error: 'AUTH_FAILED' });
      expect(run.error?.message).toContain('refused our key until it was too late');
    }
    const { state } = await late({ heldBack: { ...heldBack, why: 'busy' }, startBy: at(0) });
    expect(state).toMatchObject({ status: 'TIMED_OUT', error: 'START_BY' });
  });

  it('because its moment came too late is not sent after all', async () => {
    const config = testConfig();
    const acme = { ...config.connections.acme, limits: { requestsPerSecond: 1 } };
    const of = await startWorld(
      {},
      { startBy: at(5 * SECOND) },
      { config: { ...config, connections: { acme } } as typeof config },
    );
    Object.assign(of.world.dependencies.budgets, { ask: async () => ({ taken: true, inMs: 5 * SECOND }) });
    expect(await of.start()).toMatchObject({ status: 'TIMED_OUT', error: 'START_BY' });
    expect(calls(of)).toBe(0);
  });
});

describe('the intent of a start', () => {
  const intentOf = async (session: object, fields: Partial<Run> = {}) => {
    const of = await startWorld(session, fields);
    let before: Run | undefined;
    of.world.boundary = async (effect, when) => {
      if (effect === 'platform.start' && when === 'before') before = await of.run();
    };
    await of.start();
    return { of, run: before };
  };

  it('is written before the call, with the fence behind which the platform’s list must show it', async () => {
    const { of, run } = await intentOf({}, { nextLookAt: at(0), heldBack: { why: 'busy', since: at(0), times: 1 } });
    const fenceUntil = at((START_CALL_SECONDS + LIST_LAG_SECONDS) * SECOND);
    expect(run).toMatchObject({ status: 'STARTING', intent: { at: at(0), fenceUntil }, historyKey: 'onboard/acme' });
    expect(run?.intent?.owner).toMatch(/^nonce-/);
    for (const gone of ['nextLookAt', 'heldBack']) expect(Object.keys(run ?? {})).not.toContain(gone);
    expect(run?.events.at(-1)).toMatchObject({
      type: 'intent',
      message: 'Attempt 1 of 1: calling the platform.',
      data: { correlation: `${of.id}-1` },
    });
    expect(run?.events.at(-1)?.data).not.toHaveProperty('slot');
  });

  it('has a later fence where the platform answers only when the job has ended', async () => {
    const { run } = await intentOf({ startTimeoutMs: 5 * MINUTE });
    expect(run?.intent?.fenceUntil).toBe(at(5 * MINUTE + LIST_LAG_SECONDS * SECOND));
  });

  it('says that the run holds a slot, for whoever counts them', async () => {
    const { run } = await intentOf({}, { hasSlot: true });
    expect(run?.events.at(-1)?.data).toMatchObject({ slot: true });
  });
});

describe('the call of a start', () => {
  it('is not made when our time is over already, which says nothing of the platform', async () => {
    const of = await startWorld({});
    expect(await of.start(AbortSignal.abort())).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED' });
    expect(calls(of)).toBe(0);
    expect((await of.run()).events.at(-1)).toMatchObject({
      type: 'not-started',
      message: 'Nothing was sent. The time for the call was over before it began.',
    });
    expect(await of.world.dependencies.states.getNow('acme')).toMatchObject({ failures: 0 });
  });

  it.each([
    [20 * SECOND, 1],
    [20 * SECOND + 1, 0],
  ])('is not made when the machine has slept %i ms since its intent, though no timer knows', async (ms, made) => {
    const of = await startWorld({});
    let isIntent = false;
    of.world.boundary = async (effect, when) => {
      isIntent ||= effect === 'store.save' && when === 'after' && (await of.run()).status === 'STARTING';
      if (!isIntent) return;
      of.world.boundary = () => {};
      of.world.advance(ms);
    };
    await of.start();
    expect(calls(of)).toBe(made);
    expect(await of.run()).toMatchObject({ status: made === 1 ? 'RUNNING' : 'ACCEPTED' });
  });

  it('that had no connection is noted for all runs of that platform', async () => {
    const of = await startWorld({ start: () => Promise.reject(new RequestNotSentError('refused')) });
    await of.start();
    expect(await of.world.dependencies.states.getNow('acme')).toMatchObject({ failures: 1 });
  });

  it('ends with its task', async () => {
    const over = new AbortController();
    const aborted: boolean[] = [];
    const of = await startWorld({
      async start(_request: StartRequest, { signal }) {
        over.abort();
        aborted.push(signal?.aborted === true);
        throw new RequestNotSentError('given up');
      },
    });
    await of.start(over.signal);
    expect(aborted).toEqual([true]);
  });
});

describe('a start without its secret', () => {
  const without = (problem: 'denied' | 'unavailable') => () => {
    throw new SecretUnavailableError('The secret "errand/acme" cannot be had.', problem);
  };

  it('waits for better times where it is out of reach, and for a human where it is wrong', async () => {
    const reach = await startWorld({}, {}, { open: without('unavailable') });
    expect(await reach.start()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED' });
    expect(await reach.run()).toMatchObject({ troubles: 1 });
    const wrong = await startWorld({}, {}, { open: without('denied') });
    expect(await wrong.start()).toMatchObject({ status: 'FALLOUT', error: 'SECRET_UNAVAILABLE' });
    expect((await wrong.run()).error?.message).toBe('The secret "errand/acme" cannot be had. Nothing was started.');
  });

  it('that was lost after the intent leaves no intent behind: a refused key proves that nothing was taken', async () => {
    const session = { start: () => Promise.reject(new ProviderUnauthorizedError('401')) };
    const open = (wanted: string) => {
      if (wanted !== 'cached') return without('unavailable')();
      return { session, secrets: ['old-key'], version: '1' };
    };
    const of = await startWorld(session, {}, { open });
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED' });
    expect(Object.keys(await of.run())).not.toContain('intent');
  });

  it('is no other failure: what is away comes back, and the task with it', async () => {
    const of = await startWorld({});
    Object.assign(of.world.dependencies.vault, { open: () => Promise.reject(new StoreUnavailableError('away')) });
    await expect(of.start()).rejects.toThrow(StoreUnavailableError);
    expect(await of.run()).toMatchObject({ status: 'ACCEPTED', version: 1 });
  });
});
