import { describe, expect, it } from 'vitest';
import { newsOf } from '../../lib/domain/news.ts';
import { amend, type EventDraft, newRecord, type Patch } from '../../lib/domain/record.ts';
import type { EventType, Run } from '../../lib/domain/run.ts';
import {
  FALLOUT_REASONS,
  isTerminal,
  REMOTE_STATUSES,
  STATUSES,
  type Status,
  TERMINAL_STATUSES,
  TRANSITIONS,
} from '../../lib/domain/status.ts';
import { newRun } from '../helpers/runs.ts';

const stamp = { now: Date.parse('2026-03-02T08:00:00Z'), writeId: 'w' };
const line = (type: EventType): EventDraft => ({ type, message: type });

function accepted(fields: Partial<Run> = {}): Run {
  return newRecord(newRun(fields), stamp, line('accepted'));
}

/** A run that has just been written into a status, whatever is needed to get there left out. */
function at(status: Status): Run {
  const run = accepted();
  return { ...run, status, events: [...run.events, { seq: 2, at: run.updatedAt, type: 'look', status, message: '' }] };
}

const write = (run: Run, type: EventType, patch: Patch = {}) => newsOf(amend(run, stamp, patch, line(type)));

describe('news of a run', () => {
  it('is its acceptance, once', () => {
    expect(newsOf(accepted())).toBe('Run Accepted');
    expect(write(accepted(), 'trouble')).toBeUndefined();
    expect(newsOf({ ...accepted(), events: [] })).toBeUndefined();
  });

  it('is the fallout of what was never accepted as it should be, such as a poisonous message', () => {
    expect(newsOf(accepted({ status: 'FALLOUT' }))).toBe('Run Fell Out');
  });

  it.each(REMOTE_STATUSES)('is an attempt that the platform has accepted, in status %s', (status) => {
    expect(write(at('STARTING'), 'started', { status })).toBe('Run Started');
  });

  it('is each attempt again, and a run that a person takes up', () => {
    const cooling = amend(at('RUNNING'), stamp, { status: 'COOLING_OFF', attempt: 2 }, line('decision'));
    expect(newsOf(cooling)).toBeUndefined();
    const starting = amend(cooling, stamp, { status: 'STARTING' }, line('intent'));
    expect(newsOf(starting)).toBeUndefined();
    expect(write(starting, 'started', { status: 'QUEUED' })).toBe('Run Started');
    expect(write(at('FALLOUT'), 'decision', { status: 'QUEUED' })).toBe('Run Started');
  });

  it('is not what only goes on', () => {
    expect(write(at('QUEUED'), 'look', { status: 'RUNNING' })).toBeUndefined();
    expect(write(at('RUNNING'), 'look', { status: 'FETCHING_OUTPUT' })).toBeUndefined();
    expect(write(at('WAITING_FOR_INPUT'), 'look', { status: 'RUNNING' })).toBeUndefined();
    expect(write(at('RUNNING'), 'cancel')).toBeUndefined();
    expect(write(at('RUNNING'), 'decision')).toBeUndefined();
    expect(write(at('STARTING'), 'not-started', { status: 'ACCEPTED' })).toBeUndefined();
    expect(write(at('FALLOUT'), 'decision', { status: 'ACCEPTED' })).toBeUndefined();
  });

  it('is each question to a person, but not a wait for something else', () => {
    expect(write(at('RUNNING'), 'waiting', { status: 'WAITING_FOR_INPUT' })).toBe('Run Waiting For Input');
    expect(write(at('WAITING_FOR_INPUT'), 'waiting')).toBe('Run Waiting For Input');
    expect(write(at('WAITING_FOR_INPUT'), 'look')).toBeUndefined();
    expect(write(at('RUNNING'), 'waiting', { status: 'WAITING_FOR_EVENT' })).toBeUndefined();
  });

  it.each(STATUSES)('is that it takes unusually long while it is at its platform, in status %s', (status) => {
    const isThere = (REMOTE_STATUSES as readonly Status[]).includes(status);
    expect(write(at(status), 'slow')).toBe(isThere ? 'Run Slow' : undefined);
    expect(write(amend(at('RUNNING'), stamp, {}, line('slow')), 'look')).toBeUndefined();
  });

  const ends = STATUSES.flatMap((from) =>
    TRANSITIONS[from].filter((to) => isTerminal(to)).map((to): readonly [Status, Status] => [from, to]),
  );
  it.each(ends)('is the end, from %s to %s, whatever line records it', (from, to) => {
    const expected = to === 'FALLOUT' ? 'Run Fell Out' : 'Run Ended';
    for (const type of ['ended', 'decision', 'cancel'] as const) {
      expect(write(at(from), type, { status: to }), type).toBe(expected);
    }
  });

  it.each(TERMINAL_STATUSES)('is nothing that is noted later on a run that ended as %s', (status) => {
    for (const type of ['started', 'published', 'cancel', 'decision', 'look'] as const) {
      expect(write(at(status), type), type).toBeUndefined();
    }
  });

  it('is a second fall after a person brought the run back', () => {
    const back = amend(at('FALLOUT'), stamp, { status: 'QUEUED' }, line('decision'));
    const fallout = { reason: FALLOUT_REASONS[0] };
    expect(write(back, 'ended', { status: 'FALLOUT', fallout })).toBe('Run Fell Out');
  });

  it('is not a late answer to a start that another attempt has replaced', () => {
    for (const status of ['ACCEPTED', 'STARTING', 'QUEUED', 'COOLING_OFF'] as const) {
      expect(write(at(status), 'started', { orphans: ['remote-1'] }), status).toBeUndefined();
    }
  });
});
