import { describe, expect, it } from 'vitest';
import {
  InvalidInputError,
  ProviderRefusedError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
  SecretUnavailableError,
} from '../../lib/domain/errors.ts';
import type { Run } from '../../lib/domain/run.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { configDigestOf } from '../../lib/workflow/config-digest.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { testConfig } from '../helpers/world.ts';
import { ACCEPTED, at, INTENT, type StartWorld, startingWorld, startWorld } from './start-world.ts';

const { signal } = new AbortController();
const MINUTE = 60_000;
const LOST = new ReplyLostError('reset', { repeatable: true, retryAfterMs: 2 * MINUTE });
const FAILED = { status: 'FAILED', remoteStatus: 'no' } as const;

/** A run whose first call may have been accepted, and is to be made again. */
function maybeStarted(fields: Partial<Run> = {}) {
  return startWorld({}, { maybeStarted: { at: at(-MINUTE) }, ...fields });
}

async function endOf(of: StartWorld) {
  const { status, error, fallout } = await of.run();
  return { status, message: error?.message ?? '', reason: fallout?.reason, evidence: fallout?.evidence };
}

async function expectDoubt(of: StartWorld, ...words: readonly string[]) {
  const { message, ...end } = await endOf(of);
  expect(end).toMatchObject({
    status: 'FALLOUT',
    reason: 'AMBIGUOUS_START',
    evidence: { calledAt: at(-MINUTE), correlation: `${of.id}-1` },
  });
  expect(message).toContain('The answer to a call of this attempt was lost');
  for (const word of words) expect(message).toContain(word);
  expect(Object.keys(await of.run())).not.toContain('maybeStarted');
}

