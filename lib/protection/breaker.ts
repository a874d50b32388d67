/**
 * One circuit breaker per connection, for all its runs together. Pure: what asks answers whether a run may call, what
 * learns answers the next state to save, or undefined where there is nothing to write: the rule while all is well.
 */
import { isoTime } from '../domain/record.ts';
import { unitOf } from '../domain/unit-of.ts';
import type { ConnectionState, FailureKind, OpenCircuit } from './connection-state.ts';

export type Passage =
  | { readonly kind: 'pass' }
  /** It may call if it saves this state first; whoever loses the save asks again with the state as it is then. */
  | { readonly kind: 'canary'; readonly state: ConnectionState }
  | {
      readonly kind: 'wait';
      readonly why: 'paused' | 'told-to-wait' | FailureKind;
      readonly waitMs: number;
    };

export type ConnectionHealth = 'ok' | 'paused' | 'told-to-wait' | FailureKind | 'recovering';

export interface Failure {
  /** `refused`: our key. `failing`: not sent, reply lost, 5xx. Other failures say nothing of the connection. */
  readonly kind: FailureKind;
  /** Without secrets: it is shown. */
  readonly message: string;
  readonly runId: string;
  /** Whose call it was; absent: refusals concern all flows. */
  readonly flowId?: string;
}

/** So many failures of one run after another, and so many refused keys among them, open the circuit. */
const OPENS_AFTER = { failing: 10, refused: 3 } as const satisfies Record<FailureKind, number>;
const FIRST_CANARY_MS = { failing: 5_000, refused: 30_000 } as const satisfies Record<FailureKind, number>;
const MAX_CANARY_MS = 60_000;

const SUCCESS_KEPT_MS = 60_000;
/** Shorter pauses are each run's own affair. */
const MIN_TOLD_MS = 1_000;
const MAX_TOLD_MS = 3_600_000;
const MAX_MESSAGE = 300;

/** So long nobody else calls after a canary was sent: longer than any look takes. */
const CANARY_CALL_MS = 60_000;
/** A run whose canary has failed leaves it to the others for so long: what it met may be its own affair. */
const OTHERS_FIRST_MS = 10_000;

const MIN_PARK_MS = 30_000;
const MAX_PARK_MS = 300_000;

const FIRST_WAVE_PER_SECOND = 1;
const WAVE_MS = 10_000;
const RECOVERY_MS = 120_000;

/** Not asked for a cancellation or for the last look at a deadline: those are made in any case. */
export function passageOf(state: ConnectionState, runId: string, now: number, flowId?: string): Passage {
  const { paused, toldToWaitUntil, circuit } = state;
  if (paused !== undefined) return parked('paused', Date.parse(paused.at), runId, now);
  const toldMs = toldToWaitUntil === undefined ? 0 : Date.parse(toldToWaitUntil) - now;
  if (toldMs > 0 && toldMs <= MAX_TOLD_MS)
    return { kind: 'wait', why: 'told-to-wait', waitMs: spreadBehind(toldMs, runId) };
  if (circuit === undefined || !concerns(circuit, flowId)) return { kind: 'pass' };
  const isCanary = circuit.canary === runId;
  const patienceMs = isCanary && circuit.canaries > 0 ? OTHERS_FIRST_MS : 0;
  const dueMs = Date.parse(circuit.nextCanaryAt) + patienceMs - now;
  // Further ahead than any is ever set: the work of a clock that was wrong.
  if (dueMs <= 0 || dueMs > MAX_CANARY_MS + OTHERS_FIRST_MS)
    return { kind: 'canary', state: sendCanary(state, circuit, runId, now) };
  if (isCanary) return { kind: 'wait', why: circuit.why, waitMs: dueMs };
  return parked(circuit.why, Date.parse(circuit.openedAt), runId, now);
}

/**
 * Milliseconds between two calls while they are let through again after an outage: one a second, twice as many every
 * ten seconds. Undefined when that is over, two minutes after the platform came back.
 */
