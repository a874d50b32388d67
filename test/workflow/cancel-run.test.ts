import { describe, expect, it } from 'vitest';
import { InvalidInputError, ProviderThrottledError, ReplyLostError } from '../../lib/domain/errors.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import { cancelRun } from '../../lib/workflow/cancel-run.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform, type PlatformOptions } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME, type World } from '../helpers/world.ts';

const { signal } = new AbortController();

function setUp(options: PlatformOptions = {}) {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now(), options);
  const world = createWorld({ session: platform.session });
  time.now = world.now;
  return { world, platform, machine: createMachine(world) };
}

async function running(options: PlatformOptions = {}) {
  const parts = setUp(options);
  const { id } = await parts.world.accept();
  while ((await parts.world.run(id)).status !== 'RUNNING') await parts.machine.task();
  return { ...parts, id };
}

describe('canceling a run', () => {
  it('ends one at once that has not begun', async () => {
    const { world, machine, platform } = setUp();
    const { id } = await world.accept();
    expect(await cancelRun(world.dependencies, id)).toMatchObject({ kind: 'canceled', run: { status: 'CANCELED' } });
    await machine.run();
    expect(platform.calls.start).toBe(0);
    expect((await world.run(id)).cancel?.remote).toBeUndefined();
  });

  it('does not wait for the next look, which may be hours away', async () => {
    const { world, machine, platform, id } = await running({ cancel: 'confirms' });
    const before = world.now();
    expect(await cancelRun(world.dependencies, id)).toMatchObject({ kind: 'requested' });
    while (!isTerminal((await world.run(id)).status)) await machine.task();
    expect(world.now()).toBe(before);
    expect(platform.jobs[0]?.state).toBe('stopped');
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
  });

  it.each([
    ['confirms', 'confirmed'],
    ['says nothing', 'unconfirmed'],
    ['breaks', 'unconfirmed'],
    [undefined, 'unsupported'],
  ] as const)('says what it knows of the platform that %s: %s', async (cancel, remote) => {
    const { world, machine, id } = await running({ cancel });
    await cancelRun(world.dependencies, id);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote } });
  });

  it('lets the job’s own end win when that was seen first', async () => {
    const { world, machine, platform, id } = await running({ cancel: 'confirms', durationMs: 60_000 });
    world.advance(60_000);
    await cancelRun(world.dependencies, id);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(platform.calls.cancel).toBe(0);
    expect(await cancelRun(world.dependencies, id)).toMatchObject({ kind: 'ended', run: { status: 'SUCCEEDED' } });
  });

  it('believes the end of a job that would not stop because it had come to its end', async () => {
    const { world, machine, id } = await running({ cancel: 'too late' });
    await cancelRun(world.dependencies, id);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'SUCCEEDED', cancel: { remote: 'unconfirmed' } });
  });

  it('keeps what the platform says later than its confirmation, without changing the verdict', async () => {
    const { world, machine, platform, id } = await running({ cancel: 'confirms' });
    await cancelRun(world.dependencies, id);
    world.boundary = (effect, when) => {
      const [job] = platform.jobs;
      if (effect === 'platform.cancel' && when === 'after' && job !== undefined) job.state = 'done';
    };
    await machine.run();
    expect(await world.run(id)).toMatchObject({
      status: 'CANCELED',
      cancel: { remote: 'confirmed' },
      lateVerdict: { status: 'SUCCEEDED' },
    });
  });

  it('is never terminal while a start is in doubt', async () => {
    const { world, machine, platform } = setUp({ canFind: true, cancel: 'confirms' });
    const { id } = await world.accept();
    world.boundary = (effect, when) => {
      if (effect === 'platform.start' && when === 'after') throw new ReplyLostError('reset');
    };
    while ((await world.run(id)).status !== 'STARTING') await machine.task();
    world.boundary = () => {};
    expect(await cancelRun(world.dependencies, id)).toMatchObject({ kind: 'requested', run: { status: 'STARTING' } });
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
    expect(platform.jobs).toMatchObject([{ state: 'stopped' }]);
  });

  it('changes nothing when it is asked for twice', async () => {
    const { world, machine, platform, id } = await running({ cancel: 'confirms' });
    await cancelRun(world.dependencies, id);
    const { version } = await world.run(id);
    expect(await cancelRun(world.dependencies, id)).toMatchObject({ kind: 'requested', run: { version } });
    await machine.run();
    expect(platform.calls.cancel).toBe(1);
  });

  it('is seen to by the sweep when the process died before the execution was started', async () => {
    const { world, machine, id } = await running({ cancel: 'confirms' });
    world.boundary = (effect) => {
      if (effect === 'executions.start') throw new Error('killed');
    };
    await cancelRun(world.dependencies, id);
    world.boundary = () => {};
    const stopped = machine.stopAll();
    expect(stopped).toHaveLength(1);
    world.advance(61_000);
    await sweep(world.dependencies, {}, { signal });
    await machine.run(world.now() + 1_000);
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED' });
  });

  it('ends a run whose flow has been taken out of the configuration, saying that nobody was asked', async () => {
    const { world, machine, id } = await running({ cancel: 'confirms' });
    const { connections } = world.dependencies;
    Reflect.deleteProperty(world.dependencies.config.flows, 'onboard');
    connections.open = async () => Promise.reject(new InvalidInputError('flow "onboard" is not configured', []));
    await cancelRun(world.dependencies, id);
    await machine.run(world.now() + 60_000);
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'unconfirmed' } });
  });

  it('does not wait out a pause that the platform wanted before a start that is not wanted any more', async () => {
    const { world, machine, platform } = setUp();
    const { id } = await world.accept();
    world.boundary = async (effect, when) => {
      if (effect !== 'platform.start' || when !== 'before') return;
      world.boundary = () => {};
      await cancelRun(world.dependencies, id);
      throw new ProviderThrottledError('429', { retryAfterMs: 3_600_000 });
    };
    await machine.run(world.now() + 60_000);
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED' });
    expect(platform.jobs).toHaveLength(0);
  });

  it('says that the platform stopped the job also when that could not be written down at once', async () => {
    const { world, machine, id } = await running({ cancel: 'confirms' });
    await cancelRun(world.dependencies, id);
    let isAsked = false;
    world.boundary = (effect, when) => {
      isAsked ||= effect === 'platform.cancel';
      if (!isAsked || effect !== 'store.save' || when !== 'before') return;
      world.boundary = () => {};
      throw new Error('killed');
    };
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
  });

  it('says of a run between its attempts only what happened', async () => {
    const { world } = setUp();
    const { id } = await world.accept();
    const stored = await world.run(id);
    // As a person's decision leaves it: the first attempt never was.
    await world.store.save({ ...stored, version: 2, writeId: 'x', attempt: 2 });
    await cancelRun(world.dependencies, id);
    expect((await world.run(id)).error?.message).toContain('Nothing had been started.');
  });

  it('counts although its record was lost and the deadline has passed since', async () => {
    const { world, machine, platform, id } = await running({ cancel: 'confirms' });
    await cancelRun(world.dependencies, id);
    for (const job of platform.jobs) job.state = 'stopped';
    world.advance(3 * 3_600_000);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
  });

  it('knows no run that is not there', async () => {
    const { world } = setUp();
    expect(await cancelRun(world.dependencies, 'run_00000000000000000000000009')).toEqual({ kind: 'unknown' });
  });
});

