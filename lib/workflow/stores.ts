/** What is kept of runs and schedules, and how it is asked for: a part of the ports. */
import type { Run, RunEvent } from '../domain/run.ts';
import type { Status } from '../domain/status.ts';
import type { FlowHistory, Took } from '../polling/flow-history.ts';
import type { ConnectionState } from '../protection/connection-state.ts';
import type { CallKind } from '../protection/request-budget.ts';

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

/** How long runs of a flow took, for planning looks. */
export interface FlowHistories {
  /** May be a moment behind; undefined when nothing is remembered. @throws StoreUnavailableError */
  get(key: string): Promise<FlowHistory | undefined>;
  /** Several at once, in the order of the keys. @throws StoreUnavailableError */
  getMany(keys: readonly string[]): Promise<readonly (FlowHistory | undefined)[]>;
  /** Adds a duration of that span with one write. Never fails: a lost sample costs less than anybody's time. */
  remember(key: string, took: Took): Promise<void>;
}

/** What all runs of a connection know of it. */
export interface ConnectionStates {
  /** May be a second behind; `NEW_CONNECTION` when nothing was written yet. @throws StoreUnavailableError */
  get(connection: string): Promise<ConnectionState>;
  /** Consistent, for whoever is about to write. @throws StoreUnavailableError */
  getNow(connection: string): Promise<ConnectionState>;
  /** Replaces the state if it still has version `state.version - 1`; false when somebody was first. */
  save(connection: string, state: ConnectionState): Promise<boolean>;
}

export interface MomentRequest {
  readonly kind: CallKind;
  /** Milliseconds between two moments of the connection. */
  readonly spacingMs: number;
  /** How far ahead a moment may lie to be taken. */
  readonly horizonMs: number;
  /** It waited for its turn in the line of its kind, and may pass those who come now. */
  readonly hadTurn: boolean;
  /** The place in line that it was given; without one, order within a line is only roughly kept. */
  readonly place?: number;
}

/** `taken`: call after so many milliseconds. Otherwise the caller has a place in line and comes back after so many. */
export interface Moment {
  readonly taken: boolean;
  readonly inMs: number;
  /** Of whoever was sent away: to be shown when it comes back. Epoch milliseconds, the moment that it would have. */
  readonly place?: number;
}

/** The request budget of each connection: moments that are given out once. A moment not used is lost, never owed. */
export interface RequestBudgets {
  /** @throws StoreUnavailableError */
  ask(connection: string, request: MomentRequest): Promise<Moment>;
  /** A moment for a further request of a call that is under way, however far ahead: milliseconds from now. */
  more(connection: string, spacingMs: number): Promise<number>;
  /** How far ahead the next free moment lies, and the lines: milliseconds from now, for display. */
  backlog(connection: string): Promise<{ readonly requestsMs: number; readonly startsMs: number }>;
}

export interface SlotHolder {
  readonly runId: string;
  /** Epoch milliseconds; past it somebody looks whether the holder still needs it. */
  readonly leaseUntil: number;
}

export interface QueuedRun {
  readonly runId: string;
  readonly flowId: string;
  /** ISO 8601: later it must not start any more. */
  readonly startBy: string;
}

/** Who is in flight at a connection, and who waits for that, oldest first. All reads are consistent. */
export interface InFlight {
  /** Takes a slot if fewer than `max` are held; true also for whoever has one. @throws StoreUnavailableError */
  take(connection: string, holder: SlotHolder, max: number): Promise<boolean>;
  /** No effect for whoever has none, or has it with another lease than the one that was looked at. */
  release(connection: string, runId: string, leaseUntil?: number): Promise<void>;
  holders(connection: string): Promise<readonly SlotHolder[]>;
  enqueue(connection: string, run: QueuedRun): Promise<void>;
  dequeue(connection: string, runId: string): Promise<void>;
  /** The first of the line after a run id, or of the whole line. */
  line(connection: string, limit: number, after?: string): Promise<readonly QueuedRun[]>;
  /** How many wait before this run; without a run, how many wait. */
  ahead(connection: string, runId?: string): Promise<number>;
}
