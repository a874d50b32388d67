import { GetExecutionHistoryCommand, type HistoryEvent } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { Definition } from '../../lib/local/definition.ts';
import { executionArn } from '../../lib/local/execution-names.ts';
import { DEFINITION } from './fixtures/definition.ts';
import { type LocalStepFunctionsOptions, localStepFunctions, untilIdle } from './helpers/local-step-functions.ts';
import { type VirtualClock, virtualClock } from './helpers/virtual-clock.ts';

class NamedError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const pause = () => new Promise((resolve) => setImmediate(resolve));

type RunOptions = LocalStepFunctionsOptions & { readonly clock?: VirtualClock };

/** The machine with another Poll, which it starts with. */
function fromPoll(changes: JsonObject): Definition {
  const { Start: _, ...states } = DEFINITION.States;
  return { StartAt: 'Poll', States: { ...states, Poll: { ...states.Poll, Type: 'Task', ...changes } } };
}

/** Runs one execution to its end, with as many virtual hours as it takes. */
async function run({ clock = virtualClock(), ...options }: RunOptions, input: object = { runId: 'r', generation: 1 }) {
  const local = await localStepFunctions({ clock, retryPauseMs: 0, ...options });
  await local.executions.start('a', JSON.stringify(input));
  while (local.executions.countRunning() > 0) {
    await pause();
    clock.next();
  }
  const history = (request: object = {}) =>
    local.client.send(
      new GetExecutionHistoryCommand({ executionArn: executionArn('a'), maxResults: 1_000, ...request }),
    );
  const { events = [] } = await history();
  return { ...local, clock, history, events, record: await local.store.find('a') };
}

const types = (events: readonly HistoryEvent[]) => events.map(({ type }) => type);

