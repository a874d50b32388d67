/** What brings messages to the functions on this machine: the queues, and the schedules that send into them. */
import { FALLOUT_QUEUE, QUEUE } from '../contract.ts';
import type { Config } from '../domain/config.ts';
import type { CronSchedule } from '../domain/cron.ts';
import type { Activity } from './activity.ts';
import type { LocalClock } from './clock.ts';
import type { Closers } from './closers.ts';
import { openEventSource } from './event-source.ts';
import type { LocalFunctions } from './functions.ts';
import type { QueueDefinition, Queues } from './queue-types.ts';
import { createScheduler } from './scheduler.ts';

export const QUEUES = {
  requests: 'errand-requests',
  requestsDead: 'errand-requests-dead',
  fallout: 'errand-fallout',
  undelivered: 'errand-undelivered',
} as const;

const KEPT = { visibilityTimeoutSeconds: QUEUE.visibilitySeconds, retentionSeconds: QUEUE.retentionSeconds } as const;

export const QUEUE_DEFINITIONS: readonly QueueDefinition[] = [
  {
    name: QUEUES.requests,
    ...KEPT,
    redrive: { deadLetterQueue: QUEUES.requestsDead, maxReceiveCount: QUEUE.maxReceives },
  },
  { name: QUEUES.requestsDead, ...KEPT },
  {
    name: QUEUES.fallout,
    ...KEPT,
    visibilityTimeoutSeconds: FALLOUT_QUEUE.visibilitySeconds,
    redrive: { deadLetterQueue: QUEUES.undelivered, maxReceiveCount: FALLOUT_QUEUE.maxReceives },
  },
  { name: QUEUES.undelivered, ...KEPT },
];

export interface MessagingOptions {
  readonly queues: Queues;
  readonly functions: LocalFunctions;
  readonly config: Config;
  readonly clock: LocalClock;
  readonly activity: Activity;
  readonly log: (line: string) => void;
  readonly closers: Closers;
}

function schedulesOf({ flows }: Config): Readonly<Record<string, CronSchedule>> {
  const scheduled = Object.entries(flows).flatMap(([id, { schedule }]) => (schedule ? [[id, schedule] as const] : []));
  return Object.fromEntries(scheduled);
}

/** Begins to take requests from the queue, and to send the slots of the schedules into it. */
export function startMessaging({ queues, functions, config, clock, activity, log, closers }: MessagingOptions): void {
  const { batchSize, maxConcurrency } = QUEUE;
  const invoke: Parameters<typeof openEventSource>[0]['invoke'] = (payload) => functions.invoke('intake', payload);
  closers.add(openEventSource({ queues, queue: QUEUES.requests, invoke, batchSize, maxConcurrency, clock, log }));
  const send = (body: string) => activity.run(async () => void (await queues.send(QUEUES.requests, [{ body }])));
  const scheduler = createScheduler({ schedules: schedulesOf(config), clock, send, log });
  closers.add({ close: async () => scheduler.close() });
}
