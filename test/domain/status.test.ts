import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amend, newRecord } from '../../lib/domain/record.ts';
import type { Run } from '../../lib/domain/run.ts';
import { canMove, isTerminal, STATUSES, type Status, TERMINAL_STATUSES } from '../../lib/domain/status.ts';

const RUN: Run = newRecord(
  {
    id: 'run_00000000000000000000000001',
    flowId: 'f',
    connection: 'c',
    provider: 'bryter',
    status: 'ACCEPTED',
    attempt: 1,
    maxAttempts: 1,
    coolOffMs: 0,
    trigger: 'api',
    input: { parameters: {}, sensitive: [] },
    createdAt: '2026-03-02T08:00:00.000Z',
    deadline: '2026-03-02T09:00:00.000Z',
    startBy: '2026-03-02T09:00:00.000Z',
  },
  { now: 0, writeId: 'a' },
  { type: 'accepted', message: 'Accepted.' },
);
const statuses = fc.constantFrom(...STATUSES);

describe('statuses', () => {
  it('never lets a terminal status change, but for a decision on FALLOUT', () => {
    for (const from of TERMINAL_STATUSES) {
      const exits = STATUSES.filter((to) => to !== from && canMove(from, to));
      expect(exits).toEqual(from === 'FALLOUT' ? ['ACCEPTED', 'QUEUED', 'SUCCEEDED', 'FAILED', 'CANCELED'] : []);
    }
  });

  it('goes back only from a start that is proven not accepted', () => {
    const back = STATUSES.filter((from) => from !== 'ACCEPTED' && from !== 'FALLOUT' && canMove(from, 'ACCEPTED'));
    expect(back).toEqual(['STARTING']);
    expect(canMove('RUNNING', 'QUEUED')).toBe(false);
  });

  it('lets every open status end, so that no run can be stuck', () => {
    for (const from of STATUSES.filter((status) => !isTerminal(status))) expect(canMove(from, 'FALLOUT')).toBe(true);
  });
});

describe('the record', () => {
  it('grows its version and its timeline by one with each change, and refuses moves that are not in the table', () => {
    fc.assert(
      fc.property(fc.array(statuses, { maxLength: 20 }), (path) => {
        let run = RUN;
        for (const status of path) {
          const step = () => amend(run, { now: 1, writeId: 'w' }, { status }, { type: 'look', message: 'm' });
          if (status !== run.status && !canMove(run.status, status)) {
            expect(step).toThrow('may not move');
            continue;
          }
          const next = step();
          expect(next.version).toBe(run.version + 1);
          expect(next.events.map(({ seq }) => seq)).toEqual(next.events.map((_, index) => index + 1));
          run = next;
        }
      }),
    );
  });

  it('gets a time to live with its end and never before', () => {
    const open = amend(RUN, { now: 1, writeId: 'w' }, { status: 'STARTING' }, { type: 'intent', message: 'm' });
    expect(open.ttl).toBeUndefined();
    const ended = amend(
      open,
      { now: 2_000, writeId: 'w' },
      { status: 'FAILED' as Status },
      { type: 'ended', message: 'm' },
    );
    expect(ended.ttl).toBeGreaterThan(90 * 86_400);
    expect(ended.endedAt).toBe('1970-01-01T00:00:02.000Z');
  });
});
