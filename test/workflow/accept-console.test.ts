import { describe, expect, it } from 'vitest';
import { acceptFromConsole } from '../../lib/workflow/accept-console.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME } from '../helpers/world.ts';

const { signal } = new AbortController();
const request = { flowId: 'onboard', parameters: { name: 'Ada' } };

function setUp() {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now());
  const world = createWorld({ session: platform.session });
  time.now = world.now;
  const start = (execution: string, input: unknown) =>
    acceptFromConsole(world.dependencies, { execution, request: input });
  return { world, platform, start, machine: createMachine(world) };
}

describe('an execution that a person starts', () => {
  it('makes a run and carries it itself', async () => {
    const { world, start } = setUp();
    let state = await start('nightly-7', request);
    expect(state).toMatchObject({ next: 'COOL_OFF', waitSeconds: 0, generation: 1 });
    expect(await world.run(state.runId)).toMatchObject({ trigger: 'console', executionName: 'nightly-7' });
    expect(world.started).toEqual([]);
    while (state.next !== 'SUCCEEDED' && state.next !== 'FAILED') state = await world.step(state);
    expect(await world.run(state.runId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('makes one run for one name, however often its first task is tried', async () => {
    const { world, start } = setUp();
    const [first, second] = [await start('nightly-7', request), await start('nightly-7', request)];
    expect(second.runId).toBe(first.runId);
    expect(world.store.all()).toHaveLength(1);
  });

  it('leaves to the first what another execution asks for under the same request id', async () => {
    const { start } = setUp();
    const first = await start('one', { ...request, requestId: 'order-7' });
    expect(await start('two', { ...request, requestId: 'order-7' })).toMatchObject({
      runId: first.runId,
      next: 'SUCCEEDED',
      reason: expect.stringContaining('does this already'),
    });
  });

  it.each([
    ['a text', 'hello', '(input)'],
    ['no flow', { parameters: {} }, 'flowId'],
    ['an unknown flow', { flowId: 'nobody' }, 'flowId: there is no flow "nobody"; known are onboard'],
    ['an unknown field', { ...request, paramters: {} }, 'paramters: unknown field'],
    ['an unknown parameter', { flowId: 'onboard', parameters: { nme: 'Ada' } }, 'parameters.nme: unknown parameter'],
    ['a wrong type', { flowId: 'onboard', parameters: { email: 5 } }, 'parameters.email: expected an e-mail address'],
    ['too deep a value', { ...request, parameters: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) }, 'nested'],
  ])('fails with %s, by a message that names the field, and leaves nothing behind', async (_name, input, told) => {
    const { world, start } = setUp();
    const state = await start('nightly-7', input);
    expect(state).toMatchObject({ next: 'FAILED', error: 'INVALID_REQUEST', reason: expect.stringContaining(told) });
    expect(world.store.all()).toEqual([]);
  });

  it('is settled when it is stopped, although its name does not say which run it carries', async () => {
    const { world, start, machine, platform } = setUp();
    let state = await start('nightly-7', { ...request, requestId: 'order-7' });
    state = await world.step(state);
    expect((await world.run(state.runId)).status).toBe('RUNNING');
    await settleRun(world.dependencies, {
      execution: 'nightly-7',
      failure: { Error: 'ExecutionStopped', Cause: 'ABORTED' },
    });
    await machine.run();
    expect(await world.run(state.runId)).toMatchObject({ status: 'CANCELED', cancel: { remote: 'unsupported' } });
    expect(platform.jobs).toHaveLength(1);
  });

  it('is carried on by the sweep when it died after its first task', async () => {
    const { world, start, machine, platform } = setUp();
    const { runId } = await start('nightly-7', request);
    world.advance(61_000);
    await sweep(world.dependencies, {}, { signal });
    expect(world.started).toEqual([{ runId, generation: 2 }]);
    await machine.run();
    expect((await world.run(runId)).status).toBe('SUCCEEDED');
    expect(platform.jobs).toHaveLength(1);
  });
});
