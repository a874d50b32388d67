import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, createBrotliCompress, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, errorOf, LOOK, serveHttp, serveTcp } from './servers.ts';

const MEGABYTE = new Uint8Array(1_048_576);
const CAP = 262_144;

function* zeros(megabytes: number) {
  for (let i = 0; i < megabytes; i++) yield MEGABYTE;
}

describe('a compressed bomb', () => {
  const bombs = new Map<string, Buffer>();
  beforeAll(async () => {
    bombs.set('gzip', await buffer(Readable.from(zeros(200)).pipe(createGzip({ level: 1 }))));
    const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
    bombs.set('br', await buffer(Readable.from(zeros(200)).pipe(createBrotliCompress(quick))));
  });

  it.each(['gzip', 'br'])('of 200 MB (%s) is cut off at the cap, and memory stays flat', async (encoding) => {
    const bomb = bombs.get(encoding);
    await using server = await serveHttp((_request, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(bomb);
    });
    const client = clientOf(server);
    await expect(client.send(LOOK)).rejects.toMatchObject({ name: 'ReplyLostError' });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 5; i++) await expect(client.send(LOOK)).rejects.toMatchObject({ name: 'ReplyLostError' });
    const { body } = await client.download({ ...LOOK, limits: { maxBytes: CAP } });
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of body) seen += chunk.byteLength;
    })();
    expect(await errorOf(reading)).toMatchObject({ name: 'OutputTooLargeError' });
    expect(seen).toBeLessThanOrEqual(CAP);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1_048_576);
  });
});

describe('a reply in a usual encoding', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('is decoded although none was asked for (%s)', async (encoding, compress) => {
    let asked: string | undefined;
    await using server = await serveHttp((request, response) => {
      asked = request.headers['accept-encoding'];
      response.setHeader('content-encoding', encoding);
      response.end(compress('{"id":"ä"}'));
    });
    await expect(clientOf(server).send(LOOK)).resolves.toMatchObject({ text: '{"id":"ä"}' });
    expect(asked).toBe('identity');
  });

  it.each([200, 204])('may be empty, which no decoder would accept (%i)', async (status) => {
    await using server = await serveHttp((_request, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip', ...(status === 200 ? { 'content-length': 0 } : {}) });
      response.end();
    });
    await expect(clientOf(server).send(LOOK)).resolves.toMatchObject({ status, text: '' });
  });
});

describe('the size limit', () => {
  it('lets exactly as much through as it says', async () => {
    let size = CAP;
    await using server = await serveHttp((_request, response) => response.end('x'.repeat(size)));
    await expect(clientOf(server).send(LOOK)).resolves.toMatchObject({ status: 200 });
    size = CAP + 1;
    await expect(clientOf(server).send(LOOK)).rejects.toMatchObject({ name: 'ReplyLostError' });
    const { body } = await clientOf(server).download({ ...LOOK, limits: { maxBytes: CAP } });
    expect(await errorOf(drain(body))).toMatchObject({ name: 'OutputTooLargeError' });
  });

  it('ends chunks that never end, and the connection with them', async () => {
    let closed = false;
    await using server = await serveTcp((socket) => {
      socket.on('close', () => {
        closed = true;
      });
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      void flood(socket);
    });
    await expect(clientOf(server).send(LOOK)).rejects.toMatchObject({ name: 'ReplyLostError' });
    await expect.poll(() => closed).toBe(true);
  });

  async function flood(socket: Socket) {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    while (!socket.destroyed) {
      if (!socket.write(chunk)) await sleep(1);
    }
  }

  it('shortens the text of a failure instead of losing its status', async () => {
    await using server = await serveHttp((_request, response) => {
      response.statusCode = 400;
      response.end('x'.repeat(2 * CAP));
    });
    const reply = await clientOf(server).send(LOOK);
    expect(reply.status).toBe(400);
    expect(reply.text.length).toBeLessThanOrEqual(CAP);
  });
});

describe('a download', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);

  it('gives the bytes untouched', async () => {
    await using server = await serveHttp((_request, response) => response.end(bytes));
    const { status, body } = await clientOf(server).download(LOOK);
    expect(status).toBe(200);
    expect(await drain(body)).toEqual(Buffer.from(bytes));
  });

  it.each([
    ['with its length announced', 'content-length: 900'],
    ['in chunks', 'transfer-encoding: chunked'],
  ])('is never taken for whole when it is cut off %s', async (_title, header) => {
    const part = header.startsWith('content') ? 'part' : '4\r\npart\r\n';
    await using server = await serveTcp((socket) => socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${part}`));
    const { body } = await clientOf(server).download(LOOK);
    expect(await errorOf(drain(body))).toMatchObject({ name: 'ReplyLostError' });
  });

  it('is not called silent while its reader is slow', async () => {
    await using server = await serveHttp((_request, response) => response.end(Buffer.alloc(1_000_000)));
    const limits = { idleMs: 60, maxBytes: 2_000_000 };
    const { body } = await clientOf(server).download({ ...LOOK, limits });
    let seen = 0;
    await sleep(100);
    for await (const chunk of body) {
      if (seen === 0) await sleep(100);
      seen += chunk.byteLength;
    }
    expect(seen).toBe(1_000_000);
  });

  it('ends at its time limit although nobody reads it', async () => {
    await using server = await serveHttp((_request, response) => response.end(Buffer.alloc(1_000_000)));
    const { body } = await clientOf(server).download({ ...LOOK, limits: { totalMs: 50, maxBytes: 2_000_000 } });
    await sleep(100);
    expect(await errorOf(drain(body))).toMatchObject({ name: 'ReplyLostError' });
  });

  it.each(['identity', 'gzip'])('closes its connection when its reader stops early (%s)', async (encoding) => {
    let closed = false;
    await using server = await serveHttp((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.setHeader('content-encoding', encoding);
      const first = Buffer.from('first');
      // Flushed but not finished: more could follow.
      const options = { finishFlush: constants.Z_SYNC_FLUSH };
      response.write(encoding === 'gzip' ? gzipSync(first, options) : first);
    });
    const { body } = await clientOf(server).download(LOOK);
    for await (const chunk of body) {
      expect(Buffer.from(chunk).toString()).toBe('first');
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });

  it('carries the words of a failure, for whoever reads the status', async () => {
    await using server = await serveHttp((_request, response) => {
      response.statusCode = 404;
      response.end('gone');
    });
    const download = await clientOf(server).download(LOOK);
    expect(download).toMatchObject({ status: 404, text: 'gone' });
    expect((await drain(download.body)).toString()).toBe('gone');
  });
});

async function drain(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
