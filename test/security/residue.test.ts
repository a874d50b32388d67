/** One warm process serves everybody: what one run, key or connection left in it reaches no other. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createConnections } from '../../lib/aws/connections.ts';
import { loadProvider } from '../../lib/aws/load-provider.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import { setUp } from '../api/client.ts';

const TENANTS = ['alpha', 'beta'] as const;
type Tenant = (typeof TENANTS)[number];

/** Secrets, parameters and all that the platform says are of these words, so that each text tells whose it is. */
const keyOf = (tenant: Tenant) => `canary-key-of-${tenant}`;
const nameOf = (tenant: Tenant, count: number) => `canary-name-${count}-of-${tenant}`;

interface Asked {
  readonly module: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** One platform on one address, where the tenants are told apart by their key alone; it repeats what it was told. */
async function startPlatform() {
  const asked: Asked[] = [];
  const told = new Map<string, string>();
  const server = createServer(async (request, reply) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const [, , , module = '', , id] = (request.url ?? '').split('/');
    asked.push({ module, authorization: request.headers.authorization, body });
    const session = id ?? `s${asked.length}-${module}`;
    if (id === undefined) told.set(session, body);
    const state = id === undefined ? 'running' : 'completed';
    const data = { id: session, state, outputs: { said: told.get(session), by: module } };
    reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => new Promise<void>((done) => void server.close(() => done())));
  return { asked, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** API and tasks of one warm process, on the connections that the functions use. */
async function startProcess() {
  const platform = await startPlatform();
  const connectionOf = (tenant: Tenant) => ({
    provider: 'bryter',
    baseUrl: platform.baseUrl,
    secret: `errand/${tenant}`,
    settings: { outputPointer: '/data/outputs' },
  });
  const flowOf = (tenant: Tenant) => ({
    connection: tenant,
    target: { publishedModuleId: tenant },
    parameters: { name: { type: 'text' } },
  });
  const config = configSchema.parse({
    connections: Object.fromEntries(TENANTS.map((tenant) => [tenant, connectionOf(tenant)])),
    flows: Object.fromEntries(TENANTS.map((tenant) => [tenant, flowOf(tenant)])),
  });
  // Equal versions, so that nothing but the connection tells the secrets apart.
  const read = async (name: string) => ({ value: { apiKey: keyOf(name.slice(7) as Tenant) }, version: '1' });
  const connections = createConnections({
    config,
    loadProvider,
    secrets: { read, readPrevious: async () => undefined },
    createHttpClient,
  });
  const client = await setUp({ config });
  Object.assign(client.world.dependencies, { connections });
  const callers = {
    alpha: await client.as({ scopes: ['runs:start', 'runs:read'], flows: ['alpha'] }),
    beta: await client.as({ scopes: ['runs:start', 'runs:read'], flows: ['beta'] }),
  };
  return { ...client, platform, callers };
}

type Process = Awaited<ReturnType<typeof startProcess>>;

/** A run of the tenant from its request to its output; all that was said of it to the caller. */
async function runOf({ callers, world }: Process, tenant: Tenant, count: number): Promise<string> {
  const call = callers[tenant];
  const { body } = await call('POST', `/v1/flows/${tenant}/runs`, { parameters: { name: nameOf(tenant, count) } });
  await world.drive(body.id);
  const replies = await Promise.all(
    ['', '/events', '/output'].map((part) => call('GET', `/v1/runs/${body.id}${part}`)),
  );
  expect(isTerminal(replies[0]?.body.status)).toBe(true);
  const lists = await Promise.all(['/v1/runs', '/v1/flows', '/v1/connections'].map((path) => call('GET', path)));
  return [...replies, ...lists].map(({ text }) => text).join('\n');
}

const other = (tenant: Tenant): Tenant => (tenant === 'alpha' ? 'beta' : 'alpha');

function expectOwn(tenant: Tenant, text: string): void {
  expect(text).toContain(`of-${tenant}`);
  expect(text).not.toContain(`of-${other(tenant)}`);
  expect(text).not.toContain(`"${other(tenant)}"`);
}

describe('a warm process', () => {
  it('shows whoever comes next nothing of who was there before: one after the other, and back', async () => {
    const process = await startProcess();
    for (const [count, tenant] of (['alpha', 'beta', 'alpha', 'beta'] as const).entries())
      expectOwn(tenant, await runOf(process, tenant, count));
  });

  it('mixes nothing up of many at once, and sends each only what is its own, under its own key', async () => {
    const process = await startProcess();
    const all = Array.from({ length: 30 }, (_, count) => ({ count, tenant: TENANTS[count % 2] ?? 'alpha' }));
    const texts = await Promise.all(all.map(({ tenant, count }) => runOf(process, tenant, count)));
    for (const [index, { tenant, count }] of all.entries()) {
      expectOwn(tenant, texts[index] ?? '');
      expect(texts[index]).toContain(nameOf(tenant, count));
    }
    expect(process.platform.asked.length).toBeGreaterThanOrEqual(60);
    for (const { module, authorization, body } of process.platform.asked) {
      expect(authorization).toBe(`Bearer ${keyOf(module as Tenant)}`);
      expect(body).not.toContain(`of-${other(module as Tenant)}`);
    }
  });
});
