/** Plain connections on loopback: those that come in, and those that go on to a platform. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { takeMessage } from './message.ts';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Any free port. */
export async function listen(accept: (socket: Socket) => void): Promise<Listening> {
  const server = createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** One request to the platform, byte for byte, and its whole reply. */
export function exchange(platform: string, request: Buffer, pieces: number): Promise<Buffer> {
  const { hostname, port } = new URL(platform);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the platform closed the connection')));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const taken = takeMessage(received);
      if (taken === undefined) return;
      resolve(taken.message);
      socket.destroy();
    });
    sendInPieces(socket, request, pieces).catch(reject);
  });
}

async function sendInPieces(socket: Socket, request: Buffer, pieces: number): Promise<void> {
  const size = Math.ceil(request.length / pieces);
  for (let at = 0; at < request.length; at += size) {
    socket.write(request.subarray(at, at + size));
    if (pieces > 1) await turnOfLoop();
  }
}
