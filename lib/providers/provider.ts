/**
 * The one interface of all execution APIs. A provider is an object in a file of its own; the presence of a function in
 * its session is the capability. It never sleeps, logs, retries, reads the environment or knows AWS.
 */
import { z } from 'zod';
import type { Connection, Flow, ProviderId } from '../domain/config.ts';
import { durationSchema } from '../domain/duration-schema.ts';
import { InvalidInputError, type Issue } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Progress, RunError, Verdict } from '../domain/run.ts';
import type { RemoteStatus } from '../domain/status.ts';
import type { AuthScheme, HttpClient, Turn } from '../http/http-client.ts';
import { hearing } from './hints.ts';

/** Settings every connection has, whatever its provider. Spread into a provider's own strict schema. */
export const commonSettings = {
  /** How long a refused key is tried again before the run ends in `AUTH_FAILED`. */
  authGrace: durationSchema.default(900_000),
  /** Longest time for one status call, to the last byte. */
  requestTimeout: durationSchema.default(10_000),
  /** The operator's word that a 5xx on start proves that nothing was accepted. */
  serverErrorMeansNotAccepted: z.boolean().default(false),
};

export interface StartRequest {
  readonly runId: string;
  readonly attempt: number;
  /** Unique to this attempt; for platforms with a place to put it. */
  readonly correlation: string;
  /** Checked values by the names the provider knows. */
  readonly parameters: JsonObject;
  /** The native body of a `rawBody` flow. */
  readonly rawBody?: string;
  /** Milliseconds left until the run's deadline. */
  readonly remainingMs: number;
}

/** What `start` learnt. */
export type Started =
  | {
      readonly kind: 'accepted';
      /** JSON; given back to `poll`, `fetchOutput`, `cancel` and `answer`. Contains no secret. */
      readonly handle: Json;
      readonly remoteId: string;
      readonly status: RemoteStatus;
      readonly remoteStatus?: string;
      readonly progress?: Progress;
      readonly browserUrl?: string;
      /** How long the platform asks to wait before the next request. */
      readonly retryAfterMs?: number;
    }
  | {
      /** Finished within the start call: synchronous modes, or nothing more can ever be learnt. */
      readonly kind: 'ended';
      readonly remoteId?: string;
      readonly verdict: Verdict;
      readonly output?: ProviderOutput;
      /** How long the platform asks to wait before the next request. */
      readonly retryAfterMs?: number;
    };

/** Hints for the next look. */
export interface LookHints {
  /** How long the platform asks to wait before the next request. */
  readonly retryAfterMs?: number;
  /** The provider's own finish time (ISO 8601), for learning durations. */
  readonly finishedAt?: string;
}

/** What one look saw. An unknown word is `going` with `status: 'RUNNING'`, never an error, never success. */
export type Look =
  | {
      readonly kind: 'going';
      readonly status: Exclude<RemoteStatus, 'WAITING_FOR_INPUT'>;
      readonly remoteStatus: string;
      /** The word is not in the provider's documents. */
      readonly unknownWord?: boolean;
      readonly progress?: Progress;
      readonly browserUrl?: string;
      readonly hints?: LookHints;
    }
  | {
      readonly kind: 'waiting';
      readonly remoteStatus: string;
      readonly url?: string;
      readonly form?: JsonObject;
      readonly progress?: Progress;
      readonly browserUrl?: string;
      readonly hints?: LookHints;
    }
  | { readonly kind: 'ended'; readonly verdict: Verdict; readonly progress?: Progress; readonly hints?: LookHints };

export interface ProviderFile {
  readonly name: string;
  readonly mediaType: string;
  /** Opens the bytes; called once, by whoever stores them. */
  open(options: CallOptions): Promise<AsyncIterable<Uint8Array>>;
}

export interface ProviderOutput {
  readonly value?: Json;
  readonly files: readonly ProviderFile[];
}

/** A remote run that may be the one whose start answer was lost. */
export interface FoundRun {
  readonly remoteId: string;
  readonly handle: Json;
  readonly remoteStatus?: string;
}

