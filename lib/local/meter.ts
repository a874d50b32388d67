/** What the cloud would bill, told as it happens to whoever wants to count. */
import type { FunctionName } from '../contract.ts';
import type { EventLog } from './event-log.ts';
import type { ExecutionStore } from './execution-store.ts';

export type Use =
  | { readonly kind: 'state'; readonly execution: string; readonly state: string }
  /** One try of a task; all but the first of a state that was entered are retries, which cost as much as a state. */
  | { readonly kind: 'try'; readonly execution: string; readonly state: string }
  | InvocationUse
  | TableUse
  | RequestUse
  /** Sent to the bus. */
  | { readonly kind: 'events'; readonly count: number };

export interface RequestUse {
  readonly kind: 'request';
  readonly service: 'secrets' | 'queue' | 'bucket';
  readonly operation: string;
}

export interface InvocationUse {
  readonly kind: 'invocation';
  readonly name: FunctionName;
  /** Waits included, by the runtime's clock. */
  readonly durationMs: number;
}

export interface TableUse {
  readonly kind: 'table';
  readonly operation: string;
  /** What it was about: the prefix of the partition key, or the name of an index. */
  readonly about: string;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export type Meter = (use: Use) => void;

const TRIES = ['LambdaFunctionScheduled', 'TaskScheduled'];

interface StateDetails {
  readonly stateEnteredEventDetails?: { readonly name: string };
}

/** Tells of the states of all executions, by what their histories say. */
export function meterStates(store: ExecutionStore, meter: Meter): ExecutionStore {
  const current = new Map<string, string>();
  return {
    ...store,
    write(change) {
      for (const event of change.events ?? []) {
        const entered = (event as StateDetails).stateEnteredEventDetails?.name;
        if (entered !== undefined) {
          current.set(change.name, entered);
          meter({ kind: 'state', execution: change.name, state: entered });
        } else if (TRIES.includes(event.type)) {
          meter({ kind: 'try', execution: change.name, state: current.get(change.name) ?? '' });
        }
      }
      if (change.checkpoint === null) current.delete(change.name);
      return store.write(change);
    },
  };
}

/** Tells of the events that go to the bus. */
export function meterEvents(events: EventLog, meter: Meter): EventLog {
  return {
    ...events,
    append(added) {
      meter({ kind: 'events', count: added.length });
      return events.append(added);
    },
  };
}