export function waveSpacingMs({ reopenedAt, circuit }: ConnectionState, now: number): number | undefined {
  if (reopenedAt === undefined || circuit !== undefined) return undefined;
  const sinceMs = now - Date.parse(reopenedAt);
  const elapsedMs = Math.max(0, sinceMs);
  if (elapsedMs >= RECOVERY_MS || sinceMs < -RECOVERY_MS) return undefined;
  return 1_000 / (FIRST_WAVE_PER_SECOND * 2 ** Math.floor(elapsedMs / WAVE_MS));
}

/** In a word, for people. */
export function connectionHealth(state: ConnectionState, now: number): ConnectionHealth {
  if (state.paused !== undefined) return 'paused';
  if (state.circuit !== undefined) return state.circuit.why;
  if (state.toldToWaitUntil !== undefined && Date.parse(state.toldToWaitUntil) > now) return 'told-to-wait';
  return waveSpacingMs(state, now) === undefined ? 'ok' : 'recovering';
}

/** Counts a failure; the last of so many runs in a row opens the circuit, and a failed canary keeps it open for longer. */
export function afterFailure(state: ConnectionState, failure: Failure, now: number): ConnectionState | undefined {
  const { circuit } = state;
  // Sent before it opened, or allowed in any case: that it is open is known already.
  if (circuit !== undefined && circuit.canary !== failure.runId) return withFlow(state, circuit, failure);
  const at = isoTime(now);
  const known = {
    ...state,
    version: state.version + 1,
    lastError: { at, message: failure.message.slice(0, MAX_MESSAGE) },
  };
  if (circuit !== undefined) return { ...known, circuit: afterCanary(circuit, failure, now) };
  const { kind, runId } = failure;
  if (state.failedRun === runId) return undefined;
  const failingSince = state.failingSince ?? at;
  const refusals =
    kind === 'refused' ? { since: at, ...state.refusals, count: (state.refusals?.count ?? 0) + 1 } : state.refusals;
  const counted = {
    ...known,
    failures: state.failures + 1,
    failedRun: runId,
    failingSince,
    ...(refusals && { refusals }),
  };
  const count = kind === 'refused' ? (refusals?.count ?? 0) : counted.failures;
  if (count < OPENS_AFTER[kind]) return counted;
  const since = kind === 'refused' ? (refusals?.since ?? at) : failingSince;
  return { ...counted, circuit: open(failure, since, now) };
}

/** Clears what failures have left, closes the circuit if this was the canary, and keeps the time, to the minute. */
export function afterSuccess(state: ConnectionState, runId: string, now: number): ConnectionState | undefined {
  const { failures: _, failedRun, failingSince, refusals, circuit, reopenedAt, ...rest } = state;
  // A reply to what was sent before the circuit opened says nothing of the platform as it is now.
  if (circuit !== undefined && circuit.canary !== runId) return undefined;
  const isKept = state.lastSuccessAt !== undefined && now - Date.parse(state.lastSuccessAt) < SUCCESS_KEPT_MS;
  if (circuit === undefined && state.failures === 0 && isKept) return undefined;
  const at = isoTime(now);
  const recovering = circuit === undefined ? reopenedAt : at;
  return {
    ...rest,
    version: state.version + 1,
    failures: 0,
    lastSuccessAt: at,
    ...(recovering === undefined ? {} : { reopenedAt: recovering }),
  };
}

/** The platform asked us all to wait; a longer pause that it has asked for before stands. */
export function afterTold(state: ConnectionState, retryAfterMs: number, now: number): ConnectionState | undefined {
  if (!(retryAfterMs >= MIN_TOLD_MS)) return undefined;
  const untilMs = now + Math.min(retryAfterMs, MAX_TOLD_MS);
  const knownMs = state.toldToWaitUntil === undefined ? 0 : Date.parse(state.toldToWaitUntil);
  // Many are told the same at about the same time: one of them writes it down.
  if (untilMs < knownMs + MIN_TOLD_MS) return undefined;
  return { ...state, version: state.version + 1, toldToWaitUntil: isoTime(untilMs) };
}

