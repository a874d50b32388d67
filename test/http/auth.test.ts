import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anonymous, bearer, createTokenCache, type LoginOptions, loginThenBearer } from '../../lib/http/auth.ts';
import { failureOf, readJson } from '../../lib/http/reply.ts';
import { clientOf, errorOf, LOOK, START, serveHttp, serveTcp, type TestServer } from './servers.ts';

const tokenSchema = z.object({ token: z.string() });

/** Logs in as providers do. */
const login: LoginOptions['login'] = async (client, signal) => {
  const reply = await client.send({ method: 'POST', path: ['login'], signal });
  if (reply.status !== 200) throw failureOf(reply, { operation: 'read', what: 'login' });
  return readJson(reply, tokenSchema, { operation: 'read', what: 'login' }).token;
};

interface Platform {
  readonly server: TestServer;
  revoke(): void;
}

/** Gives out `token-1`, `token-2`, …; only the newest is good. */
async function servePlatform(makeToken = (n: number) => `token-${n}`): Promise<Platform & AsyncDisposable> {
  let issued = 0;
  let good: string | undefined;
  const server = await serveHttp((request, response) => {
    if (request.url === '/login') {
      issued += 1;
      good = makeToken(issued);
      return response.end(JSON.stringify({ token: good }));
    }
    response.statusCode = request.headers.authorization === `Bearer ${good}` ? 200 : 401;
    response.end('{}');
  });
  const revoke = () => {
    good = undefined;
  };
  return { server, revoke, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function loginsOf({ server }: Platform): number {
  return server.requests.filter((line) => line === 'POST /login').length;
}

function jwt(claims: Readonly<Record<string, unknown>>): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
}

describe('a token', () => {
  it('is fetched once, however many wait for it', async () => {
    await using platform = await servePlatform();
    const client = clientOf(platform.server, { auth: loginThenBearer({ login }) });
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.send(LOOK)));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(loginsOf(platform)).toBe(1);
  });

  it('outlives the client in a shared cache, for the same host and credentials only', async () => {
    await using platform = await servePlatform(() => 'same');
    await using other = await servePlatform(() => 'same');
    const cache = createTokenCache();
    const send = (p: Platform, cacheKey: string) =>
      clientOf(p.server, { auth: loginThenBearer({ login, cache, cacheKey }) }).send(LOOK);
    await send(platform, 'ann');
    await send(platform, 'ann');
    expect(loginsOf(platform)).toBe(1);
    await send(platform, 'bob');
    expect(loginsOf(platform)).toBe(2);
    await send(other, 'ann');
    expect(loginsOf(other)).toBe(1);
  });

  it('is renewed once when it is refused, also for a start, which a 401 did not take', async () => {
    await using platform = await servePlatform();
    const client = clientOf(platform.server, { auth: loginThenBearer({ login }) });
    await client.send(LOOK);
    platform.revoke();
    await expect(client.send(START)).resolves.toMatchObject({ status: 200 });
    expect(platform.server.requests).toEqual(['POST /login', 'GET /runs/7', 'POST /runs', 'POST /login', 'POST /runs']);
    platform.revoke();
    await expect(client.download(LOOK)).resolves.toMatchObject({ status: 200 });
  });

  it('leaves the connect limit in force for the second try', async () => {
    await using server = await serveHttp((_request, response) => void response.writeHead(401).end());
    let lookups = 0;
    const lookup: LookupFunction = (_hostname, options, callback) => {
      lookups += 1;
      if (lookups > 1) return;
      if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    };
    const auth = { headers: async () => ({ authorization: 'Bearer t' }), refused: () => true };
    const client = clientOf({ origin: `http://localhost:${server.port}` }, { auth, lookup });
    const begun = performance.now();
    const request = { ...START, limits: { connectMs: 100 } };
    await expect(client.send(request)).rejects.toMatchObject({ name: 'RequestNotSentError' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('that stays refused is reported after the second try', async () => {
    await using server = await serveHttp((request, response) => {
      response.statusCode = request.url === '/login' ? 200 : 401;
      response.end('{"token":"t"}');
    });
    const client = clientOf(server, { auth: loginThenBearer({ login }) });
    await expect(client.send(START)).resolves.toMatchObject({ status: 401 });
    expect(server.requests.filter((line) => line === 'POST /runs')).toHaveLength(2);
  });

  it.each([
    ['tells its age itself', jwt({ iat: 5_000, exp: 5_600 }), undefined, 540],
    ['tells only its end', jwt({ exp: 1_600 }), undefined, 540],
    ['has a lifetime by configuration', 'opaque', 600_000, 540],
    ['lives shorter by configuration', jwt({ iat: 0, exp: 600 }), 100_000, 80],
    ['is broken', 'a.%%%.c', 600_000, 540],
  ])('that %s is renewed before it expires', async (_title, token, lifetimeMs, goodSeconds) => {
    await using platform = await servePlatform(() => token);
    let now = 1_000_000;
    const options = { login, now: () => now, ...(lifetimeMs === undefined ? {} : { lifetimeMs }) };
    const client = clientOf(platform.server, { auth: loginThenBearer(options) });
    await client.send(LOOK);
    now += goodSeconds * 1_000 - 1;
    await client.send(LOOK);
    expect(loginsOf(platform)).toBe(1);
    now += 1;
    await client.send(LOOK);
    expect(loginsOf(platform)).toBe(2);
  });

  it('is not lost to the others when the first who asked gives up', async () => {
    let finish: ((token: string) => void) | undefined;
    let logins = 0;
    const auth = loginThenBearer({
      login: () => {
        logins += 1;
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
    });
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const client = clientOf(server, { auth });
    const first = errorOf(client.send({ ...LOOK, limits: { totalMs: 30 } }));
    const second = client.send(LOOK);
    expect(await first).toMatchObject({ name: 'RequestNotSentError' });
    finish?.('t');
    await expect(second).resolves.toMatchObject({ status: 200 });
    expect(logins).toBe(1);
  });

  it('is not fetched any longer when nobody waits for it', async () => {
    let given: AbortSignal | undefined;
    const hang: LoginOptions['login'] = (_client, signal) => {
      given = signal;
      return new Promise(() => undefined);
    };
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const client = clientOf(server, { auth: loginThenBearer({ login: hang }) });
    await errorOf(client.send({ ...LOOK, limits: { totalMs: 30 } }));
    expect(given?.aborted).toBe(true);
  });
});

describe('a login that fails', () => {
  const start = (server: TestServer, limits = {}) =>
    clientOf(server, { auth: loginThenBearer({ login }) }).send({ ...START, limits });

  it.each([400, 401, 403, 404, 410, 422])('with %i is a refused key', async (status) => {
    await using server = await serveHttp((_request, response) => {
      response.statusCode = status;
      response.end('no');
    });
    await expect(start(server)).rejects.toMatchObject({ name: 'ProviderUnauthorizedError', status });
    expect(server.requests).toEqual(['POST /login']);
  });

  it.each([
    ['a server error', (server: typeof serveHttp) => server((_q, r) => void r.writeHead(500).end())],
    ['a page', (server: typeof serveHttp) => server((_q, r) => void r.end('<html>'))],
    ['no token', (server: typeof serveHttp) => server((_q, r) => void r.end('{}'))],
    [
      'a token that no header can carry',
      (server: typeof serveHttp) => server((_q, r) => void r.end('{"token":"a\\nb"}')),
    ],
    ['a redirect', (server: typeof serveHttp) => server((_q, r) => void r.writeHead(302, { location: '/x' }).end())],
  ])('with %s leaves the start unsent, not in doubt', async (_title, serve) => {
    await using server = await serve(serveHttp);
    await expect(start(server)).rejects.toMatchObject({ name: 'RequestNotSentError' });
    expect(server.requests).toEqual(['POST /login']);
  });

  it('because its reply was lost leaves the start unsent', async () => {
    await using server = await serveTcp((socket) => socket.resetAndDestroy());
    await expect(start(server)).rejects.toMatchObject({ name: 'RequestNotSentError' });
  });

  it('because it takes too long leaves the start unsent', async () => {
    await using server = await serveTcp(() => undefined);
    const begun = performance.now();
    await expect(start(server, { totalMs: 60 })).rejects.toMatchObject({ name: 'RequestNotSentError' });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('because the platform is busy is a throttled call', async () => {
    await using server = await serveHttp(
      (_request, response) => void response.writeHead(429, { 'retry-after': '7' }).end(),
    );
    await expect(start(server)).rejects.toMatchObject({ name: 'ProviderThrottledError', retryAfterMs: 7_000 });
  });

  it('is tried again by the next call', async () => {
    let broken = true;
    await using server = await serveHttp((request, response) => {
      if (request.url === '/login' && broken) response.statusCode = 500;
      response.end('{"token":"t"}');
    });
    const client = clientOf(server, { auth: loginThenBearer({ login }) });
    await errorOf(client.send(START));
    broken = false;
    await sleep(0);
    await expect(client.send(START)).resolves.toMatchObject({ status: 200 });
  });
});

describe('a fixed key', () => {
  it('is not tried twice, since a second try would not differ', async () => {
    await using server = await serveHttp((_request, response) => void response.writeHead(401).end());
    await expect(clientOf(server, { auth: bearer('k') }).send(START)).resolves.toMatchObject({ status: 401 });
    expect(server.requests).toEqual(['POST /runs']);
  });

  it('may be none', async () => {
    await using server = await serveHttp((request, response) => response.end(request.headers.authorization ?? 'none'));
    await expect(clientOf(server, { auth: anonymous }).send(START)).resolves.toMatchObject({ text: 'none' });
  });
});
