/**
 * Connections. A request gets its socket only when the connection stands, TLS and identity included, so a request
 * that never got one was certainly not sent.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Watch } from './watch.ts';

/** Passed through the options of a request: the connection is given up with the call it was opened for. */
export interface ConnectOptions {
  readonly opening?: Pick<Watch, 'signal' | 'look'>;
}

/** Shorter than the usual five seconds of servers, so that a closed connection is seldom picked. */
const FREE_SOCKET_MS = 4_000;

type OnSocket = (error: Error | null, socket: Duplex) => void;

export interface ConnectionSource {
  /** One connection, one request, `Connection: close`. */
  readonly fresh: HttpAgent;
  readonly keptAlive: HttpAgent;
}

export function createConnectionSource(
  base: URL,
  lookup: LookupFunction,
  trustedAuthorities: string | undefined,
): ConnectionSource {
  const isTls = base.protocol === 'https:';
  const createConnection = (options: ConnectOptions, callback: OnSocket) => {
    const { socket, ready } = openSocket(base, lookup, trustedAuthorities, isTls);
    handOver(socket, ready, options.opening, callback);
    return undefined;
  };
  const Agent = isTls ? HttpsAgent : HttpAgent;
  return {
    fresh: Object.assign(new Agent({ keepAlive: false }), { createConnection }),
    keptAlive: Object.assign(new Agent({ keepAlive: true, timeout: FREE_SOCKET_MS }), { createConnection }),
  };
}

/** Opens a socket to the server of a base URL; it stands at the event `ready`. */
export function openSocket(
  base: URL,
  lookup: LookupFunction,
  trustedAuthorities: string | undefined,
  isTls: boolean,
): { readonly socket: Socket; readonly ready: 'secureConnect' | 'connect' } {
  return isTls
    ? { socket: openTls(base, lookup, trustedAuthorities), ready: 'secureConnect' }
    : { socket: openPlain(base, lookup), ready: 'connect' };
}

function addressOf(base: URL) {
  const defaultPort = base.protocol === 'https:' ? 443 : 80;
  return {
    host: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port === '' ? defaultPort : Number(base.port),
    // The default of 250 ms gives up on far hosts with more than one address.
    autoSelectFamilyAttemptTimeout: 1_000,
  };
}

function openPlain(base: URL, lookup: LookupFunction): Socket {
  return netConnect({ ...addressOf(base), lookup, noDelay: true });
}

function openTls(base: URL, lookup: LookupFunction, trustedAuthorities: string | undefined): Socket {
  const address = addressOf(base);
  const socket = tlsConnect({
    ...address,
    lookup,
    ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
    ...(trustedAuthorities === undefined ? {} : { ca: trustedAuthorities }),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // Said aloud, because an environment variable changes the default.
    rejectUnauthorized: true,
  });
  return socket.setNoDelay(true);
}

function handOver(socket: Socket, ready: string, opening: ConnectOptions['opening'], callback: OnSocket): void {
  const signal = opening?.signal;
  const giveUp = () => socket.destroy(new Error('given up'));
  let settled = false;
  const settle = (error: Error | null) => {
    if (settled) return;
    settled = true;
    signal?.removeEventListener('abort', giveUp);
    callback(error, socket);
  };
  // Stays for good: an error while no request has the socket must not end the process.
  socket.on('error', (error) => settle(error));
  socket.once(ready, () => {
    // Sockets come before timers when a machine wakes up.
    opening?.look();
    if (signal?.aborted !== true) settle(null);
  });
  socket.once('close', () => settle(new Error('closed before it was ready')));
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
}
