/** Whatever somebody decides is written down with the key that decided it, where no call can take it back. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createKey } from '../../lib/api/keys.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { allowedFields } from '../../lib/aws/telemetry.ts';
import type { Run } from '../../lib/domain/run.ts';
import { type Client, given, setUp } from '../api/client.ts';

const at = '2026-03-02T08:00:00.000Z';
const reason = 'Seen in the list of the platform itself.';
const FALLOUT: Partial<Run> = { status: 'FALLOUT', endedAt: at, fallout: { reason: 'AMBIGUOUS_START' } };
const WAITING: Partial<Run> = { status: 'WAITING_FOR_INPUT', waitingFor: { kind: 'input', answerable: true } };
const WITH_REASON = { reason };

interface Note {
  readonly by?: unknown;
  readonly reason?: unknown;
}

/** Does it as the key of the client; what is written down of it. */
type Deed = (client: Client) => Promise<Note>;

/** In the timeline of the run, which is only ever added to. */
function toRun(fields: Partial<Run>, action: string, body?: object): Deed {
  return async (client) => {
    const id = await given(client, fields);
    const { version } = await client.world.run(id);
    expect((await client.call('POST', `/v1/runs/${id}/${action}`, body)).status).toBeLessThan(300);
    const { items } = (await client.call('GET', `/v1/runs/${id}/events`)).body;
    expect((await client.world.run(id)).version).toBeGreaterThan(version);
    const { by, reason: why } = items.findLast(({ data }: { data?: Note }) => data?.by !== undefined)?.data ?? {};
    return { by, ...(why === undefined ? {} : { reason: why }) };
  };
}

/** In the record of the new run. */
function newRun(make: (client: Client) => Promise<string>): Deed {
  return async (client) => {
    const path = await make(client);
    const reply = await client.call('POST', path, path.endsWith('/rerun') ? undefined : { parameters: {} });
    expect(reply.status).toBe(202);
    return { by: (await client.world.run(reply.body.id)).requestedBy };
  };
}

/** In the log, where nothing of ours can be changed; read as it gets out of a function, not as it was given to the log. */
function inLog(message: string, act: (client: Client) => Promise<{ readonly status: number }>): Deed {
  return async (client) => {
    expect((await act(client)).status).toBeLessThan(300);
    const line = client.world.logged.findLast((text) => text.startsWith(`${message} {`)) ?? `${message} {}`;
    const fields = allowedFields(JSON.parse(line.slice(message.length)));
    return { by: fields.by };
  };
}

async function paused(client: Client) {
  await client.call('POST', '/v1/connections/acme/pause', WITH_REASON);
  return client.call('POST', '/v1/connections/acme/resume');
}

async function revoked(client: Client) {
  const { keyId } = await createKey(client.dependencies, 'test', { scopes: ['runs:read'] });
  return client.call('DELETE', `/v1/keys/${keyId}`);
}

/** Every call that changes something. */
const DEEDS: readonly (readonly [operation: string, deed: Deed, more: Note])[] = [
  ['startRun', newRun(async () => '/v1/flows/onboard/runs'), {}],
  [
    'rerunRun',
    newRun(async (client) => `/v1/runs/${await given(client, { status: 'FAILED', endedAt: at })}/rerun`),
    {},
  ],
  ['cancelRun', toRun({ status: 'RUNNING' }, 'cancel'), {}],
  ['cancelRun', toRun({ status: 'ACCEPTED' }, 'cancel'), {}],
  ['answerRun', toRun(WAITING, 'input', { values: { name: 'Ada' } }), {}],
  ['resolveRun', toRun(FALLOUT, 'resolve', { decision: 'not-started', reason }), WITH_REASON],
  ['resolveRun', toRun(FALLOUT, 'resolve', { decision: 'adopt', remoteId: 'r7', reason }), WITH_REASON],
  ['resolveRun', toRun(FALLOUT, 'resolve', { decision: 'close', status: 'FAILED', reason }), WITH_REASON],
  [
    'pauseConnection',
    inLog('connection paused', ({ call }) => call('POST', '/v1/connections/acme/pause', { reason })),
    {},
  ],
  ['resumeConnection', inLog('connection resumed', paused), {}],
  ['createKey', inLog('API key made', ({ call }) => call('POST', '/v1/keys', { scopes: ['runs:read'] })), {}],
  ['revokeKey', inLog('API key revoked', revoked), {}],
];

describe('what a person or a program decides', () => {
  it.each(DEEDS)('is written down with the key that decided: %s (%#)', async (_operation, deed, more) => {
    const client = await setUp();
    expect(await deed(client)).toEqual({ by: client.keyId, ...more });
  });

  it('is every call of the API that changes something, so that a new one is written down as well', () => {
    const changing = ROUTES.filter(({ method }) => method !== 'GET').map(({ operationId }) => operationId);
    expect([...new Set(DEEDS.map(([operationId]) => operationId))].sort()).toEqual([...changing].sort());
  });

  it('says of a key that was made or revoked which one, and of no key what it is', async () => {
    const client = await setUp();
    const made = (await client.call('POST', '/v1/keys', { scopes: ['runs:read'], name: 'billing' })).body;
    await client.call('DELETE', `/v1/keys/${made.keyId}`);
    for (const message of ['API key made', 'API key revoked'])
      expect(client.world.logged.find((line) => line.startsWith(message))).toContain(`"keyId":"${made.keyId}"`);
    expect(client.world.logged.join('\n')).not.toContain(made.key);
  });
});

describe('what was written down', () => {
  it('cannot be taken back by any function: none may delete or change the records of runs in place', async () => {
    const text = await readFile(new URL('../infra/iam-actions.json', import.meta.url), 'utf8');
    const lines: readonly string[] = Object.values<readonly string[]>(JSON.parse(text)).flat();
    const inPlace = lines.filter((line) => /dynamodb:(Delete|Update|BatchWrite|Transact|PartiQL)/.test(line));
    expect(inPlace.length).toBeGreaterThan(0);
    for (const line of inPlace) expect(line).toMatch(/LeadingKeys (QUEUE|CONNECTION|HISTORY)#\*/);
    expect(lines.filter((line) => /logs:(DeleteLog(Group|Stream)|PutRetentionPolicy)/.test(line))).toEqual([]);
  });
});
