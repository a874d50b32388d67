/**
 * The way of a run through the state machine, as far as its timeline proves it. Pure. The timeline is written by the
 * machine's tasks: each line tells in which of them it was, and what follows from it is what the task answers.
 */
import { LOOK_HERE_SECONDS, STATES } from '../../contract.ts';
import type { EventType } from '../../domain/run.ts';
import { isGood, isTerminal, type Status } from '../../domain/status.ts';
import { createMachineWalk, type MachineWalk, taskOf } from './machine-walk.ts';
import { freesSlot, type SlotRun } from './slot-freed.ts';

/** Of a run, as the API tells it. */
export interface PathRun extends SlotRun {
  readonly trigger: string;
  readonly nextLookAt?: string | undefined;
}

/** A line of its timeline. */
export interface PathEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: EventType;
  readonly status?: Status | undefined;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** What is read of a drawing of the machine. */
export interface PathMachine {
  readonly states: readonly { readonly id: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface PathTaken {
  /** How often each was entered, at least; in the order of their first times. */
  readonly states: ReadonlyMap<string, number>;
  /** The same of transitions, as `from to`. */
  readonly edges: ReadonlyMap<string, number>;
  /** Where it is now; absent once it has ended. */
  readonly current?: string;
  /** Looks that were close together may have been one lap or several: there may have been more than is counted. */
  readonly isLowerBound: boolean;
}

/** @param events the whole timeline, oldest first. */
export function pathTaken(machine: PathMachine, run: PathRun, events: readonly PathEvent[]): PathTaken {
  const walk = createMachineWalk(run.trigger === 'console');
  const known: Known = { run, isLowerBound: false, hasSlot: false, isAnswering: false, isCanceled: false };
  let before: Status = 'ACCEPTED';
  for (const [index, event] of events.entries()) {
    const status: Status = event.status ?? before;
    MEANINGS[event.type]?.({ walk, known, event, before, status, next: events[index + 1] });
    if (walk.at !== STATES.poll) known.visitMs = undefined;
    before = status;
  }
  const states = new Set(machine.states.map(({ id }) => id));
  const edges = new Set(machine.edges.map(({ from, to }) => `${from} ${to}`));
  return {
    states: new Map([...walk.states].filter(([id]) => states.has(id))),
    edges: new Map([...walk.edges].filter(([edge]) => edges.has(edge))),
    ...(isTerminal(run.status) || !states.has(walk.at) ? {} : { current: walk.at }),
    isLowerBound: known.isLowerBound,
  };
}

/** What the lines so far have told. */
interface Known {
  readonly run: PathRun;
  isLowerBound: boolean;
  hasSlot: boolean;
  isAnswering: boolean;
  isCanceled: boolean;
  /** When the present visit of Poll wrote its first line. */
  visitMs?: number | undefined;
}

interface Line {
  readonly walk: MachineWalk;
  readonly known: Known;
  readonly event: PathEvent;
  readonly before: Status;
  readonly status: Status;
  readonly next: PathEvent | undefined;
}

const { start, poll, fetchOutput, whatNext, waitToPoll, coolOff } = STATES;

const MEANINGS: Partial<Record<EventType, (line: Line) => void>> = {
  intent: ({ walk }) => walk.reach(start),
  started,
  'not-started': ({ walk }) => {
    walk.reach(start);
    walk.go(whatNext, coolOff);
  },
  look: looked,
  slow: looked,
  waiting: looked,
  trouble: keptBack,
  held: keptBack,
  input: answered,
  cancel: ({ walk, known, status }) => {
    known.isCanceled = true;
    // While a start is under way nobody else begins anything.
    if (status !== 'STARTING') walk.begin();
  },
  decision: decided,
  ended,
};

function started({ walk, before, next }: Line): void {
  // What the platform answers after the end is not the machine's.
  if (isTerminal(before)) return;
  walk.reach(start);
  // Accepted, and nothing more to learn: ended in the same breath.
  if (next?.status !== 'HANDED_OFF') walk.go(whatNext, waitToPoll);
}

function looked(line: Line): void {
  line.walk.reach(taskOf(line.before));
  afterLook(line);
}

/** A look that is due soon is waited for within Poll; only a longer wait, or a long visit, is a lap for certain. */
function afterLook({ walk, known, event, status, next }: Line): void {
  if (status === 'FETCHING_OUTPUT') {
    walk.go(whatNext, fetchOutput);
    return;
  }
  const atMs = Date.parse(event.at);
  known.visitMs ??= atMs;
  const waitSeconds = waitSecondsOf(known.run, event, next);
  const isOver = atMs + waitSeconds * 1_000 > known.visitMs + LOOK_HERE_SECONDS.inAll * 1_000;
  if (waitSeconds > LOOK_HERE_SECONDS.gap || isOver) walk.go(whatNext, waitToPoll);
  else known.isLowerBound = true;
}

/** In whole seconds, as the machine waits. Of a run that is kept back only the record tells for how long. */
function waitSecondsOf({ nextLookAt }: PathRun, { data, at }: PathEvent, next: PathEvent | undefined): number {
  const toldMs = data?.nextLookInMs;
  if (typeof toldMs === 'number') return Math.ceil(toldMs / 1_000);
  if (next !== undefined || nextLookAt === undefined) return 0;
  return Math.ceil((Date.parse(nextLookAt) - Date.parse(at)) / 1_000);
}

function keptBack(line: Line): void {
  const { walk, event, status } = line;
  const task = taskOf(status);
  walk.reach(task);
  if (task === poll) afterLook(line);
  else if (task === fetchOutput) walk.go(whatNext, waitToPoll);
  else walk.go(whatNext, event.data?.parked === true ? STATES.parked : coolOff);
}

/** It comes in, which begins another execution; then that one gives it to the platform, and tells what came of it. */
function answered({ walk, known, event }: Line): void {
  const isTold = event.data?.accepted !== undefined;
  known.isAnswering = !isTold && !known.isAnswering;
  if (known.isAnswering) walk.begin();
  else walk.reach(poll);
}

const ITS_TURN = /^Its turn has come/;
const ROLLED_OVER = /^Goes on in a fresh execution/;

function decided({ walk, known, event: { message, data }, before, status }: Line): void {
  if (data?.decision === 'close') return;
  if (status === 'COOLING_OFF' && before !== 'COOLING_OFF') {
    walk.reach(taskOf(before));
    if (known.hasSlot) walk.go(whatNext, STATES.releaseSlot);
    known.hasSlot = false;
    walk.go(whatNext, coolOff);
    return;
  }
  if (ROLLED_OVER.test(message)) {
    walk.reach(taskOf(status));
    walk.go(whatNext, STATES.rollOver, STATES.rolledOver);
  }
  known.hasSlot = ITS_TURN.test(message) || (known.hasSlot && data?.decision === undefined);
  known.isCanceled = false;
  walk.begin();
}

/** Of who found the execution dead: where it was then is not told. */
const SETTLED = /^Its execution (ended with|was stopped)/;

function ended({ walk, known, event, before, status }: Line): void {
  // A message that was never accepted has no execution.
  if (event.seq === 1) return;
  // Before anything is started the API ends a run itself; its execution finds that out when it wakes.
  const waits = before === 'ACCEPTED' || before === 'COOLING_OFF';
  if (SETTLED.test(event.message) || (status === 'CANCELED' && waits && !known.isCanceled)) {
    walk.begin();
    return;
  }
  if (walk.at !== start) walk.reach(taskOf(before));
  if (known.hasSlot && status === known.run.status && freesSlot(known.run)) walk.go(whatNext, STATES.releaseSlot);
  known.hasSlot = false;
  walk.go(whatNext, isGood(status) ? STATES.succeeded : STATES.failed);
}
