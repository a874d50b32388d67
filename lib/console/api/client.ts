/** Calls of the API from the page, with words for people where one does not succeed. */
import { noteServerTime } from './server-time.ts';
import { currentKey, signOut } from './session.ts';

export interface Issue {
  readonly path: string;
  readonly message: string;
}

export interface ApiErrorOptions extends ErrorOptions {
  /** 0 where nobody answered. */
  readonly status: number;
  /**
   * As the API names it: `CONFLICT`, `NOT_FOUND`, …; `NO_ANSWER` where nobody answered, `TOO_LATE` where the page gave up
   * waiting, `IN_DOUBT` where something was to be changed.
   */
  readonly code: string;
  readonly issues?: readonly Issue[];
  /** How long the API wants to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** The API did not do what was asked; the message is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly issues: readonly Issue[];
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, code, issues = [], retryAfterMs, ...rest }: ApiErrorOptions) {
    super(message, rest);
    this.status = status;
    this.code = code;
    this.issues = issues;
    this.retryAfterMs = retryAfterMs;
  }

  /** Asked again, it would say the same. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** @default the key of this tab; given only to try a key before it is kept */
  readonly key?: string;
}

/** Longer than the API ever takes; on a line that is dead and does not say so, nothing would come at all. */
const ANSWER_WITHIN_MS = { GET: 15_000, POST: 40_000 } as const;
/** For a file over a slow line. */
const FILE_WITHIN_MS = 300_000;

/** The JSON that the API answers. @param path `/v1/…` @throws ApiError */
export function callApi<Reply>(path: string, call: Call = {}): Promise<Reply> {
  return send(path, call, ANSWER_WITHIN_MS[call.method ?? 'GET'], async (reply) => (await reply.json()) as Reply);
}

/** The bytes of an attachment. @param href as an output names it @throws ApiError */
export function fetchBytes(href: string, call: Call = {}): Promise<ArrayBuffer> {
  return send(href, call, FILE_WITHIN_MS, (reply) => reply.arrayBuffer());
}

type Read<Result> = (reply: Response) => Promise<Result>;

async function send<Result>(path: string, call: Call, withinMs: number, read: Read<Result>): Promise<Result> {
  const { signal, method = 'GET' } = call;
  const used = call.key ?? currentKey();
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, withinMs);
  signal?.addEventListener('abort', stop);
  try {
    const sentMs = Date.now();
    const reply = await fetch(path, requestOf(call, used, limit.signal));
    noteServerTime(reply, sentMs);
    if (reply.ok) return await read(reply);
    // Not the key of somebody who has signed in since this was asked.
    if (reply.status === 401 && call.key === undefined && used === currentKey())
      signOut('The API key is not accepted any more. Enter another.');
    throw await refusalOf(reply);
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted === true) throw error;
    throw noAnswer(method, limit.signal.aborted, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function requestOf({ method = 'GET', body, headers }: Call, key: string | undefined, signal: AbortSignal): RequestInit {
  return {
    method,
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  };
}

/** None, half of one, or something that is no answer of Errand. */
function noAnswer(method: string, isTooLate: boolean, cause: unknown): ApiError {
  if (method === 'GET')
    return new ApiError('Errand does not answer. The page goes on by itself as soon as it does.', {
      status: 0,
      code: isTooLate ? 'TOO_LATE' : 'NO_ANSWER',
      cause,
    });
  return new ApiError(
    'Errand did not answer, so nobody can say yet whether this was done. See here how it is once Errand answers again, before you repeat it.',
    { status: 0, code: 'IN_DOUBT', cause },
  );
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly Issue[];
}

async function refusalOf(reply: Response): Promise<ApiError> {
  const { title, detail, code = 'UNKNOWN', errors = [] } = ((await reply.json().catch(() => ({}))) ?? {}) as Problem;
  const message = detail ?? title ?? `Errand answers ${reply.status}.`;
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isNaN(seconds) ? undefined : seconds * 1_000;
  return new ApiError(message, { status: reply.status, code, issues: errors, retryAfterMs });
}
