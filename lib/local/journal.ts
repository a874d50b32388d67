/** Writes down what happens to an execution, in as few writes as its safety allows. */
import type { LocalClock } from './clock.ts';
import type { Change, ExecutionStore } from './execution-store.ts';
import { type NewEvent, numberEvent } from './history.ts';

export type Note = Omit<Change, 'name' | 'events'>;

/** The part of a running execution that its journal needs. */
export interface Journaled {
  readonly name: string;
  lastEventId: number;
  /** What has happened and goes to disk with the next write. */
  held?: Change | undefined;
}

export interface Journal {
  /** Resolves once these events, and all held back before them, would survive the end of the process. */
  write(execution: Journaled, events: readonly NewEvent[], note?: Note): Promise<void>;
  /**
   * For what may be lost with the process because it would simply happen again: a way from one state to the next, a
   * result of a function that may be called again.
   */
  hold(execution: Journaled, events: readonly NewEvent[], note?: Note): void;
}

export function createJournal(store: ExecutionStore, clock: LocalClock): Journal {
  function take(execution: Journaled, events: readonly NewEvent[], note: Note = {}): Change {
    const { held, name, lastEventId } = execution;
    const now = clock.now();
    const numbered = events.map((event, i) => numberEvent(event, lastEventId + 1 + i, now));
    execution.lastEventId += events.length;
    execution.held = undefined;
    return { ...held, ...note, name, events: held?.events ? [...held.events, ...numbered] : numbered };
  }
  return {
    write: (execution, events, note) => store.write(take(execution, events, note)),
    hold(execution, events, note) {
      execution.held = take(execution, events, note);
    },
  };
}
