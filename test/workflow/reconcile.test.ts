import { describe, expect, it } from 'vitest';
import type { Connection, Flow } from '../../lib/domain/config.ts';
import {
  ProviderThrottledError,
  ReplyLostError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../../lib/domain/errors.ts';
import type { Parameter } from '../../lib/domain/parameters.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { FindRequest, FoundRun } from '../../lib/providers/provider.ts';
import { testConfig } from '../helpers/world.ts';
import { at, INTENT, type StartWorld, startingWorld, startWorld } from './start-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DUE = { ...INTENT, fenceUntil: at(0) };

/** A start in doubt whose fence is over, at a platform that lists these runs. */
async function doubtful(list: readonly FoundRun[] | Error, fields: Partial<Run> = {}): Promise<StartWorld> {
  const find = async () => {
    if (list instanceof Error) throw list;
    return list;
  };
  return startingWorld({ find }, { intent: DUE, ...fields });
}

const found = (...ids: readonly string[]): readonly FoundRun[] => ids.map((id) => ({ remoteId: id, handle: { id } }));

describe('a start in doubt', () => {
  it('waits for its fence to the millisecond, and is never sent again', async () => {
    const of = await startingWorld({ find: async () => found('r1') });
    of.world.advance(50 * SECOND - 1);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 1 });
    expect(of.world.effects).not.toContain('platform.find');
    of.world.advance(1);
    expect(await of.start()).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
    expect(of.world.effects).toContain('platform.find');
    expect(of.world.effects).not.toContain('platform.start');
  });

  it('is looked for again no sooner than the platform asked, also when what it said was lost on the way', async () => {
    const of = await doubtful(new ProviderThrottledError('429', { retryAfterMs: 40 * SECOND }));
    of.world.advance(50 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 40 });
    of.world.advance(10 * SECOND);
    const asked = of.world.effects.length;
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 30 });
    expect(of.world.effects.slice(asked)).not.toContain('platform.find');
  });

  it('is looked for by what it was sent with, and when', async () => {
    const asked: unknown[] = [];
    const { signal } = new AbortController();
    const find = async (request: FindRequest, options: object) => {
      asked.push([request, options]);
      return [];
    };
    const of = await startingWorld({ find }, { intent: DUE });
    await of.start(signal);
    expect(asked).toEqual([
      [
        {
          runId: of.id,
          attempt: 1,
          correlation: `${of.id}-1`,
          parameters: { employee_name: 'Jane Roe', email: 'jane@example.com' },
          intentAt: INTENT.at,
          fenceUntil: DUE.fenceUntil,
          now: of.world.dependencies.clock.now,
        },
        { signal },
      ],
    ]);
  });

  it('without a trace of its call cannot be told by anybody but a human', async () => {
    const of = await doubtful(found('r1'), { intent: undefined as never });
    expect(await of.start()).toMatchObject({ error: 'AMBIGUOUS_START' });
    expect((await of.run()).error?.message).toBe('The intent of the start is missing.');
    expect((await of.run()).fallout?.evidence).not.toHaveProperty('calledAt');
    const lost = await doubtful([], { intent: undefined as never });
    expect(await lost.record({ error: new ReplyLostError('reset') })).toMatchObject({ error: 'AMBIGUOUS_START' });
  });

  it('whose answer was lost is looked for after the lag of the list, counted from now', async () => {
    const of = await doubtful([]);
    of.world.advance(5 * SECOND);
    expect(await of.record({ error: new ReplyLostError('reset') })).toMatchObject({ waitSeconds: 30 });
    const saved = await of.run();
    expect(saved).toMatchObject({
      intent: { owner: 'me', at: at(0), fenceUntil: at(35 * SECOND) },
      nextLookAt: at(35 * SECOND),
      nextLookWhy: 'trouble',
    });
    expect(saved.events.at(-1)).toMatchObject({ type: 'trouble', data: { nextLookInMs: 30_000, why: 'trouble' } });
  });

  it('is a human’s to find where the platform cannot list its runs, with all that is known of the call', async () => {
    const of = await startingWorld({}, { intent: DUE });
    of.world.advance(7 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    const { error, fallout } = await of.run();
    expect(error?.message).toContain('cannot list its runs');
    expect(fallout?.evidence).toEqual({
      attempt: 1,
      calledAt: at(0),
      fenceUntil: at(0),
      answeredBy: at(7 * SECOND),
      correlation: `${of.id}-1`,
      parameters: { name: 'Jane Roe', email: '***' },
    });
  });
});

