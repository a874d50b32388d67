import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../lib/api/routes.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { setUp } from './client.ts';
import { document, type JsonSchema, operations } from './document.ts';

const REFUSED = /^[45]/;

function target(path: string, runId: string, keyId: string): string {
  const ids: Readonly<Record<string, string>> = {
    runId,
    keyId,
    flowId: 'onboard',
    connectionId: 'acme',
    name: 'nothing.pdf',
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? '');
}

describe('the document of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(document)));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('is what GET /openapi.json answers to anybody', async () => {
    const { app } = await setUp();
    const reply = await app.request('/openapi.json');
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(await reply.json()).toEqual(document);
  });

  it('refers to nothing that it does not hold, and holds nothing that it does not refer to', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id);
    expect([...new Set(refs)].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(JSON.stringify(document)).not.toContain('__shared');
  });

  it('names every call once, and says what each is for', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations).toHaveLength(ROUTES.length);
    for (const { operation } of operations) expect(operation.tags).toHaveLength(1);
  });

  it('declares every parameter of every path', () => {
    for (const { path, operation } of operations) {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      for (const { required } of declared) expect(required).toBe(true);
    }
  });

  it('tells all refusals as problems', () => {
    const refusals = operations.flatMap(({ operation }) =>
      Object.entries(operation.responses).filter(([status]) => REFUSED.test(status)),
    );
    expect(refusals.length).toBeGreaterThan(50);
    for (const [, { content }] of refusals)
      expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
  });

  it('lets requests have no fields but its own', () => {
    const bodies = operations.flatMap(({ operation }): readonly JsonSchema[] =>
      operation.requestBody === undefined ? [] : [operation.requestBody.content['application/json'].schema],
    );
    expect(bodies.length).toBeGreaterThan(4);
    for (const { $ref } of bodies) {
      const schema = document.components.schemas[String($ref).split('/').at(-1) ?? ''];
      const variants = (schema?.oneOf ?? [schema]) as readonly { additionalProperties?: unknown }[];
      for (const variant of variants) expect(variant.additionalProperties).toBe(false);
    }
  });
});

describe('every call of the document', () => {
  /** The least that each body needs. */
  const BODIES: Readonly<Record<string, object>> = {
    answerRun: { values: {} },
    resolveRun: { decision: 'not-started', reason: 'nothing there' },
    createKey: { scopes: ['runs:read'] },
  };

  it.each(operations.map((entry) => [`${entry.method} ${entry.path}`, entry] as const))(
    '%s is there, answers as documented, and asks for the key and scope that it says',
    async (_, { method, path, operation }) => {
      const { call, app, as, world, keyId } = await setUp();
      const run = await world.accept();
      const url = target(path, run.id, keyId);
      const body = operation.requestBody && (BODIES[operation.operationId] ?? {});
      const answer = await call(method, url, body);
      // Some calls do not fit a run that was just accepted; the mounted route says so, an absent one could not.
      expect(answer.text).not.toContain('No call has this method and path');
      const [scope] = operation.security[0]?.apiKey ?? [];
      const bare = await app.request(url, { method });
      expect(bare.status).toBe(operation.security.length === 0 ? 200 : 401);
      if (scope === undefined) return;
      const others = SCOPES.filter((other) => other !== scope);
      expect((await (await as({ scopes: others }))(method, url, body)).status).toBe(403);
    },
  );
});

describe('while the table is away', () => {
  const away = () => Promise.reject(new StoreUnavailableError('away'));

  it.each(
    operations
      .filter(({ operation }) => operation.security.length > 0)
      .map((entry) => [`${entry.method} ${entry.path}`, entry] as const),
  )('%s says so, and when to ask again', async (_, { method, path, operation }) => {
    const { call, world, keyId, dependencies } = await setUp();
    const { id } = await world.accept();
    Object.assign(dependencies.keys, { get: away });
    const { status, headers, body } = await call(method, target(path, id, keyId), operation.requestBody && {});
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('what the document does not list', () => {
  it.each([
    ['PUT', '/v1/runs'],
    ['PATCH', '/v1/runs/run_00000000000000000000000001'],
    ['DELETE', '/v1/flows/onboard'],
    ['POST', '/health'],
    ['GET', '/v1/runs/'],
    ['GET', '/v1'],
    ['GET', '/V1/runs'],
    ['OPTIONS', '/v1/runs'],
  ])('%s %s is not there, whoever asks', async (method, path) => {
    const { call, app } = await setUp();
    const answer = await call(method, path);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'NOT_FOUND', detail: expect.stringContaining('/openapi.json') });
    expect((await app.request(path, { method })).status).toBe(404);
  });
});
