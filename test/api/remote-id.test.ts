import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { newRun } from '../helpers/runs.ts';
import { type Client, setUp } from './client.ts';

const acme = { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } as const;
const config = configSchema.parse({
  connections: { acme, second: acme, third: acme },
  flows: { onboard: { connection: 'acme', target: {} }, other: { connection: 'second', target: {} } },
});
const T0 = Date.parse('2026-03-02T08:00:00Z');
const at = (minute: number) => new Date(T0 + minute * 60_000).toISOString();

/** A run that its platform gave an id. */
async function claimed({ dependencies }: Client, remoteId: string, fields: Partial<Run> = {}): Promise<Run> {
  const run = newRun({ remoteId, ...fields });
  await dependencies.store.create(run);
  await dependencies.store.claimRemote({ connection: run.connection, remoteId }, run.id);
  return run;
}

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

describe('the list of runs by the id that their platform gave them', () => {
  it("is the one run, and none for what is only a part of an id, or nobody's", async () => {
    const client = await setUp({ config });
    const run = await claimed(client, 'job/1 #ä', { status: 'RUNNING' });
    await claimed(client, 'job/2');
    const { body } = await client.call('GET', `/v1/runs?remoteId=${encodeURIComponent('job/1 #ä')}`);
    expect(body).toEqual({ items: [expect.objectContaining({ id: run.id, remoteId: 'job/1 #ä' })] });
    for (const remoteId of ['job', 'job/3'])
      expect((await client.call('GET', `/v1/runs?remoteId=${encodeURIComponent(remoteId)}`)).body).toEqual({
        items: [],
      });
  });

  it('finds a run by an attempt that is over', async () => {
    const client = await setUp({ config });
    const run = await claimed(client, 'first', { remoteId: 'second', attempt: 2 });
    await client.dependencies.store.claimRemote({ connection: 'acme', remoteId: 'first' }, run.id);
    expect(ids((await client.call('GET', '/v1/runs?remoteId=first')).body.items)).toEqual([run.id]);
  });

  it('finds a run that its platform answered with its end, also where that platform gives an id twice', async () => {
    const verdict = { status: 'SUCCEEDED' } as const;
    const client = await setUp({ config, session: { start: async () => ({ kind: 'ended', verdict, remoteId: '7' }) } });
    const { world } = client;
    const runs = [await world.accept({ flowId: 'onboard' }), await world.accept({ flowId: 'onboard' })];
    for (const run of runs) {
      await world.drive(run.id);
      expect(await world.run(run.id)).toMatchObject({ status: 'SUCCEEDED', remoteId: '7' });
    }
    expect(ids((await client.call('GET', '/v1/runs?remoteId=7')).body.items)).toEqual([runs[0]?.id]);
  });

  it('is one of each connection that has given the id, newest first, a page at a time', async () => {
    const client = await setUp({ config });
    const runs = [
      await claimed(client, '7', { connection: 'third' }),
      await claimed(client, '7', { connection: 'acme' }),
      await claimed(client, '7', { connection: 'second' }),
    ];
    const seen: string[] = [];
    for (let path = '/v1/runs?remoteId=7&limit=2'; path !== ''; ) {
      const { body } = await client.call('GET', path);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...ids(body.items));
      path = body.nextCursor === undefined ? '' : `/v1/runs?remoteId=7&limit=2&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(ids(runs).toReversed());
  });

  it.each([
    ['flow=onboard', true],
    ['flow=other', false],
    ['status=RUNNING', true],
    ['status=FAILED&status=QUEUED', false],
    ['businessKey=b1', true],
    ['businessKey=b2', false],
    [`from=${at(5)}`, true],
    [`from=${at(6)}`, false],
    [`to=${at(6)}`, true],
    [`to=${at(5)}`, false],
  ])('goes together with %s', async (query, isFound) => {
    const client = await setUp({ config });
    const run = await claimed(client, 'x', { status: 'RUNNING', businessKey: 'b1', createdAt: at(5) });
    const { body } = await client.call('GET', `/v1/runs?remoteId=x&${query}`);
    expect(ids(body.items)).toEqual(isFound ? [run.id] : []);
  });

  it('shows a limited key nothing of other flows', async () => {
    const client = await setUp({ config });
    await claimed(client, 'x');
    const limited = await client.as({ scopes: ['runs:read'], flows: ['other'] });
    expect((await limited('GET', '/v1/runs?remoteId=x')).body).toEqual({ items: [] });
    expect((await limited('GET', '/v1/runs?remoteId=x&flow=onboard')).body).toEqual({ items: [] });
  });

  it('copes with a claim whose run the table has forgotten', async () => {
    const client = await setUp({ config });
    const gone = newRun({});
    await client.dependencies.store.claimRemote({ connection: 'acme', remoteId: 'x' }, gone.id);
    expect((await client.call('GET', '/v1/runs?remoteId=x')).body).toEqual({ items: [] });
  });

  it.each(['remoteId=', `remoteId=${'x'.repeat(513)}`, 'remoteId=a&remoteId=b'])('refuses %s', async (query) => {
    const { call } = await setUp({ config });
    const { status, body } = await call('GET', `/v1/runs?${query}`);
    expect([status, body.errors[0].path]).toEqual([400, 'remoteId']);
  });
});
