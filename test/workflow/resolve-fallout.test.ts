import { describe, expect, it } from 'vitest';
import { ReplyLostError } from '../../lib/domain/errors.ts';
import { type FalloutDecision, resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { update } from '../../lib/workflow/update.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform, type PlatformOptions } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

const reason = 'looked it up in their console';

/** A run whose start was answered into the void, at a platform that lists nothing. */
async function inDoubt(options: PlatformOptions = {}, accepted = true) {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now(), options);
  const world = createWorld({ session: platform.session, config: testConfig({ retry: { maxAttempts: 2 } }) });
  time.now = world.now;
  const machine = createMachine(world);
  const { id } = await world.accept();
  world.boundary = (effect, when) => {
    if (effect === 'platform.start' && when === (accepted ? 'after' : 'before')) throw new ReplyLostError('reset');
  };
  await machine.run();
  world.boundary = () => {};
  expect(await world.run(id)).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } });
  const decide = (decision: FalloutDecision) => resolveFallout(world.dependencies, id, decision, 'key-1');
  return { world, platform, machine, id, decide };
}

/** A run whose process died with the call on the wire. */
async function starting() {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now());
  const world = createWorld({ session: platform.session });
  time.now = world.now;
  const machine = createMachine(world);
  const { id } = await world.accept();
  let isDead = false;
  world.boundary = (effect) => {
    isDead ||= effect === 'platform.start';
    if (isDead) throw new Error('killed');
  };
  while (!isDead) await machine.task();
  world.boundary = () => {};
  expect((await world.run(id)).status).toBe('STARTING');
  return { world, machine, platform, id };
}

