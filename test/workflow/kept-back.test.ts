import { describe, expect, it } from 'vitest';
import { ProviderUnauthorizedError, ReplyLostError, StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { MachineState } from '../../lib/domain/machine-state.ts';
import { isoTime } from '../../lib/domain/record.ts';
import type { Run } from '../../lib/domain/run.ts';
import { pause } from '../../lib/protection/breaker.ts';
import {
  type ConnectionState,
  type FailureKind,
  NEW_CONNECTION,
  type OpenCircuit,
} from '../../lib/protection/connection-state.ts';
import type { Look, ProviderSession, Started, Turn } from '../../lib/providers/provider.ts';
import { answerRun } from '../../lib/workflow/answer-run.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createMachine } from '../helpers/machine.ts';
import { createWorld, isOver, testConfig, type World } from '../helpers/world.ts';
import { createLoad, HOUR, MINUTE, SECOND, T0 } from '../system/load-world.ts';

const { signal } = new AbortController();
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };

const acceptance = (runId: string) =>
  ({ kind: 'accepted', handle: { runId }, remoteId: runId, status: 'QUEUED' }) as const satisfies Started;
const refuse = async (): Promise<never> => {
  throw new ProviderUnauthorizedError('The platform answered 401.');
};
const away = async (): Promise<never> => {
  throw new StoreUnavailableError('the table is away');
};

/** A platform that takes every start and is never done, but for what the test says. */
function worldOf(platform: Partial<ProviderSession>, { flow = {}, limits = {} } = {}) {
  const starts: number[] = [];
  const session: ProviderSession = {
    poll: async () => RUNNING,
    ...platform,
    async start(request, options) {
      starts.push(world.now());
      return platform.start?.(request, options) ?? acceptance(request.runId);
    },
  };
  const config = testConfig(flow);
  const acme = { ...config.connections.acme, limits };
  const world = createWorld({ session, config: { ...config, connections: { acme } } as typeof config });
  return { world, starts };
}

const begin = (world: World, runId: string) => startRun(world.dependencies, { runId, generation: 1 }, { signal });

async function change(world: World, to: (state: ConnectionState) => ConnectionState): Promise<void> {
  const { states } = world.dependencies;
  const state = await states.getNow('acme');
  await states.save('acme', { ...to(state), version: state.version + 1 });
}

const pauseNow = (world: World) => change(world, (state) => pause(state, { reason: 'upgrade' }, world.now()));
/** Nothing is known against the connection any more: neither a pause nor a circuit. */
const clear = (world: World) => change(world, () => NEW_CONNECTION);

/** Another run's canary has failed, and the next is due after `waitMs`. */
async function openCircuit(world: World, why: FailureKind, waitMs: number): Promise<void> {
  const at = isoTime(world.now());
  const nextCanaryAt = isoTime(world.now() + waitMs);
  const circuit: OpenCircuit = { why, since: at, openedAt: at, nextCanaryAt, canary: 'run_other', canaries: 5 };
  await change(world, () => ({ ...NEW_CONNECTION, failures: 10, failingSince: at, circuit }));
}

/** Calls that take a request more than usual, as after a login. */
function needOneMore(world: World, firstKeyIs: 'taken' | 'refused' = 'taken'): void {
  const { connections } = world.dependencies;
  const { open } = connections;
  const opened = async (...[run, wanted]: Parameters<typeof open>) => {
    const session = await open(run, wanted);
    const isRefused = firstKeyIs === 'refused' && wanted !== 'current';
    const metered = (turn: Turn): ProviderSession => {
      const given = session.metered?.(turn) ?? session.session;
      return {
        async start(request, options) {
          await turn(signal);
          return isRefused ? refuse() : given.start(request, options);
        },
        async poll(handle, options) {
          await turn(signal);
          return given.poll?.(handle, options) ?? RUNNING;
        },
      };
    };
    return { ...session, version: isRefused ? '1' : '2', metered };
  };
  Object.assign(connections, { open: opened });
}

/** The next request past the first of a call has no turn, once. */
function loseOneTurn(world: World): void {
  const { budgets } = world.dependencies;
  const { more } = budgets;
  const lost = async () => {
    Object.assign(budgets, { more });
    return away();
  };
  Object.assign(budgets, { more: lost });
}

