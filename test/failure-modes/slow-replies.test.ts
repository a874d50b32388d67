import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openWorld, startedHandle, unhurried } from '../contracts/provider/world.ts';
import { serveTcp } from '../http/servers.ts';
import { POLLED } from './polled-platforms.ts';

const LIMIT_MS = 10_000;
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** One byte every tenth of a second, for ever. */
async function drip(socket: Socket, first: string, bytes: string) {
  socket.write(first);
  while (!socket.destroyed) {
    for (const byte of bytes) {
      socket.write(byte);
      await sleep(100);
    }
  }
}

/** Never a byte that would end the reply, and never five seconds without one. */
const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  'a body': (socket) => void drip(socket, `${HEAD}content-length: 1000000\r\n\r\n`, ' '),
  'a body in chunks': (socket) => void drip(socket, `${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  headers: (socket) => void drip(socket, HEAD, 'x: y\r\n'),
  'a status line': (socket) => void drip(socket, 'HTTP/1.1 200 ', 'O'),
  'nothing at all': () => undefined,
};

it('a reply that drips for ever ends a look after ten seconds, whatever drips and whose it is, and takes no memory', {
  timeout: 60_000,
}, async () => {
  const before = process.memoryUsage().rss;
  const looks = POLLED.flatMap((variant) => Object.entries(WAYS).map(([what, way]) => ({ variant, what, way })));
  const seen = await Promise.all(
    looks.map(async ({ variant, what, way }) => {
      await using server = await serveTcp(way);
      await using platform = await openWorld(variant);
      const handle = await startedHandle(variant, platform.session);
      const begun = performance.now();
      const look = platform.open({ origin: server.origin }).poll?.(handle, unhurried);
      const told = await look?.then(
        () => 'a look',
        ({ name }: Error) => name,
      );
      const tookMs = performance.now() - begun;
      const isInTime = tookMs > LIMIT_MS - 100 && tookMs < LIMIT_MS + 3_000;
      return `${variant.name}, ${what}: ${told} ${isInTime ? 'in time' : `after ${tookMs} ms`}`;
    }),
  );
  expect(seen).toEqual(looks.map(({ variant, what }) => `${variant.name}, ${what}: ReplyLostError in time`));
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1_048_576);
});
