import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../lib/domain/config.ts';
import { ReplyLostError } from '../../lib/domain/errors.ts';
import { isoTime } from '../../lib/domain/record.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createWorld, isOver, START_OF_TIME } from '../helpers/world.ts';
import { type StartWorld, startWorld } from './start-world.ts';

const { signal } = new AbortController();
const DONE: Look = { kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'completed' } };
const RUNNING: Look = { kind: 'going', status: 'RUNNING', remoteStatus: 'running' };
const FAILED: Look = {
  kind: 'ended',
  verdict: { status: 'FAILED', error: { code: 'PROVIDER_FAILED', message: 'no' } },
};

const PARAMETERS = { name: { type: 'text' }, email: { type: 'email' } };

/** The flow at this connection, of the two that there are. */
const configAt = (connection: string, target = { module: 'acme' }): Config =>
  configSchema.parse({
    connections: {
      acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', limits: { inFlight: 1 } },
      next: { provider: 'smart-flows', baseUrl: 'https://next.example.com' },
    },
    flows: { onboard: { connection, target, parameters: PARAMETERS, retry: { maxAttempts: 2, coolOff: '5s' } } },
  });

/** A flow of which runs are accepted at `acme`, and which connection each call goes to. */
function worldOf(looks: readonly Look[] = [DONE]) {
  const left = [...looks];
  const session: ProviderSession = {
    start: async ({ runId, attempt }) => {
      return { kind: 'accepted', handle: runId, remoteId: `${runId}-${attempt}`, status: 'RUNNING' };
    },
    poll: async () => left.shift() ?? DONE,
  };
  const world = createWorld({ session, config: configAt('acme') });
  const { connections } = world.dependencies;
  const calls: string[] = [];
  const targets: unknown[] = [];
  const { open } = connections;
  Object.assign(connections, {
    open: async (...[run, wanted]: Parameters<typeof open>) => {
      calls.push(run.connection);
      targets.push(run.target);
      return open(run, wanted);
    },
  });
  const move = () => Object.assign(world.dependencies, { config: configAt('next', { module: 'next' }) });
  const begin = (runId: string, generation = 1) => startRun(world.dependencies, { runId, generation }, { signal });
  return { world, calls, targets, move, begin };
}

const at = ({ connection, provider, status }: Run) => `${status} at ${connection} (${provider})`;

describe('a run whose flow is moved to another connection', () => {
  it('is asked after where it was started', async () => {
    const { world, calls, targets, move, begin } = worldOf();
    const { id } = await world.accept();
    let state = await begin(id);
    move();
    while (!isOver(state)) state = await world.step(state);
    expect(new Set(calls)).toEqual(new Set(['acme']));
    expect(targets.at(-1)).toEqual({ module: 'acme' });
    expect(at(await world.run(id))).toBe('SUCCEEDED at acme (bryter)');
  });

  it('is started where the flow leads when its turn comes', async () => {
    const { world, calls, move, begin } = worldOf();
    const { inFlight, store } = world.dependencies;
    const [first, second] = [await world.accept(), await world.accept()];
    await begin(first.id);
    expect(await begin(second.id)).toMatchObject({ next: 'PARK' });
    move();
    await inFlight.take('acme', { runId: second.id, leaseUntil: world.now() + 1_000 }, 2);
    calls.length = 0;
    await begin(second.id);
    expect(new Set(calls)).toEqual(new Set(['next']));
    expect(at(await world.run(second.id))).toBe('RUNNING at next (smart-flows)');
    expect(await store.remoteOwner({ connection: 'next', remoteId: `${second.id}-1` })).toBe(second.id);
    expect(await inFlight.line('acme', 5)).toEqual([]);
    expect((await inFlight.holders('acme')).map(({ runId }) => runId)).toEqual([first.id]);
  });

  it('is brought out of the line by a sweep, with nothing of the old connection held against it', async () => {
    const { world, calls, move, begin } = worldOf();
    const [first, second] = [await world.accept(), await world.accept()];
    await begin(first.id);
    await begin(second.id);
    world.endExecution(second.id, 1);
    const run = await world.run(second.id);
    const refused = { authTroubleSince: run.updatedAt, troubles: 2 };
    await world.store.save({ ...run, ...refused, version: run.version + 1, writeId: 'refused' });
    await sweep(world.dependencies, {}, { signal });
    expect(world.started.filter(({ runId }) => runId === second.id)).toHaveLength(1);
    move();
    world.advance(600_000);
    await sweep(world.dependencies, {}, { signal });
    const woken = world.started.at(-1);
    expect(woken).toEqual({ runId: second.id, generation: 2 });
    calls.length = 0;
    await begin(second.id, woken?.generation);
    const saved = await world.run(second.id);
    expect(at(saved)).toBe('RUNNING at next (smart-flows)');
    for (const field of ['heldBack', 'authTroubleSince', 'troubles']) expect(Object.keys(saved)).not.toContain(field);
    expect((await world.store.events(second.id)).map(({ message }) => message).join()).not.toContain('refused');
  });

  it('keeps no slot of the old connection, also where the line there was just being read', async () => {
    const { world, move, begin } = worldOf(Array(100).fill(RUNNING));
    const { inFlight } = world.dependencies;
    await inFlight.take('acme', { runId: 'run_ended', leaseUntil: world.now() + 1_000 }, 1);
    const { id } = await world.accept();
    expect(await begin(id)).toMatchObject({ next: 'PARK' });
    move();
    world.advance(600_000);
    const { line } = inFlight;
    Object.assign(inFlight, {
      async line(...asked: Parameters<typeof line>) {
        const read = await line(...asked);
        Object.assign(inFlight, { line });
        // Revived by the same sweep, whose jobs go on side by side.
        await begin(id);
        return read;
      },
    });
    await sweep(world.dependencies, {}, { signal });
    expect(at(await world.run(id))).toBe('RUNNING at next (smart-flows)');
    expect(await inFlight.holders('acme')).toEqual([]);
  });

  it('makes its next attempt there', async () => {
    const { world, calls, targets, move, begin } = worldOf([FAILED, DONE]);
    const { id } = await world.accept();
    let state = await begin(id);
    move();
    while (!isOver(state)) state = await world.step(state);
    expect(at(await world.run(id))).toBe('SUCCEEDED at next (smart-flows)');
    expect(calls[0]).toBe('acme');
    expect(calls.at(-1)).toBe('next');
    // The start is by what the flow says, and what follows by what the start was.
    const started = calls.indexOf('next');
    expect(targets[started]).toBeUndefined();
    expect(targets.at(-1)).toEqual({ module: 'next' });
  });
});