describe('a history', () => {
  it('has the events of the cloud, with ids, predecessors and details', async () => {
    const { events } = await run({
      handlers: {
        start: () => ({ next: 'WAIT', waitSeconds: 90 }),
        poll: () => ({ next: 'SUCCEEDED' }),
      },
    });
    expect(types(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'WaitStateEntered',
      'WaitStateExited',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
    expect(events.slice(0, 4).map(({ previousEventId }) => previousEventId)).toEqual([0, 0, 2, 3]);
    expect(events[1]).toMatchObject({
      stateEnteredEventDetails: { name: 'Start', input: '{"runId":"r","generation":1}' },
    });
    expect(events[2]).toMatchObject({
      lambdaFunctionScheduledEventDetails: {
        resource: 'arn:aws:lambda:us-east-1:000000000000:function:errand-start:live',
        input: '{"runId":"r","generation":1}',
      },
    });
    expect(events[4]).toMatchObject({
      lambdaFunctionSucceededEventDetails: { output: '{"next":"WAIT","waitSeconds":90}' },
    });
    expect(events[9]).toMatchObject({ stateExitedEventDetails: { name: 'WaitToPoll' } });
    const [entered, exited] = [events[8]?.timestamp?.getTime() ?? 0, events[9]?.timestamp?.getTime() ?? 0];
    expect(exited - entered).toBe(90_000);
    expect(events.at(-1)).toMatchObject({ executionSucceededEventDetails: { output: '{"next":"SUCCEEDED"}' } });
  });

  it('ends red with the error and reason of a Fail state', async () => {
    const { events, record } = await run({
      handlers: { start: () => ({ next: 'FAILED', error: 'PROVIDER_FAILED', reason: 'it said so' }) },
    });
    expect(types(events).slice(-2)).toEqual(['FailStateEntered', 'ExecutionFailed']);
    const failure = { error: 'PROVIDER_FAILED', cause: 'it said so' };
    expect(events.at(-1)).toMatchObject({ executionFailedEventDetails: failure });
    expect(record).toMatchObject({ status: 'FAILED', ...failure });
  });

  it('comes in pages, either way round', async () => {
    const { history, events } = await run({ handlers: { start: () => ({ next: 'SUCCEEDED' }) } });
    const first = await history({ maxResults: 4 });
    const second = await history({ maxResults: 1_000, nextToken: first.nextToken });
    expect([...(first.events ?? []), ...(second.events ?? [])]).toEqual(events);
    const reverse = await history({ maxResults: 4, reverseOrder: true });
    const rest = await history({ maxResults: 1_000, reverseOrder: true, nextToken: reverse.nextToken });
    expect([...(reverse.events ?? []), ...(rest.events ?? [])]).toEqual(events.toReversed());
  });
});

describe('retries and catches', () => {
  const looking = { start: () => ({ next: 'WAIT', waitSeconds: 1 }) };

  it('tries a listed error again and tells each attempt', async () => {
    let calls = 0;
    const poll = () => {
      calls += 1;
      if (calls < 3) throw new NamedError('StoreUnavailableError', 'busy');
      return { next: 'SUCCEEDED' };
    };
    const { events, record } = await run({ handlers: { ...looking, poll } });
    expect(record?.status).toBe('SUCCEEDED');
    expect(types(events).filter((type) => type === 'LambdaFunctionFailed')).toHaveLength(2);
    expect(events.find(({ type }) => type === 'LambdaFunctionFailed')).toMatchObject({
      lambdaFunctionFailedEventDetails: {
        error: 'StoreUnavailableError',
        cause: '{"errorType":"StoreUnavailableError","errorMessage":"busy"}',
      },
    });
  });

  it('does not try an error again that is not listed, and catches in order', async () => {
    let calls = 0;
    const poll = () => {
      calls += 1;
      throw new NamedError('SpecialError', 'odd');
    };
    const { record } = await run({ handlers: { ...looking, poll } });
    expect(calls).toBe(1);
    expect(JSON.parse(record?.output ?? '')).toMatchObject({
      special: { Error: 'SpecialError', Cause: '{"errorType":"SpecialError","errorMessage":"odd"}' },
    });
  });

  it('hands the error to the catch-all once the attempts are used up', async () => {
    let settled: unknown;
    const { record } = await run({
      handlers: {
        ...looking,
        poll: () => {
          throw new NamedError('StoreUnavailableError', 'busy');
        },
        settle: (input) => {
          settled = input.failure;
          return { error: 'ORCHESTRATOR_FAULT', reason: 'settled' };
        },
      },
    });
    expect(settled).toMatchObject({ Error: 'StoreUnavailableError' });
    expect(record).toMatchObject({ status: 'FAILED', error: 'ORCHESTRATOR_FAULT' });
  });

  it('pauses as long as interval, rate and cap say', async () => {
    const at: number[] = [];
    const definition = fromPoll({
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 3, MaxDelaySeconds: 2, MaxAttempts: 2 }],
    });
    const { executions } = await localStepFunctions({
      definition,
      handlers: {
        poll: () => {
          at.push(performance.now());
          throw new NamedError('Any', 'busy');
        },
        settle: () => ({ error: 'E', reason: 'r' }),
      },
    });
    await executions.start('a', '{}');
    await untilIdle(executions);
    const pauses = at.slice(1).map((time, i) => Math.round((time - (at[i] ?? 0)) / 1_000));
    expect(pauses).toEqual([1, 2]);
  });

  it('gives a task up after its TimeoutSeconds and does not hear it any more', async () => {
    const late = Promise.withResolvers<null>();
    let failure: unknown;
    const settle = (input: JsonObject) => {
      failure = input.failure;
      late.resolve(null);
      return { error: 'ORCHESTRATOR_FAULT', reason: 'settled' };
    };
    const definition = fromPoll({ TimeoutSeconds: 1 });
    const { events } = await run({ definition, handlers: { poll: () => late.promise, settle } });
    expect(failure).toMatchObject({ Error: 'States.Timeout' });
    const polled = types(events)
      .filter((type) => type?.startsWith('LambdaFunction'))
      .slice(0, 3);
    expect(polled).toEqual(['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionTimedOut']);
    expect(types(events).filter((type) => type === 'LambdaFunctionSucceeded')).toHaveLength(1);
  });
});

