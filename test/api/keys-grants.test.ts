import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import { SCOPES, type Scope } from '../../lib/workflow/ports.ts';
import { type Call, type Client, setUp } from './client.ts';

const flow = { connection: 'acme', target: {} };
const config = configSchema.parse({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: { onboard: flow, leave: flow, payroll: flow },
});

let client: Client;
beforeEach(async () => {
  client = await setUp({ config });
});

interface Made {
  readonly call: Call;
  readonly keyId: string;
}

/** A key with these rights that made itself no other, and its id. */
async function keyWith(scopes: readonly Scope[], flows?: readonly string[]): Promise<Made> {
  const call = await client.as({ scopes, ...(flows && { flows }) });
  return { call, keyId: (await call('GET', '/v1/keys/self')).body.keyId };
}

const listed = async (call: Call): Promise<readonly string[]> =>
  (await call('GET', '/v1/keys')).body.items.map(({ keyId }: { readonly keyId: string }) => keyId);

describe('making a key', () => {
  it('shows it once, and what it may do ever after', async () => {
    const request = { scopes: ['runs:read'], flows: ['onboard'], name: 'desk', expiresAt: '2030-01-01T00:00:00Z' };
    const made = await client.call('POST', '/v1/keys', request);
    expect(made.status).toBe(201);
    const { keyId, key } = made.body;
    expect(Object.keys(made.body)).toEqual(['keyId', 'key']);
    const list = await client.call('GET', '/v1/keys');
    expect(list.text).not.toContain(key);
    expect(list.text).not.toContain('digest');
    const expected = { ...request, keyId, expiresAt: '2030-01-01T00:00:00.000Z' };
    expect(list.body.items.find((item: { readonly keyId: string }) => item.keyId === keyId)).toEqual({
      ...expected,
      createdAt: '2026-03-02T08:00:00.000Z',
    });
    const self = await client.app.request('/v1/keys/self', { headers: { 'x-api-key': key } });
    expect(await self.json()).toEqual(expected);
  });

  it.each([
    ['a flow that does not exist', { scopes: ['runs:read'], flows: ['onboard', 'onbord'] }, 'flows.1', 'onbord'],
    ['an end in the past', { scopes: ['runs:read'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt', 'to come'],
    ['no scope', { scopes: [] }, 'scopes', ''],
    ['a scope that there is not', { scopes: ['runs:write'] }, 'scopes.0', ''],
    ['a record in place of a request', { scopes: ['runs:read'], keyId: 'mine', digest: 'x' }, 'keyId', ''],
  ])('is refused for %s, by name, and makes none', async (_, request, path, words) => {
    const before = await listed(client.call);
    const reply = await client.call('POST', '/v1/keys', request);
    expect(reply.status).toBe(400);
    const issue = reply.body.errors.find((error: { readonly path: string }) => error.path === path);
    expect(issue?.message).toContain(words);
    expect(await listed(client.call)).toEqual(before);
  });

  it('gives no scope that the asking key lacks', async () => {
    const { call } = await keyWith(['keys:admin', 'runs:read']);
    const refused = await call('POST', '/v1/keys', { scopes: ['runs:read', 'runs:start', 'runs:cancel'] });
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('"runs:start", "runs:cancel"');
    expect((await call('POST', '/v1/keys', { scopes: ['runs:read', 'keys:admin'] })).status).toBe(201);
  });

  it('gives no flow beyond those of a key that is limited, and never all of them', async () => {
    const { call } = await keyWith(SCOPES, ['onboard', 'leave']);
    const ask = (flows?: readonly string[]) => call('POST', '/v1/keys', { scopes: ['runs:read'], flows });
    expect((await ask(['onboard'])).status).toBe(201);
    expect((await ask(['leave', 'onboard'])).status).toBe(201);
    const unlimited = await ask();
    expect([unlimited.status, unlimited.body.code]).toEqual([403, 'FORBIDDEN']);
    // What it may not see does not exist for it, in the very words for what exists for nobody.
    const [foreign, absent] = [await ask(['payroll']), await ask(['nothing'])];
    expect([foreign.status, absent.status]).toEqual([400, 400]);
    expect(foreign.text.replace('payroll', 'nothing')).toBe(absent.text);
  });

  it('cannot be climbed by a key of a key', async () => {
    const { call } = await keyWith(['keys:admin', 'runs:read'], ['onboard']);
    const child = (await call('POST', '/v1/keys', { scopes: ['keys:admin'], flows: ['onboard'] })).body.key;
    for (const request of [
      { scopes: ['runs:read'], flows: ['onboard'] },
      { scopes: ['keys:admin'], flows: ['leave'] },
      { scopes: ['keys:admin'] },
    ]) {
      const reply = await client.app.request('/v1/keys', {
        method: 'POST',
        headers: { 'x-api-key': child, 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      expect([400, 403]).toContain(reply.status);
    }
  });
});

describe('a key that is limited to flows', () => {
  it('sees and revokes those keys alone that it could have made', async () => {
    const admin = await keyWith(['keys:admin', 'runs:read'], ['onboard', 'leave']);
    const [mine, stronger, foreign, all] = [
      await keyWith(['runs:read'], ['onboard']),
      await keyWith(['runs:start'], ['onboard']),
      await keyWith(['runs:read'], ['onboard', 'payroll']),
      await keyWith(['runs:read']),
    ];
    expect([...(await listed(admin.call))].sort()).toEqual([admin.keyId, mine.keyId].sort());
    const absent = await admin.call('DELETE', '/v1/keys/0000000000000000');
    expect(absent.status).toBe(404);
    for (const { keyId, call } of [stronger, foreign, all]) {
      const refused = await admin.call('DELETE', `/v1/keys/${keyId}`);
      expect([refused.status, refused.text]).toEqual([404, absent.text]);
      expect((await call('GET', '/v1/keys/self')).status).toBe(200);
    }
    expect((await admin.call('DELETE', `/v1/keys/${mine.keyId}`)).status).toBe(204);
    expect((await mine.call('GET', '/v1/keys/self')).status).toBe(401);
  });
});

describe('revoking', () => {
  it('is the same said twice, and works on oneself', async () => {
    const other = await keyWith(['runs:read']);
    for (let round = 0; round < 2; round += 1)
      expect((await client.call('DELETE', `/v1/keys/${other.keyId}`)).status).toBe(204);
    expect((await other.call('GET', '/v1/keys/self')).status).toBe(401);
    expect((await client.call('DELETE', `/v1/keys/${client.keyId}`)).status).toBe(204);
    expect((await client.call('GET', '/v1/keys/self')).status).toBe(401);
  });

  it('needs no scope of the key that goes: taking away is not giving', async () => {
    const strong = await keyWith(SCOPES);
    const admin = await keyWith(['keys:admin']);
    expect(await listed(admin.call)).toContain(strong.keyId);
    expect((await admin.call('DELETE', `/v1/keys/${strong.keyId}`)).status).toBe(204);
  });
});