/** Holds every call but those that stop something; a pause that holds already keeps its beginning. */
export function pause(
  state: ConnectionState,
  { by, reason }: { readonly by?: string | undefined; readonly reason?: string | undefined },
  now: number,
): ConnectionState {
  const at = state.paused?.at ?? isoTime(now);
  const paused = { at, ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) };
  return { ...state, version: state.version + 1, paused };
}

/** Ends a pause; an open circuit stays as it is. */
export function resume(state: ConnectionState): ConnectionState {
  const { paused: _, ...rest } = state;
  return { ...rest, version: state.version + 1 };
}

function concerns({ flows }: OpenCircuit, flowId: string | undefined): boolean {
  return flows === undefined || flowId === undefined || flows.includes(flowId);
}

/** Another flow is refused as well; each finds out by one call of its own. */
function withFlow(state: ConnectionState, circuit: OpenCircuit, failure: Failure): ConnectionState | undefined {
  const { kind, flowId } = failure;
  if (kind !== 'refused' || flowId === undefined || concerns(circuit, flowId)) return undefined;
  return { ...state, version: state.version + 1, circuit: { ...circuit, ...flowsOf(failure, circuit.flows) } };
}

function sendCanary(state: ConnectionState, circuit: OpenCircuit, runId: string, now: number): ConnectionState {
  const sent = { ...circuit, canary: runId, nextCanaryAt: isoTime(now + CANARY_CALL_MS) };
  return { ...state, version: state.version + 1, circuit: sent };
}

/** The longer it lasts, the more seldom each run asks; never all at once, and never so seldom that the end goes unnoticed. */
function parked(why: 'paused' | FailureKind, sinceMs: number, runId: string, now: number) {
  const longestMs = Math.min(Math.max((now - sinceMs) / 2, 2 * MIN_PARK_MS), MAX_PARK_MS);
  // By the moment too, or the same runs would be the late ones each time.
  const share = 0.5 + unitOf(`${runId}/${now}`) / 2;
  return { kind: 'wait', why, waitMs: Math.round(longestMs * share) } as const;
}

/** A wait that somebody else set, and a little more, so that not all who keep it come back in the same moment. */
function spreadBehind(waitMs: number, runId: string): number {
  const roomMs = Math.min(Math.max(waitMs / 4, 1_000), MIN_PARK_MS);
  return Math.round(waitMs + unitOf(runId) * roomMs);
}

function open(failure: Failure, since: string, now: number): OpenCircuit {
  const { kind, runId } = failure;
  const nextCanaryAt = isoTime(now + FIRST_CANARY_MS[kind]);
  return { why: kind, since, openedAt: isoTime(now), nextCanaryAt, canary: runId, canaries: 0, ...flowsOf(failure) };
}

/** Where only the key of some flows is refused. */
function flowsOf({ kind, flowId }: Failure, known: readonly string[] = []): Pick<OpenCircuit, 'flows'> {
  if (kind !== 'refused' || flowId === undefined) return {};
  return { flows: known.includes(flowId) ? known : [...known, flowId] };
}

function afterCanary({ flows, ...circuit }: OpenCircuit, failure: Failure, now: number): OpenCircuit {
  const { kind } = failure;
  const canaries = circuit.canaries + 1;
  const waitMs = Math.min(FIRST_CANARY_MS[kind] * 2 ** Math.min(canaries, 10), MAX_CANARY_MS);
  // Another kind of trouble began now: nobody's key has been refused for longer than that.
  const since = kind === circuit.why ? circuit.since : isoTime(now);
  const concerned = flowsOf(failure, flows);
  return { ...circuit, why: kind, since, canaries, nextCanaryAt: isoTime(now + waitMs), ...concerned };
}
