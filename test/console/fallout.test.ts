import { describe, expect, it } from 'vitest';
import { decisionsOf, type Undecided, willDo } from '../../lib/console/model/fallout-decisions.ts';
import { factsOf } from '../../lib/console/model/fallout-evidence.ts';
import { FALLOUT_WORDS } from '../../lib/console/model/fallout-words.ts';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { FALLOUT_REASONS, type FalloutReason } from '../../lib/domain/status.ts';
import { providerOf } from '../../lib/providers/registry.ts';

const NOW = Date.parse('2026-11-21T10:00:00.000Z');

function undecided(reason: FalloutReason, more: Partial<Undecided> = {}): Undecided {
  return { provider: 'bryter', attempt: 1, fallout: { reason }, ...more };
}

const optionsOf = (run: Undecided, now = NOW) => decisionsOf(run, now);
const blocked = (run: Undecided, id: string, now = NOW) => optionsOf(run, now).find((one) => one.id === id)?.blocked;
const likely = (run: Undecided) => optionsOf(run).flatMap(({ id, isLikely }) => (isLikely ? [id] : []));

describe('words of fallout', () => {
  it('tell of each reason what it means and what to check first, in sentences', () => {
    for (const reason of FALLOUT_REASONS) {
      const { title, meaning, check } = FALLOUT_WORDS[reason];
      expect(title).not.toMatch(/_|\.$/);
      for (const sentence of [meaning, check]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('decisions on a run in fallout', () => {
  it('are all five, with a likely one for each reason, so that nobody is left without advice', () => {
    for (const reason of FALLOUT_REASONS)
      for (const remoteId of [undefined, 'J-1']) {
        const options = optionsOf(undecided(reason, { remoteId }));
        expect(options).toHaveLength(5);
        expect(options[0]?.isLikely, `${reason} ${remoteId}`).toBe(true);
      }
  });

  it('may be adopting or starting anew while nobody knows whether it started', () => {
    expect(likely(undecided('AMBIGUOUS_START'))).toEqual(['adopt', 'not-started']);
  });

  it('are never a second start of what the platform has accepted, early or late', () => {
    expect(blocked(undecided('AUTH_FAILED', { remoteId: 'J-1' }), 'not-started')).toMatch(/J-1/);
    expect(blocked(undecided('AMBIGUOUS_START', { orphans: ['J-2'] }), 'not-started')).toMatch(/J-2/);
    expect(blocked(undecided('OUTPUT_MISSING'), 'not-started')).toMatch(/has done/);
    expect(blocked(undecided('AMBIGUOUS_START', { lateVerdict: { status: 'FAILED' } }), 'not-started')).toMatch(
      /has done/,
    );
  });

  it('wait until the call that may have started it is over', () => {
    const fallout = { reason: 'AMBIGUOUS_START', evidence: { fenceUntil: '2026-11-21T10:00:30.000Z' } } as const;
    expect(blocked(undecided('AMBIGUOUS_START', { fallout }), 'not-started')).toMatch(/30 s/);
    expect(blocked(undecided('AMBIGUOUS_START', { fallout }), 'not-started', NOW + 30_000)).toBeUndefined();
  });

  it('can only close what asked for nothing that can be run', () => {
    const run = undecided('POISON_MESSAGE');
    expect(optionsOf(run).flatMap(({ id, blocked: why }) => (why === undefined ? [id] : []))).toEqual([
      'FAILED',
      'CANCELED',
      'SUCCEEDED',
    ]);
  });

  it('are adopting only where the platform can be asked after a job by its id, as its provider says', () => {
    for (const provider of PROVIDER_IDS) {
      const isPossible = blocked(undecided('AMBIGUOUS_START', { provider }), 'adopt') === undefined;
      expect(isPossible, provider).toBe(providerOf(provider).handleOf !== undefined);
    }
  });

  it('say beforehand exactly what will happen', () => {
    const run = undecided('AMBIGUOUS_START');
    expect(willDo('adopt', run, 'J-9')).toMatch(/look at job J-9 from now on.*Nothing is started/);
    expect(willDo('not-started', run, '')).toMatch(/start the job anew, once.*attempt 2/);
    expect(willDo('SUCCEEDED', run, '')).toMatch(/ends as succeeded, for good. Nothing is called/);
    expect(willDo('CANCELED', { ...run, remoteId: 'J-1' }, '')).toMatch(/J-1 is left as it is/);
  });
});

describe('evidence', () => {
  it('is told in the order in which one asks for it, with its moments as moments', () => {
    const facts = factsOf({
      parameters: { sum: 5, iban: '***' },
      correlation: 'c-1',
      calledAt: '2026-11-21T10:00:00.000Z',
    });
    expect(facts).toEqual([
      { name: 'Start sent', value: '2026-11-21T10:00:00.000Z', kind: 'instant' },
      { name: 'Correlation', value: 'c-1', kind: 'id' },
      { name: 'Parameters', value: 'sum = 5, iban = ***', kind: 'text' },
    ]);
  });

  it('keeps what it does not know by name, because it may be what decides', () => {
    expect(factsOf({ listedRuns: 2, notes: [] })).toEqual([
      { name: 'Listed runs', value: '2', kind: 'text' },
      { name: 'Notes', value: 'none', kind: 'text' },
    ]);
  });

  it('names what is wrong with a message, and its size', () => {
    const facts = factsOf({
      bytes: 12,
      issues: [
        { path: 'flow', message: 'unknown' },
        { path: '', message: 'not JSON' },
      ],
    });
    expect(facts.map(({ value }) => value)).toEqual(['12 bytes', 'flow: unknown; not JSON']);
  });

  it('does not say again what stands beside it', () => {
    const shown = { remoteId: 'J-1', error: { message: 'Lost. The line broke.' } };
    expect(factsOf({ said: 'The line broke.', remoteId: 'J-1' }, shown)).toEqual([]);
    expect(factsOf(undefined)).toEqual([]);
  });

  it('takes a moment that is none for a text', () => {
    expect(factsOf({ calledAt: 'soon' })[0]).toMatchObject({ kind: 'text', value: 'soon' });
  });

  it('is told of evidence whatever it is called', () => {
    expect(factsOf({ constructor: 'x' })).toEqual([{ name: 'Constructor', value: 'x', kind: 'text' }]);
  });
});