describe('a start whose lost answer does no harm, because the platform takes it twice', () => {
  it('is sent again when the platform wants it, and its record says what is known', async () => {
    const intent = { ...INTENT, configDigest: 'of then' };
    const { run, record } = await startingWorld({}, { intent });
    const state = await record({ error: LOST });
    expect(state).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED', waitSeconds: 120 });
    const saved = await run();
    expect(saved.maybeStarted).toEqual({ at: INTENT.at, configDigest: 'of then' });
    expect(Object.keys(saved)).not.toContain('intent');
    const { type, message } = saved.events.at(-1) ?? {};
    expect(type).toBe('trouble');
    expect(message).toBe(
      'The answer was lost; the platform takes this start twice without harm, so it is sent again. reset',
    );
  });

  it('is known since its first call, whatever becomes of the later ones', async () => {
    const fields = { maybeStarted: { at: at(-MINUTE), configDigest: 'of then' } };
    for (const error of [LOST, new RequestNotSentError('refused'), new ProviderUnauthorizedError('401')]) {
      const { run, record } = await startingWorld({}, fields);
      await record({ error });
      expect((await run()).maybeStarted).toEqual(fields.maybeStarted);
    }
  });

  it('is known no more once the platform has answered', async () => {
    const over = { kind: 'ended', verdict: FAILED } as const;
    for (const came of [ACCEPTED, over]) {
      const { run, record } = await startingWorld({}, { maybeStarted: { at: at(-MINUTE) }, maxAttempts: 1 });
      await record(came);
      expect(await run()).toMatchObject({ status: came === over ? 'FAILED' : 'RUNNING' });
      expect(Object.keys(await run())).not.toContain('maybeStarted');
    }
    const find = async () => [{ remoteId: 'r1', handle: 'r1' }];
    const found = await startingWorld(
      { find },
      { intent: { ...INTENT, fenceUntil: at(0) }, maybeStarted: { at: at(-1) } },
    );
    expect(await found.start()).toMatchObject({ status: 'RUNNING' });
    expect(Object.keys(await found.run())).not.toContain('maybeStarted');
    const config = testConfig({ retry: { on: ['FAILED'], maxAttempts: 2 } });
    const { run, record } = await startingWorld({}, { maybeStarted: { at: at(-MINUTE) }, maxAttempts: 2 }, { config });
    await record(over);
    expect(await run()).toMatchObject({ status: 'COOLING_OFF', attempt: 2 });
    expect(Object.keys(await run())).not.toContain('maybeStarted');
  });

  it('is sent once more by an unchanged configuration, and never by a changed one', async () => {
    const same = await maybeStarted();
    const configDigest = configDigestOf(same.world.dependencies, await same.run()) ?? '';
    await same.write({ maybeStarted: { at: at(-MINUTE), configDigest } });
    expect(await same.start()).toMatchObject({ status: 'RUNNING' });
    const changed = await maybeStarted({ maybeStarted: { at: at(-MINUTE), configDigest: 'of then' } });
    expect(await changed.start()).toMatchObject({ error: 'AMBIGUOUS_START' });
    expect(changed.world.effects).not.toContain('platform.start');
    await expectDoubt(changed, 'was changed in the configuration');
    const gone = await maybeStarted({ maybeStarted: { at: at(-MINUTE), configDigest } });
    Reflect.deleteProperty(gone.world.dependencies.config.flows, 'onboard');
    await gone.start();
    await expectDoubt(gone, 'was changed in the configuration');
  });

  it('that is canceled is left to a human, because it may be running', async () => {
    const of = await maybeStarted({ nextLookAt: at(MINUTE) });
    expect(await cancelRun(of.world.dependencies, of.id)).toMatchObject({ kind: 'requested' });
    expect((await of.run()).status).toBe('ACCEPTED');
    await of.world.drive(of.id);
    await expectDoubt(of, 'Cancellation was asked for');
    expect(of.world.effects).not.toContain('platform.start');
  });

  it.each([
    ['its latest start', { startBy: at(-1) }, at(-1)],
    ['its deadline', { startedAt: at(-2 * MINUTE), deadline: at(-2) }, at(-2)],
    ['its latest start, with a refused key', { startBy: at(-1), authTroubleSince: at(-2) }, at(-1)],
  ])('is not sent again past %s, and not said never to have been started', async (_title, fields, until) => {
    const of = await maybeStarted(fields);
    await of.start();
    await expectDoubt(of, `It is not sent again after ${until}`);
    expect((await of.run()).error?.message).not.toMatch(/nothing was started/i);
  });

  it('that is canceled in line is brought on by a sweep where its execution could not be begun', async () => {
    const heldBack = { why: 'in-flight', since: at(-MINUTE), times: 0 } as const;
    const of = await maybeStarted({ queuedAt: at(-MINUTE), heldBack });
    const { config, inFlight } = of.world.dependencies;
    Object.assign(config.connections.acme ?? {}, { limits: { inFlight: 1 } });
    await inFlight.take('acme', { runId: 'run_other', leaseUntil: of.world.now() + 60 * MINUTE }, 1);
    of.world.endExecution(of.id, 1);
    of.world.boundary = (effect, when) => {
      if (effect === 'executions.start' && when === 'before') throw new Error('away');
    };
    await cancelRun(of.world.dependencies, of.id);
    of.world.boundary = () => {};
    of.world.advance(10 * MINUTE);
    await sweep(of.world.dependencies, {}, { signal });
    expect(of.world.started.at(-1)).toEqual({ runId: of.id, generation: 3 });
  });

  it('that cannot be sent again in the end is left to a human with the reason', async () => {
    const fields = { status: 'STARTING', intent: INTENT, authTroubleSince: at(-20 * MINUTE), troubles: 9 } as const;
    for (const error of [
      new ProviderRefusedError('the reply was 409'),
      new InvalidInputError('the reply was 409', []),
      new ProviderUnauthorizedError('the reply was 409'),
      new RequestNotSentError('the reply was 409', { untrustedServer: true }),
      new ReplyLostError('the reply was 409'),
    ]) {
      const of = await maybeStarted(fields);
      await of.record({ error });
      const { reason, evidence } = await endOf(of);
      expect({ reason, evidence }).toMatchObject({ reason: 'AMBIGUOUS_START', evidence: { calledAt: at(-MINUTE) } });
      expect((await of.run()).error?.message).toContain('the reply was 409');
    }
  });

  it('whose key is wrong since, or whose execution broke, is left to a human, too', async () => {
    const keyless = await maybeStarted();
    keyless.world.dependencies.connections.open = async () => {
      throw new SecretUnavailableError('The secret is empty.', 'malformed');
    };
    await keyless.start();
    await expectDoubt(keyless, 'The secret is empty.');
    const broken = await maybeStarted();
    const place = { runId: broken.id, generation: 1, lap: 0 };
    const failure = { Error: 'Lambda.Unknown', Cause: 'x' };
    await settleRun(broken.world.dependencies, { ...place, failure });
    await expectDoubt(broken, 'Its execution ended with Lambda.Unknown.');
  });
});