describe('an output past its deadline', () => {
  const fetching = async (platform: Partial<ProviderSession>) => {
    const { world } = worldOf({ poll: async () => DONE, ...platform }, { flow: { deadline: '10m' } });
    const run = await world.accept();
    const state = await world.step(await begin(world, run.id));
    expect(state.next).toBe('FETCH');
    return { world, run, state };
  };

  const follow = async (world: World, first: MachineState, before: () => Promise<void> = async () => {}) => {
    let [state, steps] = [first, 0];
    for (; !isOver(state) && steps < 300; steps += 1) {
      await before();
      state = await world.step(state);
    }
    return { state, steps };
  };

  it('is fetched of a paused connection too, rather than asked for again and again without a wait', async () => {
    const { world, run, state } = await fetching({ fetchOutput: async () => ({ value: 1, files: [] }) });
    await pauseNow(world);
    expect((await follow(world, state)).steps).toBeLessThan(100);
    expect(await world.run(run.id)).toMatchObject({ status: 'SUCCEEDED', output: { value: 1 } });
  });

  it('is given up in an outage, however long that lasts', async () => {
    const fetchOutput = async () => {
      throw new ReplyLostError('The platform answered 502.');
    };
    const { world, run, state } = await fetching({ fetchOutput });
    await openCircuit(world, 'failing', MINUTE);
    const followed = await follow(world, state, () => openCircuit(world, 'failing', MINUTE));
    expect(isOver(followed.state)).toBe(true);
    const { endedAt = '', deadline } = await world.run(run.id);
    expect(Date.parse(endedAt) - Date.parse(deadline)).toBeLessThan(2 * MINUTE);
  });
});

describe('a start that was never sent', () => {
  const limits = { requestsPerSecond: 5 };

  it('is not in doubt because the state of its connection could not be read after the intent', async () => {
    const { world, starts } = worldOf({ poll: async () => DONE });
    const run = await world.accept();
    const { states } = world.dependencies;
    const { get } = states;
    const readOnce = async (connection: string) => {
      if ((await world.run(run.id)).status !== 'STARTING') return get(connection);
      Object.assign(states, { get });
      return away();
    };
    Object.assign(states, { get: readOnce });
    await createMachine(world).run();
    expect((await world.run(run.id)).status).toBe('SUCCEEDED');
    expect(starts).toHaveLength(1);
  });

  it('is not in doubt because there was no turn for its second request: the first was a login', async () => {
    const { world, starts } = worldOf({ poll: async () => DONE }, { limits });
    needOneMore(world);
    loseOneTurn(world);
    const run = await world.accept();
    await world.drive(run.id);
    expect((await world.run(run.id)).status).toBe('SUCCEEDED');
    expect(starts).toHaveLength(1);
  });

  it('is not in doubt because there was no turn for its second key: the first was refused', async () => {
    const { world, starts } = worldOf({ poll: async () => DONE }, { limits });
    needOneMore(world, 'refused');
    loseOneTurn(world);
    const run = await world.accept();
    await world.drive(run.id);
    expect((await world.run(run.id)).status).toBe('SUCCEEDED');
    expect(starts).toHaveLength(1);
  });

  it('is not sent after all once its moment came too late', async () => {
    const { world, starts } = worldOf({}, { flow: { startBy: '5s' }, limits: { requestsPerSecond: 0.1 } });
    const [first, second] = [await world.accept(), await world.accept()];
    for (const { id } of [first, second]) await begin(world, id);
    expect(starts).toHaveLength(1);
    expect(await world.run(second.id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'START_BY' } });
  });
});

describe('a call that our own table kept from the platform', () => {
  it('is no answer of the platform: the circuit stays open', async () => {
    const { world } = worldOf({}, { limits: { requestsPerSecond: 5 } });
    needOneMore(world);
    const run = await world.accept();
    const state = await begin(world, run.id);
    await openCircuit(world, 'failing', 0);
    loseOneTurn(world);
    await world.step(state);
    expect((await world.dependencies.states.getNow('acme')).circuit).toBeDefined();
  });
});

