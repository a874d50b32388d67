import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionSource, ConnectOptions } from './connect.ts';
import { broken, interrupted } from './failures.ts';
import type { HttpLimits, HttpMethod } from './http-client.ts';
import type { Watch } from './watch.ts';

/** What all calls of a connection share. */
export interface Transport {
  readonly base: URL;
  readonly baseUrl: string;
  readonly limits: HttpLimits;
  readonly connections: ConnectionSource;
  readonly open: OpenReply;
}

/** One checked request on its way. */
export interface Call {
  /** For messages: the method and the host, nothing that a user supplied. */
  readonly subject: string;
  readonly method: HttpMethod;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly once: boolean;
  readonly limits: HttpLimits;
  readonly watch: Watch;
}

/** Sends once and resolves when the head of the reply is there. */
export type OpenReply = (
  transport: Transport,
  call: Call,
  authorisation: Readonly<Record<string, string>>,
) => Promise<IncomingMessage>;

/** Over a socket. */
export const openReply: OpenReply = (transport, call, authorisation) => {
  const { subject, watch } = call;
  const { signal } = watch;
  return new Promise((resolve, reject) => {
    watch.look();
    if (signal.aborted) return reject(interrupted(subject, watch.why(), false, signal.reason));
    watch.connecting();
    const send = transport.base.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(optionsOf(transport, call, authorisation));
    let sent = false;
    let settled = false;

    const settle = (): boolean => {
      const first = !settled;
      settled = true;
      signal.removeEventListener('abort', onAbort);
      return first;
    };
    const fail = (error: Error) => {
      if (!settle()) return;
      watch.connected();
      reject(error);
      request.destroy();
    };
    const onAbort = () => fail(interrupted(subject, watch.why(), sent, signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });

    request.once('socket', (socket) => {
      // The connection stands: from here on, whatever happens, the request may have arrived.
      sent = true;
      watch.connected();
      socket.on('data', watch.touch);
      request.once('close', () => socket.off('data', watch.touch));
    });
    request.once('response', (reply) => {
      if (!settle()) return;
      watch.rest();
      resolve(reply);
    });
    request.on('error', (error) => fail(broken(subject, error, sent)));
    // Every request closes; only one that was never answered has failed by it.
    request.once('close', () => settled || fail(broken(subject, undefined, sent)));
    request.end(call.body);
  });
};

function optionsOf(
  { base, connections }: Transport,
  call: Call,
  authorisation: Readonly<Record<string, string>>,
): RequestOptions & ConnectOptions {
  const hasBody = call.body !== undefined || (call.method !== 'GET' && call.method !== 'DELETE');
  const length = hasBody ? { 'content-length': String(Buffer.byteLength(call.body ?? '')) } : {};
  return {
    host: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port,
    method: call.method,
    path: call.target,
    headers: { ...authorisation, ...call.headers, ...length, host: base.host },
    agent: call.once ? connections.fresh : connections.keptAlive,
    opening: call.watch,
  };
}
