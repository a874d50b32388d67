/** Making and changing records of runs. Pure: every change is a new record, one version on, with a line in its timeline. */
import type { JsonObject } from './json.ts';
import type { EventType, Run, RunEvent } from './run.ts';
import { canMove, isTerminal, type Status } from './status.ts';

/** When and by which write. */
export interface Stamp {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Fresh random text per write. */
  readonly writeId: string;
}

export interface EventDraft {
  readonly type: EventType;
  readonly message: string;
  readonly data?: JsonObject;
}

/** Fields to set; `undefined` removes one. */
export type Patch = {
  readonly [Field in Exclude<keyof Run, 'id' | 'version' | 'writeId' | 'events' | 'updatedAt' | 'createdAt'>]?:
    | Run[Field]
    | undefined;
};

/** How long the table keeps a run after its end. */
export const RETENTION_SECONDS = 400 * 86_400;

/**
 * The next version of a record.
 * @throws Error when the move is not in the table of transitions: a fault of ours, never of a caller.
 */
export function amend(run: Run, stamp: Stamp, patch: Patch, event: EventDraft): Run {
  const status = patch.status ?? run.status;
  if (status !== run.status && !canMove(run.status, status))
    throw new Error(`A run may not move from ${run.status} to ${status}.`);
  const at = isoTime(stamp.now);
  const ending: Patch =
    isTerminal(status) && !isTerminal(run.status)
      ? {
          ...endOf(stamp),
          nextLookAt: undefined,
          nextLookWhy: undefined,
          expectedEndAt: undefined,
          waitingFor: undefined,
        }
      : {};
  // Another moment has a reason of its own, or none.
  const moved: Patch = Object.hasOwn(patch, 'nextLookAt') ? { nextLookWhy: undefined } : {};
  const changed = { ...run, ...ending, ...moved, ...patch };
  const entries = Object.entries(changed).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(entries) as unknown as Run),
    version: run.version + 1,
    writeId: stamp.writeId,
    updatedAt: at,
    events: [...run.events, nextEvent(run.events, at, event, status)],
  };
}

/** The first version of a record; one that begins in a terminal status has ended with it. */
export function newRecord(
  run: Omit<Run, 'version' | 'writeId' | 'events' | 'updatedAt' | 'looks' | 'generation'>,
  stamp: Stamp,
  event: EventDraft,
): Run {
  const at = isoTime(stamp.now);
  return {
    ...run,
    ...(isTerminal(run.status) && endOf(stamp)),
    version: 1,
    writeId: stamp.writeId,
    updatedAt: at,
    looks: 0,
    generation: 1,
    events: [nextEvent([], at, event, run.status)],
  };
}

function endOf({ now }: Stamp) {
  return { endedAt: isoTime(now), ttl: Math.floor(now / 1_000) + RETENTION_SECONDS };
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function nextEvent(events: readonly RunEvent[], at: string, draft: EventDraft, status: Status): RunEvent {
  return {
    seq: (events.at(-1)?.seq ?? 0) + 1,
    at,
    type: draft.type,
    status,
    message: draft.message,
    ...(draft.data && { data: draft.data }),
  };
}
