/** Request bodies: measured before they are parsed, and parsed before anything else looks at them. */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Issue } from '../domain/errors.ts';
import { ProblemError } from './problem.ts';

const MAX_BYTES = 262_144;
const MAX_DEPTH = 32;
const MAX_KEYS = 1_000;

/** Reads a JSON body and checks it. @throws ProblemError 413, 415 or 400. */
export async function readBody<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  const declared = Number(context.req.header('content-length') ?? 0);
  if (declared > MAX_BYTES) throw tooLarge();
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  if (bytes.byteLength > MAX_BYTES) throw tooLarge();
  const mediaType = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (bytes.byteLength > 0 && mediaType !== 'application/json')
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send the header "Content-Type: application/json".' });
  if (context.req.header('content-encoding') !== undefined)
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Compressed request bodies are not read.' });
  const value = bytes.byteLength === 0 ? {} : parse(bytes);
  const problem = sizeProblem(value);
  if (problem !== undefined) throw new ProblemError('INVALID_REQUEST', { detail: problem });
  const result = schema.safeParse(value);
  if (!result.success) throw new ProblemError('INVALID_REQUEST', { issues: result.error.issues.flatMap(toIssues) });
  return result.data;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body.
    throw new ProblemError('INVALID_REQUEST', { detail: 'The body is not valid JSON in UTF-8.' });
  }
}

function sizeProblem(root: unknown): string | undefined {
  let keys = 0;
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `The body is nested more than ${MAX_DEPTH} levels deep.`;
    const objects = level.filter((value) => typeof value === 'object' && value !== null);
    keys += objects.reduce<number>((sum, value) => sum + (Array.isArray(value) ? 0 : Object.keys(value).length), 0);
    if (keys > MAX_KEYS) return `The body has more than ${MAX_KEYS} fields.`;
    level = objects.flatMap((value) => Object.values(value));
  }
  return undefined;
}

function toIssues(issue: z.core.$ZodIssue): readonly Issue[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'unknown field' }));
  return [{ path: path.join('.') || '(body)', message: issue.message }];
}

function tooLarge(): ProblemError {
  return new ProblemError('PAYLOAD_TOO_LARGE', { detail: `A request body may have ${MAX_BYTES} bytes.` });
}
