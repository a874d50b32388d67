/** What happens to a world by itself while its runs are under way. */
import { QUEUE } from '../../lib/contract.ts';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import { QUEUES } from '../../lib/local/messaging.ts';
import { type Asked, type Callers, messageOf } from './callers.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Schedule } from './schedule.ts';
import type { Strikes } from './strikes.ts';
import type { World } from './world.ts';

export interface WeatherOptions {
  readonly world: World;
  readonly strikes: Strikes;
  readonly callers: Callers;
  readonly asked: readonly Asked[];
  readonly schedule: Schedule;
  readonly sweep: () => Promise<void>;
}

type Event = (options: WeatherOptions) => Promise<void> | void;

function pick<Value>(random: () => number, values: readonly Value[]): Value | undefined {
  return values[Math.floor(random() * values.length)];
}

/** A message is dead after so long, unless it is taken. */
const DEAD_AFTER_MS = QUEUE.maxReceives * QUEUE.visibilitySeconds * 1_000;

const EVENTS: Readonly<Partial<Record<FaultKind, Event>>> = {
  async 'secret-rotated'({ world: { thread, keys } }) {
    const provider = pick(thread.random, PROVIDER_IDS) ?? 'bryter';
    keys.rotateAtPlatform(provider);
    await thread.sleep(thread.random() * 30_000);
    keys.rotateSecret(provider);
  },
  'clock-leap': ({ world: { thread } }) => thread.leap(thread.random() * 90_000),
  deploy: ({ world: { functions } }) => functions.deploy(),
  'target-changed': ({ world }) => world.changeTargets(),
  async 'execution-stopped'({ world }) {
    const running = world.executionStore.all().filter(({ status }) => status === 'RUNNING');
    const execution = pick(world.thread.random, running);
    if (execution !== undefined) await world.executions.stop(execution.name, {});
  },
  async 'queue-duplicate'({ world: { thread, queues }, asked }) {
    const one = pick(
      thread.random,
      asked.filter(({ by }) => by === 'queue'),
    );
    const body = one && messageOf(one);
    if (body !== undefined)
      await queues.send(QUEUES.requests, [{ body, delaySeconds: Math.floor(thread.random() * 60) }]);
  },
  async 'queue-redrive'({ world: { thread, queues }, asked }) {
    const one = pick(
      thread.random,
      asked.filter(({ by }) => by === 'queue'),
    );
    const body = one && messageOf(one);
    if (body === undefined) return;
    await queues.send(QUEUES.requestsDead, [{ body }]);
    await queues.moveBack(QUEUES.requestsDead, QUEUES.requests);
  },
  'machine-down'({ world: { machine, thread } }) {
    machine.downUntilMs = Math.max(machine.downUntilMs, thread.now() + DEAD_AFTER_MS);
  },
  'sweep-twice': async ({ sweep }) => void (await Promise.all([sweep(), sweep()])),
  'slot-twice': ({ schedule }) => schedule.sendAgain(),
  'slot-missed': ({ schedule }) => schedule.missNext(),
  async 'request-again'({ world: { thread }, callers, asked }) {
    const one = pick(thread.random, asked);
    if (one !== undefined) await callers.ask(one);
  },
  async 'request-canceled'({ world: { thread, records }, callers, asked }) {
    const going = asked.filter(({ key }) =>
      [...records.runs.values()].some(({ businessKey, status }) => businessKey === key && !isTerminal(status)),
    );
    const one = pick(thread.random, going);
    if (one !== undefined) await callers.cancel(one);
  },
};

const EVERY_MS = 10_000;

/** Until nothing more may go wrong. */
export async function letItRain(options: WeatherOptions, untilMs: number): Promise<void> {
  const { thread } = options.world;
  while (thread.now() < untilMs) {
    await thread.sleep(thread.random() * 2 * EVERY_MS);
    const struck = options.strikes.at('weather', 'world');
    const happen = struck === undefined ? undefined : EVENTS[struck];
    if (happen !== undefined) thread.background(async () => happen(options));
  }
}
