import { describe, expect, it } from 'vitest';
import { type TimelineEvent, timelineRows } from '../../lib/console/model/timeline-rows.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();

/** One event every ten seconds. */
const events = (...drafts: readonly Omit<TimelineEvent, 'seq' | 'at'>[]): readonly TimelineEvent[] =>
  drafts.map((draft, index) => ({ seq: index + 1, at: at(index * 10), ...draft }));

const accepted = { type: 'accepted', status: 'ACCEPTED', message: 'Accepted (api).' } as const;
const look = { type: 'look', status: 'RUNNING', message: 'The platform says "running".' } as const;
const ended = { type: 'ended', status: 'SUCCEEDED', message: 'The run has ended.' } as const;
const looks = (count: number) => Array.from({ length: count }, () => look);

const shapes = (list: readonly TimelineEvent[]) =>
  timelineRows(list, undefined)
    .filter(({ kind }) => kind !== 'gap')
    .map((row) => (row.kind === 'fold' ? row.words : row.kind === 'event' ? row.event.type : ''));

describe('the rows of a timeline', () => {
  it('fold looks that told nothing new, and keep the first, which did', () => {
    expect(shapes(events(accepted, ...looks(13), ended))).toEqual([
      'accepted',
      'look',
      '12 more looks, nothing new, over 1m 50s',
      'ended',
    ]);
  });

  it('keep the last of them in sight while the run goes on, for what it says of the next look is still to come', () => {
    expect(shapes(events(accepted, ...looks(8)))).toEqual([
      'accepted',
      'look',
      '6 more looks, nothing new, over 50s',
      'look',
    ]);
  });

  it('fold nothing that is short, that differs, or that a person should read', () => {
    expect(shapes(events(accepted, ...looks(3), ended))).toEqual(['accepted', 'look', 'look', 'look', 'ended']);
    const decision = { type: 'decision', status: 'RUNNING', message: 'Its execution had died.' } as const;
    expect(shapes(events(...Array.from({ length: 6 }, () => decision)))).toHaveLength(6);
    const counting = looks(6).map((each, index) => ({ ...each, message: `${index}` }));
    expect(shapes(events(...counting))).toHaveLength(6);
  });

  it('lose no event, however they are folded', () => {
    const list = events(accepted, ...looks(20), { ...look, type: 'trouble' }, ...looks(7), ended);
    const rows = timelineRows(list, undefined);
    const seqs = rows.flatMap((row) =>
      row.kind === 'fold' ? row.rows.map(({ key }) => key) : row.kind === 'event' ? [row.key] : [],
    );
    expect(seqs).toEqual(list.map(({ seq }) => seq));
    const keys = rows.map(({ kind, key }) => `${kind} ${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('say how long it took between two of them, and when the run came to another status', () => {
    const rows = timelineRows(events(accepted, look, ended), undefined);
    expect(rows.map((row) => (row.kind === 'gap' ? row.words : row.kind === 'event' ? row.status : ''))).toEqual([
      'ACCEPTED',
      '10s',
      'RUNNING',
      '10s',
      'SUCCEEDED',
    ]);
  });

  it('give the reason for the next look in words, and only what is left as data', () => {
    const data = { nextLookInMs: 42_000, why: 'usual', extra: 1 };
    const duration = { p05Ms: 280_000, p50Ms: 300_000, p95Ms: 320_000 };
    const [row] = timelineRows(events({ ...look, data }), duration);
    expect(row).toMatchObject({
      next: 'Next look in 42s: 90 % of runs end between 4m 40s and 5m 20s',
      data: { extra: 1 },
    });
    const [plain] = timelineRows(events({ ...look, data: { nextLookInMs: 1, why: 'nonsense' } }), duration);
    expect(plain).not.toHaveProperty('next');
  });

  it('is made in no time of twenty thousand lines, for the page makes it anew with each', () => {
    const at = '2026-11-21T10:00:00.000Z';
    const many = Array.from(
      { length: 20_000 },
      (_, seq) => ({ seq, at, type: 'look', message: `line ${seq}` }) as const,
    );
    const began = performance.now();
    expect(timelineRows(many, undefined)).toHaveLength(20_000);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