describe('a lost start that is found', () => {
  it('is carried on with from when it was called', async () => {
    const remoteStatus = 'x'.repeat(100);
    const of = await doubtful([{ remoteId: 'r1', handle: { id: 'r1' }, remoteStatus }], { troubles: 3 });
    of.world.advance(40 * MINUTE);
    const state = await of.start();
    expect(state).toMatchObject({ next: 'WAIT', status: 'RUNNING', lap: 1 });
    const saved = await of.run();
    expect(saved).toMatchObject({
      status: 'RUNNING',
      handle: { id: 'r1' },
      target: {},
      remoteId: 'r1',
      startedAt: at(0),
      attemptStartedAt: at(0),
      remoteStatus: `${'x'.repeat(63)}…`,
    });
    for (const gone of ['intent', 'troubles']) expect(Object.keys(saved)).not.toContain(gone);
    expect(saved.events.at(-1)).toMatchObject({ type: 'started', data: { why: 'early' } });
    expect(await of.world.store.remoteOwner({ connection: 'acme', remoteId: 'r1' })).toBe(of.id);
    // Of a run that began just now one would look again within seconds.
    expect(state.waitSeconds).toBeGreaterThan(30);
    expect(saved.nextLookAt).toBe(at(40 * MINUTE + state.waitSeconds * SECOND));
  });

  it('leaves the beginning of the first attempt as it was', async () => {
    const of = await doubtful(found('r1'), { attempt: 2, startedAt: at(-MINUTE) });
    await of.start();
    expect(await of.run()).toMatchObject({ startedAt: at(-MINUTE), attemptStartedAt: at(0) });
    expect(Object.keys(await of.run())).not.toContain('remoteStatus');
  });

  it('is looked at now when the run was canceled, for it is to be stopped', async () => {
    const of = await doubtful(found('r1'), { cancel: { requestedAt: at(0) } });
    expect(await of.start()).toMatchObject({ next: 'WAIT', waitSeconds: 0, status: 'RUNNING' });
    expect((await of.run()).nextLookAt).toBe(at(0));
    expect((await of.run()).events.at(-1)?.data).toBeUndefined();
  });

  it('is ours when we have claimed it before, and nobody’s guess when two are left', async () => {
    const ours = await doubtful(found('r1', 'r2'));
    await ours.world.store.claimRemote({ connection: 'acme', remoteId: 'r1' }, ours.id);
    await ours.world.store.claimRemote({ connection: 'acme', remoteId: 'r2' }, 'run_another');
    await ours.start();
    expect(await ours.run()).toMatchObject({ status: 'RUNNING', remoteId: 'r1' });
    const two = await doubtful(found('r1', 'r2'));
    expect(await two.start()).toMatchObject({ error: 'AMBIGUOUS_START' });
    expect((await two.run()).error?.message).toBe('2 runs at the platform could be this one.');
  });

  it('is never the job of an attempt before, which looks the same in the list', async () => {
    const past = (attempt: number, remoteId: string) =>
      ({ attempt, status: 'FAILED', remoteId, endedAt: at(-SECOND) }) as const;
    const third = { attempt: 3, maxAttempts: 3, pastAttempts: [past(1, 'r1'), past(2, 'r2')] };
    const accepted = await doubtful(found('r1', 'r2', 'r3'), third);
    await accepted.world.store.claimRemote({ connection: 'acme', remoteId: 'r1' }, accepted.id);
    await accepted.start();
    expect(await accepted.run()).toMatchObject({ status: 'RUNNING', attempt: 3, remoteId: 'r3' });
    const dropped = await doubtful(found('r1', 'r2'), third);
    await dropped.world.store.claimRemote({ connection: 'acme', remoteId: 'r2' }, dropped.id);
    expect(await dropped.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 30 });
    expect((await dropped.run()).intent).toMatchObject({ unlistedAt: at(0) });
  });

  it('is looked for again when another run takes it at that moment', async () => {
    const of = await doubtful(found('r1'));
    of.world.boundary = async (effect, when) => {
      if (effect === 'store.claimRemote' && when === 'before')
        await of.world.store.claimRemote({ connection: 'acme', remoteId: 'r1' }, 'run_another');
    };
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING' });
    expect((await of.run()).remoteId).toBeUndefined();
    of.world.advance(SECOND);
    // The other’s now, so that there is none of ours.
    await of.start();
    of.world.advance(30 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED', waitSeconds: 0 });
  });
});

