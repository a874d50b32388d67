/** EventBridge Scheduler as the local runtime has it, which may send a slot twice, or not at all. */
import { QUEUES } from '../../lib/local/messaging.ts';
import { createScheduler } from '../../lib/local/scheduler.ts';
import type { World } from './world.ts';

export interface Schedule {
  /** Slots whose time has come, as `flow slot`, sent or not. */
  readonly due: readonly string[];
  sendAgain(): Promise<void>;
  missNext(): void;
  close(): void;
}

export function openSchedule({ config, queues, thread }: World): Schedule {
  const sent: string[] = [];
  const due: string[] = [];
  let [missed, again] = [0, 0];
  const schedules = Object.fromEntries(
    Object.entries(config.flows).flatMap(([id, { schedule }]) => (schedule ? [[id, schedule] as const] : [])),
  );
  const scheduler = createScheduler({
    schedules,
    clock: {
      now: thread.now,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    async send(body) {
      sent.push(body);
      const { schedule } = JSON.parse(body) as { readonly schedule: { flowId: string; scheduledTime: string } };
      due.push(`${schedule.flowId} ${schedule.scheduledTime}`);
      if (missed > 0) {
        missed -= 1;
        return;
      }
      const times = 1 + again;
      again = 0;
      await queues.send(
        QUEUES.requests,
        Array.from({ length: times }, () => ({ body })),
      );
    },
    log: () => {},
  });
  return {
    due,
    async sendAgain() {
      const body = sent.at(-1);
      // Before the first slot there is nothing to repeat: that one comes more than once.
      if (body === undefined) again += 1;
      else await queues.send(QUEUES.requests, [{ body }]);
    },
    missNext() {
      missed = 1;
    },
    close: scheduler.close,
  };
}
