import { describe, expect, it } from 'vitest';
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RemoteNotFoundError,
  ReplyLostError,
  RequestNotSentError,
  SecretUnavailableError,
} from '../../lib/domain/errors.ts';
import { createScrubber } from '../../lib/domain/redact.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { badLook, withoutSecret } from '../../lib/workflow/bad-look.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

const { signal } = new AbortController();
const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const MINUTE = 60_000;
const lost = new ReplyLostError('the reply was 502', { status: 502 });
const missing = new RemoteNotFoundError('the reply was 404', { status: 404 });
const refused = new ProviderUnauthorizedError('the reply was 401', { status: 401 });

/** A run that is going, and looks at it that bring nothing. */
async function lookedAt(config = testConfig(), fields: Partial<Run> = {}) {
  const world = createWorld({ session, config });
  const { id } = await world.accept();
  await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
  const stored = await world.run(id);
  await world.store.save({ ...stored, ...fields, version: stored.version + 1, writeId: 'test' });
  const place = { runId: id, generation: 1, lap: 3 };
  const scrubber = createScrubber(['canary-key']);
  return {
    world,
    run: () => world.run(id),
    async bad(error: unknown) {
      const platform = { session, scrubber, outputScrubber: scrubber, error };
      return badLook(world.dependencies, place, await world.run(id), platform, { signal });
    },
    async keyless(error: SecretUnavailableError) {
      return withoutSecret(world.dependencies, place, await world.run(id), error, { signal });
    },
  };
}

/** Two hours unless a flow says otherwise; the grace of a refused key is the connection's. */
const withGrace = (authGrace: string) => {
  const config = testConfig();
  const acme = { ...config.connections.acme, settings: { authGrace } };
  return { ...config, connections: { acme } } as typeof config;
};

const lastEvent = async (world: World, id: string) => (await world.run(id)).events.at(-1);

describe('a look that told nothing', () => {
  it('is written down, counted, and made again: the run goes on as it was', async () => {
    const { world, run, bad } = await lookedAt();
    const before = await run();
    const state = await bad(lost);
    expect(state).toMatchObject({ next: 'WAIT', status: 'RUNNING', lap: 4 });
    expect(state.reason).toBe('bad look 1 in a row: the reply was 502');
    const after = await run();
    expect(after).toMatchObject({ status: 'RUNNING', remoteId: 'r1', looks: before.looks + 1, troubles: 1 });
    expect(after.nextLookWhy).toBe('trouble');
    expect(Date.parse(after.nextLookAt ?? '') - world.now()).toBeLessThanOrEqual(state.waitSeconds * 1_000);
    expect(await lastEvent(world, after.id)).toMatchObject({
      type: 'trouble',
      message: 'A look told us nothing; the run goes on. the reply was 502',
      data: { why: 'trouble' },
    });
    expect((await bad(lost)).reason).toContain('bad look 2 in a row');
    expect(await run()).toMatchObject({ looks: before.looks + 2, troubles: 2 });
    expect(world.logged.filter((line) => line.startsWith('bad look'))).toEqual([
      `bad look {"runId":"${after.id}","provider":"bryter","troubles":1}`,
      `bad look {"runId":"${after.id}","provider":"bryter","troubles":2}`,
    ]);
  });

  it('is told without our secrets', async () => {
    const { world, run, bad } = await lookedAt();
    const state = await bad(new ReplyLostError('the reply was 500', { remoteText: 'canary-key is wrong' }));
    expect(state.reason).toContain('*** is wrong');
    expect(JSON.stringify([await run(), state, world.logged])).not.toContain('canary-key');
  });

  it('is made again no earlier than the platform asked', async () => {
    const { bad } = await lookedAt();
    expect((await bad(new ProviderThrottledError('429', { retryAfterMs: 7 * MINUTE }))).waitSeconds).toBe(420);
    expect((await bad(new ReplyLostError('503', { retryAfterMs: 9 * MINUTE }))).waitSeconds).toBe(540);
    expect((await bad(lost)).waitSeconds).toBeLessThanOrEqual(60);
  });

  it('takes its place in no line any more: it had its turn', async () => {
    const heldBack = { why: 'busy', since: '2026-03-02T08:00:00.000Z', times: 3 } as const;
    const { run, bad } = await lookedAt(testConfig(), { heldBack, turnAt: '2026-03-02T08:00:00.000Z' });
    expect((await run()).heldBack).toEqual(heldBack);
    await bad(lost);
    expect(Object.keys(await run())).not.toContain('heldBack');
    expect(Object.keys(await run())).not.toContain('turnAt');
  });

  it('ends the run only when it is the last one, at its deadline', async () => {
    const { world, run, bad } = await lookedAt();
    const { deadline, looks } = await run();
    world.advance(Date.parse(deadline) - world.now() - 1);
    expect(await bad(lost)).toMatchObject({ next: 'WAIT', waitSeconds: 1 });
    world.advance(1);
    expect(await bad(lost)).toMatchObject({ next: 'FAILED', error: 'DEADLINE', status: 'TIMED_OUT' });
    expect((await run()).looks).toBe(looks + 2);
    expect((await run()).error?.message).toContain('The last look failed (the reply was 502)');
  });
});

