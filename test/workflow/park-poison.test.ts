import { describe, expect, it } from 'vitest';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import { takeBatch } from '../../lib/aws/sqs-batch.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { type Message, takeMessage } from '../../lib/workflow/take-message.ts';
import { messageOf } from '../helpers/queue.ts';
import { createWorld, type World } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const signal = new AbortController().signal;
const MEGABYTE = 1_048_576;
/** Stands where a value stands, and must be found nowhere but under seal. */
const CANARY = 'canary-4111';

const start = (fields: object) => ({ flowId: 'onboard', ...fields });
const wide = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`field${index}`, CANARY]));
const nested = (depth: number) => `${'{"a":'.repeat(depth)}"${CANARY}"${'}'.repeat(depth)}`;

/** What is wrong, the message, the field that must be named, and the flow under which it is found. */
const POISON: readonly (readonly [what: string, body: unknown, field: string, flow: string])[] = [
  ['no JSON', `no JSON ${CANARY}`, '(message)', 'unknown'],
  ['half of an object', `{"flowId":"onboard","parameters":{"name":"${CANARY}"`, '(message)', 'unknown'],
  ['a megabyte of [', '['.repeat(MEGABYTE), '(message)', 'unknown'],
  ['a megabyte of brackets that close', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, '(message)', 'unknown'],
  ['a megabyte of objects in objects', nested(150_000), '(message)', 'unknown'],
  ['more fields than anybody needs', start({ parameters: wide }), '(message)', 'onboard'],
  ['a text', JSON.stringify(CANARY), '(message)', 'unknown'],
  ['null', 'null', '(message)', 'unknown'],
  ['a list', [CANARY], '(message)', 'unknown'],
  ['no flow', { parameters: { name: CANARY } }, 'flowId', 'unknown'],
  ['a flow of another type', { flowId: { [CANARY]: 1 } }, 'flowId', 'unknown'],
  ['a flow that is no name', { flowId: `${CANARY} <script>` }, 'flowId', 'unknown'],
  ['an unknown flow', { flowId: 'offboard' }, 'flowId', 'offboard'],
  ['a flow named as what every object has', { flowId: 'constructor' }, 'flowId', 'constructor'],
  ['an unknown field', start({ priority: CANARY }), 'priority', 'onboard'],
  ['a parameter of another type', start({ parameters: { name: [CANARY] } }), 'parameters.name', 'onboard'],
  ['a sensitive parameter that does not fit', start({ parameters: { email: CANARY } }), 'parameters.email', 'onboard'],
  ['an unknown parameter', start({ parameters: { phone: CANARY } }), 'parameters.phone', 'onboard'],
  ['a value where a name should be', start({ parameters: { [`${CANARY} Rd`]: 1 } }), 'parameters.?', 'onboard'],
  ['a text that is too long', start({ parameters: { name: CANARY.repeat(9_000) } }), 'parameters.name', 'onboard'],
  ['a raw body where parameters are taken', start({ body: CANARY }), 'body', 'onboard'],
  ['a requestId of two lines', start({ requestId: `${CANARY}\n` }), 'requestId', 'onboard'],
  ['a deadline beyond that of the flow', start({ timeoutMs: 99 * 3_600_000 }), 'timeoutMs', 'onboard'],
  ['a cancellation of nothing', { cancel: { flowId: 'onboard' } }, 'cancel.requestId', 'onboard'],
  ['a cancellation in an unknown flow', { cancel: { flowId: 'x', requestId: CANARY } }, 'cancel.flowId', 'x'],
  [
    'a slot at no time',
    { schedule: { flowId: 'onboard', scheduledTime: CANARY } },
    'schedule.scheduledTime',
    'onboard',
  ],
];

const take = (world: World) => (message: Message) => takeMessage(world.dependencies, message);

async function park(world: World, message: Message): Promise<Run> {
  const taken = await takeMessage(world.dependencies, message);
  expect(taken.kind).toBe('parked');
  return world.run('run' in taken ? taken.run.id : '');
}

