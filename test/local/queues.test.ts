import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../lib/local/clock.ts';
import { openDatabase } from '../../lib/local/data-dir.ts';
import { openQueues } from '../../lib/local/queues.ts';
import { advance, DEFINITIONS, localQueues, MAX_RECEIVES, VISIBILITY_SECONDS } from './helpers/local-queues.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const script = fileURLToPath(new URL('./fixtures/queue-writer.ts', import.meta.url));

interface Told {
  readonly sent: Set<string>;
  readonly received: Set<string>;
  readonly removed: Set<string>;
}

/** Kills the writer in the middle of its work; says what it had been told. */
async function writeAndKill(directory: string, count: number): Promise<Told> {
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told: Told = { sent: new Set(), received: new Set(), removed: new Set() };
  for await (const line of createInterface({ input: child.stdout })) {
    const [what = '', body = ''] = line.split(' ');
    told[what as keyof Told].add(body);
    if (told.sent.size === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return told;
}

it('a message that the queue has taken survives kill -9, one that it has removed does not come back', async () => {
  const directory = temporaryDirectory();
  const { sent, received, removed } = await writeAndKill(directory, 600);
  const database = await openDatabase(directory, 'queues');
  onTestFinished(() => database.close());
  const definitions = [{ name: 'requests', visibilityTimeoutSeconds: 600, retentionSeconds: 86_400 }];
  const queues = await openQueues({ database, definitions, clock: systemClock });
  // What was in flight comes back, too.
  await queues.release('requests', 'reader');
  const found = new Set<string>();
  for (;;) {
    const deliveries = await queues.receive('requests', { maxMessages: 10 });
    for (const { body } of deliveries) found.add(body);
    if (deliveries.length === 0) break;
  }
  expect(removed.size).toBeGreaterThan(0);
  expect([...removed].filter((body) => found.has(body))).toEqual([]);
  expect([...sent].filter((body) => !found.has(body) && !received.has(body))).toEqual([]);
});

it('messages keep their timeouts, counts and delays when the queues are opened again', async () => {
  const first = await localQueues();
  await first.queues.send('requests', [{ body: 'seen' }, { body: 'late', delaySeconds: 900 }]);
  const [seen] = await first.queues.receive('requests');
  await first.close();
  const { queues, clock } = await localQueues({ directory: first.directory });
  expect(queues.state('requests')).toMatchObject({ visible: 0, notVisible: 1, delayed: 1 });
  advance(clock, VISIBILITY_SECONDS * 1_000);
  const [again] = await queues.receive('requests', { maxMessages: 10 });
  expect(again).toMatchObject({ messageId: seen?.messageId, system: { ApproximateReceiveCount: '2' } });
  await queues.remove('requests', [again?.receiptHandle ?? '']);
  expect(queues.state('requests')).toMatchObject({ visible: 0, notVisible: 0, delayed: 1 });
});

it('receives are counted across restarts, so that a message that kills its reader ends in the dead-letter queue', async () => {
  const { directory, queues, close } = await localQueues();
  await queues.send('requests', [{ body: 'deadly' }]);
  await close();
  for (let n = 0; n < MAX_RECEIVES; n += 1) {
    const life = await localQueues({ directory });
    await life.queues.release('requests', 'reader');
    expect(await life.queues.receive('requests', { holder: 'reader' })).toHaveLength(1);
    await life.close();
  }
  const last = await localQueues({ directory });
  await last.queues.release('requests', 'reader');
  expect(await last.queues.receive('requests')).toEqual([]);
  expect(last.queues.state('requests-dead').visible).toBe(1);
});

it('what somebody else received stays with them when a reader of another name is gone', async () => {
  const { queues } = await localQueues();
  await queues.send('requests', [{ body: 'a' }]);
  await queues.receive('requests');
  await queues.release('requests', 'reader');
  expect(queues.state('requests').notVisible).toBe(1);
});

it('messages of a queue that is no longer defined are there when it is defined again', async () => {
  const first = await localQueues();
  await first.queues.send('requests-dead', [{ body: 'a' }]);
  await first.close();
  const other = [{ name: 'other', visibilityTimeoutSeconds: 1, retentionSeconds: 60 }];
  const second = await localQueues({ directory: first.directory, definitions: other });
  await second.queues.send('other', [{ body: 'b' }]);
  await second.close();
  const third = await localQueues({ directory: first.directory });
  expect(await third.queues.receive('requests-dead')).toMatchObject([{ body: 'a' }]);
});

it('a batch is cut where it would be too large, but never to nothing', async () => {
  const { queues } = await localQueues();
  await queues.send('requests', [{ body: 'x'.repeat(100) }, { body: 'y'.repeat(100) }, { body: 'z'.repeat(1_000) }]);
  const receive = () => queues.receive('requests', { maxMessages: 10, maxBytes: 300 });
  expect((await receive()).map(({ body }) => body[0])).toEqual(['x', 'y']);
  expect((await receive()).map(({ body }) => body[0])).toEqual(['z']);
});

it('closing ends all waiting', async () => {
  const { queues, close } = await localQueues();
  const waiting = queues.receive('requests', { waitMs: Number.POSITIVE_INFINITY });
  await close();
  expect(await waiting).toEqual([]);
});

it('a dead-letter queue that is not there is a mistake of who defines the queues', async () => {
  const database = await openDatabase(temporaryDirectory(), 'queues');
  onTestFinished(() => database.close());
  const definitions = DEFINITIONS.slice(0, 1);
  await expect(openQueues({ database, definitions, clock: systemClock })).rejects.toThrow(/requests-dead/);
});
