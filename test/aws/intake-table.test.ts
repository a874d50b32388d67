import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { intake } from '../../lib/aws/intake.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import type { RunStore } from '../../lib/workflow/ports.ts';
import { publishFallout } from '../../lib/workflow/publish-fallout.ts';
import type { Message } from '../../lib/workflow/take-message.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { messageOf, shuffled } from '../helpers/queue.ts';
import { createWorld } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const signal = new AbortController().signal;

let table: TestTable;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

async function allOf(read: RunStore['open']): Promise<number> {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page = await read({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    count += page.runs.length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
}

describe('the intake on the table itself', () => {
  it('keeps one record for each message, good or bad, and publishes the bad ones once', async () => {
    const world = createWorld({ session });
    const store = createRunStore({ ...table, clock: world.dependencies.clock });
    const dependencies = { ...world.dependencies, store };
    const messages = Array.from({ length: 60 }, (_, index) =>
      messageOf(index % 3 === 0 ? `no JSON ${index}` : { flowId: 'onboard', requestId: `order-${index}` }),
    );
    const deliveries = shuffled(messages.flatMap((message, index) => Array<Message>(1 + (index % 5)).fill(message)));
    const batches = Array.from({ length: Math.ceil(deliveries.length / 10) }, (_, index) =>
      deliveries.slice(index * 10, index * 10 + 10),
    );
    const replies = await Promise.all(
      batches.map((batch) => intake(dependencies, { kind: 'batch', messages: batch }, { signal })),
    );
    expect(replies).toEqual(batches.map(() => ({ batchItemFailures: [] })));
    expect(await allOf(store.open)).toBe(40);
    expect(await allOf(store.unpublished)).toBe(20);
    expect(await publishFallout(dependencies, { signal })).toEqual({ published: 20, failed: 0 });
    expect(await allOf(store.unpublished)).toBe(0);
    expect(await publishFallout(dependencies, { signal })).toEqual({ published: 0, failed: 0 });
    expect(new Set(world.notices.map(({ runId }) => runId)).size).toBe(20);
  });
});
