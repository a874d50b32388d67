/** The 24 faults of the wire: their names, as toxiproxy has them where it has them, and what each does. */
import type { Socket } from 'node:net';
import type { Certificate } from '../http/servers.ts';
import { TOXICS, type Toxic } from './toxics.ts';

/** Where a fault strikes. */
export type Strike =
  /** Nobody listens on the port. */
  | { readonly at: 'port' }
  /** A connection, before a byte of TLS has come from us. */
  | { readonly at: 'connection'; readonly take: (raw: Socket, turn: number) => void }
  /** The server shows this certificate to a client that trusts those. */
  | { readonly at: 'certificate'; readonly shown: Certificate; readonly trusted: readonly Certificate[] }
  /** A connection that was kept open after an earlier request. */
  | { readonly at: 'kept connection' }
  /** The one request that a cell is about. */
  | { readonly at: 'request'; readonly toxic: Toxic };

export interface WireFault {
  readonly name: string;
  /** What it does on the wire. */
  readonly does: string;
  readonly strike: Strike;
  /** Sends more than anybody should keep: memory is watched. */
  readonly isFlood?: true;
}

const onRequest = (toxic: Toxic): Strike => ({ at: 'request', toxic });

/** Before the handshake is done, and after its first message: the code is that of a reset after the request. */
function resetOnAccept(raw: Socket, turn: number): void {
  if (turn % 2 === 0) raw.resetAndDestroy();
  else raw.once('data', () => raw.resetAndDestroy());
}

function plainPort(raw: Socket): void {
  raw.once('data', () => raw.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'));
}

/** Reads what comes and says nothing. */
function stalledHandshake(raw: Socket): void {
  raw.resume();
}

export const FAULTS = [
  { name: 'latency', does: 'the reply comes 50 to 300 ms late', strike: onRequest(TOXICS.latency) },
  { name: 'bandwidth', does: 'the body comes at five bytes a second', strike: onRequest(TOXICS.bandwidth) },
  { name: 'slow_close', does: 'the reply is whole, the connection stays', strike: onRequest(TOXICS.slowClose) },
  { name: 'timeout', does: 'the request arrives, no byte comes back', strike: onRequest(TOXICS.timeout) },
  { name: 'reset_peer', does: 'RST before, within or instead of the reply', strike: onRequest(TOXICS.resetPeer) },
  { name: 'slicer', does: 'request and reply go in small pieces', strike: onRequest(TOXICS.slicer) },
  {
    name: 'limit_data',
    does: 'the connection ends after some bytes of the reply',
    strike: onRequest(TOXICS.limitData),
  },
  { name: 'down', does: 'nobody listens: connections are refused', strike: { at: 'port' } },
  { name: 'header_drip', does: 'headers come for ever, one each 100 ms', strike: onRequest(TOXICS.headerDrip) },
  {
    name: 'endless_chunked',
    does: 'chunks come for ever, as fast as they are taken',
    strike: onRequest(TOXICS.endlessChunked),
    isFlood: true,
  },
  { name: 'wrong_length', does: 'Content-Length too large, twice or negative', strike: onRequest(TOXICS.wrongLength) },
  { name: 'early_fin', does: 'a reply without a length, cut off by FIN', strike: onRequest(TOXICS.earlyFin) },
  { name: 'large_header', does: 'a reply with a header of 64 KB', strike: onRequest(TOXICS.largeHeader) },
  {
    name: 'garbage_protocol',
    does: 'SMTP, binary or HTTP/2 instead of a reply',
    strike: onRequest(TOXICS.garbageProtocol),
  },
  { name: 'gzip_bomb', does: '200 MB of zeros in 200 kB of gzip', strike: onRequest(TOXICS.gzipBomb), isFlood: true },
  { name: 'brotli_bomb', does: '200 MB of zeros in Brotli', strike: onRequest(TOXICS.brotliBomb), isFlood: true },
  { name: 'redirect', does: '301 to 308 to another host', strike: onRequest(TOXICS.redirect) },
  {
    name: 'stale_keep_alive',
    does: 'a kept connection is closed as it is used again',
    strike: { at: 'kept connection' },
  },
  { name: 'reset_on_accept', does: 'RST before TLS stands', strike: { at: 'connection', take: resetOnAccept } },
  {
    name: 'tls_expired',
    does: 'a certificate that has expired',
    strike: { at: 'certificate', shown: 'expired', trusted: ['localhost', 'expired'] },
  },
  {
    name: 'tls_self_signed',
    does: 'a certificate that nobody we trust has signed',
    strike: { at: 'certificate', shown: 'localhost', trusted: ['elsewhere'] },
  },
  {
    name: 'tls_wrong_host',
    does: 'a certificate of another host',
    strike: { at: 'certificate', shown: 'elsewhere', trusted: ['localhost', 'elsewhere'] },
  },
  { name: 'tls_plain_port', does: 'plain HTTP on the port', strike: { at: 'connection', take: plainPort } },
  {
    name: 'tls_stalled_handshake',
    does: 'TLS is never answered',
    strike: { at: 'connection', take: stalledHandshake },
  },
] as const satisfies readonly WireFault[];

export type FaultName = (typeof FAULTS)[number]['name'];
