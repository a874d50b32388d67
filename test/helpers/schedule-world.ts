/** The use cases' world with a schedule in it, and a way to die at any call. */
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import type { Dependencies } from '../../lib/workflow/ports.ts';
import { type SweptSchedules, sweepSchedules } from '../../lib/workflow/sweep-schedules.ts';
import { update } from '../../lib/workflow/update.ts';
import { createMemoryScheduleStore, type MemoryScheduleStore } from './memory-schedule-store.ts';
import { createWorld, START_OF_TIME, testConfig, type World } from './world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};

export interface ScheduleWorld extends World {
  readonly slots: MemoryScheduleStore;
  open(): readonly Run[];
  /** Ends runs that are still open. */
  end(ids: readonly string[], status?: Status): Promise<void>;
  sweep(): Promise<SweptSchedules>;
  /** The same world for an invocation that dies before its first such call: `store.create`, `schedules.save`, … */
  without(call: string): Dependencies;
  /** The same world whose answers come in an order that a test decides. */
  interleaved(delay: Delay): Dependencies;
  /** The same world for an invocation that dies at its n-th call, before or after it; tells whether it came so far. */
  dyingAt(n: number, when: 'before' | 'after'): { readonly dependencies: Dependencies; readonly died: () => boolean };
}

/** A world with one flow, `onboard`, whose schedule fires each minute unless said. */
export function startScheduleWorld(schedule: object = {}, now = new Date(START_OF_TIME).toISOString()): ScheduleWorld {
  const world = createWorld({ session, config: testConfig({ schedule: { cron: '* * * * *', ...schedule } }) });
  world.advance(Date.parse(now) - START_OF_TIME);
  const slots = createMemoryScheduleStore();
  const dependencies: Dependencies = { ...world.dependencies, schedules: slots };
  const signal = new AbortController().signal;
  const open = () => world.store.all().filter(({ status }) => !isTerminal(status));
  return Object.assign(world, {
    dependencies,
    slots,
    open,
    async end(ids: readonly string[], status: Status = 'CANCELED') {
      for (const run of open().filter(({ id }) => ids.includes(id)))
        await update(dependencies, run, { status }, { type: 'ended', message: 'Ended.' });
    },
    sweep: () => sweepSchedules(dependencies, { signal }),
    without: (call: string) =>
      watch(dependencies, (name, when) => {
        if (name === call && when === 'before') throw new Error('crash');
      }),
    interleaved: (delay: Delay) => watch(dependencies, () => {}, delay),
    dyingAt(n: number, when: 'before' | 'after') {
      let calls = 0;
      let isDead = false;
      const watched = watch(dependencies, (_, moment) => {
        if (moment === 'before') calls += 1;
        isDead ||= calls === n && moment === when;
        // The dead do nothing more, whatever they would catch.
        if (isDead) throw new Error('crash');
      });
      return { dependencies: watched, died: () => isDead };
    },
  });
}

/** The slot of the present minute. */
export function slotNow(world: World): string {
  return new Date(Math.floor(world.now() / 60_000) * 60_000).toISOString();
}

type Visit = (call: string, when: 'before' | 'after') => void;
type Delay = <T>(call: Promise<T>) => Promise<T>;

function watch(dependencies: Dependencies, visit: Visit, delay: Delay = (call) => call): Dependencies {
  const { store, schedules, executions } = dependencies;
  return {
    ...dependencies,
    store: watchPort('store', store, visit, delay),
    schedules: watchPort('schedules', schedules, visit, delay),
    executions: watchPort('executions', executions, visit, delay),
  };
}

function watchPort<Port extends object>(name: string, port: Port, visit: Visit, delay: Delay): Port {
  const members = Object.entries(port).map(([member, value]) => {
    if (typeof value !== 'function') return [member, value];
    const watched = async (...args: readonly unknown[]) => {
      visit(`${name}.${member}`, 'before');
      await delay(Promise.resolve());
      const result = await delay(value(...args));
      visit(`${name}.${member}`, 'after');
      return result;
    };
    return [member, watched];
  });
  return Object.fromEntries(members) as Port;
}
