/** Each checker is shown a history that it must refuse, beside the same one as it should be. */
import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import { newRun } from '../helpers/runs.ts';
import type { Dated, Fact } from './facts.ts';
import { SENSITIVE } from './flows.ts';
import { createWatcher } from './invariants.ts';
import type { Invocation } from './stage.ts';

const BEGIN_MS = Date.parse('2026-03-02T08:00:00Z');
const at = (ms: number) => new Date(BEGIN_MS + ms).toISOString();

const RUN = newRun({
  id: 'run_1',
  flowId: 'offer',
  businessKey: 'one',
  status: 'ACCEPTED',
  version: 1,
  attempt: 1,
  deadline: at(60_000),
  startBy: at(30_000),
  events: [{ seq: 1, at: at(0), type: 'accepted', message: '' }],
});

const event = (seq: number): Run['events'][number] => ({ seq, at: at(0), type: 'look', message: '' });

/** Versions of one run, one after the other. */
function records(first: Partial<Run>, ...changes: readonly Partial<Run>[]): readonly Fact[] {
  let before: Run | undefined;
  return [first, ...changes].map((change, index) => {
    const run: Run = { ...(before ?? RUN), version: index + 1, ...change };
    const fact: Fact = { type: 'record', run, before, bytes: 1_000 };
    before = run;
    return fact;
  });
}

const accepted = (attempt = 1, endsAtMs = BEGIN_MS): Fact => ({
  type: 'accepted',
  provider: 'smart-flows',
  nth: 0,
  runId: 'run_1',
  attempt,
  endsAtMs,
});

const invocation = (begunMs: number): Invocation => ({
  name: 'poll',
  runId: 'run_1',
  begunAtMs: BEGIN_MS + begunMs,
  isDead: false,
  kill: () => {},
});

/** Numbers of the invariants that this breaks; facts are a millisecond apart, or at their own time. */
function broken(facts: readonly (Fact & { readonly afterMs?: number })[]): readonly string[] {
  const watcher = createWatcher();
  for (const [index, { afterMs, ...fact }] of facts.entries())
    watcher.see({ ...fact, atMs: BEGIN_MS + (afterMs ?? index) } as Dated);
  return watcher.violations.map(({ invariant }) => invariant);
}

const FAILED = { status: 'FAILED', endedAt: at(0) } as const;
const past = { attempt: 1, status: 'FAILED', endedAt: at(0) } as const;
const slot = (runId: string): Fact => ({
  type: 'slot',
  slot: { flowId: 'newsletter', slot: at(0), at: at(0), outcome: 'started', runId },
});
const execution = (name: string, input: object): Fact => ({ type: 'execution', name, input: JSON.stringify(input) });
const first = invocation(0);
const told: Fact = { type: 'answered', invocation: first, status: 429, retryAfterMs: 10_000 };
const passedOn: Fact = { type: 'output', invocation: first, bytes: 100 };
const sent = (begunMs: number, call: 'call-start' | 'call-read' = 'call-read'): Fact => ({
  type: 'sent',
  call,
  invocation: invocation(begunMs),
});

const WELL: readonly Fact[] = [
  ...records({}, { status: 'STARTING' }),
  accepted(),
  ...records({}, { status: 'RUNNING' }, { status: 'SUCCEEDED' }).slice(1),
];

describe('a history', () => {
  it('in which all is well breaks nothing', () => {
    expect(broken(WELL)).toEqual([]);
    const again = { status: 'COOLING_OFF', attempt: 2, pastAttempts: [past] } as const;
    expect(broken([...records({}), accepted(), ...records({}, again).slice(1), accepted(2)])).toEqual([]);
    expect(broken([slot('run_1'), slot('run_1')])).toEqual([]);
    expect(broken([...records({}), told, passedOn, { ...sent(20_000), afterMs: 20_000 }])).toEqual([]);
    expect(broken([...records({}), sent(5, 'call-start')])).toEqual([]);
  });

  it.each<readonly [string, string, readonly (Fact & { readonly afterMs?: number })[]]>([
    ['I2', 'two runs for one request', [...records({}), ...records({ id: 'run_2' })]],
    ['I2', 'two runs for one slot', [slot('run_1'), slot('run_2')]],
    ['I3', 'a second job for one attempt', [...records({}), accepted(), accepted()]],
    ['I3', 'an attempt after one of which nothing is known', records({}, { status: 'ACCEPTED', attempt: 2 })],
    [
      'I4',
      'an end that is followed by another',
      [accepted(), ...records(FAILED, { status: 'CANCELED', cancel: { requestedAt: at(0) } })].slice(1),
    ],
    ['I5', 'a verdict of a job that never was', records({}, { status: 'SUCCEEDED' })],
    [
      'I5',
      'a verdict of the job of another attempt',
      [accepted(), ...records({ attempt: 2 }, { status: 'SUCCEEDED' })],
    ],
    [
      'I5',
      'a verdict of a job that goes on',
      [accepted(1, BEGIN_MS + 60_000), ...records({}, { status: 'SUCCEEDED' })],
    ],
    ['I5', 'another verdict than the job’s', [accepted(), ...records({}, { status: 'FAILED' })]],
    ['I5', 'a cancellation that nobody asked for', records({}, { status: 'CANCELED' })],
    ['I5', 'a deadline before its time', records({}, { status: 'TIMED_OUT' })],
    ['I7', 'a version that is left out', records({}, { version: 3 })],
    ['I7', 'a gap in the timeline', records({}, { events: [event(1), event(3)] })],
    ['I7', 'a timeline that lost its end', records({}, { events: [event(5)] })],
    ['I7', 'progress that goes back', records({ progress: { percentage: 60 } }, { progress: { percentage: 50 } })],
    ['I7', 'a job that is queued again', records({ status: 'RUNNING', remoteId: 'r1' }, { status: 'QUEUED' })],
    ['I8', 'a secret that is readable', [{ type: 'text', sink: 'the log', text: `it was ${SENSITIVE}` }]],
    ['I11', 'a record that is too large', records({}).map((fact) => ({ ...fact, bytes: 32_769 }) as Fact)],
    ['I11', 'a state that is too large', [{ type: 'output', invocation: first, bytes: 4_097 }]],
    ['I12', 'a call before it was told to', [...records({}), told, passedOn, { ...sent(5_000), afterMs: 5_000 }]],
    ['I13', 'a start that is too late', [...records({}), { ...sent(31_001, 'call-start'), afterMs: 31_001 }]],
    ['I13', 'a look after the end', [...records(FAILED), sent(5)]],
    ['I13', 'a call without a record', [sent(5)]],
    [
      'I14',
      'two executions of one generation',
      [execution('a', { runId: 'run_1' }), execution('b', { runId: 'run_1' })],
    ],
    [
      'I14',
      'one execution with two inputs',
      [execution('a', { runId: 'run_1' }), execution('a', { runId: 'run_1', at: 5 })],
    ],
  ])('breaks %s with %s', (invariant, _, facts) => {
    expect(broken(facts)).toContain(invariant);
  });
});
