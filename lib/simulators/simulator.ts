/** The server under every simulated platform: real sockets on loopback, every request kept, faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createLimiter, type Limiter, type RateLimit, type Statistics } from './rate-limit.ts';

export interface RecordedRequest {
  /** When it came, by the platform's clock. */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** The platform's clock, epoch milliseconds. */
  readonly now?: () => number;
  /** Where the platform remembers its jobs; absent: in memory. */
  readonly file?: string;
  /** Absent: as many requests as anybody likes. */
  readonly limit?: RateLimit;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT` without a trailing slash. */
  readonly origin: string;
  readonly faults: Faults;
  readonly requests: readonly RecordedRequest[];
  readonly statistics: Statistics;
  /** Plants a rate limit, or takes it away. */
  limit(limit: RateLimit | undefined): void;
  close(): Promise<void>;
}

/** The platform itself: a Hono app and a way to list its jobs. */
export interface Platform {
  readonly app: Hono;
  jobs(): readonly unknown[];
}

/**
 * Serves a platform on 127.0.0.1. Under `/_simulator` it answers questions about itself:
 * `GET requests`, `GET jobs`, `GET statistics`, `POST faults` (a fault rule), `DELETE faults`, `PUT limit` (a rate
 * limit), `DELETE limit`.
 */
export async function serveSimulator(platform: Platform, options: SimulatorOptions = {}): Promise<Simulator> {
  const { now = Date.now } = options;
  const faults = createFaults(now);
  const requests: RecordedRequest[] = [];
  const limiter = createLimiter(now);
  limiter.set(options.limit);
  const control = controlApp(platform, faults, limiter, requests);

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const path = incoming.url ?? '/';
    const method = incoming.method ?? 'GET';
    const headers = new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
    const request = new Request(`http://${incoming.headers.host ?? 'localhost'}${path}`, {
      method,
      headers,
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    });
    if (path.startsWith('/_simulator/')) return write(outgoing, await control.fetch(request));

    outgoing.setHeader('date', new Date(now()).toUTCString());
    requests.push({ at: now(), method, path, headers: Object.fromEntries(headers), body: body.toString('utf8') });
    const passage = limiter.take();
    for (const [name, value] of Object.entries(passage.headers)) outgoing.setHeader(name, value);
    if (passage.isThrottled) return write(outgoing, new Response('Too Many Requests', { status: 429 }));
    const fault = faults.take(method, path);
    if (fault?.kind === 'reset') return void outgoing.socket?.resetAndDestroy();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reply') return write(outgoing, new Response(fault.body || null, fault));
    const response = await platform.app.fetch(request, { incoming, outgoing });
    // A platform that cuts its own connection has ended the reply already.
    if (outgoing.destroyed || outgoing.writableEnded) return;
    if (fault?.kind === 'reset-after') return void outgoing.socket?.resetAndDestroy();
    if (fault?.kind === 'hang-after') return;
    if (fault?.kind === 'reply-after') return write(outgoing, new Response(fault.body || null, fault));
    return write(outgoing, response, fault);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    faults,
    requests,
    get statistics() {
      return limiter.statistics();
    },
    limit: limiter.set,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function write(outgoing: ServerResponse, response: Response, fault?: Fault): Promise<void> {
  if (fault?.kind === 'delay') await sleep(fault.ms);
  const bytes = Buffer.from(await response.arrayBuffer());
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  outgoing.statusCode = response.status;
  if (fault?.kind === 'cut-body') {
    if (fault.announceLength) outgoing.setHeader('content-length', bytes.length);
    else outgoing.useChunkedEncodingByDefault = false;
    outgoing.write(bytes.subarray(0, fault.bytes), () =>
      fault.announceLength ? outgoing.socket?.destroy() : outgoing.socket?.end(),
    );
    return;
  }
  if (fault?.kind === 'drip') {
    outgoing.setHeader('content-length', bytes.length);
    for (const byte of bytes) {
      if (outgoing.destroyed) return;
      outgoing.write(Uint8Array.of(byte));
      await sleep(fault.everyMs);
    }
    outgoing.end();
    return;
  }
  outgoing.setHeader('content-length', bytes.length);
  outgoing.end(bytes);
}

function controlApp(platform: Platform, faults: Faults, limiter: Limiter, requests: readonly RecordedRequest[]): Hono {
  const app = new Hono().basePath('/_simulator');
  app.get('/requests', (context) => context.json(requests));
  app.get('/jobs', (context) => context.json(platform.jobs()));
  app.get('/statistics', (context) => context.json(limiter.statistics()));
  app.put('/limit', async (context) => {
    limiter.set(await context.req.json());
    return context.body(null, 204);
  });
  app.delete('/limit', (context) => {
    limiter.set(undefined);
    return context.body(null, 204);
  });
  app.post('/faults', async (context) => {
    faults.add(await context.req.json());
    return context.body(null, 204);
  });
  app.delete('/faults', (context) => {
    faults.clear();
    return context.body(null, 204);
  });
  return app;
}
