/** Small real servers, each of which keeps what reached it. */
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { createHttpClient, type HttpClientOptions } from '../../lib/http/create-http-client.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT` or `https://localhost:PORT`. */
  readonly origin: string;
  /** Connections so far. */
  readonly connections: number;
  /** Connections that stand now. */
  readonly open: number;
  /** Requests that arrived whole, as `METHOD /path`; HTTP servers only. */
  readonly requests: readonly string[];
  /** All that arrived, decrypted where the server speaks TLS. */
  readonly received: string;
}

async function listen(server: Server, scheme: 'http' | 'https', requests: readonly string[] = []): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  let connections = 0;
  server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
    socket.on('data', (chunk: Buffer) => received.push(chunk));
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: scheme === 'https' ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get received() {
      return Buffer.concat(received).toString('latin1');
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** @param answer gets the socket once a whole head (up to the blank line) has arrived. */
export function serveTcp(answer: (socket: Socket) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      head = '';
      answer(socket);
    });
  });
  return listen(server, 'http');
}

/** Accepts connections and never says a word. */
export function serveSilence(): Promise<TestServer> {
  return listen(createTcpServer(), 'http');
}

export function serveHttp(listener: RequestListener): Promise<TestServer> {
  const requests: string[] = [];
  return listen(createServer(recording(requests, listener)) as HttpServer, 'http', requests);
}

export function serveTls(
  certificate: Certificate,
  listener: RequestListener,
  options: TlsOptions = {},
): Promise<TestServer> {
  const requests: string[] = [];
  const pair = { key: pem(`${certificate}.key`), cert: pem(`${certificate}.cert`), ...options };
  return listen(createTlsServer(pair, recording(requests, listener)), 'https', requests);
}

function recording(requests: string[], listener: RequestListener): RequestListener {
  return (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    request.on('end', () => listener(request, response));
  };
}

export type Certificate = 'localhost' | 'elsewhere' | 'expired';

export function certificateOf(name: Certificate): string {
  return pem(`${name}.cert`);
}

function pem(name: string): string {
  return readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
}

export function clientOf(server: { readonly origin: string }, options: Partial<HttpClientOptions> = {}): HttpClient {
  return createHttpClient({ baseUrl: server.origin, ...options });
}

export const NEVER_ABORTED = new AbortController().signal;

/** A start as providers send it. */
export const START: HttpRequest = {
  method: 'POST',
  path: ['runs'],
  body: { kind: 'json', value: { name: 'x' } },
  once: true,
  signal: NEVER_ABORTED,
};

export const LOOK: HttpRequest = { method: 'GET', path: ['runs', '7'], signal: NEVER_ABORTED };

/** What a promise is rejected with; fails when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error('expected a rejection with an error');
}
