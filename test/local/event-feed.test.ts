import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { createEventFeed, type EventFeedOptions } from '../../lib/local/event-feed.ts';
import { type EventLog, openEventLog } from '../../lib/local/event-log.ts';
import type { LocalFunctions } from '../../lib/local/functions.ts';
import { openGateway } from '../../lib/local/gateway.ts';
import { listenOnLoopback } from '../../lib/local/loopback.ts';
import { busEvent } from './helpers/bus-event.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

type Key = { readonly scopes: readonly string[]; readonly flows?: readonly string[] };

const READER: Key = { scopes: ['runs:read'] };

/** The gateway with an API that knows some keys and nothing else. */
async function world(keys: Record<string, Key> = { reader: READER }) {
  const asked: JsonObject[] = [];
  const api = (event: JsonObject): Json => {
    asked.push(event);
    const { 'x-api-key': own, authorization } = event.headers as Record<string, string>;
    const key = keys[own ?? authorization?.replace('Bearer ', '') ?? ''];
    if (event.rawPath !== '/v1/keys/self') return { statusCode: 404, body: '{"code":"NOT_FOUND"}' };
    const body = JSON.stringify(key === undefined ? { code: 'UNAUTHENTICATED' } : { keyId: 'k', ...key });
    return {
      statusCode: key === undefined ? 401 : 200,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
      body,
    };
  };
  const functions: LocalFunctions = {
    invoke: async (_, event) => ({ ok: true, value: api(event as JsonObject) }),
    close: async () => {},
  };
  const events = openEventLog(temporaryDirectory(), { maxBytes: 30_000 });
  const server = await openGateway({ port: 0, functions, events, log: () => {} });
  onTestFinished(async () => {
    await server.close();
    await events.close();
  });
  return { ...server, events, asked, keys };
}

/** The feed alone, with times as short as a test wants them. */
async function feedOnly(ask: EventFeedOptions['ask'], options: Partial<EventFeedOptions> = {}, onPulled = () => {}) {
  const events = openEventLog(temporaryDirectory());
  async function* watched(...place: Parameters<EventLog['follow']>) {
    for await (const event of events.follow(...place)) {
      onPulled();
      yield event;
    }
  }
  const feed = createEventFeed({ events: { ...events, follow: watched }, ask, ...options });
  const server = await listenOnLoopback((request, response) => void feed.serve(request, response));
  onTestFinished(async () => {
    await feed.close();
    await server.close();
    await events.close();
  });
  return { ...server, events };
}

const granted = (key: Key) => ({ statusCode: 200, headers: {}, body: Buffer.from(JSON.stringify(key)) });
const refused = (statusCode: number) => ({ statusCode, headers: {}, body: Buffer.from('{}') });

interface Frame {
  readonly [field: string]: string;
}

