import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HandlerTimeoutError } from '../../lib/domain/errors.ts';
import { clientOf, errorOf, LOOK, START, serveHttp, serveTcp } from './servers.ts';

const lost = { name: 'ReplyLostError' };
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

const BROKEN: Readonly<Record<string, (socket: Socket) => void>> = {
  'a reset': (socket) => socket.resetAndDestroy(),
  'an orderly end': (socket) => socket.end(),
  'half a status line': (socket) => socket.end('HTTP/1.1 20'),
  'half of the headers': (socket) => socket.end(`${HEAD}x: `),
  'another protocol': (socket) => socket.end('220 mail.example ESMTP\r\n'),
  'headers larger than 16 KiB': (socket) => socket.end(`${HEAD}x: ${'y'.repeat(65_536)}\r\n\r\n`),
  'a body shorter than its length': (socket) => socket.end(`${HEAD}content-length: 20\r\n\r\n{"id":`),
  'a body cut before its first byte': (socket) => socket.end(`${HEAD}content-length: 20\r\n\r\n`),
  'chunks without their end': (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`),
  'a chunk of impossible size': (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}`),
  'a switch of protocols': (socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  'a compressed body that is none': (socket) =>
    socket.end(`${HEAD}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}`),
  'an encoding nobody asked for': (socket) =>
    socket.end(`${HEAD}content-encoding: zstd\r\ncontent-length: 2\r\n\r\n{}`),
  'one compression within another': (socket) =>
    socket.end(`${HEAD}content-encoding: gzip, gzip\r\ncontent-length: 2\r\n\r\n{}`),
};

describe('a request that left', () => {
  it.each(Object.entries(BROKEN))('may have been accepted when the answer is %s', async (_title, answer) => {
    await using server = await serveTcp(answer);
    await expect(clientOf(server).send(START)).rejects.toMatchObject(lost);
    await expect(clientOf(server).send(LOOK)).rejects.toMatchObject(lost);
    expect(server.received.match(/POST/g)).toHaveLength(1);
  });

  it('is never sent twice by itself, however often the answer is lost', async () => {
    await using server = await serveTcp((socket) => socket.resetAndDestroy());
    const client = clientOf(server);
    await Promise.all(Array.from({ length: 50 }, () => expect(client.send(START)).rejects.toMatchObject(lost)));
    expect(server.received.match(/POST/g)).toHaveLength(50);
  });

  it('may have been accepted when the time limit comes first', async () => {
    await using server = await serveTcp(() => undefined);
    await expect(clientOf(server).send({ ...START, limits: { totalMs: 60 } })).rejects.toMatchObject(lost);
  });

  it('may have been accepted when the caller gives up, whose own reason comes first', async () => {
    await using server = await serveTcp(() => undefined);
    const reason = new HandlerTimeoutError('two seconds left');
    const given = new AbortController();
    setTimeout(() => given.abort(reason), 40);
    expect(await errorOf(clientOf(server).send({ ...START, signal: given.signal }))).toBe(reason);
    await expect(clientOf(server).send({ ...START, signal: AbortSignal.timeout(40) })).rejects.toMatchObject(lost);
  });

  it('gives up within the body too, with the same reason', async () => {
    await using server = await serveTcp((socket) => socket.write(`${HEAD}content-length: 20\r\n\r\n{`));
    const reason = new HandlerTimeoutError('two seconds left');
    const given = new AbortController();
    setTimeout(() => given.abort(reason), 40);
    expect(await errorOf(clientOf(server).send({ ...LOOK, signal: given.signal }))).toBe(reason);
  });
});

describe('a server that dawdles', () => {
  async function drip(socket: Socket, text: string) {
    while (!socket.destroyed) {
      socket.write(text);
      await sleep(15);
    }
  }
  const limits = { totalMs: 300, idleMs: 5_000 };

  it.each([
    ['its body', `${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
    ['its headers', HEAD, 'x: y\r\n'],
  ])('cannot hold a call by dripping %s, for the limit counts to the last byte', async (_title, first, drop) => {
    await using server = await serveTcp((socket) => {
      socket.write(first);
      void drip(socket, drop);
    });
    const begun = performance.now();
    await expect(clientOf(server).send({ ...LOOK, limits })).rejects.toMatchObject(lost);
    expect(performance.now() - begun).toBeGreaterThan(250);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it.each([
    ['headers', HEAD],
    ['body', `${HEAD}content-length: 20\r\n\r\n{`],
  ])('is given up when it falls silent within the %s, long before the time limit', async (_title, part) => {
    await using server = await serveTcp((socket) => socket.write(part));
    const begun = performance.now();
    await expect(clientOf(server).send({ ...LOOK, limits: { idleMs: 50 } })).rejects.toMatchObject(lost);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('may be given more time than a timer can count', async () => {
    await using server = await serveHttp((_request, response) => setTimeout(() => response.end('{}'), 30));
    await expect(clientOf(server).send({ ...START, limits: { totalMs: 3_000_000_000 } })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('may think longer than the idle limit before its first byte', async () => {
    await using server = await serveHttp((_request, response) => setTimeout(() => response.end('{}'), 150));
    await expect(clientOf(server).send({ ...START, limits: { idleMs: 50 } })).resolves.toMatchObject({ status: 200 });
  });
});

describe('a failure whose body is lost', () => {
  it('is still told by its status, which arrived', async () => {
    await using server = await serveTcp((socket) =>
      socket.end('HTTP/1.1 422 Unprocessable\r\ncontent-length: 90\r\n\r\n{"error":'),
    );
    await expect(clientOf(server).send(START)).resolves.toMatchObject({ status: 422, text: '{"error":' });
  });
});

describe('connections', () => {
  it('are fresh for every start, so a stale one cannot make it ambiguous', async () => {
    const onThisSocket = new WeakMap<Socket, number>();
    await using server = await serveHttp((request, response) => {
      const earlier = onThisSocket.get(request.socket) ?? 0;
      onThisSocket.set(request.socket, earlier + 1);
      if (earlier > 0) return request.socket.resetAndDestroy();
      response.end('{}');
    });
    const client = clientOf(server);
    await client.send(LOOK);
    for (let i = 0; i < 20; i++) await expect(client.send(START)).resolves.toMatchObject({ status: 200 });
    expect(server.received.match(/connection: close/gi)).toHaveLength(20);
  });

  it('are shared by reads', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const client = clientOf(server);
    for (let i = 0; i < 5; i++) await client.send(LOOK);
    expect(server.connections).toBe(1);
  });

  it('are not used again after a reply that nobody asked for', async () => {
    let answered = 0;
    await using server = await serveTcp((socket) => {
      answered += 1;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nmine');
      if (answered === 1) setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother'), 10);
    });
    const client = clientOf(server);
    await client.send(LOOK);
    await sleep(60);
    await expect(client.send(LOOK)).resolves.toMatchObject({ text: 'mine' });
    await expect(client.send(LOOK)).resolves.toMatchObject({ text: 'mine' });
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('are returned and not followed (%i)', async (status) => {
    await using other = await serveHttp((_request, response) => response.end('{}'));
    await using server = await serveHttp((_request, response) => {
      response.writeHead(status, { location: `${other.origin}/elsewhere` }).end();
    });
    const auth = { headers: async () => ({ 'x-api-key': 'secret' }) };
    const client = clientOf(server, { auth });
    await expect(client.send(START)).resolves.toMatchObject({ status });
    await expect(client.send(LOOK)).resolves.toMatchObject({ status });
    await expect(client.download(LOOK)).resolves.toMatchObject({ status });
    expect(other.connections).toBe(0);
    expect(server.requests).toHaveLength(3);
  });
});
