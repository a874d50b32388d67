/** Execution histories in the shapes of `GetExecutionHistory`. */
import type { Json } from '../domain/json.ts';

/** A history holds no more; the last of them is the failure that says so. */
export const MAX_HISTORY_EVENTS = 25_000;

export interface NewEvent {
  readonly type: string;
  /** Key and value of the details, as in `stateEnteredEventDetails`. */
  readonly details?: readonly [name: string, value: { readonly [key: string]: unknown }];
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Epoch seconds, as the wire wants them. */
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

const WHOLE = { truncated: false };
const text = (value: Json) => JSON.stringify(value);

/** The first two events have no predecessor, like in the cloud. */
export function numberEvent({ type, details }: NewEvent, id: number, nowMs: number): HistoryEvent {
  const base = { id, previousEventId: id <= 2 ? 0 : id - 1, type, timestamp: nowMs / 1_000 };
  return details ? { ...base, [details[0]]: details[1] } : base;
}

export const executionStarted = (input: string): NewEvent => ({
  type: 'ExecutionStarted',
  details: ['executionStartedEventDetails', { input, inputDetails: WHOLE }],
});

export const stateEntered = (type: string, name: string, input: Json): NewEvent => ({
  type: `${type}StateEntered`,
  details: ['stateEnteredEventDetails', { name, input: text(input), inputDetails: WHOLE }],
});

export const stateExited = (type: string, name: string, output: Json): NewEvent => ({
  type: `${type}StateExited`,
  details: ['stateExitedEventDetails', { name, output: text(output), outputDetails: WHOLE }],
});

export const executionSucceeded = (output: Json): NewEvent => ({
  type: 'ExecutionSucceeded',
  details: ['executionSucceededEventDetails', { output: text(output), outputDetails: WHOLE }],
});

export interface Failure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

export const executionFailed = (failure: Failure): NewEvent => ({
  type: 'ExecutionFailed',
  details: ['executionFailedEventDetails', { ...failure }],
});

export const executionAborted = (failure: Failure): NewEvent => ({
  type: 'ExecutionAborted',
  details: ['executionAbortedEventDetails', { ...failure }],
});

export const executionTimedOut = (): NewEvent => ({
  type: 'ExecutionTimedOut',
  details: ['executionTimedOutEventDetails', { error: 'States.Timeout' }],
});

/** How a task names itself: by the function's ARN, or as a service integration. */
export type TaskResource =
  | { readonly kind: 'function'; readonly arn: string }
  | { readonly kind: 'integration'; readonly resourceType: string; readonly resource: string };

export interface TaskEvents {
  scheduled(parameters: Json): readonly NewEvent[];
  succeeded(output: Json): NewEvent;
  failed(failure: Failure): NewEvent;
  timedOut(): NewEvent;
}

const TIMED_OUT = { error: 'States.Timeout' };

function functionEvents(arn: string): TaskEvents {
  return {
    scheduled: (parameters) => [
      {
        type: 'LambdaFunctionScheduled',
        details: [
          'lambdaFunctionScheduledEventDetails',
          { resource: arn, input: text(parameters), inputDetails: WHOLE },
        ],
      },
      { type: 'LambdaFunctionStarted' },
    ],
    succeeded: (output) => ({
      type: 'LambdaFunctionSucceeded',
      details: ['lambdaFunctionSucceededEventDetails', { output: text(output), outputDetails: WHOLE }],
    }),
    failed: (failure) => ({
      type: 'LambdaFunctionFailed',
      details: ['lambdaFunctionFailedEventDetails', { ...failure }],
    }),
    timedOut: () => ({ type: 'LambdaFunctionTimedOut', details: ['lambdaFunctionTimedOutEventDetails', TIMED_OUT] }),
  };
}

function integrationEvents(resourceType: string, resource: string): TaskEvents {
  const base = { resourceType, resource };
  return {
    scheduled: (parameters) => [
      {
        type: 'TaskScheduled',
        details: ['taskScheduledEventDetails', { ...base, region: 'us-east-1', parameters: text(parameters) }],
      },
      { type: 'TaskStarted', details: ['taskStartedEventDetails', base] },
    ],
    succeeded: (output) => ({
      type: 'TaskSucceeded',
      details: ['taskSucceededEventDetails', { ...base, output: text(output), outputDetails: WHOLE }],
    }),
    failed: (failure) => ({ type: 'TaskFailed', details: ['taskFailedEventDetails', { ...base, ...failure }] }),
    timedOut: () => ({ type: 'TaskTimedOut', details: ['taskTimedOutEventDetails', { ...base, ...TIMED_OUT }] }),
  };
}

/** The events of one task, in the words of its kind. */
export const taskEvents = (resource: TaskResource): TaskEvents =>
  resource.kind === 'function'
    ? functionEvents(resource.arn)
    : integrationEvents(resource.resourceType, resource.resource);

/** A history that ends so was cut off while a function ran. */
export const TASK_IN_FLIGHT: ReadonlySet<string> = new Set([
  'TaskScheduled',
  'TaskStarted',
  'LambdaFunctionScheduled',
  'LambdaFunctionStarted',
]);
