import { describe, expect, it } from 'vitest';
import type { Started } from '../../lib/providers/provider.ts';
import { testConfig } from '../helpers/world.ts';
import { ACCEPTED, at, startingWorld } from './start-world.ts';

const MINUTE = 60_000;
const ENDED: Started = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } };

describe('an accepted start', () => {
  it('is written down with all that the platform said, without our secrets, and without what led to it', async () => {
    const { world, id, run, record } = await startingWorld(
      {},
      { troubles: 2, authTroubleSince: at(0), nextLookWhy: 'trouble' },
    );
    world.advance(3_000);
    const state = await record({
      ...ACCEPTED,
      status: 'QUEUED',
      remoteStatus: 'canary-key is queued',
      progress: { percentage: 7, message: 'canary-key read' },
      browserUrl: 'https://acme.example.com/canary-key',
    } as Started);
    expect(state).toMatchObject({ next: 'WAIT', status: 'QUEUED', lap: 1 });
    const saved = await run();
    expect(saved).toMatchObject({
      status: 'QUEUED',
      handle: 'r1',
      remoteId: 'r1',
      startedAt: at(3_000),
      attemptStartedAt: at(3_000),
      nextLookWhy: 'early',
      remoteStatus: '*** is queued',
      progress: { percentage: 7, message: '*** read' },
      browserUrl: 'https://acme.example.com/***',
    });
    expect(Date.parse(saved.nextLookAt ?? '') - world.now()).toBeGreaterThan(0);
    for (const gone of ['intent', 'troubles', 'authTroubleSince', 'expectedEndAt'])
      expect(Object.keys(saved)).not.toContain(gone);
    expect(saved.events.at(-1)).toMatchObject({
      type: 'started',
      message: 'The platform accepted it as r1.',
      data: { why: 'early' },
    });
    expect(world.logged).toContain(`run started {"runId":"${id}","provider":"bryter","flow":"onboard","attempt":1}`);
  });

  it('of a later attempt has its own time, and the run keeps that of its first', async () => {
    const { world, run, record } = await startingWorld({}, { attempt: 2, startedAt: at(-60 * MINUTE) });
    world.advance(1_000);
    await record(ACCEPTED);
    expect(await run()).toMatchObject({ startedAt: at(-60 * MINUTE), attemptStartedAt: at(1_000) });
  });

  it('is expected to end when runs like it did', async () => {
    const usual = { p50Ms: 600_000, p95Ms: 700_000, p99Ms: 800_000, runs: 20 };
    const plan = { atSeconds: [600], lookCostSeconds: 1, usual };
    const { world, run, record } = await startingWorld({}, { plan, attemptStartedAt: at(-MINUTE) });
    world.advance(2_000);
    await record(ACCEPTED);
    expect((await run()).expectedEndAt).toBe(at(602_000));
  });

  it('is looked at no earlier than the platform asks', async () => {
    const { record } = await startingWorld();
    expect((await record({ ...ACCEPTED, retryAfterMs: 5 * MINUTE } as Started)).waitSeconds).toBe(300);
  });

  it('is looked at once more at the deadline, however long the platform asks to wait', async () => {
    const { run, record } = await startingWorld({}, { deadline: at(2 * MINUTE) });
    expect((await record({ ...ACCEPTED, retryAfterMs: 5 * MINUTE } as Started)).waitSeconds).toBe(120);
    expect(await run()).toMatchObject({ nextLookAt: at(2 * MINUTE), nextLookWhy: 'deadline' });
  });

  it('is looked at as soon as its flow wants to hear of its end', async () => {
    const wait = async (config: ReturnType<typeof testConfig>) => {
      const { record } = await startingWorld({}, {}, { config });
      return (await record(ACCEPTED)).waitSeconds;
    };
    expect(await wait(testConfig({ looks: { noticeWithin: '1h' } }))).toBeGreaterThan(
      await wait(testConfig({ looks: { noticeWithin: '1s' } })),
    );
  });

  it('of a run that was canceled meanwhile is looked at now, for it is to be stopped', async () => {
    const { run, record } = await startingWorld({}, { cancel: { requestedAt: at(0) } });
    expect(await record({ ...ACCEPTED, retryAfterMs: MINUTE } as Started)).toMatchObject({
      next: 'WAIT',
      waitSeconds: 0,
    });
    expect(await run()).toMatchObject({ status: 'RUNNING', nextLookAt: at(0) });
    expect((await run()).events.at(-1)?.data).toBeUndefined();
  });

  it('is an honest end where nobody can ask how it goes', async () => {
    const { run, record } = await startingWorld();
    const deaf = await startingWorld({ poll: undefined } as object);
    expect(await deaf.record(ACCEPTED)).toMatchObject({ next: 'SUCCEEDED', status: 'HANDED_OFF' });
    expect(await deaf.run()).toMatchObject({ status: 'HANDED_OFF', remoteId: 'r1' });
    await record(ACCEPTED);
    expect((await run()).status).toBe('RUNNING');
  });

  it('under an id that another run has is in doubt only where lost starts are looked up', async () => {
    const isTaken = async (session: object) => {
      const { world, run, record } = await startingWorld(session);
      await world.store.claimRemote({ connection: 'acme', remoteId: 'r1' }, 'run_another');
      await record(ACCEPTED);
      return run();
    };
    expect(await isTaken({})).toMatchObject({ status: 'RUNNING', remoteId: 'r1' });
    expect(await isTaken({ find: async () => [] })).toMatchObject({
      status: 'FALLOUT',
      fallout: { reason: 'AMBIGUOUS_START' },
      remoteId: 'r1',
    });
  });
});