/** What each call to the platform is about, by the record that it goes by. */
function targetsOf({ world }: StartWorld): unknown[] {
  const { connections } = world.dependencies;
  const { open } = connections;
  const targets: unknown[] = [];
  Object.assign(connections, {
    open: async (...[run, wanted]: Parameters<typeof open>) => {
      targets.push(run.target);
      return open(run, wanted);
    },
  });
  return targets;
}

describe('a lost start of a flow that has got another target since', () => {
  it.each([
    ['looked for', {}],
    ['sent again where the platform takes it twice', { repeatable: true }],
  ])('is %s as what it was', async (_, lost) => {
    const start = async () => {
      throw new ReplyLostError('reset', lost);
    };
    const of = await startWorld({ start, find: async () => [] }, {}, { config: configAt('acme') });
    await of.start();
    Object.assign(of.world.dependencies, { config: configAt('acme', { module: 'another' }) });
    of.world.advance(30_000);
    const targets = targetsOf(of);
    await of.start();
    expect(targets).toEqual([{ module: 'acme' }]);
    expect(await of.run()).toMatchObject({ target: { module: 'acme' } });
  });
});

describe('a lost start that a person finds, by a configuration that was changed since', () => {
  const INTENT = { owner: 'me', at: isoTime(START_OF_TIME), fenceUntil: isoTime(START_OF_TIME) };
  const adopt = (of: StartWorld, remoteId: string) =>
    resolveFallout(of.world.dependencies, of.id, { decision: 'adopt', remoteId, reason: 'found it' });
  const lose = async () => {
    throw new ReplyLostError('reset');
  };

  it('is asked after as what it was started as', async () => {
    const of = await startWorld({ start: lose }, {}, { config: configAt('acme') });
    await of.start();
    expect(await of.run()).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } });
    Object.assign(of.world.dependencies, { config: configAt('acme', { module: 'another' }) });
    expect(await adopt(of, 'r1')).toMatchObject({ kind: 'resolved', run: { target: { module: 'acme' } } });
  });

  it('is not the job of another run at the new name of their connection', async () => {
    const of = await startWorld({}, { status: 'STARTING', intent: INTENT }, { config: configAt('acme') });
    await of.start();
    const { connections, flows } = configAt('next');
    Object.assign(of.world.dependencies, { config: { connections: { next: connections.next }, flows } });
    const other = await of.world.accept();
    await startRun(of.world.dependencies, { runId: other.id, generation: 1 }, { signal });
    expect(await of.world.run(other.id)).toMatchObject({ status: 'RUNNING', remoteId: 'r1' });
    expect(await adopt(of, 'r1')).toMatchObject({ kind: 'refused' });
    expect(await adopt(of, 'r2')).toMatchObject({ kind: 'resolved', run: { connection: 'next' } });
  });

  it('is started again as what the flow says now, once it is known not to have been accepted', async () => {
    const of = await startWorld({ start: lose, find: async () => [] }, {}, { config: configAt('acme') });
    await of.start();
    expect(await of.run()).toMatchObject({ status: 'STARTING', target: { module: 'acme' } });
    for (let list = 0; list < 2; list += 1) {
      of.world.advance(30_000);
      await of.start();
    }
    expect(await of.run()).toMatchObject({ status: 'ACCEPTED' });
    expect(Object.keys(await of.run())).not.toContain('target');
  });
});