describe('a list that names a run by our secret', () => {
  it('cannot be kept, and a human is asked at the deadline without it', async () => {
    const of = await doubtful([...found('r1'), ...found('secret-key')], { deadline: at(MINUTE) });
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING' });
    of.world.advance(MINUTE);
    expect(await of.start()).toMatchObject({ error: 'AMBIGUOUS_START' });
    expect(JSON.stringify(await of.run())).not.toContain('secret-key');
  });
});

describe('a lost start of which the platform knows nothing after the fence', () => {
  it.each([
    [1, 'ACCEPTED'],
    [2, 'COOLING_OFF'],
  ] as const)('was not accepted, and attempt %i is made again at once', async (attempt, status) => {
    const of = await doubtful([], { attempt, maxAttempts: 3, troubles: 4, nextLookAt: at(0) });
    await of.start();
    of.world.advance(30 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status, waitSeconds: 0 });
    const saved = await of.run();
    expect(saved).toMatchObject({ status, attempt });
    for (const gone of ['intent', 'troubles', 'nextLookAt']) expect(Object.keys(saved)).not.toContain(gone);
    expect(saved.events.at(-1)).toMatchObject({ type: 'not-started', message: expect.stringContaining('proof') });
  });
});

describe('a configuration that was changed while a start is in doubt', () => {
  const flow = testConfig().flows.onboard as Flow;
  const connection = testConfig().connections.acme as Connection;
  const name = flow.parameters.name as Parameter;

  /** A start whose answer was lost, by the configuration of the world. */
  async function lost(): Promise<StartWorld> {
    const find = async () => [];
    const start = async () => {
      throw new ReplyLostError('reset');
    };
    const of = await startWorld({ find, start });
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 30 });
    return of;
  }

  const deploy = (of: StartWorld, { flow: aFlow = flow, connection: aConnection = connection, id = 'acme' }) =>
    Object.assign(of.world.dependencies, {
      config: { connections: { [id]: aConnection }, flows: { onboard: aFlow } },
    });

  it.each([
    [
      'another name of a parameter',
      { flow: { ...flow, parameters: { ...flow.parameters, name: { ...name, apiName: 'x' } } } },
    ],
    ['a correlation that was not sent', { flow: { ...flow, correlationParameter: 'name' } }],
    ['another body', { flow: { ...flow, rawBody: true } }],
    ['another address', { connection: { ...connection, baseUrl: 'https://other.example' } }],
    ['another secret', { connection: { ...connection, secret: 'errand/other' } }],
    ['another platform', { connection: { ...connection, provider: 'invision' as const } }],
    ['another connection', { flow: { ...flow, connection: 'other' }, id: 'other' }],
    ['none', { id: 'other' }],
  ])('is not searched by: %s', async (_, changed) => {
    const of = await lost();
    deploy(of, changed);
    of.world.advance(30 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect(of.world.effects).not.toContain('platform.find');
    expect((await of.run()).error?.message).toContain('was changed in the configuration after the call');
  });

  it.each([
    ['a deadline', { flow: { ...flow, deadline: MINUTE } }],
    ['the target of later runs', { flow: { ...flow, target: { publishedModuleId: 'another' } } }],
    [
      'whether a parameter is required',
      { flow: { ...flow, parameters: { ...flow.parameters, name: { ...name, required: true } } } },
    ],
    ['the connection of later runs', { flow: { ...flow, connection: 'other' } }],
    ['a limit', { connection: { ...connection, limits: { requestsPerSecond: 5 } } }],
    ['a setting', { connection: { ...connection, settings: { listBy: 'filter' } } }],
  ])('is no obstacle where only %s is another', async (_, changed) => {
    const of = await lost();
    deploy(of, changed);
    of.world.advance(30 * SECOND);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING' });
    expect(of.world.effects).toContain('platform.find');
  });

  it.each([
    ['elsewhere', { acme: connection, other: connection }],
    ['to the new name of its connection', { other: connection }],
  ])('is noticed where an earlier version made the call and the flow leads %s', async (_, connections) => {
    const of = await doubtful([]);
    const onboard = { ...flow, connection: 'other' };
    Object.assign(of.world.dependencies, { config: { connections, flows: { onboard } } });
    expect(await of.start()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect(of.world.effects).not.toContain('platform.find');
  });

  it('cannot be noticed where an earlier version made the call and only the target is another', async () => {
    const of = await doubtful(found('r1'));
    deploy(of, { flow: { ...flow, target: { publishedModuleId: 'another' } } });
    await of.start();
    expect(await of.run()).toMatchObject({ status: 'RUNNING', remoteId: 'r1' });
  });
});

