/** From what was sent to what a route takes, by the route's own schemas. Anything else is refused by name. */
import type { Context } from 'hono';
import { z } from 'zod';
import type { Issue } from '../domain/errors.ts';
import { toIssues } from '../domain/issues.ts';
import { readBody } from './body.ts';
import { ProblemError } from './problem.ts';
import type { Call, Route } from './route.ts';

type Request = Pick<Call, 'params' | 'query' | 'headers' | 'body'>;

const NOTHING = z.strictObject({});
/** Names come from the caller; a refusal repeats no more of them than it needs to. */
const MAX_NAME = 64;

/** @throws ProblemError 400, 404, 413 or 415. */
export async function readRequest(context: Context, { request = {}, scope }: Route): Promise<Request> {
  const { params = NOTHING, query = NOTHING, headers = NOTHING, body } = request;
  const path = params.safeParse(context.req.param());
  if (!path.success) throw new ProblemError('NOT_FOUND');
  return {
    params: path.data,
    // Whoever asks without a key (a load balancer, a browser) may add what defeats caches.
    query: scope === undefined ? {} : readQuery(new URL(context.req.url).searchParams, query),
    headers: readHeaders(context, headers),
    body: body === undefined ? {} : ((await readBody(context, body)) as Call['body']),
  };
}

function readHeaders(context: Context, schema: z.ZodObject): Call['headers'] {
  const given = Object.keys(schema.shape).map((name) => [name, context.req.header(name)]);
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  throw new ProblemError('INVALID_REQUEST', { issues: toIssues(result.error, { whole: '(headers)' }) });
}

function readQuery(given: URLSearchParams, schema: z.ZodObject): Call['query'] {
  const names = [...new Set(given.keys())];
  const wrong = names.flatMap((name) => nameIssues(name, given.getAll(name).length, schema));
  if (wrong.length > 0) throw new ProblemError('INVALID_REQUEST', { issues: wrong });
  const values = names.map((name) => [name, typed(schema.shape[name], given.getAll(name))]);
  const result = schema.safeParse(Object.fromEntries(values));
  if (result.success) return result.data;
  throw new ProblemError('INVALID_REQUEST', { issues: toIssues(result.error, { whole: '(query)' }) });
}

function nameIssues(name: string, count: number, { shape }: z.ZodObject): readonly Issue[] {
  const path = name.slice(0, MAX_NAME);
  const known = Object.keys(shape);
  if (!Object.hasOwn(shape, name)) {
    const hint = known.length === 0 ? 'this call takes none' : `known are ${known.join(', ')}`;
    return [{ path, message: `unknown query parameter; ${hint}` }];
  }
  const isList = inner(shape[name]) instanceof z.ZodArray;
  return count > 1 && !isList ? [{ path, message: 'given more than once; give it once' }] : [];
}

/** A query has texts only; what is no number stays a text, for its schema to refuse. */
function typed(schema: unknown, texts: readonly string[]): unknown {
  const type = inner(schema);
  const [text = ''] = texts;
  if (type instanceof z.ZodArray) return texts;
  if (type instanceof z.ZodNumber) return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (type instanceof z.ZodBoolean) return text === 'true' || (text === 'false' ? false : text);
  return text;
}

function inner(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return inner(schema.unwrap());
  return schema;
}
