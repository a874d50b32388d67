import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createConnections } from '../../lib/aws/connections.ts';
import type { Secret, Secrets } from '../../lib/aws/secrets.ts';
import { configSchema } from '../../lib/domain/config.ts';
import type { HttpClient } from '../../lib/http/http-client.ts';
import { defineProvider, type ProviderDefinition } from '../../lib/providers/provider.ts';

const FLOW = { connection: 'acme', target: { module: 'm1' } };
const config = configSchema.parse({
  connections: {
    acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme', settings: { size: 3 } },
    open: { provider: 'phixflow', baseUrl: 'https://open.example.com' },
  },
  flows: {
    onboard: FLOW,
    offboard: { ...FLOW, target: { module: 'm2' } },
    free: { ...FLOW, connection: 'open' },
    broken: { ...FLOW, target: { modul: 'm1' } },
  },
});

/** A run of the flow, as it was accepted. */
const of = (flowId: string) => ({ flowId, connection: config.flows[flowId]?.connection ?? 'acme' });

const connected: unknown[] = [];
const clients: unknown[] = [];
const provider: ProviderDefinition = defineProvider({
  id: 'bryter',
  settings: z.strictObject({ size: z.number().default(1) }),
  target: z.strictObject({ module: z.string() }),
  credentials: z.strictObject({ apiKey: z.string().regex(/^key-/, { error: ({ input }) => `bad: ${input}` }) }),
  anonymous: true,
  auth: (credentials, settings) => ({ headers: async () => ({ key: `${credentials?.apiKey} ${settings.size}` }) }),
  connect(options) {
    connected.push(options);
    return { start: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED' } }) };
  },
});

let current: Secret;
let previous: Secret | undefined;
const asked: string[] = [];
const secrets: Secrets = {
  async read(name, wanted) {
    asked.push(`${name} ${wanted}`);
    return current;
  },
  readPrevious: async () => previous,
};

function createTestConnections(more: object = {}) {
  const createHttpClient = (options: unknown): HttpClient => {
    clients.push(options);
    return {
      send: () => Promise.reject(new Error('unused')),
      download: () => Promise.reject(new Error('unused')),
      ...more,
    };
  };
  return createConnections({ config, loadProvider: async () => provider, secrets, createHttpClient });
}

beforeEach(() => {
  current = { value: { apiKey: 'key-1' }, version: '1' };
  previous = undefined;
  for (const list of [connected, clients, asked]) list.length = 0;
});

describe('connections', () => {
  it('open a flow with its provider, its settings and the values to scrub', async () => {
    const opened = await createTestConnections().open(of('onboard'), 'cached');
    expect(opened).toMatchObject({ secrets: ['key-1'], version: '1', session: { start: expect.any(Function) } });
    expect(connected).toMatchObject([
      { settings: { size: 3 }, target: { module: 'm1' }, baseUrl: 'https://acme.example.com' },
    ]);
    const [client] = clients as [{ auth: { headers(): Promise<unknown> } }];
    expect(await client.auth.headers()).toEqual({ key: 'key-1 3' });
  });

  it('have the tokens that a login brought among the values to scrub, also of one made after they were opened', async () => {
    const tokens: string[] = [];
    const auth = () => ({ headers: async () => ({}), tokens: () => tokens });
    const createHttpClient = () => ({ send: () => Promise.reject(new Error('unused')) }) as unknown as HttpClient;
    const loadProvider = async () => ({ ...provider, auth });
    const opened = await createConnections({ config, loadProvider, secrets, createHttpClient }).open(
      of('onboard'),
      'cached',
    );
    tokens.push('token-1');
    expect(opened.secrets).toEqual(['key-1', 'token-1']);
  });

  it('share one client, with its sockets and tokens, between the flows of a connection', async () => {
    const connections = createTestConnections();
    const [one, again, two] = [
      await connections.open(of('onboard'), 'cached'),
      await connections.open(of('onboard'), 'current'),
      await connections.open(of('offboard'), 'cached'),
    ];
    expect(again).toBe(one);
    expect(two).not.toBe(one);
    expect(clients).toHaveLength(1);
    expect(asked).toEqual(['errand/acme cached', 'errand/acme current', 'errand/acme cached']);
  });

  it('meter a session of the same flow over the same client, and leave the shared one as it is', async () => {
    const turns: unknown[] = [];
    const metered = { send: () => Promise.reject(new Error('unused')) };
    const connections = createTestConnections({
      metered: (turn: unknown) => {
        turns.push(turn);
        return metered;
      },
    });
    const opened = await connections.open(of('onboard'), 'cached');
    const turn = async () => undefined;
    expect(opened.metered(turn)).toMatchObject({ start: expect.any(Function) });
    expect(turns).toEqual([turn]);
    const [first, second] = connected as { http: unknown; settings: unknown; target: unknown; baseUrl: unknown }[];
    expect(second).toEqual({ ...first, http: metered });
    expect(first?.http).not.toBe(metered);
    expect(clients).toHaveLength(1);
    expect(await connections.open(of('onboard'), 'cached')).toBe(opened);
  });

  it('make a new client with each version of the secret, and keep two of them', async () => {
    const connections = createTestConnections();
    const first = await connections.open(of('onboard'), 'cached');
    previous = current;
    current = { value: { apiKey: 'key-2' }, version: '2' };
    expect(await connections.open(of('onboard'), 'current')).toMatchObject({ secrets: ['key-2'], version: '2' });
    expect(await connections.openPrevious(of('onboard'))).toBe(first);
    expect(clients).toHaveLength(2);
    current = { value: { apiKey: 'key-3' }, version: '3' };
    await connections.open(of('onboard'), 'current');
    expect(await connections.openPrevious(of('onboard'))).not.toBe(first);
  });

  it('have no former version where the secret has none', async () => {
    expect(await createTestConnections().openPrevious(of('onboard'))).toBeUndefined();
  });

  it('need no secret where the platform is open to everybody', async () => {
    const connections = createTestConnections();
    expect(await connections.open(of('free'), 'cached')).toMatchObject({ secrets: [], version: 'anonymous' });
    expect(await connections.openPrevious(of('free'))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it.each([
    [{ apiKey: 'canary' }, 'apiKey'],
    [{}, 'apiKey'],
    [{ apiKey: 'key-1', canary: 'canary' }, 'the names of its fields'],
  ])('say which field of a secret is wrong and nothing of what is in it', async (value, field) => {
    current = { value, version: '1' };
    const error = await createTestConnections()
      .open(of('onboard'), 'cached')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'SecretUnavailableError', problem: 'malformed' });
    expect(String(error)).toContain(`secret "errand/acme"`);
    expect(String(error)).toContain(field);
    expect(String(error)).not.toContain('canary');
  });

  it('are those that their runs were accepted for, also when the flow was moved to another since', async () => {
    const connections = createTestConnections();
    await connections.open({ flowId: 'free', connection: 'acme' }, 'cached');
    await connections.open({ flowId: 'onboard', connection: 'open' }, 'cached');
    expect(connected.map((options) => (options as { readonly baseUrl: string }).baseUrl)).toEqual([
      'https://acme.example.com',
      'https://open.example.com',
    ]);
    expect(await connections.open(of('free'), 'cached')).not.toBe(
      await connections.open({ flowId: 'free', connection: 'acme' }, 'cached'),
    );
  });

  it('are opened for what a job was started as, also when the target of its flow is another by now', async () => {
    const connections = createTestConnections();
    const job = { ...of('onboard'), target: { module: 'm0' } };
    const opened = await connections.open(job, 'cached');
    expect(connected).toMatchObject([{ target: { module: 'm0' } }]);
    expect(await connections.open(of('onboard'), 'cached')).not.toBe(opened);
    expect(await connections.open({ ...job, target: { module: 'm0' } }, 'cached')).toBe(opened);
  });

  it('are those of the flow where their own were taken out', async () => {
    await createTestConnections().open({ flowId: 'onboard', connection: 'gone' }, 'cached');
    expect(connected).toMatchObject([{ baseUrl: 'https://acme.example.com' }]);
  });

  it('recover once the secret is mended', async () => {
    const connections = createTestConnections();
    current = { value: {}, version: '1' };
    await expect(connections.open(of('onboard'), 'cached')).rejects.toThrow();
    current = { value: { apiKey: 'key-1' }, version: '2' };
    expect(await connections.open(of('onboard'), 'cached')).toMatchObject({ version: '2' });
  });

  it('name the place of a mistake in the configuration', async () => {
    const connections = createTestConnections();
    await expect(connections.open(of('broken'), 'cached')).rejects.toThrow('flows.broken.target');
    await expect(connections.open(of('nowhere'), 'cached')).rejects.toThrow('flow "nowhere"');
  });
});
