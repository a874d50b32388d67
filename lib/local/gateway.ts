/** The front door on this machine: HTTP in, Lambda events to the `api` function, its replies out. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createEventFeed } from './event-feed.ts';
import type { EventLog } from './event-log.ts';
import type { LocalFunctions } from './functions.ts';
import { type GatewayReply, toGatewayEvent, toGatewayReply } from './gateway-event.ts';
import { LocalStartError } from './local-start-error.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from './loopback.ts';

export interface GatewayOptions {
  readonly port: number;
  readonly functions: LocalFunctions;
  readonly log: (line: string) => void;
  /** @default 30 s, as in the cloud */
  readonly timeoutMs?: number;
  /** @default the machine's time */
  readonly now?: () => number;
  /** What `GET /v1/events` tells. @default - there is no such address */
  readonly events?: EventLog;
}

const MAX_BODY_BYTES = 10_485_760;
const INTEGRATION_TIMEOUT_MS = 30_000;
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  413: 'Request Entity Too Large',
  421: 'This address serves 127.0.0.1 and localhost only',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Endpoint request timed out',
};

const problem = (statusCode: number): GatewayReply => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ message: MESSAGES[statusCode] })),
});

/** A page elsewhere may point its own name at 127.0.0.1; its browser then sends that name. */
function isLoopbackHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host ?? '');
}

const ERROR_STATUS: Readonly<Record<string, number>> = {
  'Sandbox.Timedout': 504,
  'Lambda.RequestTooLargeException': 413,
  'Lambda.TooManyRequestsException': 503,
  'Lambda.ServiceException': 503,
};

interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly sourceIp: string;
}

async function answer(options: GatewayOptions, request: IncomingMessage): Promise<GatewayReply> {
  if (!isLoopbackHost(request.headers.host)) return problem(421);
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body) return problem(413);
  const { method = 'GET', url = '/', headers, socket } = request;
  return callApi(options, { method, url, headers, body, sourceIp: socket.remoteAddress ?? '127.0.0.1' });
}

async function callApi({ functions, log, now = Date.now }: GatewayOptions, request: ApiRequest): Promise<GatewayReply> {
  const event = toGatewayEvent({ ...request, requestId: randomUUID(), nowMs: now() });
  const result = await functions.invoke('api', event);
  if (result.ok) return toGatewayReply(result.value) ?? problem(500);
  log(`The function "api" failed: ${result.error.errorType}`);
  return problem(ERROR_STATUS[result.error.errorType] ?? 500);
}

function timeLimit(timeoutMs: number): { reached: Promise<GatewayReply>; clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<GatewayReply>();
  const timer = setTimeout(() => resolve(problem(504)), timeoutMs);
  return { reached: promise, clear: () => clearTimeout(timer) };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { statusCode, headers, body }: GatewayReply,
  now: number,
): void {
  if (response.destroyed) return;
  const isBare = request.method === 'HEAD' || statusCode === 204 || statusCode === 304;
  const length = isBare ? {} : { 'content-length': body.length };
  // Errand's time, which need not be the machine's: whoever reads times in the body goes by it.
  const date = new Date(now).toUTCString();
  response.writeHead(statusCode, { date, ...(headers as Record<string, string | string[]>), ...length });
  response.end(isBare ? undefined : body);
}

function feedOf(options: GatewayOptions) {
  const rest = { method: 'GET', body: Buffer.alloc(0), sourceIp: '127.0.0.1' } as const;
  const ask = (url: string, headers: IncomingHttpHeaders) => callApi(options, { ...rest, url, headers });
  return options.events && createEventFeed({ events: options.events, ask });
}

/** @throws LocalStartError when the port is taken. */
export async function openGateway(options: GatewayOptions): Promise<LoopbackServer> {
  const feed = feedOf(options);
  try {
    const server = await listenOnLoopback((request, response) => {
      if (feed?.takes(request) && isLoopbackHost(request.headers.host)) {
        feed.serve(request, response).catch((error: Error) => {
          options.log(`A feed of events broke off: ${error.message}`);
          response.destroy();
        });
        return;
      }
      const limit = timeLimit(options.timeoutMs ?? INTEGRATION_TIMEOUT_MS);
      Promise.race([answer(options, request), limit.reached])
        .catch(() => problem(400))
        .then((reply) => send(request, response, reply, (options.now ?? Date.now)()))
        .catch((error: Error) => {
          options.log(`A reply could not be sent: ${error.message}`);
          response.destroy();
        })
        .finally(limit.clear);
    }, options.port);
    return {
      ...server,
      async close() {
        await feed?.close();
        await server.close();
      },
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new LocalStartError(`Port ${options.port} is taken. Stop what uses it, or choose another with --port N.`);
    }
    throw new LocalStartError(`Port ${options.port} cannot be used (${code}). Choose another with --port N.`, {
      cause: error,
    });
  }
}
