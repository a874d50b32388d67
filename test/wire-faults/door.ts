/** The door in front of a platform: TLS on a real socket, behind which every request passes on or is struck. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from '../http/servers.ts';
import { contextOf } from './certificates.ts';
import type { WireFault } from './faults.ts';
import { type Line, lineOf } from './line.ts';
import { isLast, requestLineOf, takeMessage } from './message.ts';
import { exchange, type Listening, listen } from './plumbing.ts';

export interface DoorOptions {
  /** `http://127.0.0.1:PORT` of the platform. */
  readonly platform: string;
  readonly fault: WireFault;
  readonly turn: number;
  /** Whether this request (`POST /path`) is the one that the cell is about. */
  readonly isMeant: (requestLine: string) => boolean;
}

/** What came since the door was armed. */
export interface Seen {
  connections: number;
  /** Bytes of requests, decrypted. */
  bytes: number;
  /** Of connections that the fault took before TLS. */
  readonly raw: Buffer[];
  readonly requests: string[];
  /** How often the fault did what it does. */
  strikes: number;
  /** Requests that were meant and that the platform heard of. */
  passed: number;
  /** Connections to the host that a redirect points to. */
  elsewhere: number;
}

export interface Door extends AsyncDisposable {
  /** Where clients go: another port, where nobody listens, while that is the fault. */
  readonly origin: string;
  readonly seen: Seen;
  /** From now on the fault strikes. */
  arm(): void;
  heal(): void;
}

/** A privileged port that no service of this machine has; a free one could be somebody's in the next moment. */
const DEAD_PORT = 1;

/** What the connections of a door share. */
interface Gate {
  readonly options: DoorOptions;
  readonly seen: Seen;
  readonly sockets: Set<Socket>;
  /** Connections that wait for another request. */
  readonly idle: Set<TLSSocket>;
  /** Those that were so when the door was armed. */
  kept: ReadonlySet<TLSSocket>;
  isArmed: boolean;
  decoy?: Promise<Listening>;
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const { strike } = options.fault;
  const seen: Seen = { connections: 0, bytes: 0, raw: [], requests: [], strikes: 0, passed: 0, elsewhere: 0 };
  const gate: Gate = { options, seen, sockets: new Set(), idle: new Set(), kept: new Set(), isArmed: false };
  const server = await listen((raw) => accept(gate, raw));
  return {
    get origin() {
      return `https://localhost:${gate.isArmed && strike.at === 'port' ? DEAD_PORT : server.port}`;
    },
    seen,
    arm() {
      gate.isArmed = true;
      if (strike.at === 'kept connection') gate.kept = new Set(gate.idle);
    },
    heal() {
      gate.isArmed = false;
      gate.kept = new Set();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of gate.sockets) socket.destroy();
      await Promise.all([server.close(), gate.decoy?.then(({ close }) => close())]);
    },
  };
}

function accept(gate: Gate, raw: Socket): void {
  const { isArmed, seen, options } = gate;
  const { strike } = options.fault;
  track(gate, raw);
  raw.setNoDelay(true);
  if (isArmed) seen.connections += 1;
  if (isArmed && (strike.at === 'connection' || strike.at === 'certificate')) seen.strikes += 1;
  if (isArmed && strike.at === 'connection') {
    raw.on('data', (chunk: Buffer) => seen.raw.push(chunk));
    strike.take(raw, options.turn);
  } else {
    serve(gate, raw, isArmed && strike.at === 'certificate' ? strike.shown : 'localhost');
  }
}

function track({ sockets }: Gate, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
}

function serve(gate: Gate, raw: Socket, certificate: Certificate): void {
  const { idle, seen, options } = gate;
  const socket = new TLSSocket(raw, { isServer: true, secureContext: contextOf(certificate) });
  track(gate, socket);
  const line = lineOf(socket, raw);
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    if (gate.isArmed) seen.bytes += chunk.length;
    idle.delete(socket);
    if (gate.kept.has(socket)) {
      seen.strikes += 1;
      return options.turn % 2 === 0 ? line.reset() : line.end();
    }
    pending = Buffer.concat([pending, chunk]);
    const taken = takeMessage(pending);
    if (taken === undefined) return;
    pending = taken.rest;
    answer(gate, line, taken.message).then(
      () => void idle.add(socket),
      () => line.cut(),
    );
  });
}

async function answer(gate: Gate, client: Line, request: Buffer): Promise<void> {
  const { isArmed, seen, options } = gate;
  const { platform, fault, turn, isMeant } = options;
  const requestLine = requestLineOf(request);
  const isStruck = isArmed && isMeant(requestLine);
  if (isArmed) seen.requests.push(requestLine);
  const ask = async (pieces = 1) => {
    if (isStruck) seen.passed += 1;
    return exchange(platform, request, pieces);
  };
  const deliver = async (reply: Buffer) => {
    await client.write(reply);
    if (isLast(request)) client.end();
  };
  if (!isStruck || fault.strike.at !== 'request') return deliver(await ask());
  seen.strikes += 1;
  await fault.strike.toxic({ client, ask, deliver, turn, elsewhere: () => elsewhereOf(gate) });
}

/** The host to which nobody may go. */
async function elsewhereOf(gate: Gate): Promise<string> {
  gate.decoy ??= listen((socket) => {
    track(gate, socket);
    gate.seen.elsewhere += 1;
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
  });
  return `http://127.0.0.1:${(await gate.decoy).port}`;
}
