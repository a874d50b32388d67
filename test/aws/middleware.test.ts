import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { HandlerTimeoutError, ReplyLostError, StaleRunError } from '../../lib/domain/errors.ts';
import { readFields, text, wholeNumber } from '../../lib/domain/fields.ts';
import type { JsonObject } from '../../lib/domain/json.ts';

interface Input {
  readonly runId: string;
  readonly lap: number;
}

const parse = (event: unknown) =>
  readFields<Input>(event, { runId: text(/^\w+$/, 'a run id'), lap: wholeNumber(0, 0) });
const logged: [string, JsonObject][] = [];
const record = (message: string, fields: JsonObject) => void logged.push([message, fields]);
const log = { info: record, warn: record, error: record, count: () => undefined };

/** An invocation whose function may take as long as this. */
function contextOf(limitMs: number): Context {
  const endsAt = Date.now() + limitMs;
  return { awsRequestId: 'request-1', getRemainingTimeInMillis: () => endsAt - Date.now() } as Context;
}

function invoke(
  useCase: (uses: unknown, input: Input, options: { signal: AbortSignal }) => Promise<unknown>,
  event: unknown = { runId: 'run_1' },
  limitMs = 30_000,
): Promise<unknown> {
  return taskHandler(parse, () => ({ log }), useCase)(event, contextOf(limitMs));
}

beforeEach(() => {
  logged.length = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => vi.useRealTimers());

describe('a task handler', () => {
  it('hands the checked event to its use case and gives back what that says', async () => {
    expect(await invoke(async (_, input) => input)).toEqual({ runId: 'run_1', lap: 0 });
  });

  it('builds its dependencies once for all invocations', async () => {
    let built = 0;
    const compose = () => ({ log, count: ++built });
    const handler = taskHandler(parse, compose, async ({ count }) => count);
    expect([await handler({ runId: 'a' }, contextOf(9_000)), await handler({ runId: 'b' }, contextOf(9_000))]).toEqual([
      1, 1,
    ]);
  });

  it('refuses an event of another shape by the names of its fields', async () => {
    const result = invoke(async () => 'never', { lap: 'secret' });
    await expect(result).rejects.toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringMatching(/runId: expected a run id\n.*lap: expected a whole number/),
    });
  });

  it('lets an error of ours through under its name, since Step Functions retries and catches by it', async () => {
    const stale = new StaleRunError('run_1 was written by somebody else');
    await expect(invoke(() => Promise.reject(stale))).rejects.toMatchObject({
      name: 'StaleRunError',
      message: stale.message,
    });
    expect(logged).toEqual([['task failed', { error: 'StaleRunError' }]]);
  });

  it('lets out neither the message of a foreign error nor any cause, because both may quote a key', async () => {
    const foreign = Object.assign(new TypeError('Invalid header value: canary'), {
      code: 'ERR_INVALID_CHAR',
      key: 'canary',
    });
    const caused = new ReplyLostError('the reply was cut off', { cause: foreign, remoteText: 'canary' });
    for (const error of [foreign, caused]) {
      const out = await invoke(() => Promise.reject(error)).catch((reason: unknown) => reason as Error);
      expect(out).toMatchObject({ name: error.name, stack: expect.stringContaining('middleware.test.ts') });
      expect(
        JSON.stringify([
          out,
          String(out),
          Object.getOwnPropertyNames(out).map((name) => Reflect.get(out as object, name)),
        ]),
      ).not.toContain('canary');
    }
    expect(JSON.stringify(logged)).not.toContain('canary');
  });

  it('tells its use case two seconds before the limit, with time to write down what is known', async () => {
    const result = invoke(async (_, __, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { at: Date.now() - startedAt, reason: signal.reason };
    });
    const startedAt = Date.now();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(await result).toEqual({ at: 29_000, reason: expect.any(HandlerTimeoutError) });
  });

  it('ends by itself when the use case does not, so that the failure has our name and not Lambda’s', async () => {
    // In real time: middy takes its timer where no test can reach it.
    vi.useRealTimers();
    const startedAt = Date.now();
    const result = invoke(() => new Promise(() => undefined), { runId: 'run_1' }, 560);
    await expect(result).rejects.toMatchObject({ name: 'HandlerTimeoutError' });
    expect(Date.now() - startedAt).toBeLessThan(500);
  });

  it('tells the log which invocation it is in', async () => {
    const begun: string[] = [];
    const begin = (requestId: string) => void begun.push(requestId);
    await taskHandler(
      parse,
      () => ({ log, begin }),
      async () => 'done',
    )({ runId: 'run_1' }, contextOf(9_000));
    expect(begun).toEqual(['request-1']);
  });

  it('leaves no timer behind that could strike in the next invocation', async () => {
    await invoke(async () => 'done');
    expect(vi.getTimerCount()).toBe(0);
  });
});
