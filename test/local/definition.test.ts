import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/contract.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import { functionArn, functionOfArn, readTemplate } from '../../lib/local/definition.ts';
import { builtStack } from './helpers/built-stack.ts';
import { type Handlers, localStepFunctions } from './helpers/local-step-functions.ts';
import { virtualClock } from './helpers/virtual-clock.ts';

const RUN_ID = `run_${'0'.repeat(26)}`;

/** Runs the synthesised machine with functions that answer from a script, one answer each call. */
async function play(handlers: Handlers) {
  const { template } = await builtStack();
  const clock = virtualClock();
  const local = await localStepFunctions({ definition: template.definition, handlers, clock, retryPauseMs: 0 });
  await local.executions.start(`${RUN_ID}-g1`, JSON.stringify({ runId: RUN_ID }));
  while (local.executions.countRunning() > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.next();
  }
  const events = await local.store.events(`${RUN_ID}-g1`, { limit: 1_000, reverse: false });
  const trace = events.flatMap(({ type, stateEnteredEventDetails }) =>
    type.endsWith('StateEntered') ? [(stateEnteredEventDetails as { name: string }).name] : [],
  );
  return { ...local, trace, record: await local.store.find(`${RUN_ID}-g1`) };
}

const scripted = (...answers: JsonObject[]) => {
  const left = answers.values();
  return (input: JsonObject) => ({ ...input, generation: 1, ...left.next().value });
};

describe('the synthesised machine on the laptop', () => {
  it('waits, looks, cools off, starts again and fetches as `next` says', async () => {
    const { trace, record } = await play({
      start: scripted({ next: 'WAIT', waitSeconds: 30 }, { next: 'WAIT', waitSeconds: 5 }),
      poll: scripted({ next: 'COOL_OFF', waitSeconds: 60 }, { next: 'FETCH' }),
      'fetch-output': scripted({ next: 'SUCCEEDED' }),
    });
    const lap = ['Start', 'WhatNext', 'WaitToPoll', 'Poll', 'WhatNext'];
    expect(trace).toEqual(['HowBegun', ...lap, 'CoolOff', ...lap, 'FetchOutput', 'WhatNext', 'Succeeded']);
    expect(record?.status).toBe('SUCCEEDED');
  });

  it('starts its next generation itself, under its derived name', async () => {
    const start = (input: JsonObject) => ({
      ...input,
      generation: input.generation ?? 1,
      next: input.generation === 2 ? 'SUCCEEDED' : 'ROLL_OVER',
    });
    const { trace, store } = await play({ start });
    expect(trace).toEqual(['HowBegun', 'Start', 'WhatNext', 'RollOver', 'RolledOver']);
    const next = await store.find(`${RUN_ID}-g2`);
    expect(next).toMatchObject({ status: 'SUCCEEDED', input: JSON.stringify({ runId: RUN_ID, generation: 2 }) });
  });

  it('settles the record when a function breaks for good, and ends red', async () => {
    let settled: unknown;
    const { trace, record } = await play({
      start: () => {
        throw Object.assign(new Error('broken'), { name: 'TypeError' });
      },
      settle: (input) => {
        settled = input.failure;
        return { ...input, next: 'FAILED', error: 'ORCHESTRATOR_FAULT', reason: 'start broke' };
      },
    });
    expect(trace.slice(0, 3)).toEqual(['HowBegun', 'Start', 'Settle']);
    expect(settled).toMatchObject({ Error: 'TypeError' });
    expect(record).toMatchObject({ status: 'FAILED', error: 'ORCHESTRATOR_FAULT', cause: 'start broke' });
  });
});

describe('reading a template', () => {
  it('finds every function’s environment, for what the template spells out', async () => {
    const { template } = await builtStack();
    expect(Object.keys(template.environments).sort()).toEqual([...FUNCTIONS].sort());
  });

  it('knows a function by its ARN, with and without alias', () => {
    for (const name of FUNCTIONS) expect(functionOfArn(functionArn(name))).toBe(name);
    expect(functionOfArn('arn:aws:lambda:us-east-1:000000000000:function:errand-poll')).toBe('poll');
    expect(functionOfArn('arn:aws:lambda:us-east-1:000000000000:function:other:live')).toBeUndefined();
  });

  it('says what it cannot evaluate', () => {
    expect(() => readTemplate({ Resources: {} })).toThrow(/0 state machines/);
    const machine = (DefinitionString: JsonObject) => ({
      Resources: { M: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString } } },
    });
    expect(() => readTemplate(machine({ Ref: 'Elsewhere' }))).toThrow(/Elsewhere/);
    expect(() => readTemplate(machine({ 'Fn::Select': [] }))).toThrow(/Fn::Select/);
  });
});
