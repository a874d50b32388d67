/** `GET /v1/events` on this machine: the events of a key's flows as server-sent events, from the log of events. */
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { BusEvent, EventLog } from './event-log.ts';
import type { GatewayReply } from './gateway-event.ts';

export interface EventFeedOptions {
  readonly events: EventLog;
  /** Has the API answer a `GET`. */
  readonly ask: (path: string, headers: IncomingHttpHeaders) => Promise<GatewayReply>;
  /** @default 15 s */
  readonly heartbeatMs?: number;
  /** How often the key is looked at again. @default 60 s */
  readonly recheckMs?: number;
}

export interface EventFeed {
  takes(request: IncomingMessage): boolean;
  /** Resolves when the receiver or this side has ended it. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all that are open. */
  close(): Promise<void>;
}

type Admission = { readonly flows: readonly string[] | undefined } | { readonly refusal: GatewayReply };

const PATH = '/v1/events';
const SCOPE = 'runs:read';
const HEARTBEAT_MS = 15_000;
const RECHECK_MS = 60_000;
const RECONNECT_MS = 3_000;
/** For the last bytes to leave before connections are cut. */
const LAST_MOMENT_MS = 200;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** What is read of the API's answer about the caller's own key. */
const keySchema = z.object({ scopes: z.array(z.string()), flows: z.array(z.string()).nullish() });

function problem(status: number, code: string, title: string, detail: string): GatewayReply {
  const body = JSON.stringify({ type: 'about:blank', title, status, code, detail });
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: Buffer.from(body),
  };
}

const FORBIDDEN = problem(403, 'FORBIDDEN', 'The API key may not do this.', `The API key lacks the scope "${SCOPE}".`);
const INTERNAL = problem(500, 'INTERNAL', 'Something broke on our side.', 'The key could not be looked up.');

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function admissionOf(reply: GatewayReply): Admission {
  if (reply.statusCode !== 200) return { refusal: reply };
  const key = keySchema.safeParse(parseJson(reply.body));
  if (!key.success) return { refusal: INTERNAL };
  return key.data.scopes.includes(SCOPE) ? { flows: key.data.flows ?? undefined } : { refusal: FORBIDDEN };
}

/** Nothing was said of the key itself. */
function isPassing({ statusCode }: GatewayReply): boolean {
  return statusCode >= 500 || statusCode === 429;
}

function sendReply(request: IncomingMessage, response: ServerResponse, { statusCode, headers, body }: GatewayReply) {
  response.writeHead(statusCode, { ...(headers as Record<string, string>), 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function toFrame(event: BusEvent): string {
  return `id: ${event.id}\nevent: ${event['detail-type']}\ndata: ${JSON.stringify(event)}\n\n`;
}

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { events, ask, heartbeatMs = HEARTBEAT_MS, recheckMs = RECHECK_MS } = options;
  const open = new Map<AbortController, Promise<void>>();

  async function admit({ headers }: IncomingMessage): Promise<Admission> {
    const names = ['host', 'user-agent', 'x-api-key', 'authorization'] as const;
    const own = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
    return admissionOf(await ask('/v1/keys/self', Object.fromEntries(own)));
  }

  /** Sends until told to end; a receiver that does not read is waited for. */
  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    admitted: { readonly flows: readonly string[] | undefined },
    end: AbortController,
  ): Promise<void> {
    let { flows } = admitted;
    const heartbeat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, heartbeatMs);
    const recheck = setInterval(async () => {
      const again = await admit(request).catch(() => ({ refusal: INTERNAL }));
      if (!('refusal' in again)) flows = again.flows;
      else if (!isPassing(again.refusal)) end.abort();
    }, recheckMs);
    try {
      const lastId = String(request.headers['last-event-id'] ?? '');
      for await (const event of events.follow(lastId === '' ? undefined : lastId, end.signal)) {
        if (flows !== undefined && !flows.includes(String(event.detail.flowId))) continue;
        if (!response.write(toFrame(event))) await once(response, 'drain', { signal: end.signal });
      }
    } catch (error) {
      if (!end.signal.aborted) throw error;
    } finally {
      clearInterval(heartbeat);
      clearInterval(recheck);
      response.end();
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const admitted = await admit(request);
    if (response.destroyed) return;
    if ('refusal' in admitted) return sendReply(request, response, admitted.refusal);
    response.writeHead(200, HEADERS);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    const end = new AbortController();
    response.once('close', () => end.abort());
    const sending = send(request, response, admitted, end).finally(() => open.delete(end));
    open.set(end, sending);
    await sending;
  }

  return {
    takes({ method, url = '' }) {
      return (method === 'GET' || method === 'HEAD') && (url === PATH || url.startsWith(`${PATH}?`));
    },
    serve,
    async close() {
      if (open.size === 0) return;
      const ending = [...open.values()];
      for (const end of open.keys()) end.abort();
      await Promise.allSettled(ending);
      await pause(LAST_MOMENT_MS);
    },
  };
}
