/** The way to a platform: whether a run may call now, or when it may come again. Every connection has one, for all its runs. */
import type { Connection } from '../domain/config.ts';
import { RequestNotSentError } from '../domain/errors.ts';
import type { HeldBack, Run } from '../domain/run.ts';
import { passageOf, waveSpacingMs } from '../protection/breaker.ts';
import type { ConnectionState } from '../protection/connection-state.ts';
import { type CallKind, horizonMs, spacingMs } from '../protection/request-budget.ts';
import type { Turn } from '../providers/provider.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';
import type { TaskOptions } from './task.ts';

/** Kept from the platform for a while. Nothing was sent. */
export interface Held {
  readonly why: HeldBack['why'];
  readonly waitMs: number;
  /** A sentence for the timeline. */
  readonly message: string;
  /** Its place in the line for requests: the moment that it would have (epoch milliseconds). */
  readonly place?: number;
}

export type Passage = { readonly ok: true } | ({ readonly ok: false } & Held);

const PASS: Passage = { ok: true };
/** After so long a wait for its moment, a run asks whether the platform is still there. */
const LONG_WAIT_MS = 2_000;
/** So soon it is known what came of another run's canary. */
const LOST_CANARY_MS = 5_000;

/**
 * Whether the run may call now; its moment in the connection's request budget is waited for here.
 * @throws StoreUnavailableError
 */
export async function passageTo(
  dependencies: Dependencies,
  run: Run,
  kind: CallKind,
  { signal }: TaskOptions,
): Promise<Passage> {
  const place = placeOf(dependencies, run);
  if (place === undefined) return PASS;
  const state = await dependencies.states.get(place.connectionId);
  // A person's cancellation and the last look at a deadline cannot wait for better times.
  const isFree = kind === 'stop';
  const circuit = isFree ? PASS : openFor(dependencies, run, state);
  if (!circuit.ok) return circuit;
  const turn = await turnOf(dependencies, run, kind, place, state);
  if (!turn.ok) return turn;
  await dependencies.clock.sleep(turn.inMs, signal);
  const known = turn.inMs > LONG_WAIT_MS ? await dependencies.states.get(place.connectionId) : state;
  return isFree ? PASS : throughCircuit(dependencies, run, place.connectionId, known);
}

/**
 * Asks the budget once more before each request of a call, past the first where a moment was taken for that. Undefined
 * where there is no limit.
 */
export async function turnsOf(dependencies: Dependencies, run: Run, hasMoment: boolean): Promise<Turn | undefined> {
  const place = placeOf(dependencies, run);
  if (place === undefined) return undefined;
  const { budgets, clock, states } = dependencies;
  const { connection, connectionId } = place;
  const spacing = spacingOf(connection, await states.get(connectionId), clock.now());
  if (spacing === undefined) return undefined;
  let paid = hasMoment ? 1 : 0;
  return async (signal) => {
    paid -= 1;
    if (paid >= 0) return;
    const inMs = await budgets.more(connectionId, spacing).catch((error: unknown) => {
      throw new RequestNotSentError('The connection had no turn to give for it.', { byChoice: true, cause: error });
    });
    await clock.sleep(inMs, signal);
    if (signal.aborted)
      throw new RequestNotSentError('The time was over before the connection had a turn for it.', { byChoice: true });
  };
}

/** Milliseconds between two requests of a connection; undefined where it may have as many as there are. */
function spacingOf(connection: Connection, state: ConnectionState, now: number): number | undefined {
  const { requestsPerSecond } = connection.limits;
  const spacings = [
    ...(requestsPerSecond === undefined ? [] : [spacingMs(requestsPerSecond)]),
    ...[waveSpacingMs(state, now)].filter((ms) => ms !== undefined),
  ];
  return spacings.length === 0 ? undefined : Math.max(...spacings);
}

/** Also for whoever may be the canary, which is settled when it is about to call. */
function openFor({ clock }: Dependencies, run: Run, state: ConnectionState): Passage {
  const passage = passageOf(state, run.id, clock.now(), run.flowId);
  return passage.kind === 'wait' ? held(run, passage) : PASS;
}

async function throughCircuit(
  dependencies: Dependencies,
  run: Run,
  connectionId: string,
  known: ConnectionState,
): Promise<Passage> {
  const { clock, states } = dependencies;
  const passage = passageOf(known, run.id, clock.now(), run.flowId);
  if (passage.kind === 'pass') return PASS;
  if (passage.kind === 'canary') {
    if (await states.save(connectionId, passage.state)) return PASS;
    const now = clock.now();
    const again = passageOf(await states.getNow(connectionId), run.id, now, run.flowId);
    if (again.kind === 'pass') return PASS;
    // Lost to somebody else, whose call tells all the others.
    if (again.kind === 'canary')
      return held(run, { why: again.state.circuit?.why ?? 'failing', waitMs: LOST_CANARY_MS });
    return held(run, again);
  }
  return held(run, passage);
}

async function turnOf(
  { budgets, clock }: Dependencies,
  run: Run,
  kind: CallKind,
  { connection, connectionId }: { readonly connection: Connection; readonly connectionId: string },
  state: ConnectionState,
): Promise<{ readonly ok: true; readonly inMs: number } | ({ readonly ok: false } & Held)> {
  const spacing = spacingOf(connection, state, clock.now());
  if (spacing === undefined) return { ok: true, inMs: 0 };
  const moment = await budgets.ask(connectionId, {
    kind,
    spacingMs: spacing,
    horizonMs: horizonMs(kind, run.heldBack?.times ?? 0),
    hadTurn: run.turnAt !== undefined,
    ...(run.turnAt === undefined ? {} : { place: Date.parse(run.turnAt) }),
  });
  if (moment.taken) return { ok: true, inMs: moment.inMs };
  return { ...held(run, { why: 'busy', waitMs: moment.inMs }), place: moment.place ?? clock.now() + moment.inMs };
}

const REASONS: Readonly<Record<Held['why'], string>> = {
  paused: 'is paused by a person',
  failing: 'has not answered for a while; one call at a time tries whether it does again',
  refused: 'refuses our key; one call at a time tries whether it still does',
  'told-to-wait': 'has asked for a pause',
  busy: 'has had as many requests as its limit allows; this one has a place in line',
  'in-flight': 'has as many jobs in flight as its limit allows; this run has a place in line',
};

/** What the timeline says of a run that is kept back. */
export function heldMessage(connection: string, why: Held['why']): string {
  return `Kept back: the connection "${connection}" ${REASONS[why]}.`;
}

function held(
  { connection }: Run,
  { why, waitMs }: { readonly why: Held['why']; readonly waitMs: number },
): { readonly ok: false } & Held {
  return {
    ok: false,
    why,
    waitMs,
    message: heldMessage(connection, why),
  };
}