/** Every effect of a run, counted in one that nobody disturbs. */
async function boundariesOf(options: PlatformOptions): Promise<number> {
  const { world, machine } = setUp(options);
  let count = 0;
  await world.accept();
  world.boundary = () => {
    count += 1;
  };
  await machine.run();
  return count;
}

/** True while the platform works on something. */
const isAlive = (jobs: readonly { readonly state: string }[]) => jobs.some(({ state }) => state === 'running');

describe.each([
  ['a platform that stops', { cancel: 'confirms', durationMs: 120_000 }],
  ['a platform that cannot stop', { durationMs: 120_000 }],
] as const)('a cancellation at every boundary of a run at %s', (_name, options) => {
  async function canceledAt(
    boundary: number,
  ): Promise<{ world: World; id: string; jobs: readonly { state: string }[]; kind: string }> {
    const { world, machine, platform } = setUp(options);
    const { id } = await world.accept();
    let count = 0;
    let kind = 'not asked';
    world.boundary = async () => {
      count += 1;
      if (count !== boundary) return;
      world.boundary = () => {};
      kind = (await cancelRun(world.dependencies, id)).kind;
    };
    await machine.run();
    return { world, id, jobs: platform.jobs, kind };
  }

  it('ends in one truth, with no job that nobody knows of', async () => {
    const total = await boundariesOf(options);
    expect(total).toBeGreaterThan(20);
    for (let boundary = 1; boundary <= total; boundary += 1) {
      const { world, id, jobs, kind } = await canceledAt(boundary);
      const run = await world.run(id);
      const where = `boundary ${boundary}: ${kind}`;
      expect(isTerminal(run.status), where).toBe(true);
      expect(jobs.length, where).toBeLessThanOrEqual(1);
      if (kind === 'canceled') expect([run.status, jobs.length], where).toEqual(['CANCELED', 0]);
      if (kind === 'ended') expect(run.status, where).toBe('SUCCEEDED');
      if (run.status === 'SUCCEEDED') expect(jobs, where).toMatchObject([{ state: 'done' }]);
      if (run.status === 'CANCELED' && isAlive(jobs)) {
        expect(run, where).toMatchObject({ remoteId: 'job-1', cancel: { remote: 'unsupported' } });
      }
    }
  });
});

