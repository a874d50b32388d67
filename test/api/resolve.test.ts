import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { given, setUp } from './client.ts';

const at = '2026-03-02T08:00:00.000Z';

describe('deciding on fallout', () => {
  const fallout: Partial<Run> = { status: 'FALLOUT', endedAt: at, fallout: { reason: 'AMBIGUOUS_START' } };
  const reason = 'Seen in the platform’s list.';

  it.each([
    [
      { decision: 'adopt', remoteId: 'r7', reason },
      { status: 'QUEUED', remoteId: 'r7' },
    ],
    [
      { decision: 'not-started', reason },
      { status: 'ACCEPTED', attempt: 2 },
    ],
    [{ decision: 'close', status: 'SUCCEEDED', reason }, { status: 'SUCCEEDED' }],
    [{ decision: 'close', status: 'FAILED', reason }, { status: 'FAILED' }],
    [{ decision: 'close', status: 'CANCELED', reason }, { status: 'CANCELED' }],
  ] as const)('does %j, and keeps the reason and who gave it', async (decision, outcome) => {
    const client = await setUp();
    const id = await given(client, fallout);
    const { status, body } = await client.call('POST', `/v1/runs/${id}/resolve`, decision);
    expect(status).toBe(200);
    expect(body).toMatchObject(outcome);
    const { items } = (await client.call('GET', `/v1/runs/${id}/events`)).body;
    expect(items.at(-1)).toMatchObject({
      type: 'decision',
      data: { decision: decision.decision, reason, by: client.keyId },
    });
  });

  it.each([
    [{ decision: 'retry', reason }, 'decision'],
    [{ decision: 'not-started' }, 'reason'],
    [{ decision: 'not-started', reason: ' ' }, 'reason'],
    [{ decision: 'adopt', reason }, 'remoteId'],
    [{ decision: 'close', status: 'FALLOUT', reason }, 'status'],
    [{ decision: 'close', reason }, 'status'],
    [{ decision: 'not-started', remoteId: 'r7', reason }, 'remoteId'],
    [{}, 'decision'],
  ])('refuses %j by the field that is wrong', async (decision, path) => {
    const client = await setUp();
    const id = await given(client, fallout);
    const { status, body } = await client.call('POST', `/v1/runs/${id}/resolve`, decision);
    expect([status, body.errors[0].path]).toEqual([400, path]);
    expect((await client.world.run(id)).status).toBe('FALLOUT');
  });

  it('is refused where there is nothing to decide, or the decision does not fit', async () => {
    const client = await setUp();
    const running = await given(client, { status: 'RUNNING' });
    const decision = { decision: 'not-started', reason };
    const nothing = await client.call('POST', `/v1/runs/${running}/resolve`, decision);
    expect([nothing.status, nothing.body.detail]).toEqual([409, expect.stringContaining('RUNNING')]);
    const started = await given(client, { ...fallout, remoteId: 'r7' });
    const refused = await client.call('POST', `/v1/runs/${started}/resolve`, decision);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('r7')]);
  });
});