export interface FindRequest extends Omit<StartRequest, 'remainingMs'> {
  /** When the lost call was made, by our clock (ISO 8601). */
  readonly intentAt: string;
  /** What the call brought about has been in the list since then, by our clock (ISO 8601). */
  readonly fenceUntil: string;
  /** The same clock, epoch milliseconds. */
  now(): number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

/** What a request that needs the key, and starts nothing, said of the connection. */
export interface Checked {
  /** `unknown`: the platform answers a wrong key as it answers a right one, or did not say. */
  readonly key: 'accepted' | 'refused' | 'unknown';
  /** Whether what the flow's target names is there; absent: not asked. */
  readonly target?: 'found' | 'missing';
  /** What was asked and what came back, in a sentence for people. */
  readonly message: string;
}

export interface LookOptions extends CallOptions {
  /** The platform may hold the look open so long for news. Only where the session says that it can. */
  readonly holdMs?: number;
}

/** One connection and flow with its credentials: everything that can be asked of the platform. */
export interface ProviderSession {
  /**
   * Longest time the start call may need, when it is longer than a plain request (synchronous modes).
   * The workflow gives up before the platform is asked when the function's time limit is shorter.
   */
  readonly startTimeoutMs?: number;
  /**
   * Sends the one request that begins a run.
   * @throws RequestNotSentError, ProviderThrottledError, ProviderUnauthorizedError, ProviderRefusedError: nothing was
   *   accepted. ReplyLostError, ProviderProtocolError: perhaps accepted.
   */
  start(request: StartRequest, options: CallOptions): Promise<Started>;
  /** @throws any ProviderCallError; none of them says anything about the run but RemoteNotFoundError. */
  poll?(handle: Json, options: LookOptions): Promise<Look>;
  /** How long the platform can hold a look open until there is news; absent: it answers at once. */
  readonly maxHoldMs?: number;
  fetchOutput?(handle: Json, options: CallOptions): Promise<ProviderOutput>;
  /** Asks the platform to stop the run; `confirmed` only when it says so. */
  cancel?(handle: Json, options: CallOptions): Promise<'confirmed' | 'unconfirmed'>;
  /** Gives a waiting run its input. */
  answer?(handle: Json, values: JsonObject, options: CallOptions): Promise<Look>;
  /** Remote runs that match a lost start. An empty list after the fence proves that there is none. */
  find?(request: FindRequest, options: CallOptions): Promise<readonly FoundRun[]>;
  /**
   * Asks something harmless that needs the key: nothing is started, changed or answered by it.
   * @throws any ProviderCallError when the platform did not answer, or answered that it is out of order.
   */
  check?(options: CallOptions): Promise<Checked>;
}

export interface ProviderOptions<Settings, Target> {
  readonly settings: Settings;
  readonly target: Target;
  /** Base URL of the connection, without a trailing slash; for checking links, never for building requests. */
  readonly baseUrl: string;
  readonly http: HttpClient;
}

/** For people who set a connection up. */
export interface ProviderWords {
  /** What its vendor calls it. */
  readonly name: string;
  /** A base URL as a connection has it. */
  readonly baseUrlExample: string;
  /** Where on the platform its key is had. */
  readonly keyHint: string;
}

export interface ProviderDefinition<Settings = unknown, Target = unknown, Credentials = unknown> {
  readonly id: ProviderId;
  readonly words?: ProviderWords;
  /** Strict; what the documents leave open is a setting with the default of `providers.md`. */
  readonly settings: z.ZodType<Settings>;
  readonly target: z.ZodType<Target>;
  /** Strict schema of the secret's JSON. */
  readonly credentials: z.ZodType<Credentials>;
  /** True where a connection may do without a secret. */
  readonly anonymous?: boolean;
  auth(credentials: Credentials | undefined, settings: Settings): AuthScheme;
  /** Mistakes in a flow that no schema can see; paths relative to the flow. */
  checkFlow?(flow: Flow, settings: Settings, target: Target): readonly Issue[];
  /**
   * The handle of a run that a person names, so that a lost one can be adopted.
   * @throws InvalidInputError when no run of this platform can have that id.
   */
  handleOf?(remoteId: string, target: Target): Json;
  connect(options: ProviderOptions<Settings, Target>): ProviderSession;
}

/**
 * Types a provider and forgets the types again, so that all of them fit one registry. Its sessions hear by themselves
 * what replies ask for.
 */
export function defineProvider<Settings, Target, Credentials>(
  definition: ProviderDefinition<Settings, Target, Credentials>,
): ProviderDefinition {
  return { ...definition, connect: hearing(definition.connect) } as unknown as ProviderDefinition;
}

/** A vendor's words, normalised (no spaces, lower case), to what they mean. */
export type StatusMap<Meaning> = Readonly<Record<string, Meaning>>;

/** `User input`, `UserInput` and ` userinput ` are one word. */
export function normaliseWord(word: string): string {
  return word.replace(/[\s_-]+/g, '').toLowerCase();
}

/** Looks a vendor's word up; own properties only, so that `constructor` is just an unknown word. */
export function meaningOf<Meaning>(map: StatusMap<Meaning>, word: string): Meaning | undefined {
  const key = normaliseWord(word);
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The error of a run that ended badly at the platform. */
export function providerFailed(message: string, details: readonly Json[] = []): RunError {
  return { code: 'PROVIDER_FAILED', message, ...(details.length === 0 ? {} : { details }) };
}

/** An id that a person named and no run can have. It is not repeated: it may be anything. */
export function impossibleRemoteId(expected: string): InvalidInputError {
  const issue = { path: 'remoteId', message: `expected ${expected}` };
  return new InvalidInputError('No run of this platform can have that id.', [issue]);
}

/** A link from a reply, only when it leads to the connection's own host; everything else is dropped. */
export function ownLink(link: unknown, baseUrl: string): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link, baseUrl)) return undefined;
  const [url, base] = [new URL(link, baseUrl), new URL(baseUrl)];
  // The origin of `blob:` is that of the address inside.
  const isOwn = url.protocol === base.protocol && url.host === base.host;
  return isOwn && url.username === '' && url.password === '' ? url.href : undefined;
}

export type { Connection, Flow, Turn };
