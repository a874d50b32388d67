import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { NEXT, RETRYABLE, STATES, TIMEOUT_SECONDS } from '../../lib/contract.ts';
import { flatten, resourcesOf, synthesise } from './assembly.ts';

/** A package without types. */
const validate: (definition: unknown) => { readonly isValid: boolean; errorsText(): string } = createRequire(
  import.meta.url,
)('asl-validator');

const template = await synthesise();
const [[, machine] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
const definition = JSON.parse(flatten(machine?.Properties.DefinitionString));
const { States: states } = definition;
const TASKS = [STATES.start, STATES.poll, STATES.fetchOutput, STATES.releaseSlot];

const AN_HOUR_SECONDS = 3_600;

describe('the state machine', () => {
  it('is valid in the States Language', () => {
    const text = JSON.stringify(definition).replaceAll(/<(\w+)>/g, 'arn:aws:lambda:eu-west-1:000000000000:function:$1');
    // The validator fills defaults in.
    const { isValid, errorsText } = validate(JSON.parse(text));
    expect(isValid, errorsText()).toBe(true);
  });

  it('has the states of the contract and no other, so that histories and overrides can be read by name', () => {
    expect(Object.keys(states).sort()).toEqual(Object.values(STATES).sort());
  });

  it('is a Standard workflow that logs everything but payloads, and traces', () => {
    expect(machine?.Properties.StateMachineType ?? 'STANDARD').toBe('STANDARD');
    expect(machine?.Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    expect(machine?.Properties.TracingConfiguration).toEqual({ Enabled: true });
    expect(definition).not.toHaveProperty('TimeoutSeconds');
    expect(definition).not.toHaveProperty('QueryLanguage');
  });

  it('is started through an alias of a version that stays for those who began with it', () => {
    const [[, version] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachineVersion');
    const [[, alias] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachineAlias');
    expect(machine?.Properties.StateMachineName).toBe('Errand-runs');
    expect(version?.DeletionPolicy).toBe('Retain');
    expect(flatten(version?.Properties.StateMachineRevisionId)).toMatch(/StateMachineRevisionId>$/);
    expect(alias?.Properties).toMatchObject({ Name: 'live', DeploymentPreference: { Type: 'ALL_AT_ONCE' } });
  });

  it('only routes: every answer of the functions leads where its name says', () => {
    const routes = Object.fromEntries(
      states.WhatNext.Choices.map(({ Variable, StringEquals, Next }: Record<string, string>) => [
        `${Variable} ${StringEquals}`,
        Next,
      ]),
    );
    expect(routes).toEqual({
      [`$.next ${NEXT.wait}`]: STATES.waitToPoll,
      [`$.next ${NEXT.fetch}`]: STATES.fetchOutput,
      [`$.next ${NEXT.coolOff}`]: STATES.coolOff,
      [`$.next ${NEXT.release}`]: STATES.releaseSlot,
      [`$.next ${NEXT.park}`]: STATES.parked,
      [`$.next ${NEXT.rollOver}`]: STATES.rollOver,
      [`$.next ${NEXT.succeeded}`]: STATES.succeeded,
      [`$.next ${NEXT.failed}`]: STATES.failed,
    });
    expect(states.WaitToPoll).toMatchObject({ SecondsPath: '$.waitSeconds', Next: STATES.poll });
    expect(states.CoolOff).toMatchObject({ SecondsPath: '$.waitSeconds', Next: STATES.start });
    expect(states.Failed).toEqual({ Type: 'Fail', ErrorPath: '$.error', CausePath: '$.reason' });
  });

  it('lets a run wait in line for nothing: its execution ends green, and another will carry it on', () => {
    expect(states.Parked).toEqual({ Type: 'Succeed' });
  });

  it('goes on as the run stands once its slot is given back', () => {
    expect(states.ReleaseSlot.Resource).toMatch(/^<FunctionsReleaseAliaslive\w+>$/);
    expect(states.ReleaseSlot.Next).toBe(STATES.whatNext);
    expect(states.ReleaseSlot).not.toHaveProperty('ResultPath');
  });

  it('begins with a run that was accepted before, or else takes in what somebody typed in the console', () => {
    expect(definition.StartAt).toBe(STATES.howBegun);
    expect(states.HowBegun.Choices).toEqual([{ Variable: '$.runId', IsPresent: true, Next: STATES.start }]);
    expect(states.HowBegun.Default).toBe(STATES.accept);
    expect(states.Start.Next).toBe(STATES.whatNext);
  });

  it('settles the run when a newer function answers a word it does not know', () => {
    expect(states.WhatNext.Default).toBe(STATES.unknownNext);
    expect(states.UnknownNext).toMatchObject({ ResultPath: '$.failure', Next: STATES.settle });
    expect(states.UnknownNext.Result).toHaveProperty('Error');
  });

  it.each(TASKS)('%s calls an alias with the plain state, and repeats by name and nothing else', (name) => {
    const { Resource, Retry, Parameters } = states[name];
    expect(Resource).toMatch(/^<Functions\w+Aliaslive\w+>$/);
    expect(Parameters).toBeUndefined();
    expect(Retry).toHaveLength(1);
    expect(Retry[0].ErrorEquals).toEqual([...RETRYABLE]);
    expect(Retry[0]).toMatchObject({ BackoffRate: 2, IntervalSeconds: 2, MaxDelaySeconds: 60, JitterStrategy: 'FULL' });
  });

  it.each([...TASKS, STATES.accept, STATES.settle])('%s outlasts an hour in which nothing works', (name) => {
    const { IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts } = states[name].Retry.at(-1);
    const longest = (attempt: number) => Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt);
    const pauses = Array.from({ length: MaxAttempts }, (_, attempt) => longest(attempt));
    // Full jitter draws between nothing and the pause: half of it on average.
    expect(pauses.reduce((sum, pause) => sum + pause, 0) / 2).toBeGreaterThan(AN_HOUR_SECONDS);
  });

  it.each(TASKS)('%s leaves no run open: whatever else happens is settled', (name) => {
    expect(states[name].Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: STATES.settle }]);
  });

  it.each([
    [STATES.accept, TIMEOUT_SECONDS.intake],
    [STATES.start, TIMEOUT_SECONDS.start],
    [STATES.poll, TIMEOUT_SECONDS.poll],
    [STATES.fetchOutput, TIMEOUT_SECONDS['fetch-output']],
    [STATES.releaseSlot, TIMEOUT_SECONDS.release],
    [STATES.settle, TIMEOUT_SECONDS.settle],
  ])('%s gives up a moment after its function would have', (name, limit) => {
    expect(states[name].TimeoutSeconds).toBeGreaterThan(limit);
    expect(states[name].TimeoutSeconds).toBeLessThanOrEqual(limit + 15);
  });

  it('gives up at once on what somebody typed that names no run, because there is nothing to settle', () => {
    expect(states.Settle.Retry[0]).toEqual({ ErrorEquals: ['InvalidInputError'], MaxAttempts: 0 });
  });

  it('ends a settled run as it ended, and red when in doubt', () => {
    expect(states.Settle.Next).toBe(STATES.settled);
    expect(states.Settled.Choices).toEqual([
      { Variable: '$.next', StringEquals: NEXT.succeeded, Next: STATES.succeeded },
    ]);
    expect(states.Settled.Default).toBe(STATES.failed);
  });
});

describe('an execution that was started by hand', () => {
  it('hands its name and its input to the function that takes requests in, as one object and nothing else', () => {
    expect(states.Accept.Parameters).toEqual({ console: { 'execution.$': '$$.Execution.Name', 'request.$': '$' } });
    expect(states.Accept.Resource).toMatch(/^<FunctionsIntakeAliaslive\w+>$/);
    expect(states.Accept).not.toHaveProperty('ResultPath');
  });

  it('goes on as any other once its run is accepted, and ends red with the reason when it is refused', () => {
    expect(states.Accept.Next).toBe(STATES.whatNext);
    expect(states.Failed).toEqual({ Type: 'Fail', ErrorPath: '$.error', CausePath: '$.reason' });
  });

  it('is repeated by name, because taking it in twice makes one run', () => {
    expect(states.Accept.Retry).toHaveLength(1);
    expect(states.Accept.Retry[0].ErrorEquals).toEqual([...RETRYABLE]);
  });

  it('ends red with what broke when no run could be made, because then there is nothing to settle', () => {
    expect(states.Accept.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$', Next: STATES.notAccepted }]);
    expect(states.NotAccepted).toEqual({ Type: 'Fail', ErrorPath: '$.Error', CausePath: '$.Cause' });
  });
});

describe('the roll-over', () => {
  it('starts the next generation of the same machine with a fixed name and input, before this one ends', () => {
    expect(states.RollOver).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': "States.Format('{}-g{}', $.runId, States.MathAdd($.generation, 1))",
        Input: { 'runId.$': '$.runId', 'generation.$': 'States.MathAdd($.generation, 1)' },
      },
      Next: STATES.rolledOver,
    });
  });

  it('takes a generation that is there already for its own work, without trying again first', () => {
    const exists = ['StepFunctions.ExecutionAlreadyExistsException'];
    expect(states.RollOver.Retry[0]).toEqual({ ErrorEquals: exists, MaxAttempts: 0 });
    expect(states.RollOver.Catch[0]).toMatchObject({ ErrorEquals: exists, Next: STATES.rolledOver });
    expect(states.RollOver.Catch[1]).toMatchObject({ ErrorEquals: ['States.ALL'], Next: STATES.settle });
  });
});
