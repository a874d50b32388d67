/** All executions of a world side by side, each by the machine's own routing, on the world's clock. */
import type { MachineState } from '../../lib/domain/machine-state.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { isOver, type World } from './world.ts';

interface Live {
  readonly runId: string;
  readonly generation: number;
  /** Undefined before its first task. */
  state?: MachineState;
  dueMs: number;
  tries: number;
}

/** As the template: a task that broke is tried again after a pause. */
const RETRY_MS = 2_000;
const MAX_TRIES = 50;

export interface Machine {
  /** Goes from task to task until every execution has ended, or the clock has come so far. */
  run(untilMs?: number): Promise<void>;
  /** One task of whichever execution is due first; false when all have ended or none is due by then. */
  task(untilMs?: number): Promise<boolean>;
  /** Ends every execution where it is, as if it had been stopped. */
  stopAll(): readonly Live[];
}

export function createMachine(world: World): Machine {
  const live: Live[] = [];
  let seen = 0;

  function admit(): void {
    for (; seen < world.started.length; seen += 1) {
      const input = world.started[seen];
      if (input !== undefined) live.push({ ...input, dueMs: world.now(), tries: 0 });
    }
  }

  async function perform(execution: Live): Promise<void> {
    const { signal } = new AbortController();
    try {
      const state =
        execution.state === undefined
          ? await startRun(world.dependencies, execution, { signal })
          : await world.next(execution.state);
      Object.assign(execution, { state, tries: 0, dueMs: world.now() + state.waitSeconds * 1_000 });
      if (isOver(state) || state.next === 'ROLL_OVER') remove(execution);
      // The template starts the next generation itself; a name that is taken changes nothing.
      if (state.next === 'ROLL_OVER')
        await world.dependencies.executions.start(execution.runId, execution.generation + 1);
    } catch (error) {
      execution.tries += 1;
      if (execution.tries > MAX_TRIES) throw error;
      execution.dueMs = world.now() + RETRY_MS;
    }
  }

  function remove(execution: Live): void {
    live.splice(live.indexOf(execution), 1);
    world.endExecution(execution.runId, execution.generation);
  }

  async function task(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    admit();
    const [first] = live.toSorted((a, b) => a.dueMs - b.dueMs);
    if (first === undefined || first.dueMs > untilMs) return false;
    if (first.dueMs > world.now()) world.advance(first.dueMs - world.now());
    await perform(first);
    return true;
  }

  return {
    task,
    async run(untilMs) {
      while (await task(untilMs)) {
        // On to the next one.
      }
    },
    stopAll() {
      admit();
      const stopped = [...live];
      for (const execution of stopped) remove(execution);
      return stopped;
    },
  };
}
