/** Errors of the API as RFC 9457 documents with a stable code. */
import type { Context } from 'hono';
import type { Issue } from '../domain/errors.ts';

const PROBLEMS = {
  INVALID_REQUEST: [400, 'The request cannot be used as it is.'],
  UNAUTHENTICATED: [401, 'An API key is needed.'],
  FORBIDDEN: [403, 'The API key may not do this.'],
  NOT_FOUND: [404, 'There is no such thing, or this API key may not see it.'],
  CONFLICT: [409, 'This cannot be done in the present state.'],
  PAYLOAD_TOO_LARGE: [413, 'The request body is too large.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The request body must be JSON.'],
  IDEMPOTENCY_KEY_REUSED: [422, 'The idempotency key was used for another request.'],
  TOO_MANY_REQUESTS: [429, 'Too many requests.'],
  INTERNAL: [500, 'Something broke on our side.'],
  UNAVAILABLE: [503, 'A service behind this API does not answer at the moment.'],
} as const;
export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** Status and title that belong to a code. */
export function kindOf(code: ProblemCode): readonly [status: (typeof PROBLEMS)[ProblemCode][0], title: string] {
  return PROBLEMS[code];
}

interface ProblemOptions {
  readonly detail?: string;
  readonly issues?: readonly Issue[];
  /** Where a person can do what the call could not. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere in a route; becomes the reply. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code][1]);
    this.code = code;
    this.options = options;
  }
}

export function problem(
  context: Context,
  code: ProblemCode,
  { detail, issues, url, headers }: ProblemOptions = {},
): Response {
  const [status, title] = kindOf(code);
  const body = {
    type: 'about:blank',
    title,
    status,
    code,
    ...(detail && { detail }),
    ...(issues && { errors: issues }),
    ...(url && { url }),
  };
  return context.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json', ...headers });
}