describe('a platform that does not know the run', () => {
  it('is believed at the third look and after five minutes, not before both', async () => {
    const often = await lookedAt();
    for (let count = 0; count < 5; count += 1) expect(await often.bad(missing)).toMatchObject({ next: 'WAIT' });
    often.world.advance(5 * MINUTE - 1);
    expect(await often.bad(missing)).toMatchObject({ next: 'WAIT' });
    often.world.advance(1);
    expect(await often.bad(missing)).toMatchObject({ next: 'FAILED', error: 'REMOTE_LOST', status: 'FALLOUT' });
    expect((await often.run()).error?.message).toBe('The platform has not known r1 for 7 looks. the reply was 404');
    const seldom = await lookedAt();
    await seldom.bad(missing);
    seldom.world.advance(6 * MINUTE);
    expect(await seldom.bad(missing)).toMatchObject({ next: 'WAIT' });
    expect(await seldom.bad(missing)).toMatchObject({ error: 'REMOTE_LOST' });
  });

  it('is not believed when it answered otherwise in between, for it was restarting', async () => {
    const { world, run, bad } = await lookedAt();
    await bad(missing);
    await bad(missing);
    expect(await run()).toMatchObject({ missing: { count: 2 } });
    await bad(lost);
    expect((await run()).missing).toBeUndefined();
    world.advance(6 * MINUTE);
    expect(await bad(missing)).toMatchObject({ next: 'WAIT' });
    expect((await run()).missing).toEqual({ count: 1, since: new Date(world.now()).toISOString() });
  });
});

describe('a key that is refused while a run is going', () => {
  it.each([
    ['fifteen minutes', testConfig(), 15],
    ['the grace of its connection', withGrace('4m'), 4],
  ])('has %s to be mended, from the first refusal on', async (_title, config, minutes) => {
    const { world, run, bad } = await lookedAt(config);
    const since = new Date(world.now()).toISOString();
    expect(await bad(refused)).toMatchObject({ next: 'WAIT' });
    world.advance(minutes * MINUTE - 1);
    expect(await bad(refused)).toMatchObject({ next: 'WAIT' });
    expect((await run()).authTroubleSince).toBe(since);
    world.advance(1);
    expect(await bad(refused)).toMatchObject({ next: 'FAILED', error: 'AUTH_FAILED', status: 'FALLOUT' });
    expect((await run()).error?.message).toBe(
      `The platform has refused our key since ${since}; the job may still be running there. the reply was 401`,
    );
  });

  it('has its grace anew once another answer came, whatever that was', async () => {
    const { world, run, bad } = await lookedAt();
    await bad(refused);
    world.advance(14 * MINUTE);
    await bad(new RequestNotSentError('refused'));
    expect((await run()).authTroubleSince).toBeUndefined();
    world.advance(2 * MINUTE);
    expect(await bad(refused)).toMatchObject({ next: 'WAIT' });
  });

  it.each([
    ['an answer that also means that the run is gone', new ProviderUnauthorizedError('404', { disguised: true })],
    ['a failure that also means a wrong key', new ReplyLostError('500', { authSuspect: true })],
  ])('is suspected and not stated where the platform gives %s', async (_title, error) => {
    const { world, run, bad } = await lookedAt();
    await bad(error);
    world.advance(15 * MINUTE);
    expect(await bad(error)).toMatchObject({ error: 'AUTH_FAILED' });
    expect((await run()).error?.message).toContain('as it does to a wrong key');
    expect((await run()).error?.message).not.toContain('has refused our key');
  });
});

describe('a secret that cannot be had while a run is going', () => {
  const absent = new SecretUnavailableError('The secret "errand/acme" does not exist.', 'absent');

  it('has the same grace, and the run goes on for so long', async () => {
    const { world, run, keyless } = await lookedAt(withGrace('4m'));
    const state = await keyless(absent);
    expect(state).toMatchObject({ next: 'WAIT', status: 'RUNNING', reason: `bad look 1 in a row: ${absent.message}` });
    expect(await run()).toMatchObject({ authTroubleSince: new Date(world.now()).toISOString(), troubles: 1 });
    world.advance(4 * MINUTE - 1);
    expect(await keyless(absent)).toMatchObject({ next: 'WAIT' });
    world.advance(1);
    expect(await keyless(absent)).toMatchObject({ error: 'SECRET_UNAVAILABLE', status: 'FALLOUT' });
    expect((await run()).error?.message).toBe(`${absent.message} The job may still be running.`);
  });
});