describe('a list that does not show it', () => {
  /** At a platform whose list shows these, one after the other. */
  async function listing(...lists: readonly (readonly FoundRun[] | Error)[]): Promise<StartWorld> {
    const left = [...lists];
    const find = async () => {
      const list = left.length > 1 ? left.shift() : left[0];
      if (list === undefined || list instanceof Error) throw list ?? new Error('no list');
      return list;
    };
    return startingWorld({ find }, { intent: DUE });
  }

  it('once may be late or cut: it is looked for once more, a lag later, before anything is sent', async () => {
    const of = await listing([], found('r1'));
    const state = await of.start();
    expect(state).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 30 });
    expect(state.reason).toBe(
      'The platform lists no such run; looking once more in 30 s, because one list may be late or cut.',
    );
    const saved = await of.run();
    expect(saved).toMatchObject({ intent: { ...DUE, unlistedAt: at(0) }, nextLookAt: at(30 * SECOND) });
    expect(saved.events.at(-1)).toMatchObject({ type: 'trouble', data: { nextLookInMs: 30_000, why: 'trouble' } });
    of.world.advance(30 * SECOND - 1);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 1 });
    of.world.advance(1);
    expect(await of.start()).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
    expect(await of.run()).toMatchObject({ remoteId: 'r1' });
    expect(of.world.effects).not.toContain('platform.start');
  });

  it('twice proves it, and one that cannot be read in between neither counts nor takes back', async () => {
    const of = await listing([], new ReplyLostError('the reply was 502'), []);
    await of.start();
    of.world.advance(30 * SECOND);
    const unread = await of.start();
    expect(await of.run()).toMatchObject({ status: 'STARTING', intent: { unlistedAt: at(0) } });
    of.world.advance(unread.waitSeconds * SECOND);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'ACCEPTED', waitSeconds: 0 });
  });

  it('is asked for again a lag later, whoever took back the moment of that look', async () => {
    const of = await listing([], found('r1'));
    await of.start();
    await of.write({ nextLookAt: undefined as never });
    of.world.advance(30 * SECOND - 1);
    expect(await of.start()).toMatchObject({ next: 'COOL_OFF', status: 'STARTING', waitSeconds: 1 });
    of.world.advance(1);
    expect(await of.start()).toMatchObject({ next: 'WAIT', status: 'RUNNING' });
  });

  it('twice by the deadline ends the run with nothing started', async () => {
    const of = await listing([]);
    await of.write({ startBy: at(10 * SECOND), deadline: at(10 * SECOND) });
    await of.start();
    of.world.advance(30 * SECOND);
    expect(await of.start()).toMatchObject({ status: 'ACCEPTED' });
    expect(await of.start()).toMatchObject({ status: 'TIMED_OUT' });
    expect(of.world.effects).not.toContain('platform.start');
  });
});

