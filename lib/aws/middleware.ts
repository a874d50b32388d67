/** What all task functions have in common: one shape of handler around one use case. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { TIMEOUT_MARGIN_MS } from '../contract.ts';
import { HandlerTimeoutError, InvalidInputError } from '../domain/errors.ts';
import type { RunLog } from '../workflow/ports.ts';
import { outgoingError } from './outgoing-error.ts';
import { errorCode } from './service-errors.ts';

export type UseCase<Uses, Input, Result> = (
  dependencies: Uses,
  input: Input,
  options: { readonly signal: AbortSignal },
) => Promise<Result>;

/** After the signal a use case has this long left to write down what it knows; then the invocation ends without it. */
const LAST_MOMENT_MS = 500;

function parseEvent<Schema extends z.ZodType>(schema: Schema, event: unknown): z.output<Schema> {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'event', message }));
  throw new InvalidInputError('the event is not what this function takes', issues);
}

/** Aborted in time before Lambda's own limit, with a `HandlerTimeoutError` as its reason. */
function deadlineOf(context: Context): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const remainingMs = context.getRemainingTimeInMillis();
  const abort = () => controller.abort(new HandlerTimeoutError('the time limit of the function was about to strike'));
  const timer = setTimeout(abort, Math.max(0, remainingMs - TIMEOUT_MARGIN_MS));
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/**
 * A Lambda handler for one task of the state machine. Dependencies are built once per container. Failures are thrown,
 * never returned: Step Functions retries and catches by error name.
 */
export function taskHandler<
  Schema extends z.ZodType,
  Uses extends { readonly log: RunLog; begin?(requestId: string): void },
  Result,
>(schema: Schema, compose: () => Uses, useCase: UseCase<Uses, z.output<Schema>, Result>) {
  const dependencies = compose();
  const timeoutEarlyResponse = () => {
    throw new HandlerTimeoutError('the function did not end when it was told to');
  };
  return middy<unknown, Result, Error, Context>({ timeoutEarlyInMillis: LAST_MOMENT_MS, timeoutEarlyResponse })
    .onError(({ error }) => {
      dependencies.log.error('task failed', { error: errorCode(error) });
    })
    .handler(async (event, context) => {
      dependencies.begin?.(context.awsRequestId);
      const deadline = deadlineOf(context);
      try {
        return await useCase(dependencies, parseEvent(schema, event), { signal: deadline.signal });
      } catch (error) {
        // Here and not in `onError`, where middy would attach the original.
        throw outgoingError(error);
      } finally {
        deadline.clear();
      }
    });
}
