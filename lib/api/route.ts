/** A call of the API as one value: what it takes, what it answers, who may make it, what it does. */
import type { z } from 'zod';
import type { ApiKeyRecord, Dependencies, Scope } from '../workflow/ports.ts';
import type { ProblemCode } from './problem.ts';

export interface ApiOptions {
  /** Short name of the deployment; a part of its keys. */
  readonly environment: string;
}

export interface RequestSchemas {
  /** What does not fit these is no path of ours: 404. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** Headers of replies, with what they say. */
export const REPLY_HEADERS = {
  Location: 'Where it is.',
  ETag: 'Changes with every change of the run.',
  'Retry-After': 'Seconds after which asking again is worth it.',
  'Preference-Applied': 'The wait that was granted.',
  'Idempotent-Replayed': '`true` when this request was accepted before; then nothing new was started.',
  'Content-Disposition': 'Always an attachment.',
} as const;
export type ReplyHeader = keyof typeof REPLY_HEADERS;

export interface ReplySpec {
  readonly description: string;
  /** A named component; absent: no body, or bytes of `mediaType`. */
  readonly body?: z.ZodType;
  readonly mediaType?: string;
  readonly headers?: readonly ReplyHeader[];
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : Readonly<Record<string, unknown>>;

/** One request, parsed. */
export interface Call<Request extends RequestSchemas = RequestSchemas> {
  readonly dependencies: Dependencies;
  readonly options: ApiOptions;
  /** Who asks; calls that need no key must not look. */
  readonly key: ApiKeyRecord;
  readonly params: Parsed<Request['params']>;
  readonly query: Parsed<Request['query']>;
  readonly headers: Parsed<Request['headers']>;
  readonly body: Parsed<Request['body']>;
}

export interface Reply<Status extends number = number> {
  readonly status: Status;
  /** JSON, or the bytes of an attachment. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const TAGS = {
  runs: 'Starting runs, and looking at them.',
  decisions: 'What people and programs do to a run.',
  outputs: 'What a run brought back.',
  flows: 'What can be run, and where.',
  keys: 'Who may do what.',
  service: 'The API itself.',
} as const;

interface Described<Request extends RequestSchemas, Replies> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As OpenAPI writes it: `/v1/runs/{runId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  /** What a key needs for this; `any`: nothing but to be valid. Absent: no key is asked for. */
  readonly scope?: Scope | 'any';
  readonly request?: Request;
  readonly responses: Replies;
  /** Refusals beyond those that follow from what the call takes. */
  readonly problems?: readonly ProblemCode[];
}

export interface Route extends Described<RequestSchemas, Readonly<Record<number, ReplySpec>>> {
  handle(call: Call): Promise<Reply>;
}

/** One of the replies that are described. */
type ReplyOf<Replies> = { [Status in keyof Replies & number]: Reply<Status> }[keyof Replies & number];

/** Ties what a call does to what it says it takes and answers. */
export function defineRoute<
  const Request extends RequestSchemas,
  const Replies extends Readonly<Record<number, ReplySpec>>,
>(
  route: Described<Request, Replies> & {
    handle(call: Call<NoInfer<Request>>): Promise<ReplyOf<NoInfer<Replies>>>;
  },
): Route {
  // Only `mount` calls it, with what the route's own schemas made of the request.
  return route as unknown as Route;
}