describe('a list that cannot be read', () => {
  const broken = new ReplyLostError('the reply was 502');
  const absent = new SecretUnavailableError('The secret "errand/acme" does not exist.', 'absent');

  it('is asked for again, later each time, and proves nothing', async () => {
    const of = await doubtful(broken);
    const state = await of.start();
    expect(state).toMatchObject({ next: 'COOL_OFF', status: 'STARTING' });
    expect(state.reason).toBe("The platform's list could not be read; asking again. the reply was 502");
    expect(state.waitSeconds).toBeGreaterThan(0);
    const saved = await of.run();
    expect(saved).toMatchObject({ troubles: 1, intent: DUE, nextLookWhy: 'trouble' });
    expect(Date.parse(saved.nextLookAt ?? '')).toBeGreaterThan(of.world.now());
    expect(saved.events.at(-1)).toMatchObject({ type: 'trouble', data: { why: 'trouble' } });
    // A platform that answers nobody is noted for all its runs.
    expect(await of.world.dependencies.states.getNow('acme')).toMatchObject({ failures: 1 });
    of.world.advance(state.waitSeconds * SECOND);
    await of.start();
    expect(await of.run()).toMatchObject({ troubles: 2 });
  });

  it.each([
    ['no such run', []],
    ['could not be read', new ReplyLostError('reset')],
  ] as const)('is no reason to be kept back any more: it was asked (%s)', async (says, list) => {
    const heldBack = { why: 'refused', since: at(-MINUTE), times: 3 } as const;
    const of = await doubtful(list, { heldBack, turnAt: at(-MINUTE) });
    await of.start();
    const saved = await of.run();
    expect(saved).toMatchObject({ status: 'STARTING' });
    expect(saved.events.at(-1)?.message).toContain(says);
    for (const gone of ['heldBack', 'turnAt']) expect(Object.keys(saved)).not.toContain(gone);
  });

  it('is asked for until the deadline, and then a human must', async () => {
    const early = await doubtful(broken, { deadline: at(1) });
    expect(await early.start()).toMatchObject({ next: 'COOL_OFF', waitSeconds: 1 });
    expect((await early.run()).nextLookAt).toBe(at(1));
    const over = await doubtful(broken, { deadline: at(0) });
    expect(await over.start()).toMatchObject({ next: 'FAILED', error: 'AMBIGUOUS_START' });
    expect((await over.run()).error?.message).toBe("The platform's list could not be read. the reply was 502");
  });

  it('for want of its secret is asked for again, too', async () => {
    const session = { find: async () => found('r1') };
    const of = await startingWorld(session, { intent: DUE }, { open: () => undefined });
    expect(await of.start()).toMatchObject({
      next: 'COOL_OFF',
      status: 'STARTING',
      reason: expect.stringContaining(absent.message),
    });
    expect(await of.run()).toMatchObject({ troubles: 1 });
  });

  it('for a fault of our own services is left to whoever repeats the task', async () => {
    const of = await doubtful(found('r1'));
    Object.assign(of.world.dependencies.vault, { open: () => Promise.reject(new StoreUnavailableError('away')) });
    await expect(of.start()).rejects.toThrow(StoreUnavailableError);
    expect((await of.run()).status).toBe('STARTING');
  });
});
