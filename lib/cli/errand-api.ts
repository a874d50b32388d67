/** Calls of Errand's API with words for people where one does not succeed. */
import { z } from 'zod';
import { CommandError } from './command-error.ts';
import type { ApiTarget } from './errand-target.ts';

export interface ApiCall<Schema extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/v1/…` */
  readonly path: string;
  readonly body?: object;
  readonly schema: Schema;
}

/** The reply, read by the call's schema; undefined for 404. @throws CommandError for every other refusal. */
export type CallApi = <Schema extends z.ZodType>(call: ApiCall<Schema>) => Promise<z.output<Schema> | undefined>;

const TIMEOUT_MS = 30_000;
/** Nothing was found wrong with what was asked; somebody or something has to be mended first. */
const NOT_ANSWERED: ReadonlySet<number> = new Set([401, 429]);

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});

export function createApiCaller(target: ApiTarget): CallApi {
  return async ({ method, path, body, schema }) => {
    const { ok, status, value } = await send(target, path, {
      method,
      headers: {
        'x-api-key': target.key,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!ok) {
      if (status === 404 && problemSchema.safeParse(value).success) return undefined;
      throw refusal(target, status, value);
    }
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw notErrand(new URL(target.url).origin, status);
  };
}

async function send({ url, remedy }: ApiTarget, path: string, init: RequestInit) {
  // An address may have a path of its own, and a stack's has a stage in it.
  const place = new URL(`${url.replace(/\/$/, '')}${path}`);
  try {
    const reply = await fetch(place, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { ok: reply.ok, status: reply.status, value: parse(await reply.text()) };
  } catch (cause) {
    throw new CommandError(`No Errand answers at ${place.origin}. ${remedy}`, 2, { cause });
  }
}

function notErrand(origin: string, status: number): CommandError {
  return new CommandError(`What answers at ${origin} is not Errand (status ${status}).`);
}

function refusal({ url, keyFrom }: ApiTarget, status: number, value: unknown): CommandError {
  const { origin } = new URL(url);
  const problem = problemSchema.safeParse(value).data;
  if (problem === undefined) return notErrand(origin, status);
  if (status === 401) return new CommandError(`${origin} does not accept the API key in ${keyFrom}.`);
  const { title, detail, errors = [] } = problem;
  const lines = errors.map(({ path, message }) => `  ${path}: ${message}`);
  const isRefused = status < 500 && !NOT_ANSWERED.has(status);
  return new CommandError([detail ?? title, ...lines].join('\n'), isRefused ? 1 : 2);
}

/** Null for no body, as for a body that is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
