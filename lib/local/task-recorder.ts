/** Runs the work of one state and keeps its history honest, whatever the interpreter does about retries and time-outs. */
import type { Json } from '../domain/json.ts';
import { MAX_DATA_BYTES } from './execution-names.ts';
import { type NewEvent, type TaskEvents, taskEvents } from './history.ts';
import { FinalError, type Step } from './state-stepper.ts';
import type { Task } from './tasks.ts';

/** @throws FinalError when a state's output is larger than a state may carry. */
export function checkSize(state: string, output: Json): void {
  if (Buffer.byteLength(JSON.stringify(output)) <= MAX_DATA_BYTES) return;
  throw new FinalError(
    'States.DataLimitExceeded',
    `The state/task '${state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

export interface TaskRecorder {
  readonly task: Step['task'];
  /** Notes that the attempt before ran out of its state's time; what it still brings is not heard. */
  readonly giveUp: () => Promise<void>;
  /** Resolves once no call is under way any more, heard or not: one that was called goes on without its execution. */
  readonly ended: () => Promise<void>;
}

export interface TaskJournal {
  /** Durable when it resolves. */
  readonly add: (events: readonly NewEvent[]) => Promise<void>;
  /** Durable with what is added next. */
  readonly hold: (events: readonly NewEvent[]) => void;
}

/** Wraps the tasks for one execution in one state. */
export function recordTask(
  tasks: ReadonlyMap<string, Task>,
  isCurrent: () => boolean,
  { add, hold }: TaskJournal,
): TaskRecorder {
  let open: TaskEvents | undefined;
  const underWay = new Set<Promise<unknown>>();

  async function giveUp(): Promise<void> {
    const events = open;
    open = undefined;
    if (events && isCurrent()) await add([events.timedOut()]);
  }

  /** Whether this attempt is still heard. */
  function conclude(events: TaskEvents): boolean {
    if (open !== events || !isCurrent()) return false;
    open = undefined;
    return true;
  }

  async function call(found: Task, parameters: Json): Promise<Json> {
    const running = found.run(parameters);
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
    }
  }

  async function task(state: string, parameters: Json): Promise<Json> {
    const found = tasks.get(state);
    if (!found) throw new FinalError('States.Runtime', `State ${state} has no task.`);
    await giveUp();
    const events = taskEvents(found.resource);
    await add(events.scheduled(parameters));
    open = events;
    try {
      const output = await call(found, parameters);
      checkSize(state, output);
      // The next state follows at once.
      if (conclude(events)) hold([events.succeeded(output)]);
      return output;
    } catch (error) {
      const { name, message } = error as Error;
      // A pause may follow.
      if (conclude(events)) await add([events.failed({ error: name, cause: message })]);
      throw error;
    }
  }

  return { task, giveUp, ended: async () => void (await Promise.allSettled(underWay)) };
}