describe('a start in doubt', () => {
  const lose = async (): Promise<never> => {
    throw new ReplyLostError('reset');
  };

  it('is looked for at its deadline in any case, also at a paused platform: it is the last word', async () => {
    let finds = 0;
    const find = async () => {
      finds += 1;
      return [];
    };
    const { world } = worldOf({ start: lose, find }, { flow: { deadline: '30m' } });
    const run = await world.accept();
    let state = await begin(world, run.id);
    await pauseNow(world);
    for (let times = 0; times < 200 && state.next === 'COOL_OFF'; times += 1) state = await world.step(state);
    // Once more, because one list may be late or cut.
    expect(finds).toBe(2);
  });

  it('gets its turn where the starts of others are always in line: it keeps its place', async () => {
    let [finds, lost] = [0, ''];
    const load = createLoad({
      seed: 6,
      isHuge: true,
      limits: { requestsPerSecond: 0.1 },
      flow: { deadline: '2h' },
      platform: { durationMs: () => 5 * MINUTE },
      open: (platform, time) => () => {
        const session = platform.session();
        const start: ProviderSession['start'] = async (request, options) => {
          if (lost !== '' || time.now() < T0 + 20 * MINUTE) return session.start(request, options);
          lost = request.runId;
          return lose();
        };
        const find = async () => {
          finds += 1;
          return [];
        };
        return { session: { ...session, start, find }, secrets: [], version: '1' };
      },
    });
    await load.fleet.accept(260, 115 * MINUTE);
    expect(lost).not.toBe('');
    expect(finds).toBeGreaterThan(0);
  });
});

describe('a refused key', () => {
  const outcomeOf = async (world: World, runId: string) => {
    const { status, fallout, error } = await world.run(runId);
    return fallout?.reason ?? error?.code ?? status;
  };

  it('is not the reason of a run that a pause kept from its start, long after the key was mended', async () => {
    const { world } = worldOf({}, { flow: { startBy: '40m' } });
    await openCircuit(world, 'refused', MINUTE);
    const run = await world.accept();
    let state = await begin(world, run.id);
    expect((await world.run(run.id)).heldBack?.why).toBe('refused');
    await clear(world);
    await pauseNow(world);
    while (state.next === 'COOL_OFF') state = await world.step(state);
    expect(await outcomeOf(world, run.id)).toBe('START_BY');
  });

  it('has its full grace each time: an older refusal is not counted together with a new one', async () => {
    const { world } = worldOf({}, { flow: { deadline: '12h' } });
    const run = await world.accept();
    await openCircuit(world, 'refused', MINUTE);
    let state = await begin(world, run.id);
    await clear(world);
    await pauseNow(world);
    for (const until = world.now() + HOUR; world.now() < until; ) state = await world.step(state);
    world.advance(state.waitSeconds * SECOND);
    await openCircuit(world, 'refused', MINUTE);
    await world.next(state);
    expect(await world.run(run.id)).toMatchObject({ status: 'ACCEPTED', heldBack: { why: 'refused' } });
  });

  it('is found mended by one run, and the others that come with it wait for that, however old the refusal is', async () => {
    let isAlone = true;
    const start: ProviderSession['start'] = async ({ runId }) => {
      // While its call is under way the other one comes.
      if (isAlone) {
        isAlone = false;
        await begin(world, second.id);
      }
      return acceptance(runId);
    };
    const { world } = worldOf({ start, poll: async () => DONE });
    const [first, second] = [await world.accept(), await world.accept()];
    await openCircuit(world, 'refused', MINUTE);
    world.advance(HOUR);
    expect((await begin(world, first.id)).status).toBe('QUEUED');
    expect(await world.run(second.id)).toMatchObject({ status: 'ACCEPTED', heldBack: { why: 'refused' } });
    await createMachine(world).run();
    for (const { id } of [first, second]) expect(await outcomeOf(world, id)).toBe('SUCCEEDED');
  });

  it.each(['start', 'poll'] as const)(
    'has one grace, whether a run is kept back or refused itself: %s',
    async (call) => {
      const { world } = worldOf({ [call]: refuse }, { flow: { deadline: '12h' } });
      const { id } = await world.accept();
      // The next canary is due in a while: this run is kept back first, then refused itself.
      const open = () => openCircuit(world, 'refused', MINUTE);
      if (call === 'start') await open();
      let state = await begin(world, id);
      if (call === 'poll') await open();
      const since: string[] = [];
      let calls = 0;
      for (; !isOver(state); state = await world.step(state)) {
        const { authTroubleSince, heldBack } = await world.run(id);
        if (authTroubleSince !== undefined) calls += 1;
        const at = authTroubleSince ?? heldBack?.since;
        if (at !== undefined) since.push(at);
      }
      expect(calls).toBeGreaterThan(0);
      expect(await outcomeOf(world, id)).toBe('AUTH_FAILED');
      expect(new Set(since).size).toBe(1);
    },
  );

  it('costs a run that succeeded its output and not its end', async () => {
    const { world } = worldOf({ poll: async () => DONE, fetchOutput: refuse }, { flow: { deadline: '12h' } });
    const { id } = await world.accept();
    let state = await begin(world, id);
    while (state.next !== 'FETCH') state = await world.step(state);
    // Other runs keep finding out that the key is refused.
    for (; !isOver(state); state = await world.step(state)) await openCircuit(world, 'refused', MINUTE);
    const missing = expect.stringContaining('also to the calls of other runs');
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', output: { missing } });
  });

  it('of one flow is not that of another: what runs for the others goes on', async () => {
    const { world } = worldOf({}, { flow: { deadline: '12h' } });
    const { config, connections } = world.dependencies;
    Object.assign(config, { flows: { ...config.flows, forbidden: { ...config.flows.onboard, startBy: 24 * HOUR } } });
    const { open } = connections;
    const opened = async (...[run, wanted]: Parameters<typeof open>) => {
      const session = await open(run, wanted);
      const refused = { ...session.session, start: refuse };
      return run.flowId === 'forbidden' ? { ...session, session: refused, metered: () => refused } : session;
    };
    Object.assign(connections, { open: opened });
    const machine = createMachine(world);
    const healthy = [await world.accept(), await world.accept()];
    await machine.run(world.now() + HOUR);
    for (let count = 0; count < 20; count += 1) await world.accept({ flowId: 'forbidden' });
    await machine.run(world.now() + 3 * HOUR);
    for (const { id } of healthy) expect(await outcomeOf(world, id)).toBe('RUNNING');
  });

  it('in disguise is one for starts, where no run can be gone: all end in their grace, most without a call', async () => {
    const start = async () => {
      throw new ProviderUnauthorizedError('The platform answered 404.', { disguised: true });
    };
    const { world, starts } = worldOf({ start }, { flow: { deadline: '12h' } });
    const ids: string[] = [];
    for (let count = 0; count < 60; count += 1) ids.push((await world.accept()).id);
    await createMachine(world).run(world.now() + HOUR);
    for (const id of ids) expect(await outcomeOf(world, id)).toBe('AUTH_FAILED');
    expect(starts.length).toBeLessThan(30);
  });

  it('leaves none of the platform’s own words with the connection, which other flows may see', async () => {
    const said = { remoteText: 'Jane Roe earns 4711' };
    const start = async () => {
      throw new ProviderUnauthorizedError('The platform answered 401.', said);
    };
    const { world } = worldOf({ start });
    const run = await world.accept();
    expect((await begin(world, run.id)).reason).toContain('Jane Roe');
    const { lastError } = await world.dependencies.states.getNow('acme');
    expect(lastError?.message).toBe('The platform answered 401.');
  });
});

