import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { startTable } from '../helpers/dynalite.ts';
import { createPlatform } from '../helpers/platform.ts';
import { newRun, nextVersion } from '../helpers/runs.ts';
import { exactly } from '../helpers/took.ts';
import { createVirtualTime } from '../helpers/virtual-time.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';
import { createCountedMachine, deployedDefinition } from './counted-machine.ts';

const DAY = 86_400_000;
/** Past it Step Functions fails an execution. */
const YEAR = 365 * DAY;

const definition = await deployedDefinition();

const flow = (fields: object) => ({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: { onboard: { connection: 'acme', target: {}, ...fields } },
});

describe('a time limit of a flow', () => {
  it.each(['deadline', 'startBy', 'inputDeadline'])('is 364 days at most: %s', (name) => {
    // `startBy` may not be later than the deadline.
    const others = name === 'startBy' ? { deadline: '364d' } : {};
    for (const good of ['1s', '364d', '8736h', '524160m', '31449600s'])
      expect(configSchema.safeParse(flow({ ...others, [name]: good })).success, good).toBe(true);
    for (const bad of ['365d', '366d', '8737h', '524161m', '31449601s', '52w', '1y', '1000000d', '9e9d', 'Infinity'])
      expect(configSchema.safeParse(flow({ ...others, [name]: bad })).success, bad).toBe(false);
  });

  it('is 364 days at most for a pause between two attempts', () => {
    const retry = (coolOff: string) => flow({ deadline: '364d', retry: { maxAttempts: 2, coolOff } });
    expect(configSchema.safeParse(retry('364d')).success).toBe(true);
    expect(configSchema.safeParse(retry('365d')).success).toBe(false);
  });
});

describe('a run that takes all of its 364 days', () => {
  it.each([
    ['that nobody knows', 0, {}],
    ['like the others of its flow', 64, {}],
    ['and has waited for a person before', 64, { asksAfterDays: 363.9 }],
  ])(
    '%s, is carried by no execution for a year',
    async (_title, learnt, { asksAfterDays }: { asksAfterDays?: number }) => {
      const time = createVirtualTime(START_OF_TIME);
      const { session } = createPlatform(time.now, { durationMs: 400 * DAY });
      const asking = { kind: 'waiting', remoteStatus: 'asks', url: 'https://acme.example.com/ask/1' } as const;
      const world = createWorld({
        session: {
          ...session,
          poll: async (handle, options) =>
            asksAfterDays !== undefined && time.now() >= START_OF_TIME + (learnt / 24 + asksAfterDays) * DAY
              ? asking
              : ((await session.poll?.(handle, options)) ?? asking),
        },
        config: testConfig({ deadline: '364d', inputDeadline: '9d' }),
      });
      const executions = createCountedMachine(world, time, definition);
      for (let run = 0; run < learnt; run += 1) {
        await world.dependencies.histories.remember('onboard/acme', exactly(363 * DAY));
        await time.run(time.now() + DAY / 24);
      }
      const { id } = await world.accept();
      await time.run();
      const { status, fallout } = await world.run(id);
      expect([status, fallout?.reason]).toEqual(
        asksAfterDays === undefined ? ['TIMED_OUT', undefined] : ['FALLOUT', 'DEADLINE_UNRESOLVED'],
      );
      const longest = Math.max(...executions.map(({ startedMs, endedMs = 0 }) => endedMs - startedMs));
      expect(longest).toBeGreaterThan(80 * DAY);
      expect(longest).toBeLessThan(YEAR);
    },
  );
});

it('a timeline is whole 91 days after the end, when Step Functions has forgotten the executions', async () => {
  const table = await startTable();
  onTestFinished(() => table.close());
  let now = Date.parse('2026-11-21T10:00:00.000Z');
  const store = createRunStore({ ...table, clock: { now: () => now } });
  let run = newRun({ deadline: new Date(now + 364 * DAY).toISOString() });
  await store.create(run);
  for (let write = 0; write < 60; write += 1) {
    now += 6 * DAY;
    run = nextVersion(run, { status: write === 0 ? 'STARTING' : 'RUNNING' });
    await store.save(run);
  }
  const ttl = Math.floor(now / 1_000) + 400 * 86_400;
  run = nextVersion(run, { status: 'SUCCEEDED', endedAt: new Date(now).toISOString(), ttl });
  await store.save(run);
  now += 91 * DAY;
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.table,
      KeyConditionExpression: 'pk = :run',
      ExpressionAttributeValues: { ':run': { S: `RUN#${run.id}` } },
    }),
  );
  const items = Items.map((item) => unmarshall(item));
  expect(items.length).toBeGreaterThan(2);
  // What the table would have deleted by then.
  expect(items.filter((item) => item.ttl !== undefined && item.ttl * 1_000 <= now)).toEqual([]);
  expect((await store.events(run.id)).map(({ seq }) => seq)).toEqual(Array.from({ length: 62 }, (_, seq) => seq + 1));
});
