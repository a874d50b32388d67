import { gunzipSync, gzipSync } from 'node:zlib';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import type { ConsoleFile, ConsoleFiles } from '../../lib/domain/console-file.ts';
import { toGatewayEvent, toGatewayReply } from '../../lib/local/gateway-event.ts';
import { setUp } from './client.ts';

const PAGE = '<!doctype html><title>Errand</title>';
const SCRIPT = 'console.log("ü");';
const PICTURE = Uint8Array.of(0x89, 0x50, 0xff, 0x00);

const TEXT: ConsoleFile = { mediaType: 'text/html; charset=utf-8', isGzipped: true, isImmutable: false, etag: 'page' };
const FILES: Readonly<Record<string, ConsoleFile & { readonly bytes: Uint8Array }>> = {
  'index.html': { ...TEXT, bytes: gzipSync(PAGE) },
  'workflow.json': { ...TEXT, mediaType: 'application/json', etag: 'graph', bytes: gzipSync('{}') },
  'assets/main-1.js': {
    ...TEXT,
    mediaType: 'text/javascript; charset=utf-8',
    isImmutable: true,
    etag: 'main',
    bytes: gzipSync(SCRIPT),
  },
  'assets/picture-1.png': { mediaType: 'image/png', isGzipped: false, isImmutable: true, etag: 'p', bytes: PICTURE },
};

const files: ConsoleFiles = { find: async (name) => (Object.hasOwn(FILES, name) ? FILES[name] : undefined) };

async function openApp() {
  const { dependencies } = await setUp();
  return createApi(dependencies, { environment: 'test' }, files);
}

async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return (await openApp()).request(path, { method, headers });
}

describe('the console page', () => {
  it.each([
    '/console',
    '/console/',
    '/console/runs',
    '/console/runs/run_01KB0000000000000000000000',
    '/console/flows/a-b_c',
  ])('answers %s with itself and without a key, since the page reads the address', async (path) => {
    const reply = await get(path);
    expect([reply.status, await reply.text()]).toEqual([200, PAGE]);
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('lets nothing run, show or receive anything but what is its own, as it holds an API key', async () => {
    for (const path of ['/console', '/console/assets/main-1.js', '/console/assets/none.js']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy.split('; ')).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        'frame-src blob:',
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toContain('camera=()');
    }
  });

  it('sends what is stored compressed as it is to who takes that, and unpacked to others', async () => {
    const packed = await get('/console/assets/main-1.js', { 'accept-encoding': 'br;q=1.0, gzip;q=0.8' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await packed.arrayBuffer()).toString()).toBe(SCRIPT);
    for (const header of ['', 'br', 'gzip;q=0', 'identity, *;q=0']) {
      const plain = await get('/console/assets/main-1.js', { 'accept-encoding': header });
      expect(plain.headers.get('content-encoding'), header).toBeNull();
      expect(await plain.text()).toBe(SCRIPT);
    }
    expect(packed.headers.get('vary')).toBe('accept-encoding');
  });

  it('lets browsers keep for ever what is named after its content, and ask for the rest each time', async () => {
    const asset = await get('/console/assets/main-1.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/console/runs', '/console/workflow.json']) {
      const reply = await get(path);
      expect(reply.headers.get('cache-control')).toBe('no-cache');
      const again = await get(path, { 'if-none-match': `"old", ${reply.headers.get('etag')}` });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect((await get(path, { 'if-none-match': '"old"' })).status).toBe(200);
    }
  });

  it('has the drawing of the machine', async () => {
    const reply = await get('/console/workflow.json');
    expect([reply.headers.get('content-type'), await reply.json()]).toEqual(['application/json', {}]);
  });

  it.each(['/console/assets/other-2.js', '/console/favicon.ico', '/console/..%2fapi.mjs', '/console/__proto__.x'])(
    'answers 404 for %s, which the build did not list',
    async (path) => {
      const reply = await get(path);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      expect(reply.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('takes HEAD like GET, and nothing else', async () => {
    const head = await get('/console/', {}, 'HEAD');
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, 'W/"page"', '']);
    expect((await get('/console/', {}, 'POST')).status).toBe(404);
  });

  it.each([
    ['/console/assets/main-1.js', Buffer.from(SCRIPT)],
    ['/console/assets/picture-1.png', Buffer.from(PICTURE)],
  ])('gets through Lambda byte for byte: %s', async (path, bytes) => {
    const request = {
      method: 'GET',
      url: path,
      body: Buffer.alloc(0),
      sourceIp: '127.0.0.1',
      requestId: 'r',
      nowMs: 0,
    };
    for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
      const event = toGatewayEvent({ ...request, headers: { host: 'localhost', ...headers } });
      const answer = await handle(await openApp())(event as unknown as LambdaEvent);
      const reply = toGatewayReply(JSON.parse(JSON.stringify(answer)));
      const isPacked = reply?.headers['content-encoding'] === 'gzip';
      expect(isPacked ? gunzipSync(reply?.body ?? '') : reply?.body).toEqual(bytes);
    }
  });

  it('is not there where no files are given', async () => {
    const { app } = await setUp();
    expect((await app.request('/console')).status).toBe(404);
  });
});
