/** What is kept of runs and schedules, and how it is asked for: a part of the ports. */
import type { Run, RunEvent } from '../domain/run.ts';
import type { Status } from '../domain/status.ts';

export interface RequestKey {
  /** Identifies the request: a hash of scope (API key and flow) and key. */
  readonly id: string;
  /** Keyed hash of the canonical request. */
  readonly fingerprint: string;
  /** Epoch milliseconds from which the key counts as forgotten. */
  readonly expiresAt: number;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly run: Run }
  /** The same request was accepted before. */
  | { readonly kind: 'replayed'; readonly run: Run }
  /** The key was used for another request. */
  | { readonly kind: 'conflict' };

/** A run at a platform, as only a connection can name it. */
export interface RemoteRun {
  readonly connection: string;
  readonly remoteId: string;
}

export interface RunStore {
  /** Durable before it resolves. With a key: at most one run per key, whoever races. */
  create(run: Run, key?: RequestKey): Promise<CreateOutcome>;
  /** Consistent read. */
  get(runId: string): Promise<Run | undefined>;
  /**
   * Replaces the record if it still has version `run.version - 1`. A write whose answer was lost and that turns out to
   * be ours succeeds.
   * @throws StaleRunError when somebody else was first; StoreUnavailableError when the table does not serve us.
   */
  save(run: Run): Promise<void>;
  /** Which run has this remote run; undefined when none of ours has said so. Consistent. */
  remoteOwner(remote: RemoteRun): Promise<string | undefined>;
  /** Says once and for all that a remote run belongs to a run; false when it belongs to another. */
  claimRemote(remote: RemoteRun, runId: string): Promise<boolean>;
  /** The whole timeline, oldest first. */
  events(runId: string): Promise<readonly RunEvent[]>;
  /** The run that was accepted under a request key, with what was asked then; undefined for a key not in use. Consistent. */
  byRequestKey(id: string): Promise<{ readonly run: Run; readonly fingerprint: string } | undefined>;
  /** Open runs, oldest first, a page at a time. */
  open(page: PageRequest): Promise<RunPage>;
  /** Fallout that the fallout queue has not had yet, oldest first. */
  unpublished(page: PageRequest): Promise<RunPage>;
  /**
   * Runs that match, newest first. May be a moment behind. A page can hold fewer runs than `limit`, even none, and
   * still have a cursor: then there may be more further back.
   */
  list(query: RunQuery, page: PageRequest): Promise<RunPage>;
}

export interface PageRequest {
  readonly limit: number;
  /** Id of the last run of the page before, so that new runs do not move what follows. */
  readonly cursor?: string;
}

export interface RunPage {
  readonly runs: readonly Run[];
  readonly cursor?: string;
}

/** Every condition must hold; an absent one holds for all runs. */
export interface RunQuery {
  readonly flows?: readonly string[];
  readonly statuses?: readonly Status[];
  readonly businessKey?: string;
  /** Of acceptance, epoch milliseconds: from this instant on. */
  readonly from?: number;
  /** Of acceptance, epoch milliseconds: before this instant. */
  readonly to?: number;
}

/** What is remembered of a flow's schedule. */
export interface ScheduleState {
  readonly flowId: string;
  /** Grows by one with each write: the optimistic lock. */
  readonly version: number;
  /** Every slot up to this instant (ISO 8601) has been looked after. */
  readonly checkedUntil: string;
  /** The schedule that this is about: a changed one is not judged by slots of the old. */
  readonly schedule?: string;
  /** The slot whose run is going, where runs must not overlap. */
  readonly holder?: { readonly slot: string; readonly since: string };
  /** The one slot that waits for the holder's run to end. */
  readonly queuedSlot?: string;
}

export type SlotOutcome = 'started' | 'queued' | 'skipped' | 'missed';

/** What became of one slot of a schedule. */
export interface ScheduleSlot {
  readonly flowId: string;
  /** The instant of the slot, ISO 8601. */
  readonly slot: string;
  readonly outcome: SlotOutcome;
  readonly at: string;
  /** Of a started slot. */
  readonly runId?: string;
  readonly reason?: string;
}

export interface ScheduleStore {
  /** Consistent read. */
  get(flowId: string): Promise<ScheduleState | undefined>;
  /** Replaces the state if it still has version `state.version - 1` (0: there is none); false when somebody was first. */
  save(state: ScheduleState): Promise<boolean>;
  /** Consistent read. */
  slot(flowId: string, slot: string): Promise<ScheduleSlot | undefined>;
  /** Writes what became of a slot; a queued one may be started or skipped later, everything else stands. False: it stood. */
  putSlot(slot: ScheduleSlot): Promise<boolean>;
}
