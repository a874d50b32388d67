/** Calls of Errand's API with words for people where one does not succeed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../frame/command-error.ts';
import { harmlessLines } from '../frame/errand-table.ts';
import type { ApiTarget } from './errand-target.ts';

export interface ApiCall<Schema extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/v1/…` */
  readonly path: string;
  readonly body?: object;
  /** Makes it one request however often it is sent, so it is sent again when its answer may have been lost. */
  readonly idempotencyKey?: string;
  readonly schema: Schema;
}

/** The reply, read by the call's schema; undefined for 404. @throws CommandError for every other refusal. */
export type CallApi = <Schema extends z.ZodType>(call: ApiCall<Schema>) => Promise<z.output<Schema> | undefined>;

const TIMEOUT_MS = 30_000;
/** Before each further try of a request that may be sent again. */
const PAUSES_MS: readonly number[] = [300, 1_000, 3_000];
/** Nothing was found wrong with what was asked; somebody or something has to be mended first. */
const NOT_ANSWERED: ReadonlySet<number> = new Set([401, 429]);

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
  url: z.string().optional(),
});

/** @param signal breaks calls off. */
export function createApiCaller(target: ApiTarget, signal?: AbortSignal): CallApi {
  return async ({ method, path, body, idempotencyKey, schema }) => {
    const init = {
      method,
      ...(signal && { signal }),
      headers: {
        'x-api-key': target.key,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    const pauses = idempotencyKey === undefined ? [] : PAUSES_MS;
    const { ok, status, value } = await sendAgain(() => send(target, path, init), pauses);
    if (!ok) {
      if (status === 404 && problemSchema.safeParse(value).success) return undefined;
      throw refusal(target, status, value);
    }
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw notErrand(new URL(target.url).origin, status);
  };
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly value: unknown;
}

/** Once more after each pause, while nobody answers or a service behind the API does not. */
async function sendAgain(once: () => Promise<Answer>, [pauseMs, ...others]: readonly number[]): Promise<Answer> {
  if (pauseMs === undefined) return once();
  const answer = await once().catch((error: unknown) => {
    if (error instanceof CommandError && error.mayPass) return undefined;
    throw error;
  });
  if (answer !== undefined && answer.status < 500) return answer;
  await sleep(pauseMs);
  return sendAgain(once, others);
}

/** An address may have a path of its own, and a stack's has a stage in it. */
export function placeOf(url: string, path: string): URL {
  return new URL(`${url.replace(/\/$/, '')}${path}`);
}

async function send({ url, remedy }: ApiTarget, path: string, init: RequestInit): Promise<Answer> {
  const place = placeOf(url, path);
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(init.signal ? [init.signal] : [])];
  try {
    const reply = await fetch(place, { ...init, redirect: 'error', signal: AbortSignal.any(signals) });
    return { ok: reply.ok, status: reply.status, value: parse(await reply.text()) };
  } catch (cause) {
    throw new CommandError(`No Errand answers at ${place.origin}${reasonOf(cause)}. ${remedy}`, 2, {
      cause,
      mayPass: true,
    });
  }
}

/** A certificate that is not trusted and a host that is not there are mended in different ways. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return ` within ${TIMEOUT_MS / 1_000} s`;
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

function notErrand(origin: string, status: number): CommandError {
  return new CommandError(`What answers at ${origin} is not Errand (status ${status}).`);
}

function refusal({ url, keyFrom }: ApiTarget, status: number, value: unknown): CommandError {
  const { origin } = new URL(url);
  const problem = problemSchema.safeParse(value).data;
  const mayPass = status === 429 || status >= 500;
  if (problem === undefined)
    return mayPass
      ? new CommandError(`Errand at ${origin} does not answer for now (status ${status}).`, 2, { mayPass })
      : notErrand(origin, status);
  if (status === 401) return new CommandError(`${origin} does not accept the API key in ${keyFrom}.`);
  const { title, detail = title, errors = [], url: place } = problem;
  const lines = errors.map(({ path, message }) => `  ${path}: ${message}`);
  const where = place === undefined || detail.includes(place) ? [] : [`It can be done here: ${place}`];
  const isRefused = status < 500 && !NOT_ANSWERED.has(status);
  const message = harmlessLines([detail, ...lines, ...where].join('\n'));
  return new CommandError(message, isRefused ? 1 : 2, { mayPass });
}

/** Null for no body, as for a body that is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
