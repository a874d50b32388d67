import type { RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loginThenBearer } from '../../lib/http/auth.ts';
import type { HttpClientOptions } from '../../lib/http/create-http-client.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';
import { failureOf, readJson } from '../../lib/http/reply.ts';
import { clientOf, errorOf, NEVER_ABORTED, serveHttp, serveSilence, serveTcp, serveTls } from './servers.ts';

/** Beginning of everything that must not be seen, in each place where it is put. */
const CANARY = 'hUsHhUsH';

/** As text and as the bytes of a printed buffer. */
const SPELLINGS = [
  CANARY,
  Buffer.from(CANARY)
    .toString('hex')
    .replace(/..(?=.)/g, '$& '),
  [...Buffer.from(CANARY)].join(','),
];

const REQUEST: HttpRequest = {
  method: 'POST',
  path: [`${CANARY}-path`],
  query: { api_key: `${CANARY}-query` },
  body: { kind: 'json', value: { password: `${CANARY}-body` } },
  limits: { totalMs: 100, connectMs: 60, idleMs: 60, maxBytes: 1_000 },
  once: true,
  signal: NEVER_ABORTED,
};
const auth = { headers: async () => ({ 'x-api-key': `${CANARY}-header` }) };

async function readReply(client: HttpClient): Promise<never> {
  const context = { operation: 'start', what: 'start of run' } as const;
  const reply = await client.send(REQUEST);
  if (reply.status === 200)
    readJson(reply, z.object({ id: z.number(), list: z.record(z.string(), z.number()) }), context);
  throw failureOf(reply, context);
}

type Scene = () => Promise<Error>;

async function sceneOf(
  server: { readonly origin: string } & AsyncDisposable,
  options: Partial<HttpClientOptions> = {},
) {
  await using held = server;
  return await errorOf(readReply(clientOf(held, { auth, ...options })));
}

function answered(listener: RequestListener): Scene {
  return async () => sceneOf(await serveHttp(listener));
}

function raw(text: string): Scene {
  return async () => sceneOf(await serveTcp((socket) => socket.end(text)));
}

const status = (code: number): Scene =>
  answered((_request, response) => {
    response
      .writeHead(code, { location: `https://x.example/?${CANARY}`, 'retry-after': CANARY })
      .end(`${CANARY}-reply`);
  });
const OK = 'HTTP/1.1 200 OK\r\n';

const SCENES: Readonly<Record<string, Scene>> = {
  refused: async () => errorOf(readReply(clientOf({ origin: 'http://127.0.0.1:1' }, { auth }))),
  'no such name': async () => {
    const lookup: HttpClientOptions['lookup'] = (_h, _o, callback) => callback(new Error(`${CANARY}-dns`), '', 0);
    return errorOf(readReply(clientOf({ origin: 'https://x.example' }, { auth, lookup })));
  },
  'stalled handshake': async () => {
    await using server = await serveSilence();
    return await errorOf(readReply(clientOf({ origin: `https://localhost:${server.port}` }, { auth })));
  },
  'untrusted server': async () => sceneOf(await serveTls('localhost', () => undefined)),
  reset: async () => sceneOf(await serveTcp((socket) => socket.resetAndDestroy())),
  'no answer': async () => sceneOf(await serveTcp(() => undefined)),
  'garbage with an echo': raw(`${CANARY} garbage\r\n\r\n`),
  'broken header with an echo': raw(`${OK}${CANARY} broken\r\n\r\n`),
  'cut reply': raw(`${OK}content-length: 900\r\n\r\n{"echo":"${CANARY}`),
  'broken chunk': raw(`${OK}transfer-encoding: chunked\r\n\r\n${CANARY}\r\n`),
  'broken compression': raw(`${OK}content-encoding: gzip\r\n\r\n${CANARY}`),
  'unknown encoding': raw(`${OK}content-encoding: ${CANARY}\r\n\r\nx`),
  'too large': raw(`${OK}\r\n${CANARY.repeat(500)}`),
  'silence within the reply': async () =>
    sceneOf(await serveTcp((socket) => socket.write(`${OK}content-length: 900\r\n\r\n${CANARY}`))),
  'no JSON': raw(`${OK}\r\n${CANARY}`),
  'other JSON': raw(`${OK}\r\n{"id":"${CANARY}","list":{"a":"${CANARY}"}}`),
  ...Object.fromEntries(
    [302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503].map((code) => [`status ${code}`, status(code)]),
  ),
  'refused login': async () => {
    const login = loginThenBearer({
      async login(client, signal) {
        const reply = await client.send({ ...REQUEST, path: ['login'], signal });
        throw failureOf(reply, { operation: 'read', what: 'login' });
      },
    });
    return sceneOf(await serveHttp((_request, response) => response.writeHead(400).end(CANARY)), { auth: login });
  },
  'unusable header': async () => {
    const broken = { headers: async () => ({ 'x-api-key': `${CANARY}\r\nx: y` }) };
    return sceneOf(await serveHttp(() => undefined), { auth: broken });
  },
  'impossible path': async () => {
    await using server = await serveHttp(() => undefined);
    return await errorOf(clientOf(server).send({ ...REQUEST, path: [`${CANARY}\n`] }));
  },
};

describe('an error', () => {
  it.each(Object.entries(SCENES))(
    'shows no header, query, body or path, however it is printed: %s',
    async (_title, scene) => {
      const error = await scene();
      const prints = [String(error), error.stack, JSON.stringify(error), inspect(error, { depth: 20 })];
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
        prints.push(
          cause.message,
          JSON.stringify({ ...cause }),
          JSON.stringify(
            cause,
            Object.getOwnPropertyNames(cause).filter((name) => name !== 'remoteText'),
          ),
        );
      const printed = prints.join('\n').toLowerCase();
      expect(SPELLINGS.filter((spelling) => printed.includes(spelling.toLowerCase()))).toEqual([]);
      expect(error.name).toMatch(/^(RequestNotSent|ReplyLost|Provider\w+|InvalidInput)Error$/);
    },
  );
});
