import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import { openWorld, startRequest, unhurried } from '../contracts/provider/world.ts';
import { POLLED, type PolledVariant } from '../failure-modes/polled-platforms.ts';
import { LOOK, START, serveHttp, type TestServer } from '../http/servers.ts';
import { VARIANTS } from '../providers/variants/all.ts';
import { IDS, LINKS } from './ssrf-table.ts';

const KEY = 'canary-key-0123456789';
const auth = { headers: async () => ({ 'x-api-key': KEY, authorization: `Bearer ${KEY}` }) };
const KINDS = [300, 301, 302, 303, 305, 307, 308] as const;

/** Ways to say where to go, beside `Location`. */
const LURES: Readonly<Record<string, (to: string) => Readonly<Record<string, string>>>> = {
  'an absolute Location': (to) => ({ location: `${to}/x` }),
  'a Location without a scheme': (to) => ({ location: `${to.replace('http:', '')}/x` }),
  'a Location with the key': (to) => ({ location: `${to}/${KEY}?api_key=${KEY}` }),
  'a Refresh': (to) => ({ location: '/x', refresh: `0; url=${to}/x` }),
  'a Link, an Alt-Svc and a Content-Location': (to) => ({
    link: `<${to}/x>; rel=preload`,
    'alt-svc': `h2="${to.replace('http://', '')}"`,
    'content-location': `${to}/x`,
  }),
};

const listen = () => serveHttp((_request, response) => response.end('{"status":"Success"}'));

function redirect(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, headers);
  response.end('<meta http-equiv="refresh" content="0">');
}

function expectUntouched(elsewhere: TestServer): void {
  expect(elsewhere.connections).toBe(0);
  expect(elsewhere.received).toBe('');
}

describe('a redirect to another host', () => {
  it.each(KINDS.flatMap((status) => Object.keys(LURES).map((lure) => [status, lure] as const)))(
    'of %i with %s is not followed, and the key goes nowhere',
    async (status, lure) => {
      await using elsewhere = await listen();
      await using server = await serveHttp((_request, response) =>
        redirect(response, status, LURES[lure]?.(elsewhere.origin) ?? {}),
      );
      const client = createHttpClient({ baseUrl: server.origin, auth });
      for (const request of [LOOK, START]) {
        expect((await client.send(request)).status).toBe(status);
        expect((await client.download(request)).status).toBe(status);
      }
      expect(server.requests).toHaveLength(4);
      expectUntouched(elsewhere);
    },
  );

  it.each(VARIANTS)('is not followed by a start or a look, and its error has no key: $name', async (variant) => {
    await using elsewhere = await listen();
    let status = 307;
    await using server = await serveHttp((_request, response) =>
      redirect(response, status, LURES['a Location with the key']?.(elsewhere.origin) ?? {}),
    );
    await using platform = await openWorld(variant);
    const session = platform.open({ origin: server.origin });
    for (status of [301, 302, 303, 307, 308]) {
      const failure = await session.start(startRequest(variant), unhurried).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(JSON.stringify([failure, String(failure)])).not.toContain(KEY);
      if (variant.started !== 'accepted') continue;
      await expect(session.poll?.(handleOf(variant, 'x123'), unhurried)).rejects.toThrow();
    }
    expectUntouched(elsewhere);
  });
});

describe('an id of a platform', () => {
  it.each(POLLED)('reaches the wire as one segment or not at all, whatever it is: $name', async (variant) => {
    let id = '';
    await using server = await serveHttp((request, response) => {
      const body = request.method === 'POST' ? variant.startReply?.body(id) : variant.polling.body('x', id);
      response.setHeader('location', '../../elsewhere/sessions/..');
      response.end(JSON.stringify(body));
    });
    await using platform = await openWorld(variant);
    const session = platform.open({ origin: server.origin });
    const good = await lookPath(server, variant, session, 'good-id-1');
    for ([id] of IDS) {
      const started = await session.start(startRequest(variant), unhurried).catch((error: Error) => error);
      const names = { byPerson: adopted(variant, id), byPlatform: startedWith(started) };
      for (const handle of Object.values(names)) {
        const before = server.requests.length;
        await session.poll?.(handle ?? id, unhurried).catch(expectOurError);
        const sent = server.requests.slice(before);
        const expected = good.replace('good-id-1', () => encodeURIComponent(id.toWellFormed()));
        expect(sent.filter((path) => path !== expected && !path.startsWith('GET /api/v1/settings/public'))).toEqual([]);
      }
    }
    expect(server.requests.filter((line) => /elsewhere|\/\.\.?(\/|$)/.test(line))).toEqual([]);
  });
});

describe('a link of a platform', () => {
  it('is shown to a person only when it leads to the platform itself', async () => {
    const [variant] = POLLED;
    if (variant === undefined) throw new Error('no platform');
    let link = '';
    await using server = await serveHttp((_request, response) =>
      response.end(JSON.stringify({ data: { state: 'waiting_for_input' }, links: { self: link, browser: link } })),
    );
    await using platform = await openWorld(variant);
    const session = platform.open({ origin: server.origin });
    const look = () => session.poll?.(handleOf(variant, 'good-id-1'), unhurried).catch((error: Error) => error);
    const host = new URL(server.origin).host;
    for (const [pattern] of LINKS) {
      link = pattern.replaceAll('ORIGIN', server.origin).replaceAll('HOST', host).replaceAll('PORT', `${server.port}`);
      expect(JSON.stringify(await look()), pattern).not.toMatch(/"(?:url|browserUrl)"/);
    }
    link = `${server.origin}/page`;
    expect(await look()).toMatchObject({ kind: 'waiting', url: link, browserUrl: link });
  });
});

function handleOf({ definition, target, adoptable }: (typeof VARIANTS)[number], id: string): Json {
  return adoptable ? (definition.handleOf?.(id, definition.target.parse(target)) ?? id) : id;
}

function adopted(variant: PolledVariant, id: string): Json | undefined {
  try {
    return handleOf(variant, id);
  } catch (error) {
    expectOurError(error);
    return undefined;
  }
}

function startedWith(started: object): Json | undefined {
  if (started instanceof Error) expectOurError(started);
  return 'handle' in started ? (JSON.parse(JSON.stringify(started.handle)) as JsonObject) : undefined;
}

/** Errors of ours say what is known; any other is a crash. */
function expectOurError(error: unknown): void {
  expect(error).toMatchObject({
    name: expect.stringMatching(/^(Provider|ReplyLost|RequestNotSent|RemoteNotFound|InvalidInput)/),
  });
}

async function lookPath(
  server: TestServer,
  variant: PolledVariant,
  session: ReturnType<Awaited<ReturnType<typeof openWorld>>['open']>,
  id: string,
): Promise<string> {
  await session.poll?.(handleOf(variant, id), unhurried).catch(expectOurError);
  const line = server.requests[0] ?? '';
  expect(line).toContain(id);
  return line;
}
