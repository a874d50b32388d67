import { describe, expect, it } from 'vitest';
import {
  HandlerTimeoutError,
  InvalidInputError,
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
} from '../../lib/domain/errors.ts';
import { at, INTENT, startingWorld } from './start-world.ts';

const MINUTE = 60_000;

describe('a start that failed', () => {
  const later = { next: 'COOL_OFF', status: 'ACCEPTED' } as const;

  it.each([
    ['a refusal', new ProviderRefusedError('the reply was 400', { remoteText: 'no canary-key' }), 'It said: no ***'],
    ['input that no request can be made of', new InvalidInputError('canary-key does not fit', []), '*** does not fit'],
  ])('for %s is not tried again, because the platform took nothing and never will', async (_title, error, words) => {
    const { run, record } = await startingWorld();
    expect(await record({ error })).toMatchObject({ next: 'FAILED', status: 'FALLOUT', error: 'INPUT_REJECTED' });
    const { error: told } = await run();
    expect(told?.message).toMatch(/^The platform took nothing\. /);
    expect(told?.message).toContain(words);
  });

  it('for being too early is tried again no earlier than the platform asks', async () => {
    const { world, run, record } = await startingWorld();
    const state = await record({
      error: new ProviderThrottledError('the reply was 429', { retryAfterMs: 7 * MINUTE }),
    });
    expect(state).toMatchObject({ ...later, waitSeconds: 420 });
    expect(state.reason).toBe('Told to come back later; nothing was started. the reply was 429');
    const saved = await run();
    expect(saved).toMatchObject({ troubles: 1, nextLookAt: new Date(world.now() + 7 * MINUTE).toISOString() });
    expect(Object.keys(saved)).not.toContain('intent');
    expect(saved.events.at(-1)).toMatchObject({ type: 'not-started' });
  });

  it('for which nothing was accepted is tried again no earlier than the platform asks', async () => {
    const { run, record } = await startingWorld();
    const error = new RequestNotSentError('the reply was 503', { status: 503, retryAfterMs: 7 * MINUTE });
    expect(await record({ error })).toMatchObject({ ...later, waitSeconds: 420 });
    expect((await run()).nextLookAt).toBe(at(7 * MINUTE));
  });

  it.each([
    ['longer than the list lags', 5 * MINUTE, 300, 'retry-after'],
    ['shorter than the list lags', 10_000, 30, 'trouble'],
    ['past the deadline', 60 * MINUTE, 600, 'retry-after'],
  ])('in doubt is looked for no earlier than the platform asks: %s', async (_title, retryAfterMs, waitSeconds, why) => {
    const { run, record } = await startingWorld({ find: async () => [] }, { deadline: at(10 * MINUTE) });
    const state = await record({ error: new ReplyLostError('the reply was 503', { retryAfterMs }) });
    expect(state).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds });
    expect(state.reason).toContain(`looking for it at the platform in ${waitSeconds} s`);
    expect(await run()).toMatchObject({
      nextLookAt: at(waitSeconds * 1_000),
      nextLookWhy: why,
      intent: { fenceUntil: at(30_000) },
    });
  });

  it('for a server that cannot prove who it is is tried three times in all, and then somebody must look', async () => {
    const error = new RequestNotSentError('wrong certificate', { untrustedServer: true });
    for (const [troubles, next] of [
      [undefined, later],
      [1, later],
      [2, { next: 'FAILED', status: 'FALLOUT', error: 'ORCHESTRATOR_FAULT' }],
    ] as const) {
      const { run, record } = await startingWorld({}, troubles === undefined ? {} : { troubles });
      expect(await record({ error })).toMatchObject(next);
      if (troubles === 2)
        expect((await run()).error?.message).toContain('Nothing was sent: the server could not prove');
    }
  });

  it('for want of a connection is tried again however often, with its reason', async () => {
    const { run, record } = await startingWorld({}, { troubles: 40 });
    expect(await record({ error: new RequestNotSentError('refused') })).toMatchObject(later);
    expect(await run()).toMatchObject({ troubles: 41 });
    expect((await run()).events.at(-1)?.message).toBe('Nothing was sent. refused');
  });

  it('for a refused key has the grace of its connection, to the millisecond, since the first refusal', async () => {
    const error = new ProviderUnauthorizedError('the reply was 401');
    const first = await startingWorld();
    expect(await first.record({ error })).toMatchObject(later);
    expect(await first.run()).toMatchObject({ authTroubleSince: at(0) });
    const last = await startingWorld({}, { authTroubleSince: at(-15 * MINUTE + 1) });
    expect(await last.record({ error })).toMatchObject(later);
    expect(await last.run()).toMatchObject({ authTroubleSince: at(-15 * MINUTE + 1) });
    const over = await startingWorld({}, { authTroubleSince: at(-15 * MINUTE) });
    expect(await over.record({ error })).toMatchObject({ status: 'FALLOUT', error: 'AUTH_FAILED' });
    expect((await over.run()).error?.message).toContain('keeps refusing our key; nothing was started');
  });

  it('for another reason than the key ends what was known against the key', async () => {
    const { run, record } = await startingWorld({}, { authTroubleSince: at(-MINUTE) });
    await record({ error: new RequestNotSentError('refused') });
    expect(Object.keys(await run())).not.toContain('authTroubleSince');
  });

  it.each([
    ['a lost reply', new ReplyLostError('reset by canary-key'), 'reset by ***'],
    ['our own time', new HandlerTimeoutError('two seconds left'), 'Our time ran out before the answer came.'],
    ['a fault that nobody thought of', new TypeError('canary'), 'TypeError'],
  ])(
    'for %s is in doubt: it is looked for where the platform lists its runs, else a human is asked',
    async (_title, error, why) => {
      const listing = await startingWorld({ find: async () => [] });
      const state = await listing.record({ error });
      expect(state).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 30 });
      expect(state.reason).toContain(why);
      const silent = await startingWorld();
      expect(await silent.record({ error })).toMatchObject({ status: 'FALLOUT', error: 'AMBIGUOUS_START' });
      const { fallout } = await silent.run();
      expect(fallout?.evidence).toMatchObject({
        attempt: 1,
        calledAt: INTENT.at,
        correlation: `${silent.id}-1`,
        said: why,
      });
    },
  );

  it('for what may also be a wrong key says so, and nothing of a key where it may not', async () => {
    const told = async (authSuspect: boolean) => {
      const { run, record } = await startingWorld();
      await record({ error: new ReplyLostError('the reply was 500', { authSuspect }) });
      return (await run()).fallout?.evidence?.said;
    };
    expect(await told(true)).toBe('the reply was 500 This platform answers so to a wrong key, too: check it.');
    expect(await told(false)).toBe('the reply was 500');
  });
});