describe('a person’s decision on fallout', () => {
  it('adopts the job that was found, and follows it to its end without starting anything', async () => {
    const { world, platform, machine, id, decide } = await inDoubt();
    world.dependencies.connections.handleOf = async (_run: unknown, remoteId: string) => remoteId;
    world.advance(3 * 86_400_000);
    const resolved = await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    expect(resolved).toMatchObject({ kind: 'resolved', run: { status: 'QUEUED', remoteId: 'job-1', generation: 2 } });
    const reopened = await world.run(id);
    expect(reopened.target).toEqual(world.dependencies.config.flows.onboard?.target);
    for (const field of ['endedAt', 'ttl', 'error', 'fallout'] as const) expect(reopened[field]).toBeUndefined();
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', remoteId: 'job-1' });
    expect(platform.calls.start).toBe(1);
  });

  it('looks at an adopted job as often as at one that has just begun, however long the decision took', async () => {
    const { world, machine, id, decide } = await inDoubt({ durationMs: 10 * 86_400_000 });
    world.dependencies.connections.handleOf = async (_run: unknown, remoteId: string) => remoteId;
    world.advance(3 * 86_400_000);
    await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    const before = world.now();
    await machine.run(before + 60_000);
    const { nextLookAt, status } = await world.run(id);
    expect(status).toBe('RUNNING');
    expect(Date.parse(nextLookAt ?? '') - before).toBeLessThan(120_000);
  });

  it('starts anew where nothing had been started, as the next attempt, with the time the flow allows', async () => {
    const { world, platform, machine, id, decide } = await inDoubt({}, false);
    world.advance(3 * 86_400_000);
    expect(await decide({ decision: 'not-started', reason })).toMatchObject({ kind: 'resolved' });
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, remoteId: 'job-1' });
    expect(platform.jobs).toHaveLength(1);
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELED'] as const)('closes it as %s', async (status) => {
    const { world, id, decide } = await inDoubt();
    expect(await decide({ decision: 'close', status, reason })).toMatchObject({ kind: 'resolved', run: { status } });
    const run = await world.run(id);
    expect(run.fallout).toBeUndefined();
    expect(run.ttl).toBeDefined();
    expect(run.error?.code).toBe(status === 'SUCCEEDED' ? undefined : 'CLOSED');
    expect(await decide({ decision: 'close', status: 'FAILED', reason })).toMatchObject({ kind: 'not-fallout' });
  });

  it('is kept with its reason and its author', async () => {
    const { world, id, decide } = await inDoubt();
    await decide({ decision: 'close', status: 'FAILED', reason });
    const decision = (await world.store.events(id)).find(({ type }) => type === 'decision');
    expect(decision?.message).toContain(reason);
    expect(decision?.data).toEqual({
      decision: 'close',
      status: 'FAILED',
      reason,
      fallout: 'AMBIGUOUS_START',
      by: 'key-1',
    });
  });

  it('neither starts again nor closes while the call in doubt can still be on the wire', async () => {
    const { world, machine, platform, id } = await starting();
    for (const { runId, generation } of machine.stopAll())
      await settleRun(world.dependencies, {
        execution: `${runId}-g${generation}`,
        run: { runId, generation },
        failure: { Error: 'ExecutionStopped', Cause: 'TIMED_OUT' },
      });
    const decision = { decision: 'not-started', reason } as const;
    // A record that is closed could not take what the answer may still tell.
    for (const asked of [decision, { decision: 'close', status: 'CANCELED', reason } as const]) {
      const refused = await resolveFallout(world.dependencies, id, asked);
      expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('decide after that') });
    }
    world.advance(60_000);
    expect(await resolveFallout(world.dependencies, id, decision)).toMatchObject({ kind: 'resolved' });
    await machine.run();
    expect(platform.jobs).toHaveLength(1);
  });

  it('does not take for one run what belongs to another', async () => {
    const { world, decide } = await inDoubt();
    await world.dependencies.store.claimRemote({ connection: 'acme', remoteId: 'job-1' }, 'run_other');
    expect(await decide({ decision: 'adopt', remoteId: 'job-1', reason })).toMatchObject({
      kind: 'refused',
      message: 'job-1 belongs to another run.',
    });
  });

  it('does not start a second time what the platform is known to have accepted', async () => {
    const { world, machine, id, decide } = await inDoubt();
    world.dependencies.connections.handleOf = async (_run: unknown, remoteId: string) => remoteId;
    await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    while ((await world.run(id)).status !== 'RUNNING') await machine.task();
    for (const { runId, generation } of machine.stopAll())
      await settleRun(world.dependencies, {
        execution: `${runId}-g${generation}`,
        run: { runId, generation },
        failure: { Error: 'ExecutionStopped', Cause: 'TIMED_OUT' },
      });
    expect((await world.run(id)).status).toBe('FALLOUT');
    expect(await decide({ decision: 'not-started', reason })).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['accepted it', { orphans: ['job-1'] }],
    ['did it', { lateVerdict: { status: 'SUCCEEDED' } }],
  ] as const)('does not start a second time what the platform said too late that it %s', async (_, late) => {
    const { world, platform, id, decide } = await inDoubt();
    const said = { type: 'started', message: 'The platform’s answer came too late.' } as const;
    await update(world.dependencies, await world.run(id), late, said);
    expect(await decide({ decision: 'not-started', reason })).toMatchObject({ kind: 'refused' });
    expect((await world.run(id)).status).toBe('FALLOUT');
    expect(platform.calls.start).toBe(1);
  });

  it('does not start a second time a job that was done and only brought no output', async () => {
    const { world, id, decide } = await inDoubt();
    const fallout = { reason: 'OUTPUT_MISSING' } as const;
    const ended = { type: 'started', message: 'Done.' } as const;
    await update(world.dependencies, await world.run(id), { fallout }, ended);
    expect(await decide({ decision: 'not-started', reason })).toMatchObject({ kind: 'refused' });
  });

  it('takes what it adopts off the list of those that nobody looks after', async () => {
    const { world, id, decide } = await inDoubt();
    const said = { type: 'started', message: 'Too late.' } as const;
    await update(world.dependencies, await world.run(id), { orphans: ['job-1'] }, said);
    await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    expect((await world.run(id)).orphans).toBeUndefined();
  });

  it('does not adopt the job of a run that is going, also where lost starts cannot be looked up', async () => {
    const { world, machine, id, decide } = await inDoubt();
    const other = await world.accept();
    while ((await world.run(other.id)).remoteId === undefined) await machine.task();
    const { remoteId = '' } = await world.run(other.id);
    expect(await decide({ decision: 'adopt', remoteId, reason })).toMatchObject({ kind: 'refused' });
    expect((await world.run(id)).status).toBe('FALLOUT');
  });

  it('cannot adopt where runs are not found by id, and says what to do instead', async () => {
    const { world, decide } = await inDoubt();
    world.dependencies.connections.handleOf = async () => undefined;
    const refused = await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    expect(refused).toMatchObject({ kind: 'refused' });
    expect('message' in refused ? refused.message : '').toContain('close the run');
  });

  it('is not undone by late news of the execution that had ended before it', async () => {
    const { world, machine, id, decide } = await inDoubt();
    world.dependencies.connections.handleOf = async (_run: unknown, remoteId: string) => remoteId;
    await decide({ decision: 'adopt', remoteId: 'job-1', reason });
    const run = { runId: id, generation: 1 };
    const failure = { Error: 'ExecutionStopped', Cause: 'FAILED' };
    await settleRun(world.dependencies, { execution: `${id}-g1`, run, failure });
    expect((await world.run(id)).status).toBe('QUEUED');
    await machine.run();
    expect((await world.run(id)).status).toBe('SUCCEEDED');
  });

  it('is taken once by whoever comes first', async () => {
    const { decide } = await inDoubt();
    const decisions = await Promise.all([
      decide({ decision: 'close', status: 'FAILED', reason }),
      decide({ decision: 'close', status: 'SUCCEEDED', reason }),
    ]);
    expect(decisions.map(({ kind }) => kind).sort()).toEqual(['not-fallout', 'resolved']);
  });
});
