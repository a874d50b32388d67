import { describe, expect, it } from 'vitest';
import { MAX_LAPS } from '../../lib/contract.ts';
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RequestNotSentError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

const signal = new AbortController().signal;
const accepting: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } }),
};
/** Answers only when the job has ended, as AssistEdge and PhixFlow can. */
const answering: ProviderSession = {
  start: async () => ({
    kind: 'ended',
    remoteId: 'r1',
    verdict: { status: 'SUCCEEDED' },
    output: { value: 42, files: [] },
  }),
};

/** Somebody sets a flag in the record while the platform is being called. */
function touchDuringCall(world: World, runId: string): void {
  world.boundary = (effect, when) => {
    const stored = world.store.all().find(({ id }) => id === runId);
    if (effect !== 'platform.start' || when !== 'after' || stored === undefined) return;
    void world.store.save({ ...stored, version: stored.version + 1, writeId: 'flag', tags: { touched: 'yes' } });
  };
}

/** The table is away for the first saves after the call. */
function loseSavesAfterCall(world: World, times: number): void {
  let called = false;
  let lost = 0;
  world.boundary = (effect, when) => {
    called ||= effect === 'platform.start' && when === 'after';
    if (!called || effect !== 'store.save' || when !== 'before' || lost >= times) return;
    lost += 1;
    throw new StoreUnavailableError('the table does not answer');
  };
}

async function start(world: World) {
  const { id } = await world.accept();
  return { id, begin: () => startRun(world.dependencies, { runId: id, generation: 1 }, { signal }) };
}

