/** What a provider sees of HTTP. `createHttpClient` in `create-http-client.ts` is the only way out of this program. */

export interface HttpLimits {
  /** Until the connection stands, TLS included. */
  readonly connectMs: number;
  /** Longest silence between two bytes of the reply; headers count, the wait for the first byte does not. */
  readonly idleMs: number;
  /** From the call to the last byte of the body. */
  readonly totalMs: number;
  /** Bytes of the body after decoding. */
  readonly maxBytes: number;
}

export const DEFAULT_LIMITS: HttpLimits = { connectMs: 3_000, idleMs: 5_000, totalMs: 10_000, maxBytes: 262_144 };

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type HttpBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly contentType: string; readonly text: string };

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Appended to the base URL, each percent-encoded once; empty, `.` and `..` are refused. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: HttpBody;
  /** Default `application/json`. */
  readonly accept?: string;
  readonly limits?: Partial<HttpLimits>;
  readonly signal: AbortSignal;
  /** A start: fresh connection, so that a stale keep-alive socket can't make it ambiguous. */
  readonly once?: boolean;
}

export interface HttpReply {
  readonly status: number;
  /** Value of a reply header, by lower-case name. */
  header(name: string): string | undefined;
  readonly text: string;
}

export interface HttpDownload {
  readonly status: number;
  header(name: string): string | undefined;
  /** Decoded bytes; ends with an error (`ReplyLostError`, `OutputTooLargeError`) unless whole. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Waits until the connection may send one more request. @throws RequestNotSentError when it may not in time. */
export type Turn = (signal: AbortSignal) => Promise<void>;

export interface HttpClient {
  /** Where it leads, without a trailing slash. Absent in fakes. */
  readonly baseUrl?: string;
  /**
   * Sends once and reads the whole reply, whatever its status. Never follows a redirect.
   * @throws RequestNotSentError when proven that nothing left; ReplyLostError when anything may have;
   *   HandlerTimeoutError when `signal` was aborted with one (its reason is rethrown as it is);
   *   ProviderUnauthorizedError when a login was refused.
   */
  send(request: HttpRequest): Promise<HttpReply>;
  /** As `send`, with a streamed body for a 2xx reply. */
  download(request: HttpRequest): Promise<HttpDownload>;
  /** The same client, sockets and tokens, that asks for a turn before each request. Absent in fakes. */
  metered?(turn: Turn): HttpClient;
}

/** Says who we are. Made per connection and credentials; may keep a token in memory. */
export interface AuthScheme {
  /** Headers to add. `login` sends a request without authorisation over the same transport. */
  headers(login: HttpClient, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Called on 401: drops a cached token; true when a second try can differ. */
  refused?(): boolean;
  /** What it was given to say who we are, beside the credentials: a platform may repeat its own token. */
  tokens?(): readonly string[];
}
