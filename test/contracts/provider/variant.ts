/** What the contract has to know of one way to use one provider. Everything else it finds out. */
import type { Json, JsonObject } from '../../../lib/domain/json.ts';
import type { TerminalStatus } from '../../../lib/domain/status.ts';
import type { ProviderDefinition } from '../../../lib/providers/provider.ts';
import type { Platform } from '../../../lib/simulators/simulator.ts';

/** The platform's clock; only a test, or a call that the platform holds, moves it. */
export interface PlatformClock {
  now: number;
}

/** Everything a session may be asked after its start. */
export const READS = ['poll', 'fetchOutput', 'cancel', 'answer', 'find'] as const;
export type Read = (typeof READS)[number];

export interface ProviderVariant {
  readonly name: string;
  readonly definition: ProviderDefinition;
  platform(clock: PlatformClock): Platform;
  /** What stands between origin and API. */
  readonly directory?: string;
  readonly settings?: JsonObject;
  readonly target: JsonObject;
  readonly credentials: JsonObject;
  /** Values that nobody may ever see. */
  readonly secrets: readonly string[];
  /** Values are canaries too. */
  readonly parameters: JsonObject;
  /** The functions that a session has beside `start`; no more, no fewer. */
  readonly reads: readonly Read[];
  /** Whoever knows the id of a run can look at it, so a person can name it and have it adopted. */
  readonly adoptable: boolean;
  /** Regular expressions on paths: of the request that starts, and of a login. */
  readonly startPath: string;
  readonly loginPath?: string;
  /** Header that every request but a login carries. */
  readonly auth: { readonly header: string; readonly value: RegExp };
  /** The start holds the call until the job has ended, because the variant asks for it. */
  readonly held: boolean;
  /** What a good start is: a run to look at, or an end. */
  readonly started: 'accepted' | TerminalStatus;
  /** Reply to a start: with this id and word, and without any id. Absent: its reply needs no id. */
  readonly startReply?: { body(id: Json, word?: string): Json; readonly withoutId: Json };
  /** Unusable bodies that this platform's documents call a result, and why. */
  readonly meaningful?: { readonly bodies: readonly string[]; readonly because: string };
  /** Good credentials of somebody else, and what the error is like. */
  readonly wrongKey: { readonly credentials: JsonObject; readonly error: JsonObject };
  /** What a harmless request can tell of the right key and of a wrong one. */
  readonly check: { readonly right: 'accepted' | 'unknown'; readonly wrong: 'refused' | 'unknown' };
  readonly polling?: Polling;
  /** Settings with a limit that a test can wait for, and how long a start may last under them. */
  readonly limited: { readonly settings: JsonObject; readonly startMs: number };
  /** A target whose run waits for a person; what to answer; how far to move the clock until it does. */
  readonly waiting?: { readonly target: JsonObject; readonly values: JsonObject; readonly afterMs: number };
  /** Targets that no configuration may have. */
  readonly badTargets: readonly JsonObject[];
}

export interface Polling {
  /** The reply to a look, with this word about this run. */
  body(word: string, id: string): Json;
  /** Every documented word: going, waiting, or the status it ends with. */
  readonly words: Readonly<Record<string, 'going' | 'waiting' | TerminalStatus>>;
  /** When a run has ended by the platform's clock. */
  readonly endsAfterMs: number;
  readonly ends: TerminalStatus;
  /** Name of the error that a 404 stands for. */
  readonly notFound: string;
}

/** Reads that can be tried: those of variants whose start leaves something to look at. */
export function triableReads({ started, reads }: ProviderVariant): readonly Read[] {
  return started === 'accepted' ? reads : [];
}
