/** Takes executions from state to state. Where each is, is written down before it calls anything or waits. */
import type { Json, JsonObject } from '../domain/json.ts';
import type { Activity } from './activity.ts';
import type { LocalClock } from './clock.ts';
import type { Definition } from './definition.ts';
import { executionArn, STATE_MACHINE_ARN, STATE_MACHINE_NAME } from './execution-names.ts';
import type { Checkpoint, ExecutionRecord, ExecutionStatus, ExecutionStore } from './execution-store.ts';
import * as history from './history.ts';
import { createJournal, type Journaled, type Note } from './journal.ts';
import { FinalError, type StepOutcome, type Stepper } from './state-stepper.ts';
import { checkSize, recordTask } from './task-recorder.ts';
import type { Task } from './tasks.ts';
import { createTimerQueue } from './timer-queue.ts';

export interface RunnerOptions {
  readonly definition: Definition;
  readonly stepper: Stepper;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly store: ExecutionStore;
  readonly clock: LocalClock;
  readonly activity: Activity;
  readonly log: (line: string) => void;
  readonly onFailed: (name: string, status: ExecutionStatus) => void;
}

/** All that stays in memory of a running execution; one that waits has nothing more. */
export interface Live extends Journaled {
  readonly startedAtMs: number;
  isStepping: boolean;
  hasEnded: boolean;
  abort?: AbortController;
}

export interface Runner {
  readonly live: ReadonlyMap<string, Live>;
  /** Writes the first state down; the execution goes on by itself. */
  begin(record: ExecutionRecord): Promise<void>;
  /** Goes on where the process before this one ended. */
  carryOn(record: ExecutionRecord): Promise<void>;
  end(live: Live, status: ExecutionStatus, failure: history.Failure): Promise<void>;
  close(): void;
}

/** After the disk refused: long enough not to fill the log. */
const TRY_AGAIN_MS = 5_000;

const ENDINGS: Readonly<Partial<Record<ExecutionStatus, (failure: history.Failure) => history.NewEvent>>> = {
  FAILED: history.executionFailed,
  ABORTED: history.executionAborted,
  TIMED_OUT: history.executionTimedOut,
};

function contextOf(record: ExecutionRecord, { state, enteredAtMs }: Checkpoint): JsonObject {
  const execution = {
    Id: executionArn(record.name),
    Name: record.name,
    Input: JSON.parse(record.input) as Json,
    StartTime: new Date(record.startedAtMs).toISOString(),
  };
  return {
    Execution: execution,
    ThisExecution: execution,
    State: { Name: state, EnteredTime: new Date(enteredAtMs).toISOString(), RetryCount: 0 },
    StateMachine: { Id: STATE_MACHINE_ARN, Name: STATE_MACHINE_NAME },
  };
}

