import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { LocalClock } from '../../../lib/local/clock.ts';
import { openDatabase } from '../../../lib/local/data-dir.ts';
import type { QueueDefinition } from '../../../lib/local/queue-types.ts';
import { openQueues } from '../../../lib/local/queues.ts';
import { queueUrl, serveSqs } from '../../../lib/local/sqs-service.ts';
import { ACCESS_KEY, CLIENT } from './local-step-functions.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export const DAY_SECONDS = 86_400;
export const VISIBILITY_SECONDS = 30;
export const MAX_RECEIVES = 3;

export const DEFINITIONS: readonly QueueDefinition[] = [
  {
    name: 'requests',
    visibilityTimeoutSeconds: VISIBILITY_SECONDS,
    retentionSeconds: 4 * DAY_SECONDS,
    redrive: { deadLetterQueue: 'requests-dead', maxReceiveCount: MAX_RECEIVES },
  },
  { name: 'requests-dead', visibilityTimeoutSeconds: VISIBILITY_SECONDS, retentionSeconds: 14 * DAY_SECONDS },
];

interface Options {
  readonly directory?: string;
  readonly definitions?: readonly QueueDefinition[];
}

/** Queues on disk, with a time of their own. */
export async function localQueues({ directory = temporaryDirectory(), definitions = DEFINITIONS }: Options = {}) {
  const clock = virtualClock();
  const database = await openDatabase(directory, 'queues');
  const queues = await openQueues({ database, definitions, clock });
  let isClosed = false;
  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    await queues.close();
    await database.close();
  }
  onTestFinished(close);
  return { queues, clock, directory, close };
}

/** The same behind SQS's wire protocol, and the SDK's own client for it. */
export async function localSqs() {
  const { queues, clock, close } = await localQueues();
  const log: string[] = [];
  const service = await serveSqs({ queues, accessKey: ACCESS_KEY, log: (line) => log.push(line) });
  const client = new SQSClient({ ...CLIENT, endpoint: service.url });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
    await close();
  });
  const urlOf = (queue: string) => queueUrl(service.url, queue);
  return { client, service, queues, clock, log, urlOf, QueueUrl: urlOf('requests') };
}

/** Moves the time, although nobody waits for it. */
export function advance(clock: LocalClock & Pick<VirtualClock, 'next'>, ms: number): void {
  let isThere = false;
  clock.after(ms, () => {
    isThere = true;
  });
  while (!isThere) clock.next();
}

/** Lets the event loop turn so often. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what other turns of the event loop bring about. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turns(1);
}