describe('a message that cannot be taken in', () => {
  it.each(POISON)('(%s) is parked with the name of the field and without a value', async (_, body, field, flowId) => {
    const world = createWorld({ session });
    const message = messageOf(body);
    const run = await park(world, message);
    expect(run).toMatchObject({ status: 'FALLOUT', trigger: 'queue', flowId, error: { code: 'POISON_MESSAGE' } });
    expect(run.fallout).toMatchObject({
      reason: 'POISON_MESSAGE',
      evidence: { messageId: message.messageId, bytes: Buffer.byteLength(message.body) },
    });
    expect(run.fallout?.evidence?.issues).toContainEqual({ path: field, message: expect.stringMatching(/\w/) });
    expect(run.error?.message).toContain(field);
    // The stand-in for the table's keys is not a hash.
    expect(JSON.stringify({ ...run, flowId: '' })).not.toContain(CANARY);
    expect(world.logged.join()).not.toContain(CANARY);
    expect(await world.dependencies.vault.open(run.id, run.input)).toMatchObject({ rawBody: message.body });
  });

  it('has ended in its first write, so that no sweep takes it for a run', async () => {
    const world = createWorld({ session });
    const run = await park(world, messageOf('no JSON'));
    expect(run).toMatchObject({ version: 1, endedAt: run.createdAt, ttl: expect.any(Number) });
    expect((await world.store.open({ limit: 10 })).runs).toEqual([]);
    expect((await world.store.unpublished({ limit: 10 })).runs).toHaveLength(1);
    expect(world.effects).not.toContain('executions.start');
  });

  it('is found under the connection of its flow, or under none where the flow is not known', async () => {
    const world = createWorld({ session });
    const known = await park(world, messageOf(start({ parameters: { name: 1 } })));
    expect(known).toMatchObject({ flowId: 'onboard', connection: 'acme', provider: 'bryter' });
    const unknown = await park(world, messageOf({ flowId: 'offboard' }));
    expect(unknown).toMatchObject({ flowId: 'offboard', connection: 'unknown', provider: 'unknown' });
  });

  it('is parked once, however often it is delivered', async () => {
    const world = createWorld({ session });
    const message = messageOf('no JSON');
    await Promise.all(Array.from({ length: 20 }, () => takeMessage(world.dependencies, message)));
    expect(world.store.all()).toHaveLength(1);
    expect(world.logged.filter((line) => line.startsWith('message parked'))).toHaveLength(1);
    await park(world, messageOf('no JSON'));
    expect(world.store.all()).toHaveLength(2);
  });

  it('is parked when its requestId was used for another request, and what that asked for stands', async () => {
    const world = createWorld({ session });
    await takeMessage(world.dependencies, messageOf(start({ requestId: 'order-1', parameters: { name: 'Ada' } })));
    const again = messageOf(start({ requestId: 'order-1', parameters: { name: CANARY } }));
    const run = await park(world, again);
    expect(run.error?.message).toContain('requestId: was used for another request');
    expect(JSON.stringify(run)).not.toContain(CANARY);
    expect(world.store.all().map(({ status }) => status)).toEqual(['ACCEPTED', 'FALLOUT']);
  });

  it('names no more fields than anybody reads', async () => {
    const world = createWorld({ session });
    const parameters = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`p${index}`, CANARY]));
    const run = await park(world, messageOf(start({ parameters })));
    expect(run.fallout?.evidence?.issues).toHaveLength(20);
    expect(run.error?.message).toContain('and 880 more');
  });

  it('of a megabyte leaves a small record, and can be read again', async () => {
    const world = createWorld({ session });
    const objects = new Map<string, string>();
    const vault = createInputVault({
      rootKey: async () => Buffer.from('0123456789abcdef0123456789abcdef'),
      objects: {
        put: async (key, text) => void objects.set(key, text),
        get: async (key) => objects.get(key) ?? '',
      },
    });
    const message = messageOf(`"${CANARY}`.repeat(MEGABYTE / 12));
    const taken = await takeMessage({ ...world.dependencies, vault }, message);
    const run = await world.run('run' in taken ? taken.run.id : '');
    expect(JSON.stringify(run).length).toBeLessThan(2_000);
    expect([...objects.values()].join()).not.toContain(CANARY);
    expect((await vault.open(run.id, run.input)).rawBody).toBe(message.body);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('leaves the others of its batch alone (%i of 10)', async (bad) => {
    const world = createWorld({ session });
    const batch = Array.from({ length: 10 }, (_, index) => {
      const [, body] = POISON[(index * bad) % POISON.length] ?? [];
      return messageOf(index < bad ? body : start({ requestId: `order-${index}`, parameters: { name: CANARY } }));
    });
    // The neighbours may stand before or behind it.
    const turned = [...batch.slice(bad >> 1), ...batch.slice(0, bad >> 1)];
    const reply = await takeBatch(world.dependencies, turned, { signal, take: take(world) });
    expect(reply).toEqual({ batchItemFailures: [] });
    const statuses = world.store.all().map(({ status }) => status);
    expect(statuses.filter((status) => status === 'ACCEPTED')).toHaveLength(10 - bad);
    expect(statuses.filter((status) => status === 'FALLOUT')).toHaveLength(bad);
    expect(world.logged.join()).not.toContain(CANARY);
  });
});
