import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type CatchProps,
  Choice,
  Condition,
  CustomState,
  DefinitionBody,
  Fail,
  type IChainable,
  JitterType,
  JsonPath,
  Pass,
  Result,
  type RetryProps,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { type FunctionName, INVALID_INPUT, NEXT, RETRYABLE, STATES, TIMEOUT_SECONDS } from '../../lib/contract.ts';

/** The tasks of the machine, by function name. */
export type WorkflowFunctions = Readonly<
  Record<Extract<FunctionName, 'intake' | 'start' | 'poll' | 'fetch-output' | 'release' | 'settle'>, IFunction>
>;

/** Time for a cold start on top of a function's own limit. */
const COLD_START_SECONDS = 15;

/**
 * Pauses of 2, 4, 8 … 60 s, each drawn between nothing and its length: 150 of them last 75 minutes on average, so a run
 * outlives an hour in which nothing works. 25,000 events less 800 laps of 9 leave room for 5,900 retries of 3.
 */
const RETRY = {
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 150,
} as const satisfies RetryProps;

/** Step Functions' word for a name in use; retries are matched before catches, so it needs an entry of its own in both. */
const ALREADY_THERE = 'StepFunctions.ExecutionAlreadyExistsException';

const FAILURE: CatchProps = { errors: ['States.ALL'], resultPath: '$.failure' };

/** Routes by `$.next`, which the functions decide; holds no decision of its own. */
export function workflowDefinition(scope: Construct, functions: WorkflowFunctions): DefinitionBody {
  const succeeded = new Succeed(scope, STATES.succeeded);
  const failed = new Fail(scope, STATES.failed, { errorPath: '$.error', causePath: '$.reason' });
  const settle = task(scope, STATES.settle, 'settle', functions.settle)
    // Somebody typed what names no run: there is nothing to settle.
    .addRetry({ errors: [INVALID_INPUT], maxAttempts: 0 })
    .addRetry({ ...RETRY, errors: ['States.ALL'] })
    .next(
      new Choice(scope, STATES.settled)
        .when(Condition.stringEquals('$.next', NEXT.succeeded), succeeded)
        .otherwise(failed),
    );
  const guarded = (id: string, name: keyof WorkflowFunctions) =>
    task(scope, id, name, functions[name])
      .addRetry({ ...RETRY, errors: [...RETRYABLE] })
      .addCatch(settle, FAILURE);

  const start = guarded(STATES.start, 'start');
  const poll = guarded(STATES.poll, 'poll');
  const fetchOutput = guarded(STATES.fetchOutput, 'fetch-output');
  const releaseSlot = guarded(STATES.releaseSlot, 'release');
  const routes: Readonly<Record<(typeof NEXT)[keyof typeof NEXT], IChainable>> = {
    [NEXT.wait]: wait(scope, STATES.waitToPoll).next(poll),
    [NEXT.fetch]: fetchOutput,
    [NEXT.coolOff]: wait(scope, STATES.coolOff).next(start),
    [NEXT.release]: releaseSlot,
    // A run in line costs nothing while it waits: whoever frees a slot begins its next generation.
    [NEXT.park]: new Succeed(scope, STATES.parked),
    [NEXT.rollOver]: rollOver(scope, settle),
    [NEXT.succeeded]: succeeded,
    [NEXT.failed]: failed,
  };
  const whatNext = new Choice(scope, STATES.whatNext);
  for (const [next, state] of Object.entries(routes)) whatNext.when(Condition.stringEquals('$.next', next), state);
  // A word of newer functions that this definition does not know: the record must not stay open.
  const unknown = Result.fromObject({ Error: STATES.unknownNext, Cause: 'The definition has no such route.' });
  whatNext.otherwise(new Pass(scope, STATES.unknownNext, { result: unknown, resultPath: '$.failure' }).next(settle));
  for (const state of [poll, fetchOutput, releaseSlot]) state.next(whatNext);
  const accept = acceptByHand(scope, functions.intake).next(whatNext);
  start.next(whatNext);
  // Executions are started by us with a run, or by a person with what a run is to be made of.
  const howBegun = new Choice(scope, STATES.howBegun).when(Condition.isPresent('$.runId'), start).otherwise(accept);
  return DefinitionBody.fromChainable(howBegun);
}

/** Answers a wrong input with `FAILED` and what is wrong with it; only what broke is caught here, where no run is known. */
function acceptByHand(scope: Construct, intake: IFunction): TaskStateBase {
  const broken = new Fail(scope, STATES.notAccepted, { errorPath: '$.Error', causePath: '$.Cause' });
  return task(scope, STATES.accept, 'intake', intake, {
    console: { execution: JsonPath.stringAt('$$.Execution.Name'), request: JsonPath.objectAt('$') },
  })
    .addRetry({ ...RETRY, errors: [...RETRYABLE] })
    .addCatch(broken, { errors: ['States.ALL'], resultPath: '$' });
}

function task(
  scope: Construct,
  id: string,
  name: keyof WorkflowFunctions,
  lambdaFunction: IFunction,
  payload?: Readonly<Record<string, unknown>>,
): LambdaInvoke {
  return new LambdaInvoke(scope, id, {
    lambdaFunction,
    ...(payload === undefined ? {} : { payload: TaskInput.fromObject({ ...payload }) }),
    payloadResponseOnly: true,
    // CDK's own retries would be added to ours; ours, by error name, are the whole policy.
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(Duration.seconds(TIMEOUT_SECONDS[name] + COLD_START_SECONDS)),
  });
}

function wait(scope: Construct, id: string): Wait {
  return new Wait(scope, id, { time: WaitTime.secondsPath('$.waitSeconds') });
}

/** Starts the next generation under a name that only it can have: a second try finds it there, which is as good. */
function rollOver(scope: Construct, settle: IChainable): IChainable {
  const started = new Succeed(scope, STATES.rolledOver);
  return new CustomState(scope, STATES.rollOver, {
    stateJson: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution',
      Parameters: {
        'StateMachineArn.$': '$$.StateMachine.Id',
        'Name.$': "States.Format('{}-g{}', $.runId, States.MathAdd($.generation, 1))",
        Input: { 'runId.$': '$.runId', 'generation.$': 'States.MathAdd($.generation, 1)' },
      },
      ResultPath: null,
      TimeoutSeconds: 60,
    },
  })
    .addRetry({ errors: [ALREADY_THERE], maxAttempts: 0 })
    .addRetry({ ...RETRY, errors: ['States.ALL'] })
    .addCatch(started, { ...FAILURE, errors: [ALREADY_THERE] })
    .addCatch(settle, FAILURE)
    .next(started);
}
