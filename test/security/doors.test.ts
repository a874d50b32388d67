/** Which calls of the API need no key, and whether any spelling of a request gets past the key that the others need. */
import { describe, expect, it } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import type { ConsoleFiles } from '../../lib/domain/console-file.ts';
import { setUp } from '../api/client.ts';
import { newRun } from '../helpers/runs.ts';

/** What a key needs for each call; one more, or one that opens wider, changes this list and is seen by whoever reviews it. */
const DOORS = [
  'DELETE /v1/keys/{keyId}: keys:admin',
  'GET /health: nothing',
  'GET /openapi.json: nothing',
  'GET /v1/connections: runs:read',
  'GET /v1/flows/{flowId}/durations: runs:read',
  'GET /v1/flows/{flowId}: runs:read',
  'GET /v1/flows: runs:read',
  'GET /v1/keys/self: any',
  'GET /v1/keys: keys:admin',
  'GET /v1/runs/{runId}/events: runs:read',
  'GET /v1/runs/{runId}/output/files/{name}/link: runs:read',
  'GET /v1/runs/{runId}/output/files/{name}: runs:read',
  'GET /v1/runs/{runId}/output: runs:read',
  'GET /v1/runs/{runId}: runs:read',
  'GET /v1/runs: runs:read',
  'POST /v1/connections/{connectionId}/pause: fallout:resolve',
  'POST /v1/connections/{connectionId}/resume: fallout:resolve',
  'POST /v1/flows/{flowId}/runs: runs:start',
  'POST /v1/keys: keys:admin',
  'POST /v1/runs/{runId}/cancel: runs:cancel',
  'POST /v1/runs/{runId}/input: runs:cancel',
  'POST /v1/runs/{runId}/rerun: runs:start',
  'POST /v1/runs/{runId}/resolve: fallout:resolve',
];

const PAGE = '<!doctype html><title>the page</title>';
const files: ConsoleFiles = {
  find: async () => ({
    mediaType: 'text/html',
    etag: 'x',
    bytes: Buffer.from(PAGE),
    isImmutable: false,
    isGzipped: false,
  }),
};

/** The API with its page, and a run that nobody may see without a key. */
async function house() {
  const { dependencies, world, keyId, key } = await setUp();
  const run = newRun({ flowId: 'onboard', status: 'SUCCEEDED', endedAt: '2026-03-02T08:00:00.000Z' });
  await dependencies.store.create(run);
  world.effects.length = 0;
  const ids: Readonly<Record<string, string>> = { runId: run.id, flowId: 'onboard', keyId, connectionId: 'acme' };
  return {
    app: createApi(dependencies, { environment: 'test' }, files),
    world,
    secrets: [run.id, keyId, key, 'onboard', 'acme'],
    fill: (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'a.pdf'),
  };
}

/** Other spellings of a path, of which a door in front and the calls behind might think differently. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'as it is': (path) => path,
  'a slash at the end': (path) => `${path}/`,
  'two slashes at the start': (path) => `/${path}`,
  'two slashes within': (path) => path.replace('/v1/', '/v1//'),
  'a dot within': (path) => path.replace('/v1/', '/v1/./'),
  'a way up within': (path) => path.replace('/v1/', '/health/../v1/'),
  'a way up out of the page': (path) => `/console/..${path}`,
  'an encoded way up out of the page': (path) => `/console/%2e%2e${path}`,
  'an encoded slash': (path) => `/v1%2f${path.slice('/v1/'.length)}`,
  'an encoded letter': (path) => path.replace('/v1/', '/%76%31/'),
  'large letters': (path) => path.toUpperCase(),
  'a parameter of the path': (path) => `${path};key=x`,
  'a query': (path) => `${path}?scope=keys:admin&x-api-key=x`,
  'a backslash': (path) => path.replace('/v1/', '/v1\\'),
  'NUL at the end': (path) => `${path}%00`,
};

/** What proxies believe and we do not. */
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'x-http-method-override': 'GET', 'x-original-url': '/health', 'x-rewrite-url': '/health' },
  { 'x-forwarded-for': '127.0.0.1', 'x-amzn-lambda-authorizer': '{"scopes":["keys:admin"]}', 'x-errand-key': 'x' },
];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

describe('the calls of the API', () => {
  it('each need what this list says, and only two need no key', () => {
    expect(ROUTES.map(({ method, path, scope = 'nothing' }) => `${method} ${path}: ${scope}`).sort()).toEqual(DOORS);
  });

  it.each(ROUTES.filter(({ scope }) => scope !== undefined))(
    'are behind their key in every spelling and method: $method $path',
    async ({ path: template }) => {
      const { app, world, secrets, fill } = await house();
      for (const [spelling, spelled] of Object.entries(SPELLINGS))
        for (const method of METHODS)
          for (const headers of HEADERS) {
            const body = ['GET', 'HEAD'].includes(method) ? {} : { body: '{"scopes":["runs:read"]}' };
            const init = { method, headers: { 'content-type': 'application/json', ...headers }, ...body };
            const reply = await app.request(`http://errand.example${spelled(fill(template))}`, init);
            const text = await reply.text();
            const what = `${method} ${spelling}: ${reply.status} ${text}`;
            const isPage = reply.headers.get('content-type') === 'text/html';
            if (!isPage) expect([401, 404], what).toContain(reply.status);
            for (const secret of secrets) expect(text, what).not.toContain(secret);
          }
      expect(world.effects).toEqual([]);
    },
  );

  it('tell no other origin that it may read them with somebody’s browser', async () => {
    const { app } = await house();
    for (const path of ['/health', '/v1/runs', '/console', '/openapi.json'])
      for (const method of ['GET', 'OPTIONS']) {
        const reply = await app.request(path, { method, headers: { origin: 'https://evil.example' } });
        const allowed = [...reply.headers.keys()].filter((name) => name.startsWith('access-control-'));
        expect(allowed, `${method} ${path}`).toEqual([]);
      }
  });
});

describe('a key that was let in', () => {
  it('is asked again for each call: what it may do at one door opens no other', async () => {
    const client = await setUp();
    const reader = await client.as({ scopes: ['runs:read'] });
    expect((await reader('GET', '/v1/runs')).status).toBe(200);
    expect((await reader('GET', '/v1/keys')).status).toBe(403);
    expect((await reader('POST', '/v1/flows/onboard/runs', {})).status).toBe(403);
    expect((await reader('GET', '/v1/runs')).status).toBe(200);
  });
});
