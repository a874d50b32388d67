import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import { setUp } from './client.ts';

const acme = { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } as const;
const config = configSchema.parse({
  connections: {
    acme: { ...acme, limits: { inFlight: 20, requestsPerSecond: 0.5 }, settings: { canary: 'settings' } },
    other: { ...acme, baseUrl: 'https://other.example.com/x/' },
    unused: acme,
  },
  flows: {
    onboard: {
      connection: 'acme',
      description: 'Lets somebody in.',
      target: { canary: 'target' },
      parameters: {
        name: { type: 'text', apiName: 'canary_name', required: true, description: 'Whole name.' },
        email: { type: 'email', sensitive: true },
        since: { type: 'date', default: '2026-01-01' },
      },
      deadline: '90m',
      schedule: {
        cron: '0 6 * * MON-FRI',
        timezone: 'Europe/Brussels',
        parameters: { name: 'canary' },
        overlap: 'skip',
      },
    },
    raw: { connection: 'other', target: {}, rawBody: true, deadline: '1500ms' },
    long: { connection: 'acme', target: {}, deadline: '7d' },
  },
});

describe('flows', () => {
  it('are told with what a caller needs, and no more', async () => {
    const { call } = await setUp({ config });
    const { body, text } = await call('GET', '/v1/flows');
    expect(text).not.toContain('canary');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['onboard', 'raw', 'long']);
    expect(body.items[0]).toEqual({
      id: 'onboard',
      connection: 'acme',
      provider: 'bryter',
      description: 'Lets somebody in.',
      parametersSchema: expect.any(Object),
      deadline: 'PT1H30M',
      schedule: {
        cron: '0 6 * * MON-FRI',
        timezone: 'Europe/Brussels',
        overlap: 'skip',
        missed: 'skip',
        // The world begins on a Monday, at nine in Brussels.
        nextAt: expect.stringMatching(/^2026-03-03T05:00:00/),
      },
      duration: {},
    });
    expect(body.items.map(({ deadline }: { deadline: string }) => deadline)).toEqual(['PT1H30M', 'PT1.5S', 'P7D']);
    expect(body.items[1]).toMatchObject({ rawBody: true });
    expect((await call('GET', '/v1/flows/onboard')).body).toEqual(body.items[0]);
  });

  it('tell their parameters by a schema that takes what a start takes', async () => {
    const { call } = await setUp({ config });
    const { parametersSchema } = (await call('GET', '/v1/flows/onboard')).body;
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(parametersSchema);
    for (const [parameters, fits] of [
      [{ name: 'x' }, true],
      [{ name: 'x', email: 'a@b.c', since: '2026-02-01' }, true],
      [{}, false],
      [{ name: 1 }, false],
      [{ name: 'x', more: 1 }, false],
    ] as const) {
      expect(validate(parameters)).toBe(fits);
      expect((await call('POST', '/v1/flows/onboard/runs', { parameters })).status).toBe(fits ? 202 : 400);
    }
  });

  it('that a key may not see are not there for it', async () => {
    const { as } = await setUp({ config });
    const limited = await as({ scopes: ['runs:read'], flows: ['raw'] });
    expect((await limited('GET', '/v1/flows')).body.items.map(({ id }: { id: string }) => id)).toEqual(['raw']);
    const [hidden, none] = [await limited('GET', '/v1/flows/onboard'), await limited('GET', '/v1/flows/onbord')];
    expect(hidden.status).toBe(404);
    expect(none.text).toBe(hidden.text.replace('onboard', 'onbord'));
    for (const id of ['constructor', '__proto__', 'toString'])
      expect((await limited('GET', `/v1/flows/${id}`)).status).toBe(404);
  });
});

describe('connections', () => {
  it('are told with their limits, without secrets and settings', async () => {
    const { call } = await setUp({ config });
    const { body, text } = await call('GET', '/v1/connections');
    const well = { provider: 'bryter', state: 'ok', breaker: { state: 'closed', failures: 0 } };
    expect(body.items).toEqual([
      {
        ...well,
        id: 'acme',
        baseUrl: 'https://acme.example.com',
        limits: { inFlight: 20, requestsPerSecond: 0.5 },
        inFlight: 0,
        queued: 0,
        requests: { busyForMs: 0, startsWaitMs: 0 },
      },
      { ...well, id: 'other', baseUrl: 'https://other.example.com/x', limits: {} },
      { ...well, id: 'unused', baseUrl: 'https://acme.example.com', limits: {} },
    ]);
    expect(text).not.toMatch(/errand\/acme|canary/);
  });

  it('are those of the flows that the key may see', async () => {
    const { as } = await setUp({ config });
    const limited = await as({ scopes: ['runs:read'], flows: ['raw'] });
    expect((await limited('GET', '/v1/connections')).body.items.map(({ id }: { id: string }) => id)).toEqual(['other']);
  });
});

describe('the service itself', () => {
  it('needs no key to say that it is well, and minds no decoration', async () => {
    const { app } = await setUp();
    for (const path of ['/health', '/health?probe=1']) {
      const reply = await app.request(path);
      expect(await reply.json()).toEqual({ status: 'ok' });
      expect(reply.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('answers HEAD as GET without the body', async () => {
    const { call, world } = await setUp();
    const { id } = await world.accept();
    const [head, get] = [await call('HEAD', `/v1/runs/${id}`), await call('GET', `/v1/runs/${id}`)];
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', get.headers.get('etag')]);
  });
});
