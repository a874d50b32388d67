import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { eventOf, newRun } from '../helpers/runs.ts';
import { type Client, setUp } from './client.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');
const at = (minute: number) => new Date(T0 + minute * 60_000).toISOString();

/** Runs accepted a minute apart, oldest first. */
async function accepted({ dependencies }: Client, ...fields: readonly Partial<Run>[]): Promise<readonly Run[]> {
  const runs = fields.map((some, minute) => newRun({ createdAt: at(minute), updatedAt: at(minute), ...some }));
  for (const run of runs) await dependencies.store.create(run);
  return runs;
}

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

describe('a run', () => {
  it('shows what callers may see and nothing that is ours', async () => {
    const client = await setUp();
    const [run] = await accepted(client, {
      status: 'FALLOUT',
      endedAt: at(3),
      handle: 'canary-handle',
      verdict: { status: 'FAILED', remoteStatus: 'canary-verdict' },
      intent: { owner: 'canary-owner', at: at(1), fenceUntil: at(2) },
      answer: { sealed: 'canary-answer', at: at(1) },
      requestedBy: 'canary-key',
      executionName: 'by-hand',
      input: { parameters: { name: 'x' }, sensitive: ['email'], sealed: 'canary-sealed', key: 'canary-object' },
      fallout: { reason: 'AMBIGUOUS_START', evidence: { window: 'w' }, publishedAt: 'canary-published' },
      cancel: { requestedAt: at(2), remote: 'unconfirmed' },
      orphans: ['r9'],
      pastAttempts: [{ attempt: 1, status: 'FAILED', remoteId: 'r1', endedAt: at(1), error: 'PROVIDER_FAILED' }],
      lateVerdict: { status: 'SUCCEEDED', remoteStatus: 'done' },
      attempt: 2,
    });
    const { body, text } = await client.call('GET', `/v1/runs/${run?.id}`);
    expect(text).not.toContain('canary');
    expect(body).toMatchObject({
      parameters: { name: 'x', email: '***' },
      fallout: { reason: 'AMBIGUOUS_START', evidence: { window: 'w' } },
      cancel: { requestedAt: at(2), remote: 'unconfirmed' },
      orphans: ['r9'],
      attempts: [{ attempt: 1, status: 'FAILED', remoteId: 'r1', endedAt: at(1), error: 'PROVIDER_FAILED' }],
      lateVerdict: { status: 'SUCCEEDED', remoteStatus: 'done' },
    });
  });

  it('is sent again only when it has changed', async () => {
    const { call, world } = await setUp();
    const run = await world.accept();
    const path = `/v1/runs/${run.id}`;
    const first = await call('GET', path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"\d+"$/);
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const same = await call('GET', path, undefined, { 'if-none-match': tag });
      expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    }
    await world.drive(run.id);
    const changed = await call('GET', path, undefined, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it.each([
    'run_0000000000000000000000000Z',
    'run_1',
    'RUN_00000000000000000000000001',
    'run_0000000000000000000000000I',
    '..%2f..',
    'run_00000000000000000000000001%00',
    'x'.repeat(4_000),
  ])('that is not there is the same 404 as one of another flow, and as one that no id can name: %s', async (id) => {
    const { world, as } = await setUp();
    const foreign = await world.accept();
    const limited = await as({ scopes: ['runs:read'], flows: ['other'] });
    for (const rest of ['', '/events', '/output', '/output/files/a.pdf']) {
      const [theirs, none] = [
        await limited('GET', `/v1/runs/${foreign.id}${rest}`),
        await limited('GET', `/v1/runs/${id}${rest}`),
      ];
      expect(theirs.status).toBe(404);
      expect(none.text).toBe(theirs.text);
    }
  });
});

describe('the timeline', () => {
  it('is told oldest first and without gaps', async () => {
    const { call, world } = await setUp();
    const run = await world.accept();
    await world.drive(run.id);
    const { body } = await call('GET', `/v1/runs/${run.id}/events`);
    expect(body.items.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(body.items.map(({ type }: { type: string }) => type)).toEqual([
      'accepted',
      'intent',
      'started',
      'look',
      'ended',
    ]);
    expect(body.nextCursor).toBeUndefined();
  });

  it('comes in pieces when it is more than a reply can carry', async () => {
    const client = await setUp();
    const events = Array.from({ length: 30 }, (_, index) => eventOf(index + 1, 'x'.repeat(300_000)));
    const [run] = await accepted(client, {});
    Object.assign(client.dependencies.store, { events: async () => events });
    const seen: number[] = [];
    for (let path = `/v1/runs/${run?.id}/events`; path !== ''; ) {
      const { body, text } = await client.call('GET', path);
      expect(text.length).toBeLessThan(4_100_000);
      seen.push(...body.items.map(({ seq }: { seq: number }) => seq));
      path = body.nextCursor === undefined ? '' : `/v1/runs/${run?.id}/events?cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(events.map(({ seq }) => seq));
  });
});

describe('the list of runs', () => {
  it('is newest first, a page at a time, and new runs move nothing of what follows', async () => {
    const client = await setUp();
    const runs = await accepted(client, ...Array.from({ length: 7 }, () => ({})));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await client.call('GET', `/v1/runs?limit=3${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...ids(body.items));
      cursor = body.nextCursor;
      await accepted(client, { createdAt: at(60) });
    } while (cursor !== undefined);
    expect(seen).toEqual(ids(runs).reverse());
  });

  it('holds 50 where nobody says how many', async () => {
    const client = await setUp();
    await accepted(client, ...Array.from({ length: 51 }, () => ({})));
    const { body } = await client.call('GET', '/v1/runs');
    expect(body.items).toHaveLength(50);
    expect(body.nextCursor).toMatch(/^[\w-]+$/);
  });

  it.each([
    ['flow=onboard', [0, 1, 2, 3]],
    ['flow=other', [4]],
    ['flow=nothing', []],
    ['status=FAILED', [1, 4]],
    ['status=FAILED&status=QUEUED', [1, 2, 4]],
    ['businessKey=b%20%C3%A4', [3]],
    [`from=${at(2)}`, [2, 3, 4]],
    [`to=${at(2)}`, [0, 1]],
    [`from=${at(1)}&to=${at(3)}`, [1, 2]],
    ['from=2026-03-02&to=2026-03-03', [0, 1, 2, 3, 4]],
    ['from=2026-03-02T10:02:00%2B02:00', [2, 3, 4]],
    ['flow=onboard&status=FAILED', [1]],
  ] as const)('can be narrowed by %s', async (query, wanted) => {
    const client = await setUp();
    const runs = await accepted(
      client,
      {},
      { status: 'FAILED' },
      { status: 'QUEUED' },
      { businessKey: 'b ä' },
      { flowId: 'other', status: 'FAILED' },
    );
    const { body } = await client.call('GET', `/v1/runs?${query}`);
    expect(ids(body.items)).toEqual(wanted.map((index) => runs[index]?.id).reverse());
  });

  it('shows a limited key its own flows alone, whatever it asks for', async () => {
    const client = await setUp();
    const [, mine] = await accepted(client, {}, { flowId: 'other' }, {});
    const limited = await client.as({ scopes: ['runs:read'], flows: ['other'] });
    for (const query of ['', '?flow=other', '?limit=1'])
      expect(ids((await limited('GET', `/v1/runs${query}`)).body.items)).toEqual([mine?.id]);
    expect((await limited('GET', '/v1/runs?flow=onboard')).body).toEqual({ items: [] });
  });

  it('goes on past a page in which the store found nothing', async () => {
    const client = await setUp();
    const [run] = await accepted(client, {});
    const pages = [{ runs: [], cursor: run?.id }, { runs: [], cursor: run?.id }, { runs: [run] }];
    Object.assign(client.dependencies.store, { list: async () => pages.shift() });
    expect((await client.call('GET', '/v1/runs')).body).toMatchObject({ items: [{ id: run?.id }] });
  });

  it('ends a page early rather than sending more than a reply can carry', async () => {
    const client = await setUp();
    const large = { input: { parameters: { name: 'x'.repeat(300_000) }, sensitive: [] } };
    const runs = await accepted(client, ...Array.from({ length: 20 }, () => large));
    const first = await client.call('GET', '/v1/runs');
    expect(first.text.length).toBeLessThan(4_100_000);
    const second = await client.call('GET', `/v1/runs?cursor=${first.body.nextCursor}`);
    expect([...ids(first.body.items), ...ids(second.body.items)]).toEqual(ids(runs).reverse());
  });

  const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['status=DONE', 'status.0'],
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['to=2026-03-02T10:00:00', 'to'],
    ['businessKey=', 'businessKey'],
    ['flow=a/b', 'flow'],
    ['sort=asc', 'sort'],
    ['__proto__=x', '__proto__'],
    ['cursor=', 'cursor'],
    ['cursor=!', 'cursor'],
    ['cursor=run_00000000000000000000000001', 'cursor'],
    [`cursor=${cursorOf('run_1')}`, 'cursor'],
    [`cursor=${cursorOf('run_00000000000000000000000001')}=`, 'cursor'],
    [`cursor=${cursorOf('{"pk":"RUN#x"}')}`, 'cursor'],
  ])('refuses %s by name', async (query, path) => {
    const { call } = await setUp();
    const { status, body } = await call('GET', `/v1/runs?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0].path).toBe(path);
  });
});
