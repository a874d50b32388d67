/** EventBridge Scheduler of the laptop: a message into the queue for each slot, at its time. */
import { type CronSchedule, isGapSlot, nextSlot } from '../domain/cron.ts';
import type { LocalClock } from './clock.ts';
import { createTimerQueue } from './timer-queue.ts';

export interface SchedulerOptions {
  /** By flow. */
  readonly schedules: Readonly<Record<string, CronSchedule>>;
  readonly clock: LocalClock;
  /** Puts a message into the queue of requests. */
  readonly send: (body: string) => Promise<void>;
  readonly log: (message: string) => void;
}

export interface Scheduler {
  /** Sends nothing more. */
  close(): void;
}

/** What is later than this, because the machine slept or the queue was away, is left to the sweep. */
const LATEST_MS = 60_000;
const RETRY_MS = 5_000;

/**
 * Sends the slots of all schedules, each at least once. Like its model it leaves out local times that do not exist; the
 * sweep fires those.
 */
export function createScheduler({ schedules, clock, send, log }: SchedulerOptions): Scheduler {
  const timers = createTimerQueue(clock, onDue);
  let isClosed = false;

  /** Queues hold names; flow ids have no spaces. */
  function plan(flowId: string, schedule: CronSchedule, afterMs: number): void {
    const slot = nextSlot(schedule, afterMs);
    if (slot !== undefined) timers.add(Date.parse(slot), `${flowId} ${slot}`);
  }

  function onDue(name: string): void {
    const [flowId = '', slot = ''] = name.split(' ');
    const schedule = schedules[flowId];
    if (schedule === undefined || isClosed) return;
    const slotMs = Date.parse(slot);
    const lateMs = clock.now() - slotMs;
    // After a sleep the slots in between are not gone through one by one.
    plan(flowId, schedule, Math.max(slotMs, clock.now() - LATEST_MS));
    if (lateMs > LATEST_MS) log(`The slot ${slot} of ${flowId} has passed; the sweep looks after it.`);
    else if (!isGapSlot(schedule, slotMs)) void deliver(flowId, slot);
  }

  async function deliver(flowId: string, slot: string): Promise<void> {
    try {
      await send(JSON.stringify({ schedule: { flowId, scheduledTime: slot } }));
    } catch {
      retryLater(flowId, slot);
    }
  }

  function retryLater(flowId: string, slot: string): void {
    if (clock.now() + RETRY_MS - Date.parse(slot) > LATEST_MS)
      log(`The slot ${slot} of ${flowId} could not be sent; the sweep looks after it.`);
    else retries.add(clock.now() + RETRY_MS, `${flowId} ${slot}`);
  }

  const retries = createTimerQueue(clock, (name) => {
    const [flowId = '', slot = ''] = name.split(' ');
    if (!isClosed) void deliver(flowId, slot);
  });

  for (const [flowId, schedule] of Object.entries(schedules)) plan(flowId, schedule, clock.now());
  return {
    close() {
      isClosed = true;
      timers.close();
      retries.close();
    },
  };
}
