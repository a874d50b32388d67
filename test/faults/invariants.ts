/** What must hold after every step: one checker for each invariant, over the history as it grows. */
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import type { Dated, Violation } from './facts.ts';
import { flowOf, SENSITIVE } from './flows.ts';
import { PLATFORM_KEYS } from './platform-keys.ts';
import type { Invocation } from './stage.ts';

/** Looks at each fact, and says what is wrong with it. */
export type Checker = (fact: Dated) => string | undefined;

/** The API, the queue and the schedule may each be asked twice; a key makes one run, and a slot too. */
function oneRunPerKey(): Checker {
  const runs = new Map<string, string>();
  const slots = new Map<string, string>();
  return (fact) => {
    if (fact.type === 'slot' && fact.slot.runId !== undefined) {
      const { flowId, slot, runId } = fact.slot;
      const other = slots.get(`${flowId} ${slot}`) ?? runId;
      slots.set(`${flowId} ${slot}`, other);
      return other === runId ? undefined : `the slot ${slot} of ${flowId} made ${other} and ${runId}`;
    }
    if (fact.type !== 'record' || fact.run.businessKey === undefined) return undefined;
    const { businessKey, id } = fact.run;
    const first = runs.get(businessKey);
    runs.set(businessKey, first ?? id);
    return first === undefined || first === id ? undefined : `the request ${businessKey} made ${first} and ${id}`;
  };
}

/** Nobody decides in these worlds, so only what the platform said of one attempt leads to the next. */
function oneStartPerAttempt(): Checker {
  const starts = new Set<string>();
  return (fact) => {
    if (fact.type === 'record' && fact.before !== undefined && fact.run.attempt > fact.before.attempt) {
      const { run, before } = fact;
      const isProven = run.pastAttempts?.some(({ attempt }) => attempt === before.attempt) === true;
      return isProven ? undefined : `attempt ${run.attempt} of ${run.id} follows one of which nothing is known`;
    }
    if (fact.type !== 'accepted') return undefined;
    const attempt = `${fact.runId}, attempt ${fact.attempt}`;
    if (starts.has(attempt)) return `${fact.provider} accepted a second start of ${attempt}`;
    starts.add(attempt);
    return undefined;
  };
}

/** Nobody decides in these worlds, so FALLOUT is as final as the others. */
function finalIsFinal(): Checker {
  return (fact) => {
    if (fact.type !== 'record' || fact.before === undefined || !isTerminal(fact.before.status)) return undefined;
    const { run, before } = fact;
    if (run.status !== before.status) return `${run.id} went from ${before.status} to ${run.status}`;
    if (JSON.stringify(run.output) !== JSON.stringify(before.output))
      return `the output of ${run.id} changed after its end`;
    return undefined;
  };
}

const VERDICTS = new Set<string>(['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS', 'FAILED', 'HANDED_OFF']);

/** A verdict is the platform's, of the job that it had for this attempt, once that has ended; no trouble makes one. */
function verdictIsThePlatforms(): Checker {
  const ends = new Map<string, number>();
  return (fact) => {
    if (fact.type === 'accepted') ends.set(`${fact.runId} ${fact.attempt}`, fact.endsAtMs);
    if (fact.type !== 'record' || fact.run.status === fact.before?.status) return undefined;
    const { run } = fact;
    if (run.status === 'CANCELED' && run.cancel === undefined) return `${run.id} is CANCELED and nobody asked for it`;
    if (run.status === 'TIMED_OUT' && fact.atMs < Math.min(Date.parse(run.deadline), Date.parse(run.startBy)))
      return `${run.id} is TIMED_OUT before its time`;
    if (!VERDICTS.has(run.status)) return undefined;
    const endsAtMs = ends.get(`${run.id} ${run.attempt}`);
    if (endsAtMs === undefined)
      return `${run.id} is ${run.status}, but its platform never had the job of attempt ${run.attempt}`;
    if (fact.atMs < endsAtMs && run.status !== 'HANDED_OFF') return `${run.id} is ${run.status}, and its job goes on`;
    const { verdict } = flowOf(run.flowId);
    return run.status === verdict ? undefined : `${run.id} is ${run.status}, but its job ended ${verdict}`;
  };
}

function recordMovesForward(): Checker {
  return (fact) => {
    if (fact.type !== 'record' || fact.before === undefined) return undefined;
    const { run, before } = fact;
    if (run.version !== before.version + 1) return `${run.id} went from version ${before.version} to ${run.version}`;
    const gap = run.events.findIndex(({ seq }, index) => index > 0 && seq !== (run.events[index - 1]?.seq ?? 0) + 1);
    if (gap > 0) return `the timeline of ${run.id} has a gap before ${run.events[gap]?.seq}`;
    if (run.events[0] !== undefined && run.events[0].seq > (before.events.at(-1)?.seq ?? 0) + 1)
      return `the timeline of ${run.id} lost events`;
    const isSame = run.attempt === before.attempt && run.remoteId === before.remoteId;
    const fell = (run.progress?.percentage ?? 0) < (before.progress?.percentage ?? 0);
    if (isSame && run.progress !== undefined && fell) return `the progress of ${run.id} went back`;
    const isBack = isSame && run.remoteId !== undefined && rankOf(run) < rankOf(before);
    return isBack ? `${run.id} went from ${before.status} back to ${run.status}` : undefined;
  };
}

/** Of a job that the platform has taken. */
const RANKS: Readonly<Partial<Record<Status, number>>> = {
  QUEUED: 1,
  RUNNING: 2,
  WAITING_FOR_INPUT: 2,
  WAITING_FOR_EVENT: 2,
  FETCHING_OUTPUT: 3,
};
const rankOf = ({ status }: Run) => RANKS[status] ?? 4;

