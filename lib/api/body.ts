/** Request bodies: measured before they are parsed, and parsed before anything else looks at them. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { toIssues } from '../domain/issues.ts';
import { sizeProblem } from '../domain/json-limits.ts';
import { ProblemError } from './problem.ts';

const MAX_BYTES = 262_144;

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
  if (!result.success)
    throw new ProblemError('INVALID_REQUEST', { issues: toIssues(result.error, { whole: '(body)' }) });
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

function tooLarge(): ProblemError {
  return new ProblemError('PAYLOAD_TOO_LARGE', { detail: `A request body may have ${MAX_BYTES} bytes.` });
}