describe('a run that was taken', () => {
  it('is looked at by its deadline at the latest, whatever pause the platform asks for', async () => {
    const start = async () => ({ ...acceptance('r1'), retryAfterMs: HOUR });
    const { world } = worldOf({ start }, { flow: { deadline: '10m' } });
    const state = await begin(world, (await world.accept()).id);
    expect(state.waitSeconds).toBeLessThanOrEqual((10 * MINUTE) / SECOND);
  });

  it('and ended at once teaches how long its flow takes only when its end is written', async () => {
    const { world } = worldOf({ start: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED' } }) });
    const run = await world.accept();
    const seen: string[] = [];
    const remember = async () => void seen.push((await world.run(run.id)).status);
    Object.assign(world.dependencies.histories, { remember });
    await begin(world, run.id);
    expect(seen).toEqual(['SUCCEEDED']);
  });
});

describe('an answer', () => {
  it('is not sent to a paused platform; it is kept, and sent after the pause', async () => {
    const answers: unknown[] = [];
    const { world } = worldOf({
      poll: async () => ({ kind: 'waiting', remoteStatus: 'asks', form: { q: 1 } }),
      async answer(_handle, values) {
        answers.push(values);
        return RUNNING;
      },
    });
    const run = await world.accept();
    await world.step(await begin(world, run.id));
    expect((await world.run(run.id)).status).toBe('WAITING_FOR_INPUT');
    await pauseNow(world);
    await answerRun(world.dependencies, run.id, { q: 'x' });
    const machine = createMachine(world);
    await machine.run(world.now() + MINUTE);
    expect(answers).toEqual([]);
    await clear(world);
    await machine.run(world.now() + 10 * MINUTE);
    expect(answers).toEqual([{ q: 'x' }]);
  });

  it('that a pause keeps back does not keep the run from its deadline', async () => {
    const form = { q: 1 };
    const { world } = worldOf(
      { poll: async () => ({ kind: 'waiting', remoteStatus: 'asks', form }), answer: async () => RUNNING },
      { flow: { deadline: '10m' } },
    );
    const run = await world.accept();
    await world.step(await begin(world, run.id));
    await pauseNow(world);
    await answerRun(world.dependencies, run.id, { q: 'x' });
    world.boundary = () => {
      // Otherwise it would never end, without time going by.
      if (world.effects.length > 5_000) throw new Error('it goes on without a wait');
    };
    await createMachine(world).run(world.now() + HOUR);
    const { status, version, endedAt } = await world.run(run.id);
    expect(status).toBe('TIMED_OUT');
    expect(endedAt).toBe(isoTime(T0 + 10 * MINUTE));
    expect(version).toBeLessThan(20);
  });

  it('that was given in time is sent although its own limit came first, also to a paused platform', async () => {
    const answers: unknown[] = [];
    const { world } = worldOf(
      {
        poll: async () => (answers.length > 0 ? DONE : { kind: 'waiting', remoteStatus: 'asks', form: { q: 1 } }),
        async answer(_handle, values) {
          answers.push(values);
          return RUNNING;
        },
      },
      { flow: { deadline: '2d', inputDeadline: '10m' } },
    );
    const run = await world.accept();
    await world.step(await begin(world, run.id));
    await pauseNow(world);
    await answerRun(world.dependencies, run.id, { q: 'x' });
    world.advance(HOUR);
    await createMachine(world).run(world.now() + MINUTE);
    expect(answers).toEqual([{ q: 'x' }]);
    await clear(world);
    await createMachine(world).run(world.now() + HOUR);
    expect((await world.run(run.id)).fallout).toBeUndefined();
  });

  it('is followed by a look no sooner than the platform asked when it took it', async () => {
    const looks: number[] = [];
    let answeredAt = Number.POSITIVE_INFINITY;
    const { world } = worldOf({
      async poll() {
        if (world.now() < answeredAt) return { kind: 'waiting', remoteStatus: 'asks', form: { q: 1 } };
        looks.push(world.now());
        return RUNNING;
      },
      async answer() {
        answeredAt = world.now();
        return { ...RUNNING, hints: { retryAfterMs: 95_000 } };
      },
    });
    const run = await world.accept();
    await world.step(await begin(world, run.id));
    await answerRun(world.dependencies, run.id, { q: 'x' });
    await createMachine(world).run(world.now() + 10 * MINUTE);
    expect((looks[0] ?? 0) - answeredAt).toBe(95_000);
  });
});

describe('a run that finds no turn at its deadline', () => {
  /** Whose platform is done just in time; `phase` is where it is by then. */
  async function late(phase: Partial<Run>) {
    const { world } = worldOf(
      { poll: async () => DONE, fetchOutput: async () => ({ files: [], value: 'the result' }) },
      { flow: { deadline: '10m' }, limits: { requestsPerSecond: 1 } },
    );
    const { id } = await world.accept();
    await begin(world, id);
    const run = await world.run(id);
    await world.store.save({ ...run, ...phase, nextLookAt: run.deadline, version: run.version + 1, writeId: 'late' });
    world.advance(10 * MINUTE);
    const { budgets } = world.dependencies;
    const { ask } = budgets;
    const inMs = 40 * SECOND;
    const busy = async () => {
      Object.assign(budgets, { ask });
      return { taken: false, inMs, place: world.now() + inMs } as const;
    };
    Object.assign(budgets, { ask: busy });
    const held = await pollRun(world.dependencies, { runId: id, generation: 1, lap: 1 }, { signal });
    return { world, id, held };
  }

  it('waits for it, because its job may have ended in time', async () => {
    const { world, id, held } = await late({ status: 'RUNNING' });
    expect(held).toMatchObject({ next: 'WAIT', waitSeconds: 40, status: 'RUNNING' });
    expect(await world.run(id)).toMatchObject({ heldBack: { why: 'busy' } });
    for (let state = held; !isOver(state); ) state = await world.step(state);
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', output: { value: 'the result' } });
  });

  it('waits for it with its output, too', async () => {
    const { world, id, held } = await late({ status: 'FETCHING_OUTPUT', verdict: { status: 'SUCCEEDED' } });
    for (let state = held; !isOver(state); ) state = await world.step(state);
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', output: { value: 'the result' } });
  });
});