/** Secrets of the world, of letters, digits and hyphens only. Other spellings of them are what `test/leaks` looks for. */
const SECRET = new RegExp([SENSITIVE, ...PLATFORM_KEYS].join('|'));

function nothingLeaks(): Checker {
  return (fact) =>
    fact.type === 'text' && SECRET.test(fact.text) ? `a secret is readable in ${fact.sink}` : undefined;
}

/** Asked for twice, an execution is the same: one name for each generation of a run, and one input for each name. */
function oneExecutionPerGeneration(): Checker {
  const names = new Map<string, string>();
  const inputs = new Map<string, string>();
  return (fact) => {
    if (fact.type !== 'execution') return undefined;
    const { name, input } = fact;
    const { runId, generation = 1 } = JSON.parse(input) as { readonly runId: string; readonly generation?: number };
    const first = names.get(`${runId} ${generation}`) ?? name;
    const before = inputs.get(name) ?? input;
    names.set(`${runId} ${generation}`, first);
    inputs.set(name, before);
    if (first !== name) return `generation ${generation} of ${runId} was to be ${first} and ${name}`;
    return before === input ? undefined : `the execution ${name} was asked for with two inputs`;
  };
}

const MAX_STATE_BYTES = 4_096;
const MAX_ITEM_BYTES = 32_768;

function staysSmall(): Checker {
  return (fact) => {
    if (fact.type === 'record' && fact.bytes > MAX_ITEM_BYTES)
      return `the record of ${fact.run.id} takes ${fact.bytes} bytes`;
    if (fact.type === 'output' && fact.invocation.runId !== undefined && fact.bytes > MAX_STATE_BYTES)
      return `the state of ${fact.invocation.runId} after ${fact.invocation.name} takes ${fact.bytes} bytes`;
    return undefined;
  };
}

interface Told {
  readonly untilMs: number;
  readonly by: Invocation;
  /** Whoever was told has said so. */
  knownAtMs?: number;
}

/**
 * What the invocation that was told has passed on binds those that follow; not one that was in the middle of it, and
 * goes on although its caller has given it up. A cancellation and the last look at a deadline do not wait: somebody else
 * does.
 */
function waitsAsTold(): Checker {
  const told = new Map<string, Told>();
  const urgent = new Map<string, number>();
  return (fact) => {
    if (fact.type === 'record')
      urgent.set(fact.run.id, fact.run.cancel === undefined ? Date.parse(fact.run.deadline) : 0);
    if (fact.type === 'answered' && fact.retryAfterMs !== undefined && fact.invocation.runId !== undefined)
      told.set(fact.invocation.runId, { untilMs: fact.atMs + fact.retryAfterMs, by: fact.invocation });
    if (fact.type !== 'output' && fact.type !== 'sent') return undefined;
    const { runId = '' } = fact.invocation;
    const waiting = told.get(runId);
    if (waiting === undefined || fact.atMs >= (urgent.get(runId) ?? 0)) return undefined;
    if (fact.type === 'output' && waiting.by === fact.invocation) waiting.knownAtMs = fact.atMs;
    const { begunAtMs } = fact.invocation;
    const isBound = waiting.by === fact.invocation || begunAtMs > (waiting.knownAtMs ?? Number.POSITIVE_INFINITY);
    if (fact.type !== 'sent' || !isBound || fact.atMs >= waiting.untilMs - 1) return undefined;
    return `${runId} called its platform ${Math.ceil(waiting.untilMs - fact.atMs)} ms before it was told to`;
  };
}

/** One that was in the middle of it when the run ended goes on, however late its answers are. */
function nothingTooLate(): Checker {
  const runs = new Map<string, { readonly startBy: number; endedAtMs?: number }>();
  return (fact) => {
    if (fact.type === 'record') {
      const { run } = fact;
      const endedAtMs = isTerminal(run.status) ? (runs.get(run.id)?.endedAtMs ?? fact.atMs) : undefined;
      runs.set(run.id, {
        startBy: Date.parse(run.attempt === 1 ? run.startBy : run.deadline),
        ...(endedAtMs !== undefined && { endedAtMs }),
      });
    }
    if (fact.type !== 'sent' || fact.invocation.runId === undefined) return undefined;
    const known = runs.get(fact.invocation.runId);
    if (known === undefined) return `${fact.invocation.runId} called its platform without a record`;
    if (fact.call === 'call-start' && fact.atMs > known.startBy + 1_000)
      return `${fact.invocation.runId} was started too late`;
    if (known.endedAtMs !== undefined && fact.invocation.begunAtMs > known.endedAtMs)
      return `${fact.invocation.runId} had ended and was looked at`;
    return undefined;
  };
}

/** By number; what can only be told at the end is in `end-state.ts`. */
export function createCheckers(): Readonly<Record<string, Checker>> {
  return {
    I2: oneRunPerKey(),
    I3: oneStartPerAttempt(),
    I4: finalIsFinal(),
    I5: verdictIsThePlatforms(),
    I7: recordMovesForward(),
    I8: nothingLeaks(),
    I11: staysSmall(),
    I12: waitsAsTold(),
    I13: nothingTooLate(),
    I14: oneExecutionPerGeneration(),
  };
}

export interface Watcher {
  see(fact: Dated): void;
  readonly violations: Violation[];
}

export function createWatcher(): Watcher {
  const checkers = Object.entries(createCheckers());
  const violations: Violation[] = [];
  return {
    violations,
    see(fact) {
      for (const [invariant, check] of checkers) {
        const message = check(fact);
        if (message !== undefined) violations.push({ invariant, message, atMs: fact.atMs });
      }
    },
  };
}