export function createRunner(options: RunnerOptions): Runner {
  const { definition, stepper, tasks, store, clock, activity, log, onFailed } = options;
  const live = new Map<string, Live>();
  const journal = createJournal(store, clock);
  const timers = createTimerQueue(clock, wake);
  let isClosed = false;
  const isCurrent = (execution: Live) => !isClosed && !execution.hasEnded;

  /** Leaves room for the one event that says why the execution ended. */
  function checkRoom(execution: Live, events: readonly history.NewEvent[]): void {
    if (execution.lastEventId + events.length < history.MAX_HISTORY_EVENTS) return;
    const message = `The execution reached the maximum number of history events (${history.MAX_HISTORY_EVENTS}).`;
    throw new FinalError('States.Runtime', message);
  }

  async function add(execution: Live, events: readonly history.NewEvent[], note?: Note): Promise<void> {
    checkRoom(execution, events);
    await journal.write(execution, events, note);
  }

  function hold(execution: Live, events: readonly history.NewEvent[], note?: Note): void {
    checkRoom(execution, events);
    journal.hold(execution, events, note);
  }

  async function close(execution: Live, events: readonly history.NewEvent[], fields: Partial<ExecutionRecord>) {
    execution.hasEnded = true;
    const found = await store.find(execution.name);
    const record = found && { ...found, ...fields, stoppedAtMs: clock.now() };
    if (record) await journal.write(execution, events, { record, checkpoint: null });
    live.delete(execution.name);
    execution.abort?.abort();
  }

  async function end(execution: Live, status: ExecutionStatus, failure: history.Failure): Promise<void> {
    await close(execution, [ENDINGS[status]?.(failure) ?? history.executionFailed(failure)], { status, ...failure });
    onFailed(execution.name, status);
  }

  /** Enters a state; the events before it, of the state it leaves, are written in the same moment. */
  async function enter(
    execution: Live,
    record: ExecutionRecord,
    target: Pick<Checkpoint, 'state' | 'input'>,
    before: readonly history.NewEvent[],
    note: Note = {},
  ): Promise<Checkpoint | undefined> {
    const enteredAtMs = clock.now();
    const type = stepper.typeOf(target.state);
    const checkpoint = { ...target, enteredAtMs };
    const step = { ...target, context: () => contextOf(record, checkpoint) };
    const waitMs = type === 'Wait' ? await stepper.waitMs(step, enteredAtMs) : undefined;
    const due = typeof waitMs === 'number' ? { ...checkpoint, dueMs: enteredAtMs + waitMs } : checkpoint;
    const entered = history.stateEntered(type, target.state, target.input);
    if (!note.record && !isCurrent(execution)) return undefined;
    // What is about to be accepted, or to wait, is on disk first; the others go on at once.
    if (type === 'Wait' || note.record) await add(execution, [...before, entered], { ...note, checkpoint: due });
    else hold(execution, [...before, entered], { checkpoint: due });
    if (typeof waitMs !== 'object') return due;
    await end(execution, 'FAILED', waitMs);
    return undefined;
  }

  async function settle(
    execution: Live,
    record: ExecutionRecord,
    { state }: Checkpoint,
    outcome: StepOutcome,
  ): Promise<Checkpoint | undefined> {
    if (outcome.kind === 'failed') {
      await end(execution, 'FAILED', outcome.failure);
      return undefined;
    }
    const { output } = outcome;
    checkSize(state, output);
    const exited = history.stateExited(stepper.typeOf(state), state, output);
    if (outcome.kind === 'next') return enter(execution, record, { state: outcome.state, input: output }, [exited]);
    const events = [exited, history.executionSucceeded(output)];
    await close(execution, events, { status: 'SUCCEEDED', output: JSON.stringify(output) });
    return undefined;
  }

  async function step(execution: Live, record: ExecutionRecord, checkpoint: Checkpoint) {
    const { task, giveUp, ended } = recordTask(tasks, () => isCurrent(execution), {
      add: (events) => add(execution, events),
      hold: (events) => hold(execution, events),
    });
    execution.abort = new AbortController();
    const context = () => contextOf(record, checkpoint);
    const outcome = await stepper.run({ ...checkpoint, context, task, signal: execution.abort.signal });
    delete execution.abort;
    if (!isCurrent(execution)) return void (await ended());
    try {
      await giveUp();
      return await settle(execution, record, checkpoint, outcome);
    } catch (error) {
      if (!(error instanceof FinalError)) throw error;
      await end(execution, 'FAILED', { error: error.name, cause: error.message });
      return undefined;
    }
  }

  /** Goes as far as it can; says until when it waits. */
  async function advance(execution: Live): Promise<number | undefined> {
    const record = await store.find(execution.name);
    let checkpoint = await store.checkpoint(execution.name);
    while (record && checkpoint && isCurrent(execution)) {
      const { dueMs = 0 } = checkpoint;
      if (dueMs > clock.now()) return dueMs;
      checkpoint = await step(execution, record, checkpoint);
    }
    return undefined;
  }

  /** What could not be written did not happen: the same step is taken again a little later. */
  async function postpone(execution: Live, error: unknown): Promise<number | undefined> {
    if (isClosed) return undefined;
    log(`Execution ${execution.name} pauses: ${error instanceof Error ? error.message : String(error)}`);
    const last = await store.lastEvent(execution.name).catch(() => undefined);
    if (last) execution.lastEventId = last.id;
    execution.held = undefined;
    return clock.now() + TRY_AGAIN_MS;
  }

  async function go(execution: Live): Promise<void> {
    if (execution.isStepping || !isCurrent(execution)) return;
    execution.isStepping = true;
    const dueMs = await advance(execution).catch((error: unknown) => postpone(execution, error));
    execution.isStepping = false;
    if (dueMs !== undefined) timers.add(dueMs, execution.name);
  }

  const timeoutMs = (definition.TimeoutSeconds ?? Number.POSITIVE_INFINITY) * 1_000;

  function wake(name: string): void {
    const execution = live.get(name);
    if (!execution || !isCurrent(execution)) return;
    const isOverdue = execution.startedAtMs + timeoutMs <= clock.now();
    const work = () => (isOverdue ? end(execution, 'TIMED_OUT', { error: 'States.Timeout' }) : go(execution));
    activity.run(work).catch((error: unknown) => log(String(error)));
  }

  function admit({ name, startedAtMs }: ExecutionRecord, lastEventId: number): Live {
    const execution = { name, startedAtMs, lastEventId, isStepping: false, hasEnded: false };
    live.set(name, execution);
    if (timeoutMs < Number.POSITIVE_INFINITY) timers.add(startedAtMs + timeoutMs, name);
    return execution;
  }

  return {
    live,
    end,
    async begin(record) {
      const execution = admit(record, 0);
      const input = JSON.parse(record.input) as Json;
      const started = [history.executionStarted(record.input)];
      try {
        await enter(execution, record, { state: definition.StartAt, input }, started, { record });
      } catch (error) {
        live.delete(record.name);
        throw error;
      }
      void activity.run(() => go(execution));
    },
    async carryOn(record) {
      const [last, checkpoint] = await Promise.all([store.lastEvent(record.name), store.checkpoint(record.name)]);
      const execution = admit(record, last?.id ?? 0);
      const task = checkpoint && tasks.get(checkpoint.state);
      if (task && last && history.TASK_IN_FLIGHT.has(last.type)) {
        const cause = 'The local runtime ended while the task ran; it is run again.';
        await journal.write(execution, [history.taskEvents(task.resource).failed({ error: 'Lambda.Unknown', cause })]);
      }
      void activity.run(() => go(execution));
    },
    close() {
      isClosed = true;
      timers.close();
      for (const { abort } of live.values()) abort?.abort();
    },
  };
}