describe('stopping an execution in the console', () => {
  const stop = (world: World, { runId, generation }: { readonly runId: string; readonly generation: number }) =>
    settleRun(world.dependencies, {
      execution: `${runId}-g${generation}`,
      run: { runId, generation },
      failure: { Error: 'ExecutionStopped', Cause: 'ABORTED' },
    });

  it.each([
    ['confirms', 'confirmed'],
    [undefined, 'unsupported'],
  ] as const)('cancels the run as the API would, at a platform that %s', async (cancel, remote) => {
    const { world, machine, platform, id } = await running({ cancel });
    const stoppedAt = world.now();
    for (const execution of machine.stopAll()) await stop(world, execution);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote } });
    expect(world.now() - stoppedAt).toBeLessThan(120_000);
    expect(isAlive(platform.jobs)).toBe(cancel === undefined);
  });

  it('settles the record within two minutes wherever it was stopped, however often it is told', async () => {
    const options = { cancel: 'confirms', durationMs: 120_000, canFind: true } as const;
    const tasks = 12;
    for (let count = 0; count < tasks; count += 1) {
      const { world, machine } = setUp(options);
      const { id } = await world.accept();
      for (let task = 0; task < count; task += 1) await machine.task();
      if (isTerminal((await world.run(id)).status)) break;
      const stoppedAt = world.now();
      const stopped = machine.stopAll();
      for (const execution of [...stopped, ...stopped]) await stop(world, execution);
      await machine.run();
      const run = await world.run(id);
      expect(isTerminal(run.status), `after ${count} tasks`).toBe(true);
      expect(Date.parse(run.endedAt ?? '') - stoppedAt).toBeLessThan(120_000);
    }
  });

  it('cancels even when the execution that was to cancel it is stopped as well', async () => {
    const { world, machine, id } = await running({ cancel: 'confirms' });
    await cancelRun(world.dependencies, id);
    for (const execution of machine.stopAll()) await stop(world, execution);
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'confirmed' } });
  });

  it('resolves a start that was under way before it says anything', async () => {
    const { world, machine, platform } = setUp({ canFind: true, cancel: 'confirms' });
    const { id } = await world.accept();
    world.boundary = (effect, when) => {
      if (effect === 'platform.start' && when === 'after') throw new ReplyLostError('reset');
    };
    while ((await world.run(id)).status !== 'STARTING') await machine.task();
    world.boundary = () => {};
    for (const execution of machine.stopAll()) await stop(world, execution);
    expect((await world.run(id)).status).toBe('STARTING');
    await machine.run();
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED' });
    expect(platform.jobs).toMatchObject([{ state: 'stopped' }]);
  });

  it('refuses by name what names no run, so that its execution fails at once', async () => {
    const input = { runId: 'run_00000000000000000000000009', generation: 1, lap: 0, failure: { Error: 'Error' } };
    const { world } = setUp();
    await expect(settleRun(world.dependencies, input)).rejects.toThrow(InvalidInputError);
  });

  it('has nothing to settle where the execution never had a run', async () => {
    const { world } = setUp();
    const failure = { Error: 'ExecutionStopped', Cause: 'FAILED' };
    expect(await settleRun(world.dependencies, { execution: 'typed-by-hand', failure })).toBeUndefined();
  });
});