describe('what the platform answered to a start', () => {
  for (const [what, session, status] of [
    ['an acceptance', accepting, 'RUNNING'],
    ['a result', answering, 'SUCCEEDED'],
  ] as const) {
    it(`is kept although somebody touched the record meanwhile: ${what}`, async () => {
      const world = createWorld({ session });
      const { id, begin } = await start(world);
      touchDuringCall(world, id);
      await begin();
      expect(await world.run(id)).toMatchObject({ status, remoteId: 'r1', tags: { touched: 'yes' } });
    });

    it(`is kept although the table was away for a while: ${what}`, async () => {
      const world = createWorld({ session });
      const { id, begin } = await start(world);
      loseSavesAfterCall(world, 20);
      await begin();
      expect(await world.run(id)).toMatchObject({ status, remoteId: 'r1' });
    });
  }

  it('is kept although its id cannot be noted for those who look for it: that is worth no result', async () => {
    const world = createWorld({ session: answering });
    const { id, begin } = await start(world);
    let claims = 0;
    world.boundary = (effect, when) => {
      if (effect !== 'store.claimRemote' || when !== 'before') return;
      claims += 1;
      if (claims <= 3) throw new StoreUnavailableError('busy');
    };
    expect(await begin()).toMatchObject({ next: 'SUCCEEDED' });
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', remoteId: 'r1' });
    const effects = world.effects.slice(world.effects.indexOf('platform.start'));
    expect(effects.indexOf('store.save')).toBeLessThan(effects.indexOf('store.claimRemote'));
    expect(claims).toBe(1);
  });

  it('is kept when it proves that nothing was sent and the record was touched', async () => {
    const session: ProviderSession = { start: async () => Promise.reject(new RequestNotSentError('refused')) };
    const world = createWorld({ session });
    const { id, begin } = await start(world);
    touchDuringCall(world, id);
    expect(await begin()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED' });
  });

  it('is told as it was: not accepted is not the same as not sent', async () => {
    for (const [status, words] of [
      [503, 'Nothing was accepted.'],
      [undefined, 'Nothing was sent.'],
    ] as const) {
      const error = new RequestNotSentError('no', status === undefined ? {} : { status });
      const world = createWorld({ session: { start: async () => Promise.reject(error) } });
      const { begin } = await start(world);
      expect((await begin()).reason).toContain(words);
    }
  });

  it('keeps its output although the record could not be saved at once', async () => {
    const world = createWorld({ session: answering });
    const { id, begin } = await start(world);
    loseSavesAfterCall(world, 3);
    await begin();
    expect((await world.run(id)).output?.value).toBe(42);
    expect(world.effects.filter((effect) => effect === 'outputs.store')).toHaveLength(1);
  });

  it('is not called ambiguous when only its output could not be kept', async () => {
    const world = createWorld({ session: answering, store: () => Promise.reject(new TypeError('access denied')) });
    const { id, begin } = await start(world);
    expect(await begin()).toMatchObject({ error: 'OUTPUT_MISSING' });
    expect((await world.run(id)).remoteId).toBe('r1');
  });

  it.each([undefined, { files: [] }])(
    'falls out at once when the output that its flow requires is %j',
    async (output) => {
      const verdict = { status: 'SUCCEEDED', remoteStatus: 'done' } as const;
      const given = { kind: 'ended', remoteId: 'r1', verdict, ...(output && { output }) } as const;
      const session: ProviderSession = { start: async () => given };
      const required = await start(createWorld({ session, config: testConfig({ outputRequired: true }) }));
      expect(await required.begin()).toMatchObject({ next: 'FAILED', error: 'OUTPUT_MISSING' });
      const free = await start(createWorld({ session }));
      expect(await free.begin()).toMatchObject({ next: 'SUCCEEDED' });
    },
  );

  it('stays a failure where its flow requires an output', async () => {
    const given = { kind: 'ended', verdict: { status: 'FAILED' }, output: { files: [] } } as const;
    const config = testConfig({ outputRequired: true });
    const world = createWorld({ session: { start: async () => given }, config });
    const { id, begin } = await start(world);
    await begin();
    expect((await world.run(id)).status).toBe('FAILED');
  });

  it('stays a refusal although the key before it cannot be read', async () => {
    const session: ProviderSession = { start: async () => Promise.reject(new ProviderUnauthorizedError('401')) };
    const world = createWorld({
      session,
      open(wanted) {
        if (wanted !== 'cached') throw new SecretUnavailableError('AWSPREVIOUS is malformed', 'malformed');
        return { session, secrets: [], version: '1' };
      },
    });
    const { id, begin } = await start(world);
    expect(await begin()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED' });
    expect(await world.drive(id)).toMatchObject({ error: 'AUTH_FAILED' });
  });

  it('is not taken for ours when another run has adopted that very job', async () => {
    const session: ProviderSession = { ...accepting, find: async () => [] };
    const world = createWorld({ session });
    const { id, begin } = await start(world);
    await world.store.claimRemote({ connection: 'acme', remoteId: 'r1' }, 'run_another');
    expect(await begin()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect((await world.run(id)).error?.message).toContain('another run');
  });
});

describe('trying to start again', () => {
  it('waits as long as the platform asked, also when the task is entered a second time', async () => {
    let calls = 0;
    const session: ProviderSession = {
      async start() {
        calls += 1;
        throw new ProviderThrottledError('429', { retryAfterMs: 600_000 });
      },
    };
    const world = createWorld({ session });
    const { begin } = await start(world);
    await begin();
    world.advance(1_000);
    expect(await begin()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 599 });
    expect(calls).toBe(1);
  });

  it('rolls over like looking does, so that days of refusal do not fill the history', async () => {
    const session: ProviderSession = { start: async () => Promise.reject(new RequestNotSentError('refused')) };
    const world = createWorld({ session, config: testConfig({ deadline: '3d' }) });
    const { id } = await world.accept();
    expect(await world.drive(id, 20_000)).toMatchObject({ error: 'START_BY' });
    expect((await world.run(id)).generation).toBeGreaterThan(2);
    expect((await world.run(id)).error?.message).toContain('Last trouble: Nothing was sent');
  });

  it('leaves a run alone that a later execution carries on', async () => {
    const world = createWorld({ session: accepting });
    const { id } = await world.accept();
    const place = { runId: id, generation: 1, lap: MAX_LAPS };
    expect((await startRun(world.dependencies, place, { signal })).next).toBe('ROLL_OVER');
    const late = await startRun(world.dependencies, { runId: id, generation: 1, lap: 3 }, { signal });
    expect(late.next).toBe('ROLL_OVER');
    expect(world.effects).not.toContain('platform.start');
  });

  it('refuses at once, by name, where the secret may not be read', async () => {
    const world = createWorld({
      session: accepting,
      open: () => {
        throw new SecretUnavailableError('The secret "errand/acme" may not be read.', 'denied');
      },
    });
    const { id } = await world.accept();
    expect(await world.drive(id)).toMatchObject({ error: 'SECRET_UNAVAILABLE' });
  });
});