describe('limits', () => {
  it('fails an execution whose output is larger than 256 KiB, whatever the catch-all says', async () => {
    const { record } = await run({ handlers: { start: () => 'x'.repeat(262_143) } });
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('fails an execution at its 25,000th event', async () => {
    const { record, store } = await run({
      handlers: { start: () => ({ next: 'WAIT', waitSeconds: 0 }), poll: () => ({ next: 'WAIT', waitSeconds: 0 }) },
    });
    expect(record).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect((await store.lastEvent('a'))?.id).toBeLessThanOrEqual(25_000);
    expect((await store.lastEvent('a'))?.id).toBeGreaterThan(24_990);
  });

  it('fails on a path that leads nowhere, instead of waiting for ever', async () => {
    const { record } = await run({ handlers: { start: () => ({ next: 'WAIT' }) } });
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('waits longer than a timer of Node can', async () => {
    const clock = virtualClock();
    const beganAt = clock.now();
    const year = 365 * 24 * 3_600;
    const { record } = await run({
      clock,
      handlers: { start: () => ({ next: 'WAIT', waitSeconds: year }), poll: () => ({ next: 'SUCCEEDED' }) },
    });
    expect((record?.stoppedAtMs ?? 0) - beganAt).toBe(year * 1_000);
  });
});

describe('the next generation', () => {
  const rolling = {
    start: (input: { generation?: unknown }) => ({
      next: input.generation === 1 ? 'ROLL_OVER' : 'SUCCEEDED',
      runId: 'r',
      generation: 1,
    }),
  };

  it('is started under its derived name with its own input', async () => {
    const { record, events, store, executions } = await run({ handlers: rolling });
    await untilIdle(executions);
    expect(record?.status).toBe('SUCCEEDED');
    expect(types(events)).toContain('TaskSucceeded');
    expect(events.find(({ type }) => type === 'TaskScheduled')).toMatchObject({
      taskScheduledEventDetails: { resourceType: 'states', resource: 'startExecution' },
    });
    expect(await store.find('r-g2')).toMatchObject({ input: '{"runId":"r","generation":2}', status: 'SUCCEEDED' });
  });

  it('is not started twice: that it exists is caught by name', async () => {
    const local = await localStepFunctions({ handlers: rolling });
    await local.executions.start('r-g2', '{"other":true}');
    await local.executions.start('r-g1', '{"runId":"r","generation":1}');
    await untilIdle(local.executions);
    expect((await local.store.find('r-g1'))?.status).toBe('SUCCEEDED');
    const failure = (await local.store.events('r-g1', { limit: 100, reverse: false })).find(
      (e) => e.type === 'TaskFailed',
    );
    expect(failure).toMatchObject({
      taskFailedEventDetails: { error: 'StepFunctions.ExecutionAlreadyExistsException' },
    });
  });
});

it('an execution is forgotten 90 days after it began, unless it still runs', async () => {
  const clock = virtualClock();
  const start = (input: JsonObject) =>
    input.ends ? { next: 'SUCCEEDED' } : { next: 'WAIT', waitSeconds: 100 * 86_400 };
  const { executions, store } = await localStepFunctions({ clock, handlers: { start } });
  await executions.start('ended', '{"ends":true}');
  await executions.start('runs', '{}');
  await expect.poll(() => executions.countRunning()).toBe(1);
  clock.after(91 * 86_400_000, () => {});
  await executions.resume();
  expect(await store.find('ended')).toBeDefined();
  clock.next();
  await executions.resume();
  expect(await store.find('ended')).toBeUndefined();
  expect(await store.lastEvent('ended')).toBeUndefined();
  expect((await store.find('runs'))?.status).toBe('RUNNING');
});
