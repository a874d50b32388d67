/** All executions of a world, each on its own in virtual time, as the state machine would carry them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExecutionInput, MachineState } from '../../lib/domain/machine-state.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { InFlight } from '../../lib/workflow/ports.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import type { VirtualTime } from './virtual-time.ts';
import { isOver, type World } from './world.ts';

/** As the template: a task that broke is tried again after a pause. */
const RETRY_MS = 2_000;
const MAX_TRIES = 50;
const SWEEP_MS = 60_000;

export interface FleetOptions {
  readonly world: World;
  readonly time: VirtualTime;
  readonly random: () => number;
  /** How long a read or write of the table takes, on average; 0: no time at all. */
  readonly storeMs?: number;
  /** Decides at each effect, before and after it, what dies there without another word. */
  readonly strikes?: (effect: string, when: 'before' | 'after') => 'invocation' | 'execution' | undefined;
}

export interface Fleet {
  /** Goes on until every run has ended, with a sweep each minute. @throws Error when that takes longer. */
  finish(withinMs: number, sweepMs?: number): Promise<void>;
  /** Accepts so many runs within so long, evenly. */
  accept(count: number, withinMs?: number): Promise<readonly string[]>;
  readonly killed: { invocation: number; execution: number };
}

interface Invocation {
  isDead: boolean;
  readonly kill: (what: 'invocation' | 'execution') => void;
}

/** What a killed function still awaits never comes. */
const never = () => new Promise<void>(() => {});

export function createFleet({ world, time, random, storeMs = 0, strikes }: FleetOptions): Fleet {
  const current = new AsyncLocalStorage<Invocation>();
  const signal = new AbortController().signal;
  const killed = { invocation: 0, execution: 0 };
  let admitted = 0;

  Object.assign(world.dependencies.inFlight, watched(world));
  Object.assign(world.dependencies.clock, { now: time.now, sleep: time.sleep });
  time.onMove = (now) => world.advance(now - world.now());
  time.onIdle = () => {
    for (; admitted < world.started.length; admitted += 1) {
      const input = world.started[admitted];
      if (input !== undefined) time.background(() => carry(input));
    }
  };
  world.boundary = async (effect, when) => {
    const invocation = current.getStore();
    if (invocation?.isDead) return never();
    if (storeMs > 0 && when === 'before' && !effect.startsWith('platform.')) await time.sleep(2 * storeMs * random());
    const struck = invocation === undefined ? undefined : strikes?.(effect, when);
    if (struck === undefined) return;
    killed[struck] += 1;
    invocation?.kill(struck);
    return never();
  };

  /** Undefined: the execution died. */
  async function invoke(act: () => Promise<MachineState>): Promise<MachineState | 'again' | 'dead'> {
    const { promise, resolve } = Promise.withResolvers<'again' | 'dead'>();
    const invocation: Invocation = {
      isDead: false,
      kill(what) {
        invocation.isDead = true;
        resolve(what === 'execution' ? 'dead' : 'again');
      },
    };
    return Promise.race([current.run(invocation, act), promise]);
  }

  async function carry({ runId, generation }: ExecutionInput): Promise<void> {
    const begin = () => startRun(world.dependencies, { runId, generation }, { signal });
    let state: MachineState | undefined;
    let tries = 0;
    while (state === undefined || !isOver(state)) {
      const { waitSeconds = 0 } = state ?? {};
      if (waitSeconds > 0) await time.sleep(waitSeconds * 1_000);
      if (state?.next === 'ROLL_OVER') {
        await world.dependencies.executions.start(runId, generation + 1);
        break;
      }
      const from: MachineState | undefined = state;
      const came = await invoke(() => (from === undefined ? begin() : world.next(from))).catch((error: unknown) => {
        if (tries >= MAX_TRIES) throw error;
        return 'again' as const;
      });
      if (came === 'dead') break;
      tries = came === 'again' ? tries + 1 : 0;
      if (came === 'again') await time.sleep(RETRY_MS * (0.5 + random()));
      else state = came;
    }
    world.endExecution(runId, generation);
  }

  const isDone = () => world.store.all().every(({ status }) => isTerminal(status));

  return {
    killed,
    async accept(count, withinMs = 0) {
      const ids: string[] = [];
      time.background(async () => {
        for (let index = 0; index < count; index += 1) {
          const { id } = await world.accept();
          ids.push(id);
          if (withinMs > 0) await time.sleep(withinMs / count);
        }
      });
      await time.run(time.now() + withinMs);
      return ids;
    },
    async finish(withinMs, sweepMs = SWEEP_MS) {
      const untilMs = time.now() + withinMs;
      time.background(async () => {
        while (!isDone() && time.now() < untilMs) {
          await time.sleep(sweepMs);
          await sweep(world.dependencies, {}, { signal });
        }
      });
      await time.run(untilMs);
      const open = world.store.all().filter(({ status }) => !isTerminal(status));
      if (open.length > 0)
        throw new Error(
          `${open.length} runs have not ended after ${withinMs} ms, ${open[0]?.id} (${open[0]?.status}) first`,
        );
    },
  };
}

/** What is done with slots are effects too, as far as time and death are concerned. */
function watched(world: World): Partial<InFlight> {
  const members = Object.entries(world.dependencies.inFlight).map(([name, act]) => [
    name,
    async (...args: unknown[]) => {
      await world.boundary(`inFlight.${name}`, 'before');
      const value = await act(...args);
      await world.boundary(`inFlight.${name}`, 'after');
      return value;
    },
  ]);
  return Object.fromEntries(members);
}
