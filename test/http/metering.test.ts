import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HandlerTimeoutError, RequestNotSentError } from '../../lib/domain/errors.ts';
import { loginThenBearer } from '../../lib/http/auth.ts';
import { createHttpClient, type HttpClientOptions } from '../../lib/http/create-http-client.ts';
import type { HttpClient, Turn } from '../../lib/http/http-client.ts';
import { errorOf, LOOK, START, serveHttp, serveTcp, type TestServer } from './servers.ts';

/** Gives out `token-1`, `token-2`, …; only the newest is good until it is revoked. */
async function servePlatform() {
  let issued = 0;
  let good = '';
  const server = await serveHttp((request, response) => {
    if (request.url === '/login') {
      issued += 1;
      good = `token-${issued}`;
      return response.end(good);
    }
    response.statusCode = request.headers.authorization === `Bearer ${good}` ? 200 : 401;
    response.end('{}');
  });
  const revoke = () => {
    good = 'nobody has it';
  };
  return { server, revoke, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const auth = () =>
  loginThenBearer({ login: async (c, signal) => (await c.send({ method: 'POST', path: ['login'], signal })).text });

function clientsOf(server: TestServer, options: Partial<HttpClientOptions> = {}) {
  const plain = createHttpClient({ baseUrl: server.origin, ...options });
  const metered = (turn: Turn): HttpClient => plain.metered?.(turn) ?? plain;
  return { plain, metered };
}

describe('a metered client', () => {
  it('pays for the login, for the request, and for both again after a refused token', async () => {
    await using platform = await servePlatform();
    const seen: number[] = [];
    const client = clientsOf(platform.server, { auth: auth() }).metered(
      async () => void seen.push(platform.server.requests.length),
    );
    await client.send(LOOK);
    expect(seen).toEqual([0, 1]);
    platform.revoke();
    await expect(client.send(START)).resolves.toMatchObject({ status: 200 });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(platform.server.requests).toEqual(['POST /login', 'GET /runs/7', 'POST /runs', 'POST /login', 'POST /runs']);
  });

  it('pays once for a login that several callers wait for', async () => {
    await using platform = await servePlatform();
    let turns = 0;
    const { metered } = clientsOf(platform.server, { auth: auth() });
    const clients = Array.from({ length: 10 }, () =>
      metered(async () => {
        turns += 1;
      }),
    );
    await Promise.all(clients.map((client) => client.send(LOOK)));
    expect(platform.server.requests).toHaveLength(11);
    expect(turns).toBe(11);
  });

  it('shares sockets and tokens with the plain one', async () => {
    await using platform = await servePlatform();
    const { plain, metered } = clientsOf(platform.server, { auth: auth() });
    await plain.send(LOOK);
    await metered(async () => undefined).send(LOOK);
    expect(platform.server.requests).toEqual(['POST /login', 'GET /runs/7', 'GET /runs/7']);
    expect(platform.server.connections).toBe(1);
  });

  it('leaves the plain one as it is', async () => {
    await using platform = await servePlatform();
    const { plain, metered } = clientsOf(platform.server, { auth: auth() });
    metered(() => Promise.reject(new RequestNotSentError('never')));
    await expect(plain.send(LOOK)).resolves.toMatchObject({ status: 200 });
  });

  it('counts no waiting against the limits, and begins them afresh where the platform comes in', async () => {
    await using server = await serveTcp(() => undefined);
    const { metered } = clientsOf(server);
    const begun = performance.now();
    const limits = { totalMs: 300 };
    const failing = errorOf(metered(() => sleep(500)).send({ ...START, limits }));
    expect(await failing).toMatchObject({ name: 'ReplyLostError' });
    const tookMs = performance.now() - begun;
    expect(tookMs).toBeGreaterThan(780);
    expect(tookMs).toBeLessThan(3_000);
  });

  it('lets a login wait for its turn longer than the request that needs it may take', async () => {
    await using platform = await servePlatform();
    const { metered } = clientsOf(platform.server, { auth: auth() });
    const client = metered(() => sleep(600));
    const limits = { totalMs: 500 };
    const both = await Promise.all([client.send({ ...LOOK, limits }), client.send({ ...LOOK, limits })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('goes on with what is left of the limit after the turn of a second try', async () => {
    await using server = await serveHttp((_request, response) => {
      setTimeout(() => void response.writeHead(401).end(), 300);
    });
    const scheme = { headers: async () => ({}), refused: () => true };
    const { metered } = clientsOf(server, { auth: scheme });
    const begun = performance.now();
    const failing = errorOf(metered(() => sleep(100)).send({ ...LOOK, limits: { totalMs: 500 } }));
    expect(await failing).toMatchObject({ name: 'ReplyLostError' });
    expect(performance.now() - begun).toBeGreaterThan(680);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('asks for no turn for a request that cannot be sent', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    let turns = 0;
    const client = clientsOf(server).metered(async () => {
      turns += 1;
    });
    await expect(client.send({ ...LOOK, path: ['..'] })).rejects.toMatchObject({ name: 'InvalidInputError' });
    const aborted = { ...LOOK, signal: AbortSignal.abort(new HandlerTimeoutError('too late')) };
    await expect(client.send(aborted)).rejects.toMatchObject({ name: 'HandlerTimeoutError' });
    expect(turns).toBe(0);
  });

  it.each([
    new RequestNotSentError('no turn in time'),
    new HandlerTimeoutError('no time'),
    new TypeError('table gone'),
  ])('sends nothing when a turn fails, and passes the reason on: $name', async (reason) => {
    await using platform = await servePlatform();
    const { metered } = clientsOf(platform.server, { auth: auth() });
    const client = metered(() => Promise.reject(reason));
    expect(await errorOf(client.send(START))).toBe(reason);
    expect(await errorOf(client.download(LOOK))).toBe(reason);
    expect(platform.server.requests).toEqual([]);
    expect(platform.server.connections).toBe(0);
  });

  it('gives up a turn that does not come, with the reason of its caller', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const controller = new AbortController();
    const waiting = Promise.withResolvers<AbortSignal>();
    const client = clientsOf(server).metered((signal) => {
      waiting.resolve(signal);
      return new Promise(() => undefined);
    });
    const failing = errorOf(client.send({ ...START, signal: controller.signal }));
    const given = await waiting.promise;
    const reason = new HandlerTimeoutError('no time left');
    controller.abort(reason);
    expect(await failing).toBe(reason);
    expect(given.aborted).toBe(true);
    expect(server.connections).toBe(0);
  });
});
