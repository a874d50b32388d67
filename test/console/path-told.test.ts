import { describe, expect, it } from 'vitest';
import { workflowGraph } from '../../infra/workflow-graph.ts';
import { workflowStates } from '../../infra/workflow-states.ts';
import { type PathEvent, type PathRun, pathTaken } from '../../lib/console/model/path-taken.ts';
import { roundedPath } from '../../lib/console/model/rounded-path.ts';
import { freesSlot } from '../../lib/console/model/slot-freed.ts';
import { isCounted, stateWords } from '../../lib/console/model/state-words.ts';
import { MAX_LAPS, NEXT, STATES } from '../../lib/contract.ts';
import { FALLOUT_REASONS, TERMINAL_STATUSES } from '../../lib/domain/status.ts';
import { afterEnd } from '../../lib/workflow/machine.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { newRun } from '../helpers/runs.ts';
import { createWorld } from '../helpers/world.ts';

const machine = workflowGraph(workflowStates());
const signal = new AbortController().signal;
const T0 = Date.parse('2026-11-22T10:00:00.000Z');

const running: PathRun = { status: 'RUNNING', trigger: 'api' };

/** A timeline, by seconds after its beginning. */
const timeline = (
  ...lines: readonly (readonly [number, Omit<PathEvent, 'seq' | 'at' | 'message'> & { message?: string }])[]
) =>
  lines.map(
    ([seconds, line], index): PathEvent => ({
      seq: index + 1,
      at: new Date(T0 + seconds * 1_000).toISOString(),
      message: '',
      ...line,
    }),
  );

const BEGUN = [
  [0, { type: 'accepted', status: 'ACCEPTED' }],
  [1, { type: 'intent', status: 'STARTING' }],
  [2, { type: 'started', status: 'QUEUED' }],
] as const;
const look = (nextLookInMs: number) =>
  ({ type: 'look', status: 'RUNNING', data: { nextLookInMs, why: 'usual' } }) as const;

describe('what the timeline proves of the path', () => {
  it('is little before anything has begun', () => {
    const path = pathTaken(machine, { status: 'ACCEPTED', trigger: 'api' }, timeline(BEGUN[0]));
    expect([...path.states]).toEqual([]);
    expect(path.current).toBe(STATES.howBegun);
  });

  it('is a lap for each long wait, and at least one for looks that follow soon', () => {
    const far = pathTaken(
      machine,
      running,
      timeline(...BEGUN, [9, look(60_000)], [69, look(60_000)], [129, look(60_000)]),
    );
    expect(far.states.get(STATES.poll)).toBe(3);
    expect(far).toMatchObject({ current: STATES.waitToPoll, isLowerBound: false });
    const near = pathTaken(
      machine,
      running,
      timeline(...BEGUN, [9, look(5_000)], [14, look(5_000)], [19, look(5_000)]),
    );
    expect(near.states.get(STATES.poll)).toBe(1);
    expect(near).toMatchObject({ current: STATES.poll, isLowerBound: true });
    expect(isCounted(STATES.poll, near)).toBe(false);
    expect(isCounted(STATES.start, near)).toBe(true);
  });

  it('ends a visit of Poll for certain where the next look would be past the time that one may last', () => {
    const lines = Array.from({ length: 6 }, (_, index) => [10 + index * 20, look(20_000)] as const);
    expect(pathTaken(machine, running, timeline(...BEGUN, ...lines)).states.get(STATES.poll)).toBe(2);
  });

  it('leads through Accept where a person began it by hand', () => {
    const path = pathTaken(machine, { ...running, trigger: 'console' }, timeline(...BEGUN));
    expect([...path.states.keys()].slice(0, 5)).toEqual([
      STATES.howBegun,
      STATES.accept,
      STATES.whatNext,
      STATES.coolOff,
      STATES.start,
    ]);
  });

  it('claims no end for a run whose execution was found dead, or that never had one', () => {
    const dead = { type: 'ended', status: 'FALLOUT', message: 'Its execution ended with States.Timeout. …' } as const;
    const settled = pathTaken(machine, { status: 'FALLOUT', trigger: 'api' }, timeline(...BEGUN, [9, dead]));
    expect(settled.states.has(STATES.failed)).toBe(false);
    const parked = pathTaken(
      machine,
      { status: 'FALLOUT', trigger: 'queue' },
      timeline([0, { type: 'ended', status: 'FALLOUT' }]),
    );
    expect(parked.states.size).toBe(0);
  });

  it('is drawn only where the machine has such states and transitions', () => {
    const smaller = { states: machine.states.filter(({ id }) => id !== STATES.poll), edges: [] };
    const path = pathTaken(smaller, running, timeline(...BEGUN, [9, look(1_000)]));
    expect(path.states.has(STATES.poll)).toBe(false);
    expect(path.edges.size).toBe(0);
    expect(path).not.toHaveProperty('current');
  });

  it('knows the roll-over after many laps by what the machine writes then', async () => {
    const world = createWorld({
      session: {
        start: async () => ({ kind: 'accepted', handle: 'h', remoteId: 'r', status: 'QUEUED' }),
        poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
      },
    });
    const { id } = await world.accept();
    await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
    await pollRun(world.dependencies, { runId: id, generation: 1, lap: MAX_LAPS }, { signal });
    const { events } = await world.run(id);
    const path = pathTaken(machine, running, events);
    expect(path.edges.has(`${STATES.rollOver} ${STATES.rolledOver}`)).toBe(true);
    expect(path.current).toBe(STATES.howBegun);
  });
});

describe('the slot of a run that has ended', () => {
  const cases = TERMINAL_STATUSES.flatMap((status) =>
    (status === 'FALLOUT' ? FALLOUT_REASONS : [undefined]).flatMap((reason) =>
      [undefined, 'r1'].flatMap((remoteId) =>
        [undefined, 'confirmed', 'unsupported'].map((remote) => ({
          status,
          ...(reason === undefined ? {} : { fallout: { reason } }),
          ...(remoteId === undefined ? {} : { remoteId }),
          ...(remote === undefined ? {} : { cancel: { requestedAt: '', remote: remote as 'confirmed' } }),
        })),
      ),
    ),
  );

  it('is free exactly where the machine gives it back', () => {
    for (const fields of cases) {
      const run = newRun({ ...fields, hasSlot: true });
      const { next } = afterEnd({ runId: run.id, generation: 1, lap: 1 }, run);
      expect(freesSlot(fields), JSON.stringify(fields)).toBe(next === NEXT.release);
    }
  });
});

describe('the drawing', () => {
  it('explains every state that there is', () => {
    for (const { id } of machine.states) expect(stateWords(id), id).toBeDefined();
  });

  it('rounds corners without overshooting short ways', () => {
    expect(
      roundedPath([
        { x: 0, y: 0 },
        { x: 0, y: 10 },
        { x: 40, y: 10 },
      ]),
    ).toBe('M0 0L0 5Q0 10 14 10L40 10');
    expect(roundedPath([])).toBe('');
  });
});
