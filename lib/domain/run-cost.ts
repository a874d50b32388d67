/**
 * What a run has cost, about: read from its timeline, which tells what its execution did. Pure. Not in it: retries of
 * tasks that broke, cold starts, secrets that many runs share, storage, logs, and what those who watch it ask.
 */
import { LOOK_HERE_SECONDS } from '../contract.ts';
import { PRICES } from './prices.ts';
import { TERMINAL_STATUSES } from './status.ts';

/** Of a run, as the record and the API tell it. */
export interface CostedRun {
  readonly trigger?: string | undefined;
}

/** A line of its timeline. */
export interface CostedEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly type: string;
  readonly status?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface RunCost {
  readonly dollars: number;
  /** States of the machine that were entered. */
  readonly transitions: number;
}

type Task = 'start' | 'poll' | 'fetch' | 'release';

/** States from the end of one task to the beginning of the next: the choice, the wait where there is one, the task. */
const STATES_TO: Readonly<Record<Task, number>> = { start: 3, poll: 3, fetch: 2, release: 2 };
/** The choice after the last task, and the state that ends the execution. */
const STATES_OF_END = 2;
/** How it was begun, and the first task. */
const STATES_OF_BEGINNING = 2;
/** By hand, it is accepted within the execution: one task more, with its choice and wait. */
const STATES_OF_ACCEPTANCE = 3;
/** An execution that another has replaced wakes from its wait once more, to find that out and end. */
const STATES_OF_REPLACED = 5;

const MEMORY_GB: Readonly<Record<Task | 'api' | 'announce', number>> = {
  start: 0.25,
  poll: 0.25,
  fetch: 0.5,
  release: 0.25,
  api: 0.5,
  announce: 0.25,
};
/** Measured on the embedded runtime: what an invocation takes beside its waits, ... */
const INVOCATION_SECONDS = 0.05;
/** ... and units of the table for each line of the timeline, with all that is written and read around it. */
const WRITE_UNITS = 3.8;
const READ_UNITS = 2;

/** Lines that the world outside is told of. */
const NEWS_TYPES = ['accepted', 'started', 'waiting', 'slow', 'ended'];
const BEFORE_START = ['ACCEPTED', 'STARTING', 'COOLING_OFF'];
const ENDED: readonly string[] = TERMINAL_STATUSES;

interface Sums {
  readonly transitions: number;
  readonly invocations: number;
  readonly gbSeconds: number;
}

/** Where its execution is after a line; absent while none goes on. */
interface Walk extends Sums {
  readonly task?: { readonly name: Task; readonly sinceMs: number; readonly isFresh: boolean };
  /** It holds one of its connection's places, to be given back. */
  readonly hasSlot: boolean;
}

/**
 * An estimate of what a run has cost up to its last line, in dollars at list prices: state transitions, function time,
 * reads and writes of the table, events. Within a quarter of what is metered.
 * @param events the whole timeline, oldest first.
 */
export function runCost(run: CostedRun, events: readonly CostedEvent[]): RunCost {
  let walk: Walk = { transitions: 0, invocations: 0, gbSeconds: 0, hasSlot: false };
  for (const [index, event] of events.entries()) walk = afterLine(walk, event, events[index - 1]);
  const { transitions: entered, invocations, gbSeconds } = walk;
  const transitions = entered + (run.trigger === 'console' && events.length > 0 ? STATES_OF_ACCEPTANCE : 0);
  const dollars =
    transitions * PRICES.transition +
    invocations * PRICES.invocation +
    gbSeconds * PRICES.gbSecond +
    events.length * (WRITE_UNITS * PRICES.writeUnit + READ_UNITS * PRICES.readUnit) +
    newsOf(events) * (PRICES.event + PRICES.pipeRequest + invocationOf('announce')) +
    (events.some(({ status }) => status === 'FETCHING_OUTPUT') ? PRICES.objectWrite : 0) +
    (events.length === 0 ? 0 : doorOf(run));
  return { dollars, transitions };
}

function afterLine(walk: Walk, event: CostedEvent, before: CostedEvent | undefined): Walk {
  if (before === undefined) return begun(walk, event);
  if (isFromOutside(event, before)) return reopened(walk, event);
  const name = writerOf(event, before);
  if (walk.task === undefined || name === undefined) return walk;
  const reached = goneOn(walk, walk.task, name, event, before);
  const noted = event.data?.slot === true ? { ...reached, hasSlot: true } : reached;
  if (event.data?.parked === true) return ended(noted);
  const freed = noted.hasSlot && isOver(event) ? released(noted, event) : noted;
  return event.type === 'ended' ? ended(freed) : freed;
}

/** Of an attempt: its job has ended, as far as its platform tells. */
function isOver({ type, status = '' }: CostedEvent): boolean {
  if (type === 'decision') return status === 'COOLING_OFF';
  return type === 'ended' && status !== 'HANDED_OFF' && status !== 'FALLOUT';
}