async function listen(url: string, headers: Record<string, string> = {}) {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const reply = await fetch(url, { headers: { 'x-api-key': 'reader', ...headers }, signal: end.signal });
  const text = (reply.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let buffered = '';

  /** The next block of lines; undefined when the other side has ended. */
  async function block(): Promise<string | undefined> {
    while (!buffered.includes('\n\n')) {
      const { done, value } = await text.read();
      if (done) return undefined;
      buffered += value;
    }
    const stop = buffered.indexOf('\n\n');
    const found = buffered.slice(0, stop);
    buffered = buffered.slice(stop + 2);
    return found;
  }

  async function frame(): Promise<Frame | undefined> {
    const lines = (await block())?.split('\n');
    return lines && Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  }

  async function ids(count: number): Promise<readonly (string | undefined)[]> {
    const found: (string | undefined)[] = [];
    while (found.length < count) {
      const next = await frame();
      if (next === undefined) break;
      if (next.id !== undefined) found.push(next.id);
    }
    return found;
  }
  return { reply, block, frame, ids, end: () => end.abort() };
}

describe('GET /v1/events', () => {
  it('sends each event with its id and type as it happens', async () => {
    const { url, events } = await world();
    events.append([busEvent('before-1')]);
    const { reply, frame } = await listen(`${url}/v1/events`);
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(await frame()).toEqual({ retry: '3000' });
    events.append([busEvent('run_1-3', 'plan', 'Run Ended')]);
    const { id, event, data } = (await frame()) ?? {};
    expect([id, event]).toEqual(['run_1-3', 'Run Ended']);
    expect(JSON.parse(data ?? '')).toEqual(busEvent('run_1-3'));
  });

  it('gives a receiver that was away everything since, across a new file too', async () => {
    const { url, events } = await world();
    events.append([busEvent('a-1'), busEvent('a-2')]);
    const first = await listen(`${url}/v1/events`, { 'last-event-id': '0' });
    expect(await first.ids(2)).toEqual(['a-1', 'a-2']);
    first.end();
    for (let n = 3; n <= 200; n += 1) events.append([busEvent(`a-${n}`)]);
    const { ids } = await listen(`${url}/v1/events?any=thing`, { 'last-event-id': 'a-2' });
    expect(await ids(198)).toEqual(Array.from({ length: 198 }, (_, n) => `a-${n + 3}`));
  });

  it('asks the API who it is with the caller’s own credentials, and with nothing else of the request', async () => {
    const { url, asked } = await world();
    const headers = { authorization: 'Bearer reader', cookie: 'a=1', 'x-other': '1', 'last-event-id': '0' };
    const reply = await fetch(`${url}/v1/events`, { headers });
    await reply.body?.cancel();
    expect(reply.status).toBe(200);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ rawPath: '/v1/keys/self', requestContext: { http: { method: 'GET' } } });
    expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual(['authorization', 'host', 'user-agent']);
  });

  it('sends a key only what its flows bring', async () => {
    const { url, events } = await world({ reader: { scopes: ['runs:read'], flows: ['plan', 'pay'] } });
    const { ids } = await listen(`${url}/v1/events`, { 'last-event-id': '0' });
    events.append([busEvent('a-1', 'hire'), busEvent('a-2', 'plan'), busEvent('a-3', 'hire'), busEvent('a-4', 'pay')]);
    expect(await ids(2)).toEqual(['a-2', 'a-4']);
  });

  it('passes on what the API answers to a key that it refuses', async () => {
    const { url } = await world();
    const reply = await fetch(`${url}/v1/events`, { headers: { 'x-api-key': 'guessed' } });
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await reply.json()).toEqual({ code: 'UNAUTHENTICATED' });
  });

  it('refuses a key without the scope with a problem that names it', async () => {
    const { url } = await world({ reader: { scopes: ['runs:start'] } });
    const reply = await fetch(`${url}/v1/events`, { headers: { 'x-api-key': 'reader' } });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    expect(await reply.json()).toEqual({
      type: 'about:blank',
      title: 'The API key may not do this.',
      status: 403,
      code: 'FORBIDDEN',
      detail: 'The API key lacks the scope "runs:read".',
    });
  });

  it('answers 500 when the API says nothing that can be understood of the key', async () => {
    const { url } = await feedOnly(async () => ({ statusCode: 200, headers: {}, body: Buffer.from('<html>') }));
    expect((await fetch(url)).status).toBe(500);
  });

  it('answers HEAD with the headers alone, and leaves other methods and paths to the API', async () => {
    const { url } = await world();
    const head = await fetch(`${url}/v1/events`, { method: 'HEAD', headers: { 'x-api-key': 'reader' } });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/event-stream', '']);
    const refusedHead = await fetch(`${url}/v1/events`, { method: 'HEAD' });
    expect([refusedHead.status, await refusedHead.text()]).toEqual([401, '']);
    for (const [method, path] of [
      ['POST', '/v1/events'],
      ['DELETE', '/v1/events'],
      ['GET', '/v1/events/1'],
    ] as const) {
      const reply = await fetch(`${url}${path}`, { method });
      expect([reply.status, await reply.json()], `${method} ${path}`).toEqual([404, { code: 'NOT_FOUND' }]);
    }
  });

  it('is there under no name but the machine’s own', async () => {
    const { port } = await world();
    const socket = connect(port, '127.0.0.1');
    socket.end('GET /v1/events HTTP/1.1\r\nhost: evil.example\r\nx-api-key: reader\r\nconnection: close\r\n\r\n');
    const chunks: Buffer[] = await socket.toArray();
    expect(Buffer.concat(chunks).toString()).toContain('421 ');
  });

  it('ends when the gateway closes, so that receivers come back to the next one', async () => {
    const { url, close } = await world();
    const { block } = await listen(`${url}/v1/events`);
    await block();
    await close();
    expect(await block()).toBeUndefined();
  });
});

describe('an open feed of events', () => {
  it('gives a sign of life while nothing happens', async () => {
    const { url } = await feedOnly(async () => granted(READER), { heartbeatMs: 10 });
    const { block } = await listen(url);
    expect([await block(), await block(), await block()]).toEqual(['retry: 3000', ':', ':']);
  });

  it('is cut off when its key is revoked', async () => {
    let reply = granted(READER);
    const { url, events } = await feedOnly(async () => reply, { recheckMs: 10 });
    const { block, ids } = await listen(url);
    events.append([busEvent('a-1')]);
    expect(await ids(1)).toEqual(['a-1']);
    reply = refused(401);
    expect(await block()).toBeUndefined();
  });

  it('sends no more of a flow that its key has lost', async () => {
    let reply = granted(READER);
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return reply;
    };
    const { url, events } = await feedOnly(ask, { recheckMs: 10 });
    const { ids } = await listen(url);
    events.append([busEvent('a-1', 'pay')]);
    expect(await ids(1)).toEqual(['a-1']);
    reply = granted({ ...READER, flows: ['plan'] });
    const before = asked;
    await expect.poll(() => asked).toBeGreaterThan(before + 1);
    events.append([busEvent('a-2', 'pay'), busEvent('a-3', 'plan')]);
    expect(await ids(1)).toEqual(['a-3']);
  });

  it('goes on when the key cannot be looked at for a moment', async () => {
    const replies = [granted(READER), refused(503), refused(429), refused(500)];
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return replies[asked - 1] ?? granted(READER);
    };
    const { url, events } = await feedOnly(ask, { recheckMs: 5 });
    const { ids } = await listen(url);
    await expect.poll(() => asked).toBeGreaterThan(5);
    events.append([busEvent('a-1')]);
    expect(await ids(1)).toEqual(['a-1']);
  });

  it('waits for a receiver that does not read, and then sends it all', async () => {
    let pulled = 0;
    const { port, events } = await feedOnly(
      async () => granted(READER),
      {},
      () => {
        pulled += 1;
      },
    );
    for (let n = 1; n <= 1_500; n += 1) {
      events.append([{ ...busEvent(`a-${n}`), detail: { flowId: 'plan', text: 'x'.repeat(20_000) } }]);
    }
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write('GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\nlast-event-id: 0\r\n\r\n');
    // Once the system's own buffers are full, nothing more is read from the file.
    let before = -1;
    while (before < pulled || pulled === 0) {
      before = pulled;
      await pause(100);
    }
    expect(pulled).toBeLessThan(1_000);
    let text = '';
    for await (const chunk of socket) {
      text = (text + chunk).slice(-100_000);
      if (text.includes('id: a-1500\n')) break;
    }
    expect(text).toContain('id: a-1500\n');
  });
});
