import { describe, expect, it } from 'vitest';
import { InvalidInputError, StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { acceptRun } from '../../lib/workflow/accept-run.ts';
import type { Executed } from '../../lib/workflow/ports.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createWorld, testConfig } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const signal = new AbortController().signal;

describe('accepting a request', () => {
  it('makes one run for one key, however often it is asked', async () => {
    const world = createWorld({ session });
    const request = {
      flowId: 'onboard',
      trigger: 'api',
      requestedBy: 'key',
      requestKey: 'k1',
      parameters: { name: 'a' },
    } as const;
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => acceptRun(world.dependencies, request)));
    expect(new Set(outcomes.map((outcome) => 'run' in outcome && outcome.run.id)).size).toBe(1);
    expect(world.store.all()).toHaveLength(1);
  });

  it('refuses a key that was used for another request, whatever the order of its fields', async () => {
    const world = createWorld({ session });
    const ask = (parameters: Record<string, string>) =>
      acceptRun(world.dependencies, { flowId: 'onboard', trigger: 'api', requestKey: 'k1', parameters });
    await ask({ name: 'a', email: 'a@b.c' });
    expect((await ask({ email: 'a@b.c', name: 'a' })).kind).toBe('replayed');
    expect((await ask({ name: 'b' })).kind).toBe('key-reused');
  });

  it('does not burn a key with a request that it refused', async () => {
    const world = createWorld({ session });
    const ask = (parameters: Record<string, string | number>) =>
      acceptRun(world.dependencies, { flowId: 'onboard', trigger: 'api', requestKey: 'k1', parameters });
    await expect(ask({ name: 5 })).rejects.toThrow(InvalidInputError);
    expect((await ask({ name: 'five' })).kind).toBe('accepted');
  });

  it('names every wrong field and stores nothing', async () => {
    const world = createWorld({ session });
    const asked = acceptRun(world.dependencies, {
      flowId: 'onboard',
      trigger: 'api',
      parameters: { name: 5, email: 'nobody', phone: '1' },
      timeoutMs: 99 * 3_600_000,
    });
    await expect(asked).rejects.toMatchObject({
      issues: [
        { path: 'parameters.phone' },
        { path: 'parameters.name', message: 'expected text' },
        { path: 'parameters.email', message: 'expected an e-mail address' },
        { path: 'timeoutMs' },
      ],
    });
    expect(world.store.all()).toHaveLength(0);
  });

  it('acknowledges although the execution could not be started, and the sweep starts it', async () => {
    const world = createWorld({ session });
    world.boundary = (effect, when) => {
      if (effect === 'executions.start' && when === 'before') throw new StoreUnavailableError('throttled');
    };
    const run = await world.accept();
    world.boundary = () => {};
    world.advance(61_000);
    expect(await sweep(world.dependencies, {}, { signal })).toMatchObject({ open: 1, started: 1 });
    expect(world.effects.filter((effect) => effect === 'executions.start')).toHaveLength(2);
    expect(run.status).toBe('ACCEPTED');
  });

  it('never lets the word of a request lengthen the deadline of its flow', async () => {
    const world = createWorld({ session, config: testConfig({ deadline: '1h', startBy: '10m' }) });
    const run = await world.accept({ timeoutMs: 60_000 });
    expect(Date.parse(run.deadline) - Date.parse(run.createdAt)).toBe(60_000);
    expect(run.startBy).toBe(run.deadline);
  });
});

describe('retries of a request', () => {
  it.each([
    ['retry.maxAttempts', { maxAttempts: 4 }, 'this flow allows 3'],
    ['retry.coolOffMs', { coolOffMs: 3_600_001 }, 'must not be longer than the flow’s deadline, 1h'],
  ])('keep within what the flow allows: %s', async (path, retry, told) => {
    const world = createWorld({ session, config: testConfig({ deadline: '1h', retry: { maxAttempts: 3 } }) });
    const message = told.replace('’', "'");
    await expect(world.accept({ retry })).rejects.toMatchObject({ issues: [{ path, message }] });
    const run = await world.accept({ retry: { maxAttempts: 2, coolOffMs: 1_000 } });
    expect(run).toMatchObject({ maxAttempts: 2, coolOffMs: 1_000 });
  });
});