/** An execution of its own begins. */
function begun(walk: Walk, { at, status = '' }: CostedEvent): Walk {
  // It ended with its acceptance: nothing was ever begun.
  if (ENDED.includes(status)) return walk;
  const task = { name: 'start', sinceMs: Date.parse(at), isFresh: true } as const;
  return { ...entered(walk, 'start', STATES_OF_BEGINNING), task };
}

/** Somebody changed the run, and the next execution acts on it. */
function reopened(walk: Walk, event: CostedEvent): Walk {
  const { task, ...rest } = walk;
  const replaced = task === undefined ? rest : { ...rest, transitions: rest.transitions + STATES_OF_REPLACED };
  return begun(replaced, event);
}

/** From the last line to this one: within the same invocation, or by way of the machine. */
function goneOn(
  walk: Walk,
  { name: last, sinceMs, isFresh }: NonNullable<Walk['task']>,
  name: Task,
  event: CostedEvent,
  before: CostedEvent,
): Walk {
  const atMs = Date.parse(event.at);
  const gapMs = Math.max(0, atMs - Date.parse(before.at) || 0);
  const isSame = name === last && (isFresh || isWithin(name, before, gapMs, sinceMs));
  if (!isSame) return { ...entered(walk, name, STATES_TO[name]), task: { name, sinceMs: atMs, isFresh: false } };
  const gbSeconds = walk.gbSeconds + (isFresh ? 0 : (gapMs / 1_000) * MEMORY_GB[name]);
  return { ...walk, gbSeconds, task: { name, sinceMs: isFresh ? atMs : sinceMs, isFresh: false } };
}

/** Whether the wait after the line before was waited for within the function. */
function isWithin(name: Task, before: CostedEvent, gapMs: number, sinceMs: number): boolean {
  if (name !== 'poll') return before.type === 'intent';
  const { nextLookInMs } = before.data ?? {};
  const seconds = typeof nextLookInMs === 'number' ? Math.ceil(nextLookInMs / 1_000) : Math.floor(gapMs / 1_000);
  const pastSeconds = (Date.parse(before.at) - sinceMs) / 1_000;
  return seconds <= LOOK_HERE_SECONDS.gap && pastSeconds + seconds <= LOOK_HERE_SECONDS.inAll;
}

function released(walk: Walk, { at }: CostedEvent): Walk {
  const task = { name: 'release', sinceMs: Date.parse(at), isFresh: false } as const;
  return { ...entered(walk, 'release', STATES_TO.release), hasSlot: false, task };
}

function ended({ task: _, ...walk }: Walk): Walk {
  return { ...walk, transitions: walk.transitions + STATES_OF_END };
}

function entered<Before extends Sums>(sums: Before, name: Task, states: number): Before {
  return {
    ...sums,
    transitions: sums.transitions + states,
    invocations: sums.invocations + 1,
    gbSeconds: sums.gbSeconds + INVOCATION_SECONDS * MEMORY_GB[name],
  };
}

/** Written by a person's request or for one, and answered with an execution of its own. */
function isFromOutside({ type, status = '' }: CostedEvent, before: CostedEvent): boolean {
  if (ENDED.includes(status)) return false;
  if (type === 'cancel') return status !== 'STARTING';
  if (type === 'input') return before.type !== 'input';
  if (type !== 'decision') return false;
  // After an attempt that has ended, the same execution begins the next one.
  return status !== 'COOLING_OFF' || BEFORE_START.includes(before.status ?? '') || before.status === 'FALLOUT';
}

/** Which task wrote a line; undefined for those of others. */
function writerOf({ type, status = '' }: CostedEvent, before: CostedEvent): Task | undefined {
  if (['accepted', 'published', 'cancel'].includes(type)) return undefined;
  if (type === 'intent' || type === 'started' || type === 'not-started' || before.type === 'intent') return 'start';
  if (type === 'look') return 'poll';
  const from = type === 'ended' || type === 'decision' ? (before.status ?? '') : status;
  if (from === 'FETCHING_OUTPUT') return 'fetch';
  return BEFORE_START.includes(from) ? 'start' : 'poll';
}

function newsOf(events: readonly CostedEvent[]): number {
  return events.filter(({ type }) => NEWS_TYPES.includes(type)).length;
}

function invocationOf(name: keyof typeof MEMORY_GB): number {
  return PRICES.invocation + INVOCATION_SECONDS * MEMORY_GB[name] * PRICES.gbSecond;
}

/** What asking for the run has cost. */
function doorOf({ trigger }: CostedRun): number {
  // A message is sent, received and deleted.
  if (trigger === 'queue') return 3 * PRICES.queueRequest + invocationOf('api');
  return trigger === 'console' || trigger === 'schedule'
    ? invocationOf('api')
    : PRICES.apiRequest + invocationOf('api');
}
