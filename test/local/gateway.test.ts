import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { InvokeResult, LocalFunctions } from '../../lib/local/functions.ts';
import { openGateway } from '../../lib/local/gateway.ts';

type Api = (event: JsonObject) => Json | Promise<Json>;

async function gateway(api: Api | { result: InvokeResult }, timeoutMs = 30_000) {
  const functions: LocalFunctions = {
    invoke: async (_, event) =>
      typeof api === 'function' ? { ok: true, value: await api(event as JsonObject) } : api.result,
    close: async () => {},
  };
  const server = await openGateway({ port: 0, functions, log: () => {}, timeoutMs });
  onTestFinished(() => server.close());
  return server;
}

/** Sends what `fetch` would tidy up or forbid. */
function send(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the local gateway', () => {
  it('hands the function an event of format 2.0, path and query untouched', async () => {
    const { url } = await gateway((event) => ({ statusCode: 200, body: JSON.stringify(event) }));
    const reply = await fetch(`${url}/v1/runs/a%2Fb?status=A&status=B&x=%20`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'a=1; b=2', 'X-Api-Key': 'k' },
      body: '{"ü":1}',
    });
    expect(await reply.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/v1/runs/a%2Fb',
      rawQueryString: 'status=A&status=B&x=%20',
      queryStringParameters: { status: 'A,B', x: ' ' },
      cookies: ['a=1', 'b=2'],
      headers: { 'x-api-key': 'k', 'content-type': 'application/json' },
      requestContext: { http: { method: 'POST', path: '/v1/runs/a%2Fb', sourceIp: '127.0.0.1' }, stage: '$default' },
      body: '{"ü":1}',
      isBase64Encoded: false,
    });
  });

  it('carries bytes both ways as base64', async () => {
    const { url } = await gateway(({ body, isBase64Encoded }) => ({
      statusCode: 201,
      headers: { 'Content-Type': 'application/pdf', 'X-Was-Base64': isBase64Encoded === true },
      body: body ?? null,
      isBase64Encoded: true,
    }));
    const bytes = Buffer.from([0, 255, 128, 10]);
    const reply = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/pdf' }, body: bytes });
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(bytes);
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('x-was-base64')]).toEqual([
      201,
      'application/pdf',
      'true',
    ]);
  });

  it('sets each cookie of a reply and sends no body with 204', async () => {
    const { url } = await gateway(() => ({ statusCode: 204, cookies: ['a=1', 'b=2; Path=/'] }));
    const reply = await fetch(url);
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([204, ['a=1', 'b=2; Path=/']]);
  });

  it('tells Errand’s time, by which a page reads the times in its answers', async () => {
    const functions: LocalFunctions = { invoke: async () => ({ ok: true, value: {} }), close: async () => {} };
    const server = await openGateway({ port: 0, functions, log: () => {}, now: () => Date.UTC(2031, 4, 6, 7, 8, 9) });
    onTestFinished(() => server.close());
    const reply = await fetch(server.url);
    expect(reply.headers.get('date')).toBe('Tue, 06 May 2031 07:08:09 GMT');
  });

  it('refuses bodies over 10 MB', async () => {
    const { url } = await gateway(() => 'never');
    const reply = await fetch(url, { method: 'POST', body: Buffer.alloc(10_485_761) });
    expect(reply.status).toBe(413);
  });

  it('refuses names other than its own, so that no page can reach it under a name of its own', async () => {
    const { port } = await gateway(() => ({ statusCode: 200 }));
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) expect(await send(port, '/', { host })).toBe(200);
    for (const host of ['evil.example', `127.0.0.1.evil.example:${port}`, '127.0.0.1@evil.example']) {
      expect(await send(port, '/', { host }), host).toBe(421);
    }
  });

  it('answers 504 when the function takes too long', async () => {
    const { url } = await gateway(() => new Promise(() => {}), 50);
    expect((await fetch(url)).status).toBe(504);
  });

  it('answers 500 for a failure, without a word of it', async () => {
    const { url } = await gateway({ result: { ok: false, error: { errorType: 'Error', errorMessage: 'a secret' } } });
    const reply = await fetch(url);
    expect([reply.status, await reply.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    const broken = await gateway(() => ({ statusCode: 'many' }));
    expect((await fetch(broken.url)).status).toBe(500);
  });

  it('names the port that is taken, and the way out', async () => {
    const { port } = await gateway(() => null);
    const functions = { invoke: async () => ({ ok: true, value: null }), close: async () => {} } as LocalFunctions;
    await expect(openGateway({ port, functions, log: () => {} })).rejects.toMatchObject({
      name: 'LocalStartError',
      message: `Port ${port} is taken. Stop what uses it, or choose another with --port N.`,
    });
  });
});
