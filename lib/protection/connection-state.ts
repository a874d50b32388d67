/** What is known of a connection by all its runs together. Written only when something is wrong, or once in a while. */

export type FailureKind = 'failing' | 'refused';

/** The circuit is open: calls are held back, but for one canary at a time. */
export interface OpenCircuit {
  readonly why: FailureKind;
  /** When the first of the failures of this kind in a row happened (ISO 8601, as all times). */
  readonly since: string;
  readonly openedAt: string;
  /** From when on the next canary may call; while one is calling, when it counts as lost. */
  readonly nextCanaryAt: string;
  /** The run whose call is, or was, the canary; before the first: the run that opened it. */
  readonly canary: string;
  /** Canaries that have failed. */
  readonly canaries: number;
  /** Of `refused`: the flows whose calls were refused. A right that one flow lacks says nothing of the others. */
  readonly flows?: readonly string[];
}

export interface ConnectionState {
  /** Grows by one with each write: the optimistic lock; 0 when nothing has been written yet. */
  readonly version: number;
  /** Failures in a row, refused keys included, each of another run than the one before; a success clears them. */
  readonly failures: number;
  /** The run that failed last: what happens to it again and again may be its own affair. */
  readonly failedRun?: string;
  readonly failingSince?: string;
  /** How many of them were refused keys, and since when. */
  readonly refusals?: { readonly count: number; readonly since: string };
  readonly circuit?: OpenCircuit;
  /** Since when calls are let through in growing waves again. */
  readonly reopenedAt?: string;
  /** The platform asked for a pause until then (`Retry-After`, `RateLimit-*`). */
  readonly toldToWaitUntil?: string;
  readonly paused?: { readonly at: string; readonly by?: string; readonly reason?: string };
  /** To the minute. */
  readonly lastSuccessAt?: string;
  readonly lastError?: { readonly at: string; readonly message: string };
}

export const NEW_CONNECTION: ConnectionState = { version: 0, failures: 0 };
