/** The record of a run: what the store keeps, what the API shows a part of. */
import type { Json, JsonObject } from './json.ts';
import type { LookPlan, LookReason } from './look-plan.ts';
import type { FalloutReason, Status, TerminalStatus } from './status.ts';

export const TRIGGERS = ['api', 'queue', 'schedule', 'console', 'rerun'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface RunError {
  /** Stable code: `PROVIDER_FAILED`, `START_BY`, `DEADLINE`, … */
  readonly code: string;
  /** One sentence; the provider's words in it are capped and scrubbed. */
  readonly message: string;
  readonly details?: readonly Json[];
}

/** How a run ended at the platform, or as far as we can ever know. */
export interface Verdict {
  readonly status: TerminalStatus;
  readonly remoteStatus?: string;
  readonly error?: RunError;
  readonly falloutReason?: FalloutReason;
  /** What kind of failure, where the platform says so; a business refusal is not tried again. */
  readonly class?: 'technical' | 'business';
}

export interface Progress {
  readonly percentage?: number;
  readonly message?: string;
}

export interface WaitingFor {
  readonly kind: 'input' | 'event';
  /** Where a person answers; only ever on the connection's own host. */
  readonly url?: string;
  readonly form?: JsonObject;
  /** The platform takes the answer from us, by `POST …/input`; otherwise only a person at `url` can give it. */
  readonly answerable?: boolean;
}

/** An attempt that is over and was followed by another. */
export interface PastAttempt {
  readonly attempt: number;
  readonly status: TerminalStatus;
  readonly remoteStatus?: string;
  readonly remoteId?: string;
  readonly startedAt?: string;
  readonly endedAt: string;
  /** Code of the error it ended with. */
  readonly error?: string;
}

/** One line of the timeline, oldest first; `seq` has no gaps. */
export interface RunEvent {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: EventType;
  readonly status?: Status;
  readonly message: string;
  readonly data?: JsonObject;
}

/** Why a run is kept from its platform for a while, and since when. */
export interface HeldBack {
  readonly why: 'paused' | 'failing' | 'refused' | 'told-to-wait' | 'busy' | 'in-flight';
  readonly since: string;
  /** How often in a row it came and was sent away. */
  readonly times: number;
}

export const EVENT_TYPES = [
  'accepted',
  'intent',
  'started',
  'not-started',
  'look',
  'trouble',
  'waiting',
  'held',
  'slow',
  'output',
  'input',
  'cancel',
  'decision',
  'published',
  'ended',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface OutputFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Object key in the bucket; never shown. */
  readonly key: string;
}

export interface RunOutput {
  /** Small JSON values live in the record, others in the object `valueKey`. */
  readonly value?: Json;
  readonly valueKey?: string;
  readonly files: readonly OutputFile[];
  readonly bytes: number;
  /** Why there is nothing although something was expected. */
  readonly missing?: string;
}

/** Written before the one POST of an attempt; whoever finds it never calls. */
export interface StartIntent {
  /** Random; the invocation that wrote it recognises itself. */
  readonly owner: string;
  readonly at: string;
  /** Before this instant an unresolved start must not be judged. */
  readonly fenceUntil: string;
  /** When the platform's list did not show it for the first time. */
  readonly unlistedAt?: string;
  /** Of the configuration that the call was made by; absent where an earlier version wrote the intent. */
  readonly configDigest?: string;
}

/** Until the platform answers, nobody may say that nothing was started. */
export type MaybeStarted = Pick<StartIntent, 'at' | 'configDigest'>;

/** The parameters, with everything sensitive sealed (AES-256-GCM). */
export interface StoredInput {
  /** Values of parameters that are not sensitive, by declared name. */
  readonly parameters: JsonObject;
  /** Names of sensitive parameters that were given; shown as `***`. */
  readonly sensitive: readonly string[];
  /** Ciphertext of the sensitive values or of the raw body. */
  readonly sealed?: string;
  /** Where the whole sealed input is, when it is larger than 64 KiB. */
  readonly key?: string;
}

export interface Run {
  readonly id: string;
  readonly flowId: string;
  readonly connection: string;
  readonly provider: string;
  /** Grows by one with each write: the optimistic lock. */
  readonly version: number;
  /** Random mark of the last write, so that a write whose answer was lost is recognised as ours. */
  readonly writeId: string;

  readonly status: Status;
  readonly remoteStatus?: string;
  readonly remoteId?: string;
  /** What the provider's start gave back; nobody else looks inside. */
  readonly handle?: Json;
  /** What the job was started as; the flow's target may be another by now. Absent where an earlier version wrote it. */
  readonly target?: JsonObject;
  readonly progress?: Progress;
  readonly waitingFor?: WaitingFor;
  readonly browserUrl?: string;

  readonly attempt: number;
  readonly maxAttempts: number;
  readonly coolOffMs: number;
  readonly intent?: StartIntent;
  /** The first call of this attempt whose answer was lost, where it is sent again because that does no harm. */
  readonly maybeStarted?: MaybeStarted;
  readonly verdict?: Verdict;
  readonly error?: RunError;
  readonly fallout?: {
    readonly reason: FalloutReason;
    readonly evidence?: JsonObject;
    /** Of the record that says so first: what comes to be known later makes no new fallout. */
    readonly version?: number;
    /** When the fallout queue had it. */
    readonly publishedAt?: string;
  };
  readonly cancel?: {
    readonly requestedAt: string;
    readonly remote?: 'confirmed' | 'unconfirmed' | 'unsupported';
  };
  /** What the platform said of the job after this run had been judged; changes nothing any more. */
  readonly lateVerdict?: Verdict;
  /** What a person wants to tell the waiting platform; sealed, and gone as soon as the platform has it. */
  readonly answer?: { readonly sealed: string; readonly at: string };
  /** Attempts before the present one, oldest first; the newest twenty. */
  readonly pastAttempts?: readonly PastAttempt[];
  readonly output?: RunOutput;
  /** Remote runs whose start was answered after this run had been judged; a human must look at them. */
  readonly orphans?: readonly string[];

  readonly trigger: Trigger;
  readonly businessKey?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly input: StoredInput;
  /** Id of the API key that asked; runs are seen by keys whose flows they belong to. */
  readonly requestedBy?: string;
  readonly rerunOf?: string;

  readonly createdAt: string;
  /** Of the first attempt. */
  readonly startedAt?: string;
  /** Of the present attempt: what the looks are counted from. */
  readonly attemptStartedAt?: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly deadline: string;
  readonly startBy: string;
  readonly nextLookAt?: string;
  /** What decided on that look; absent while it is no look at a run that is going on. */
  readonly nextLookWhy?: LookReason;
  readonly expectedEndAt?: string;
  readonly looks: number;
  readonly plan?: LookPlan;
  /** Under what the duration of this attempt is remembered. */
  readonly historyKey?: string;
  /** The last look that found it going: it ended after this. */
  readonly seenGoingAt?: string;
  /** Since when it takes longer than nearly all runs of its flow. */
  readonly slowSince?: string;
  readonly heldBack?: HeldBack;
  /** Its place in the line for the connection's request budget: the moment that it would have. */
  readonly turnAt?: string;
  /** It has, or had, one of the connection's slots. */
  readonly hasSlot?: true;
  /** Since when it waits in line for one. */
  readonly queuedAt?: string;
  /** While it waits for input, where the flow gives that a time limit of its own. */
  readonly inputDeadline?: string;
  /** Since when it waits for input. */
  readonly waitingSince?: string;
  /** Time that people took in the present attempt, when they had answered; looks go by the platform's own time. */
  readonly waitedMs?: number;
  /** Looks since the run began to wait for input. */
  readonly waitingLooks?: number;
  /** Failed looks or start calls in a row. */
  readonly troubles?: number;
  /** Since when the provider has refused our key. */
  readonly authTroubleSince?: string;
  /** Since when, and how often in a row, the provider has not known the run. */
  readonly missing?: { readonly since: string; readonly count: number };
  /** Tries at fetching the output. */
  readonly fetches?: number;
  /** Of its execution: grows when a very long run rolls over, or when a dead execution is replaced. */
  readonly generation: number;
  /** Name of the first execution, where somebody started it by hand; all others are named by run and generation. */
  readonly executionName?: string;
  /** Present on terminal records only: when the table may forget the run (epoch seconds). */
  readonly ttl?: number;

  /** The newest events; older ones live in items of their own. */
  readonly events: readonly RunEvent[];
}
