/** What all functions have in common: one shape of handler around one use case. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { TIMEOUT_MARGIN_MS } from '../contract.ts';
import { HandlerTimeoutError } from '../domain/errors.ts';
import { isObject } from '../domain/fields.ts';
import type { RunLog } from '../workflow/ports.ts';
import { outgoingError } from './outgoing-error.ts';
import { errorCode } from './service-errors.ts';
import { trace } from './trace.ts';

export type UseCase<Uses, Input, Result> = (
  dependencies: Uses,
  input: Input,
  options: { readonly signal: AbortSignal },
) => Promise<Result>;

/** What a handler itself needs of its function's dependencies. */
export interface HandlerUses {
  readonly log: RunLog;
  begin?(requestId: string): void;
}

/** After the signal a use case has this long left to write down what it knows; then the invocation ends without it. */
const LAST_MOMENT_MS = 500;

/** Aborted in time before Lambda's own limit, with a `HandlerTimeoutError` as its reason. */
function deadlineOf(context: Context): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const remainingMs = context.getRemainingTimeInMillis();
  const abort = () => controller.abort(new HandlerTimeoutError('the time limit of the function was about to strike'));
  const timer = setTimeout(abort, Math.max(0, remainingMs - TIMEOUT_MARGIN_MS));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** A failure leaves through the log under its name, and to the outside as far as it is safe to print. */
function handlerOf<Event, Result>(uses: HandlerUses, handle: (event: Event, context: Context) => Promise<Result>) {
  const timeoutEarlyResponse = () => {
    throw new HandlerTimeoutError('the function did not end when it was told to');
  };
  return middy<Event, Result, Error, Context>({ timeoutEarlyInMillis: LAST_MOMENT_MS, timeoutEarlyResponse })
    .onError(({ error }) => {
      // Asked for here and not outside, so that loading the function builds no log.
      uses.log.error('task failed', { error: errorCode(error) });
    })
    .handler(async (event, context) => {
      uses.begin?.(context.awsRequestId);
      try {
        return await handle(event, context);
      } catch (error) {
        // Here and not in `onError`, where middy would attach the original.
        throw outgoingError(error);
      }
    });
}

/**
 * A Lambda handler for one task of the state machine. Dependencies are built once per container. Failures are thrown,
 * never returned: Step Functions retries and catches by error name.
 */
export function taskHandler<Input, Uses extends HandlerUses, Result>(
  parse: (event: unknown) => Input,
  compose: () => Uses,
  useCase: UseCase<Uses, Input, Result>,
) {
  const dependencies = compose();
  return handlerOf(dependencies, async (event: unknown, context) => {
    const deadline = deadlineOf(context);
    try {
      const input = parse(event);
      const annotations = isObject(input) && typeof input.runId === 'string' ? { runId: input.runId } : {};
      return await trace(context.functionName, annotations, () =>
        useCase(dependencies, input, { signal: deadline.signal }),
      );
    } finally {
      deadline.clear();
    }
  });
}

/** A Lambda handler for HTTP requests, around a web framework's own. */
export function httpHandler<Event, Reply>(
  dependencies: HandlerUses,
  respond: (event: Event, context: Context) => Promise<Reply>,
) {
  return handlerOf(dependencies, (event: Event, context) =>
    trace(context.functionName, {}, () => respond(event, context)),
  );
}
