/** Everything the use cases need from the world. Adapters live in `lib/aws`; tests bring fakes. */
import type { Config } from '../domain/config.ts';
import type { Placed } from '../domain/config-place.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { OutputFile, Run, RunOutput, StoredInput } from '../domain/run.ts';
import type { FalloutReason, Status } from '../domain/status.ts';
import type { ProviderOutput, ProviderSession, Turn } from '../providers/provider.ts';
import type { ConnectionStates, FlowHistories, InFlight, RequestBudgets, RunStore, ScheduleStore } from './stores.ts';

export type * from './stores.ts';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Timer extends Clock {
  /** Resolves after so long, or at once when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A fresh `run_` + ULID for this instant. */
  runId(now: number): string;
  /** 128 random bits as text. */
  nonce(): string;
}

/** What the fallout queue is told; at least once per run and reason. */
export interface FalloutNotice {
  readonly runId: string;
  readonly flowId: string;
  readonly connection: string;
  readonly reason: FalloutReason;
  readonly message: string;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Version of the record that fell out: of two notices of one run, the higher one is the newer. */
  readonly version: number;
}

export interface FalloutQueue {
  /** @throws StoreUnavailableError */
  send(notice: FalloutNotice): Promise<void>;
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/** Token buckets at our own door, one for each API key, shared by all containers. */
export interface RequestBuckets {
  /** Takes one token. Never refuses for want of a table that answers. */
  take(keyId: string): Promise<Taken>;
}

export interface InputVault {
  /** Seals what is sensitive; moves inputs over 64 KiB to the bucket. */
  seal(runId: string, input: PlainInput): Promise<StoredInput>;
  /** Seals a few values for the record alone; opens under the same run id only. */
  sealValues(runId: string, values: JsonObject): Promise<string>;
  openValues(runId: string, sealed: string): Promise<JsonObject>;
  open(runId: string, input: StoredInput): Promise<PlainInput>;
  /** The sensitive values alone, for scrubbing; never touches the bucket. */
  sensitiveValues(runId: string, input: StoredInput): Promise<JsonObject>;
  /** HMAC-SHA-256 (base64url) of a text under a key of our own, one key per purpose. */
  digest(purpose: 'fingerprint' | 'api-key', text: string): Promise<string>;
}

export interface PlainInput {
  /** Checked values by declared name. */
  readonly parameters: JsonObject;
  /** Which of them are sensitive. */
  readonly sensitive: readonly string[];
  /** The native body of a `rawBody` flow; always sealed. */
  readonly rawBody?: string;
}

export interface OutputStore {
  /**
   * Streams every file into the bucket (hash, then publish) and keeps small values inline.
   * @throws OutputTooLargeError, ReplyLostError (a source broke off), StoreUnavailableError
   */
  store(runId: string, attempt: number, output: ProviderOutput, signal: AbortSignal): Promise<RunOutput>;
  /** The value of an output, wherever it is kept. */
  value(output: RunOutput): Promise<Json | undefined>;
  read(file: OutputFile): Promise<AsyncIterable<Uint8Array>>;
  /** A link to the bytes that works for five minutes, as an attachment of the file's name. */
  signedUrl(file: OutputFile): Promise<string>;
}

export interface OpenSession {
  readonly session: ProviderSession;
  /** The same, asking for a turn before each request that it sends, the login's included. */
  metered(turn: Turn): ProviderSession;
  /** Every secret value in use, for scrubbing what comes back. */
  readonly secrets: readonly string[];
  /** Identifies the credentials, so that a retry with the same ones is not made. */
  readonly version: string;
}

export interface Connections {
  /**
   * Opens the connection of a run for its flow. `current` reads the secret again (at most once per 30 s and connection),
   * `previous` asks for the version before it.
   * @throws SecretUnavailableError; undefined where there is no previous version.
   */
  open(run: Placed, wanted: 'cached' | 'current'): Promise<OpenSession>;
  openPrevious(run: Placed): Promise<OpenSession | undefined>;
  /**
   * The handle of a run that a person names; needs no secret. Undefined where the platform's runs cannot be found by id.
   * @throws InvalidInputError when no run of the platform can have that id.
   */
  handleOf(run: Placed, remoteId: string): Promise<Json | undefined>;
}

export const SCOPES = ['runs:start', 'runs:read', 'runs:cancel', 'fallout:resolve', 'keys:admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key as it is kept: never the key itself. */
export interface ApiKeyRecord {
  readonly keyId: string;
  /** Keyed hash of the secret part. */
  readonly digest: string;
  readonly scopes: readonly Scope[];
  /** Absent: all flows. */
  readonly flows?: readonly string[];
  readonly name?: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** To the hour. */
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

export interface ApiKeyStore {
  /** Consistent read. */
  get(keyId: string): Promise<ApiKeyRecord | undefined>;
  /** Creates or replaces. */
  put(record: ApiKeyRecord): Promise<void>;
  /** All keys, by id; a key made a moment ago may be missing. */
  list(): Promise<readonly ApiKeyRecord[]>;
}

export interface Executions {
  /**
   * Starts the execution `{runId}-g{generation}` with a fixed input; an execution that is there already is a success.
   * @returns its ARN.
   */
  start(runId: string, generation: number): Promise<string>;
  /** False only when the run's present execution has certainly ended or never was. */
  isRunning(run: Executed): Promise<boolean>;
  arnOf(run: Executed): string;
}

/** What an execution's name is made of. */
export type Executed = Pick<Run, 'id' | 'generation' | 'executionName'>;

export interface RunLog {
  info(message: string, fields: JsonObject): void;
  warn(message: string, fields: JsonObject): void;
  error(message: string, fields: JsonObject): void;
  /** Counts for dashboards and alarms. */
  count(metric: string, fields: Readonly<Record<string, string>>): void;
}

export interface Dependencies {
  readonly config: Config;
  readonly store: RunStore;
  readonly keys: ApiKeyStore;
  readonly vault: InputVault;
  readonly outputs: OutputStore;
  readonly connections: Connections;
  readonly executions: Executions;
  readonly schedules: ScheduleStore;
  readonly falloutQueue: FalloutQueue;
  readonly buckets: RequestBuckets;
  readonly histories: FlowHistories;
  readonly states: ConnectionStates;
  readonly budgets: RequestBudgets;
  readonly inFlight: InFlight;
  readonly clock: Timer;
  readonly ids: Ids;
  readonly log: RunLog;
}

export type { FalloutReason, Status };
