import { describe, expect, it } from 'vitest';
import { createScheduler, type SchedulerOptions } from '../../lib/local/scheduler.ts';
import { virtualClock } from './helpers/virtual-clock.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

interface Sent {
  readonly flowId: string;
  readonly scheduledTime: string;
  readonly at: string;
}

function start(
  schedules: SchedulerOptions['schedules'],
  nowMs = NOON,
  refuse: (count: number) => boolean = () => false,
) {
  const clock = virtualClock(nowMs);
  const sent: Sent[] = [];
  const logged: string[] = [];
  let count = 0;
  const scheduler = createScheduler({
    schedules,
    clock,
    log: (message) => void logged.push(message),
    async send(body) {
      count += 1;
      if (refuse(count)) throw new Error('no queue');
      sent.push({ ...JSON.parse(body).schedule, at: new Date(clock.now()).toISOString() });
    },
  });
  /** Lets time pass by its own timers alone. */
  async function until(endMs: number): Promise<void> {
    clock.after(endMs - clock.now(), () => {});
    while (clock.now() < endMs && clock.next()) await Promise.resolve();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
  return { clock, sent, logged, scheduler, until };
}

describe('the scheduler of the laptop', () => {
  it('sends each slot of each schedule at its time, in the form of EventBridge Scheduler', async () => {
    const world = start({
      hourly: { cron: '0 * * * *', timezone: 'UTC' },
      nightly: { cron: '30 1 * * *', timezone: 'Asia/Kathmandu' },
    });
    await world.until(NOON + 10.5 * HOUR);
    const hours = ['13', '14', '15', '16', '17', '18', '19', '20', '21', '22'];
    const slots = world.sent.map(({ scheduledTime }) => scheduledTime);
    expect(slots).toEqual([
      ...hours.slice(0, 7).map((hour) => `2026-11-21T${hour}:00:00.000Z`),
      '2026-11-21T19:45:00.000Z',
      ...hours.slice(7).map((hour) => `2026-11-21T${hour}:00:00.000Z`),
    ]);
    expect(world.sent.map(({ at }) => at)).toEqual(slots);
    expect(world.sent[7]?.flowId).toBe('nightly');
  });

  it('leaves out a local time that does not exist, as its model does; the sweep fires it', async () => {
    const from = Date.parse('2026-03-08T00:00:00Z');
    const world = start({ daily: { cron: '30 2 * * *', timezone: 'America/New_York' } }, from);
    await world.until(from + 32 * HOUR);
    expect(world.sent.map(({ scheduledTime }) => scheduledTime)).toEqual(['2026-03-09T06:30:00.000Z']);
  });

  it('does not send what passed while the machine slept', async () => {
    const world = start({ hourly: { cron: '0 * * * *', timezone: 'UTC' } });
    const awake = world.clock.now;
    // Timers stand still in sleep, the time of day does not.
    Object.assign(world.clock, { now: () => awake() + 5.5 * HOUR });
    await world.until(NOON + 8.5 * HOUR);
    expect(world.sent.map(({ scheduledTime }) => scheduledTime)).toEqual([
      '2026-11-21T19:00:00.000Z',
      '2026-11-21T20:00:00.000Z',
    ]);
    expect(world.logged).toEqual(['The slot 2026-11-21T13:00:00.000Z of hourly has passed; the sweep looks after it.']);
  });

  it('sends a slot again when the queue did not take it', async () => {
    const world = start({ hourly: { cron: '0 * * * *', timezone: 'UTC' } }, NOON, (count) => count <= 2);
    await world.until(NOON + HOUR + 30_000);
    expect(world.sent).toMatchObject([{ scheduledTime: '2026-11-21T13:00:00.000Z', at: '2026-11-21T13:00:10.000Z' }]);
  });

  it('leaves a slot to the sweep when the queue stays away, and says so', async () => {
    const world = start({ hourly: { cron: '0 * * * *', timezone: 'UTC' } }, NOON, () => true);
    await world.until(NOON + HOUR + 120_000);
    expect(world.sent).toEqual([]);
    expect(world.logged).toEqual([
      'The slot 2026-11-21T13:00:00.000Z of hourly could not be sent; the sweep looks after it.',
    ]);
  });

  it('sends nothing once it is closed', async () => {
    const world = start({ hourly: { cron: '0 * * * *', timezone: 'UTC' } });
    world.scheduler.close();
    await world.until(NOON + 3 * HOUR);
    expect(world.sent).toEqual([]);
  });
});