describe('an id that tells our secret', () => {
  it('is not kept: what was accepted under it is in doubt, and what has ended needs none', async () => {
    const going = await startingWorld();
    const accepted: Started = {
      ...ACCEPTED,
      kind: 'accepted',
      handle: 'r1',
      status: 'RUNNING',
      remoteId: 'canary-key',
    };
    expect(await going.record(accepted)).toMatchObject({ error: 'AMBIGUOUS_START' });
    expect((await going.run()).fallout?.evidence?.said).toContain('by a value that must be kept secret');
    const ended = await startingWorld();
    expect(await ended.record({ ...ENDED, remoteId: 'canary-key' } as Started)).toMatchObject({ next: 'SUCCEEDED' });
    for (const of of [going, ended]) expect(JSON.stringify(await of.run())).not.toContain('canary-key');
  });
});

describe('a start that is answered with the end', () => {
  it('began with its call, and its flow learns how long that took', async () => {
    const { world, run, record } = await startingWorld({}, { historyKey: 'onboard/acme' });
    world.advance(42_000);
    expect(await record({ ...ENDED, remoteId: 'r1' } as Started)).toMatchObject({ next: 'SUCCEEDED' });
    expect(await run()).toMatchObject({ status: 'SUCCEEDED', remoteStatus: 'done', startedAt: at(0), remoteId: 'r1' });
    const remote = { connection: 'acme', remoteId: 'r1' };
    expect(await world.store.remoteOwner(remote)).toBe((await run()).id);
    const { durationsMs = [] } = (await world.dependencies.histories.get('onboard/acme')) ?? {};
    expect(durationsMs).toHaveLength(1);
    expect(durationsMs[0]).toBeLessThanOrEqual(42_000);
  });

  it('leaves the beginning of the first attempt as it was, and teaches how long its own took', async () => {
    const fields = { attempt: 2, startedAt: at(-60 * MINUTE), historyKey: 'onboard/acme' };
    const { world, run, record } = await startingWorld({}, fields);
    world.advance(42_000);
    await record(ENDED);
    expect((await run()).startedAt).toBe(at(-60 * MINUTE));
    expect((await run()).remoteId).toBeUndefined();
    const { durationsMs = [] } = (await world.dependencies.histories.get('onboard/acme')) ?? {};
    expect(durationsMs[0]).toBeLessThanOrEqual(42_000);
  });

  it('claims nothing where the platform gave no id', async () => {
    const { world, record } = await startingWorld();
    await record(ENDED);
    expect(world.effects).not.toContain('store.claimRemote');
  });

  it('counts from now where nobody wrote when it was called', async () => {
    const { world, run, record } = await startingWorld({}, { intent: undefined as never });
    world.advance(5_000);
    await record(ENDED);
    expect((await run()).startedAt).toBe(at(5_000));
  });

  it('has its output, which is given only once', async () => {
    const { run, record } = await startingWorld();
    await record({ ...ENDED, output: { value: { a: 1 }, files: [] } } as Started);
    expect((await run()).output?.value).toEqual({ a: 1 });
  });

  it('is what it is although its output could not be kept, which is said', async () => {
    const output = { value: 1, files: [] };
    const { world, run, record } = await startingWorld();
    Object.assign(world.dependencies.outputs, { store: () => Promise.reject(new TypeError('canary')) });
    expect(await record({ ...ENDED, output } as Started)).toMatchObject({ next: 'FAILED', error: 'OUTPUT_MISSING' });
    expect((await run()).error?.message).toBe(
      'It ended SUCCEEDED, but its output could not be kept and the platform gives it only once. TypeError',
    );
  });
});