describe('repairing', () => {
  it('replaces an execution that died, once, however many sweeps see it', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    await world.step({
      runId: run.id,
      generation: 1,
      lap: 0,
      next: 'COOL_OFF',
      waitSeconds: 0,
      status: '',
      reason: '',
    });
    world.endExecution(run.id, 1);
    world.advance(600_000);
    const swept = await Promise.all([1, 2].map(() => sweep(world.dependencies, {}, { signal })));
    expect(swept.map(({ revived }) => revived).sort()).toEqual([0, 1]);
    expect((await world.run(run.id)).generation).toBe(2);
  });

  it('replaces an execution that died before it had written anything', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    world.endExecution(run.id, 1);
    world.advance(600_000);
    expect(await sweep(world.dependencies, {}, { signal })).toMatchObject({ revived: 1 });
    expect(world.effects.filter((effect) => effect === 'executions.start')).toHaveLength(2);
  });

  it('repairs the others although one cannot be repaired', async () => {
    const world = createWorld({ session });
    const [first, second] = [await world.accept(), await world.accept()];
    for (const { id } of [first, second]) world.endExecution(id, 1);
    world.advance(600_000);
    const { executions } = world.dependencies;
    const broken = {
      ...world.dependencies,
      executions: {
        ...executions,
        async isRunning(run: Executed) {
          if (run.id === first.id) throw new StoreUnavailableError('throttled');
          return executions.isRunning(run);
        },
      },
    };
    expect(await sweep(broken, {}, { signal })).toMatchObject({ open: 2, started: 0, revived: 1, failed: 1 });
  });

  it('leaves runs alone whose execution is alive', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    await world.step({
      runId: run.id,
      generation: 1,
      lap: 0,
      next: 'COOL_OFF',
      waitSeconds: 0,
      status: '',
      reason: '',
    });
    world.advance(600_000);
    expect(await sweep(world.dependencies, {}, { signal })).toMatchObject({
      open: 1,
      started: 0,
      revived: 0,
      failed: 0,
    });
  });
});

describe('settling after a failed execution', () => {
  const failure = { Error: 'States.Runtime' };

  it('says that nothing was started when nothing was', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    const state = await settleRun(world.dependencies, { runId: run.id, generation: 1, lap: 0, failure });
    expect(state).toMatchObject({ next: 'FAILED', error: 'ORCHESTRATOR_FAULT' });
    expect((await world.run(run.id)).error?.message).toContain('Nothing was started');
  });

  it('says that a start is in doubt when one was under way', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    const stored = await world.run(run.id);
    await world.store.save({ ...stored, version: 2, writeId: 'x', status: 'STARTING' });
    const state = await settleRun(world.dependencies, { runId: run.id, generation: 1, lap: 0, failure });
    expect(state?.error).toBe('AMBIGUOUS_START');
  });

  it('does not end a run that a later execution carries on', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    const stored = await world.run(run.id);
    await world.store.save({ ...stored, version: 2, writeId: 'x', generation: 2 });
    await settleRun(world.dependencies, { runId: run.id, generation: 1, lap: 0, failure });
    expect((await world.run(run.id)).status).toBe('ACCEPTED');
  });

  it('keeps the verdict of a run that only missed its output', async () => {
    const world = createWorld({ session });
    const run = await world.accept();
    const stored = await world.run(run.id);
    await world.store.save({
      ...stored,
      version: 2,
      writeId: 'x',
      status: 'FETCHING_OUTPUT',
      verdict: { status: 'SUCCEEDED' },
    });
    const state = await settleRun(world.dependencies, { runId: run.id, generation: 1, lap: 0, failure });
    expect(state?.next).toBe('SUCCEEDED');
    expect((await world.run(run.id)).output?.missing).toContain('States.Runtime');
  });
});
