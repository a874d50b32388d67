import { describe, expect, it } from 'vitest';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { createRetries } from '../../lib/local/retries.ts';
import { DEFINITION } from './fixtures/definition.ts';
import { localStepFunctions, untilIdle } from './helpers/local-step-functions.ts';

const named = (name: string, more: object = {}) => Object.assign(new Error('x'), { name }, more);
const half = () => 0.5;

describe('the rules of a retry', () => {
  it('pause by interval, rate and cap, as often as they say', () => {
    const rule = { ErrorEquals: ['A'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 3 };
    const retries = createRetries([rule], half);
    expect([1, 2, 3, 4].map(() => retries.next(named('A')))).toEqual([2_000, 6_000, 10_000, undefined]);
  });

  it('have the defaults of the States Language', () => {
    const retries = createRetries([{ ErrorEquals: ['A'] }], half);
    expect([1, 2, 3, 4].map(() => retries.next(named('A')))).toEqual([1_000, 2_000, 4_000, undefined]);
    expect(createRetries(undefined, half).next(named('A'))).toBeUndefined();
  });

  it('spread the pause over its whole length where full jitter is asked for', () => {
    const rule = { ErrorEquals: ['A'], IntervalSeconds: 4, JitterStrategy: 'FULL' };
    expect(createRetries([rule], half).next(named('A'))).toBe(2_000);
    expect(createRetries([rule], () => 0).next(named('A'))).toBe(0);
  });

  it('let the first that knows the error decide, each with its own count', () => {
    const rules = [
      { ErrorEquals: ['Known'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 1 },
    ];
    const retries = createRetries(rules, half);
    expect(retries.next(named('Known'))).toBeUndefined();
    expect(retries.next(named('Other'))).toBe(1_000);
    expect(retries.next(named('Other'))).toBeUndefined();
  });

  it('know that a time-out is no failed task, and that some errors are final', () => {
    const ofTasks = () => createRetries([{ ErrorEquals: ['States.TaskFailed'] }], half);
    expect(ofTasks().next(named('Any'))).toBe(1_000);
    expect(ofTasks().next(named('States.Timeout'))).toBeUndefined();
    const all = createRetries([{ ErrorEquals: ['States.ALL'] }], half);
    expect(all.next(named('States.Timeout'))).toBe(1_000);
    expect(all.next(named('States.Runtime', { isRetryable: false }))).toBeUndefined();
  });
});

describe('an execution that pauses before a retry', () => {
  const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 7_200, MaxAttempts: 1 }];
  const { Start: start, ...states } = DEFINITION.States;
  const definition = { ...DEFINITION, States: { ...states, Start: { ...start, Type: 'Task', Retry } } };

  async function failOnce() {
    const clock = adjustableClock();
    const at: number[] = [];
    const fail = () => {
      at.push(clock.now());
      if (at.length === 1) throw named('Busy');
      return { next: 'SUCCEEDED' };
    };
    const local = await localStepFunctions({ clock, definition, handlers: { start: fail } });
    await local.executions.start('a', '{}');
    await expect.poll(() => clock.nextDueMs()).toBeDefined();
    return { ...local, clock, at };
  }

  it('goes by the runtime’s clock, so that two hours of it are two hours', async () => {
    const { executions, clock, at } = await failOnce();
    clock.advance(7_199_000);
    expect(executions.countRunning()).toBe(1);
    clock.advance(1_000);
    await untilIdle(executions);
    expect(at).toHaveLength(2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(7_200_000);
  });

  it('can be stopped, and is not tried again', async () => {
    const { executions, clock, at } = await failOnce();
    await executions.stop('a', {});
    clock.advance(7_200_000);
    await untilIdle(executions);
    expect([at.length, clock.nextDueMs()]).toEqual([1, undefined]);
  });
});
