import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { HandlerTimeoutError, InvalidInputError, OutputTooLargeError, ReplyLostError } from '../domain/errors.ts';
import { guardLookup, isLoopbackHost } from './addresses.ts';
import { authorise, beforeSending } from './authorise.ts';
import { refuseBaseUrl } from './base-url.ts';
import { readBody } from './body.ts';
import { createConnectionSource } from './connect.ts';
import { assertHeaders } from './headers.ts';
import {
  type AuthScheme,
  DEFAULT_LIMITS,
  type HttpClient,
  type HttpDownload,
  type HttpLimits,
  type HttpReply,
  type HttpRequest,
  type Turn,
} from './http-client.ts';
import { type Call, type OpenReply, openReply, type Transport } from './open-reply.ts';
import { buildUrl } from './url.ts';
import { createWatch } from './watch.ts';

export interface HttpClientOptions {
  /** The only host that is ever called. */
  readonly baseUrl: string;
  readonly auth?: AuthScheme;
  /** Instead of the defaults, for requests that name none. */
  readonly limits?: Partial<HttpLimits>;
  /** Instead of the system's name resolution. */
  readonly lookup?: LookupFunction;
  /** PEM; instead of the authorities that Node trusts. */
  readonly trustedAuthorities?: string;
  /** Instead of a socket. */
  readonly openReply?: OpenReply;
}

/**
 * The hardened client of one connection: no redirects, no proxies, no retries but one after a refused token, every
 * limit in force until the last byte.
 * @throws InvalidInputError when the base URL is none that may be called.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const message = refuseBaseUrl(options.baseUrl);
  if (message !== undefined)
    throw new InvalidInputError('The connection cannot be used', [{ path: 'baseUrl', message }]);
  const base = new URL(options.baseUrl);
  const lookup = guardLookup(options.lookup, isLoopbackHost(base.hostname));
  const transport: Transport = {
    base,
    baseUrl: base.href.replace(/\/+$/, ''),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    connections: createConnectionSource(base, lookup, options.trustedAuthorities),
    open: options.openReply ?? openReply,
  };
  return clientOf(transport, options.auth);
}

function clientOf(transport: Transport, auth: AuthScheme | undefined, turn?: Turn): HttpClient {
  const login = auth === undefined ? undefined : clientOf(transport, undefined, turn);

  const attempt = async (call: Call): Promise<IncomingMessage> => {
    const { watch } = call;
    // A login that waits for its turn has limits of its own, and so does whoever shares it.
    if (turn === undefined) watch.start();
    else watch.pause();
    const headers = auth === undefined || login === undefined ? {} : await authorise(auth, login, call);
    assertHeaders(headers);
    if (turn !== undefined) await beforeSending(call, turn);
    watch.start();
    return transport.open(transport, call, headers);
  };
  const converse = async (call: Call): Promise<IncomingMessage> => {
    const reply = await attempt(call);
    // 401 took nothing, so even a start may be sent again under another token.
    if (reply.statusCode !== 401 || auth?.refused?.() !== true) return reply;
    reply.destroy();
    return attempt(call);
  };

  return {
    baseUrl: transport.baseUrl,
    metered: (next) => clientOf(transport, auth, next),
    async send(request) {
      const call = prepare(transport, request);
      try {
        return await readWhole(await converse(call), call);
      } finally {
        call.watch.end();
      }
    },
    async download(request) {
      const call = prepare(transport, request);
      let streaming = false;
      try {
        const reply = await converse(call);
        if (!isSuccessful(reply)) return toDownload(await readWhole(reply, call));
        const body = stream(reply, call);
        streaming = true;
        return { ...headOf(reply), body };
      } finally {
        if (!streaming) call.watch.end();
      }
    },
  };
}

/** Everything that can be wrong with a request is found here, before anything is opened. */
function prepare(transport: Transport, request: HttpRequest): Call {
  const limits = { ...transport.limits, ...request.limits };
  const url = buildUrl(transport.baseUrl, request.path, request.query);
  const body = bodyOf(request);
  const headers = {
    accept: request.accept ?? 'application/json',
    // A body that was not compressed cannot be a bomb; what comes compressed nevertheless is decoded and counted.
    'accept-encoding': 'identity',
    'cache-control': 'no-cache',
    'user-agent': 'errand',
    ...(body === undefined ? {} : { 'content-type': body.contentType }),
  };
  assertHeaders(headers);
  const subject = `${request.method} to ${transport.base.host}`;
  return {
    subject,
    method: request.method,
    target: `${url.pathname}${url.search}`,
    headers,
    body: body?.text,
    once: request.once === true,
    limits,
    watch: createWatch(limits, request.signal),
  };
}

function bodyOf({ body }: HttpRequest): { readonly contentType: string; readonly text: string } | undefined {
  if (body === undefined || body.kind === 'text') return body;
  const text: string | undefined = JSON.stringify(body.value);
  if (text === undefined) throw new InvalidInputError('A request has a body that is not JSON', []);
  return { contentType: 'application/json', text };
}

function headOf(reply: IncomingMessage): Pick<HttpReply, 'status' | 'header'> {
  const headers = reply.headersDistinct;
  return {
    status: reply.statusCode ?? 0,
    // Repeated headers are shown joined, so that a strict reader refuses them instead of believing one.
    header: (name) => (Object.hasOwn(headers, name) ? headers[name]?.join(', ') : undefined),
  };
}

function isSuccessful(reply: IncomingMessage): boolean {
  const status = reply.statusCode ?? 0;
  return status >= 200 && status < 300;
}

/** A failure is told by its status, so its body may be cut short; a success must be whole. */
async function readWhole(reply: IncomingMessage, call: Call): Promise<HttpReply> {
  const { subject, watch, limits } = call;
  // A download's limit is meant for its output, not for the text of an error.
  const maxBytes = isSuccessful(reply) ? limits.maxBytes : Math.min(limits.maxBytes, DEFAULT_LIMITS.maxBytes);
  const tooLarge = () => new ReplyLostError(`${subject}: sent, but the reply is larger than ${maxBytes} bytes`);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of readBody(reply, { subject, watch, maxBytes, tooLarge })) chunks.push(chunk);
  } catch (error) {
    if (isSuccessful(reply) || error instanceof HandlerTimeoutError) throw error;
  }
  return { ...headOf(reply), text: Buffer.concat(chunks).toString('utf8') };
}

function stream(reply: IncomingMessage, call: Call): AsyncIterable<Uint8Array> {
  const { subject, watch, limits } = call;
  const tooLarge = () => new OutputTooLargeError(`${subject}: the output is larger than ${limits.maxBytes} bytes`);
  return readBody(reply, { subject, watch, maxBytes: limits.maxBytes, tooLarge, done: () => watch.end() });
}

/** Keeps `text`, from which `failureOf` takes the provider's words. */
function toDownload(reply: HttpReply): HttpDownload & HttpReply {
  async function* body() {
    yield Buffer.from(reply.text, 'utf8');
  }
  return { ...reply, body: body() };
}
