import { describe, expect, it } from 'vitest';
import { cancelWords, rerunWords } from '../../lib/console/model/action-words.ts';
import { runSentence, type ToldRun } from '../../lib/console/model/run-sentence.ts';
import { STATUSES } from '../../lib/domain/status.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

const run = (fields: Partial<ToldRun>): ToldRun => ({
  status: 'RUNNING',
  connection: 'acme',
  attempt: 1,
  maxAttempts: 1,
  createdAt: at(-300),
  ...fields,
});
const told = (fields: Partial<ToldRun>) => {
  const { is, next } = runSentence(run(fields), NOW);
  return next === undefined ? is : `${is} ${next}`;
};

describe('the sentence about a run', () => {
  it('says when the next look is and why it is then', () => {
    const duration = { p05Ms: 280_000, p50Ms: 300_000, p95Ms: 320_000, runs: 40 };
    const fields = { startedAt: at(-240), nextLookAt: at(42), nextLookWhy: 'usual', duration } as const;
    expect(told(fields)).toBe(
      'It runs at the platform, for 4m. Next look in 42s: 90 % of runs end between 4m 40s and 5m 20s.',
    );
    expect(told({ ...fields, slowSince: at(-10) })).toContain('longer than nearly all runs of its flow');
  });

  it.each([
    ['a run about to start', { status: 'ACCEPTED' }, 'Accepted; it is about to be started.'],
    [
      'a start that is tried again',
      { status: 'ACCEPTED', nextLookAt: at(12) },
      'It could not be started yet. It is tried again in 12s.',
    ],
    [
      'a start in doubt',
      { status: 'STARTING', nextLookAt: at(30) },
      'Whether it was started is not known yet. It is looked up at the platform in 30s.',
    ],
    [
      'a run in line',
      { status: 'ACCEPTED', queue: { position: 3, since: at(-60), expectedStartAt: at(90) } },
      'In line at position 3 for 1m: the connection acme has as many jobs in flight as its limit allows. It is expected to start in 1m 30s.',
    ],
    [
      'a pause by a person',
      { heldBack: { why: 'paused', since: at(-60) } },
      'Held back for 1m: the connection acme is paused by a person. It goes on once somebody resumes the connection.',
    ],
    [
      'an attempt to come',
      { status: 'COOLING_OFF', attempt: 2, maxAttempts: 3, nextLookAt: at(20) },
      'Attempt 1 has ended; attempt 2 of 3 follows. It begins in 20s.',
    ],
    [
      'a cancellation on its way',
      { cancel: {}, nextLookAt: at(1) },
      'It is being canceled. Errand looks once more, then asks the platform to stop the job.',
    ],
    [
      'a question that can be answered here',
      { status: 'WAITING_FOR_INPUT', waitingFor: { answerable: true } },
      'It waits for a person: answer below.',
    ],
  ] as const)('tells of %s what is so and what comes next', (_, fields, words) => {
    expect(told(fields)).toBe(words);
  });

  it('tells how it ended, after how long and why', () => {
    const fields = { startedAt: at(-100), endedAt: at(-10), error: { message: 'The field is missing.' } };
    expect(told({ ...fields, status: 'FAILED' })).toBe('It failed after 1m 30s. The field is missing.');
    expect(told({ ...fields, status: 'FAILED', attempt: 2 })).toContain('after 1m 30s, at attempt 2');
    expect(told({ ...fields, status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } })).toBe(
      'A person has to decide. Nobody knows whether it started. The field is missing.',
    );
  });

  it('is a sentence for every status, whatever little is known', () => {
    for (const status of STATUSES) expect(told({ status })).toMatch(/^[A-Z].*\.$/);
  });
});

describe('what is said before it is done', () => {
  const acted = { status: 'RUNNING', provider: 'smart-flows', flowId: 'offer', remoteId: 'job-7' } as const;

  it('promises of a cancellation no more than is known before it', () => {
    expect(cancelWords(acted).join(' ')).toMatch(/job job-7 .*Smart Flows.*has no way to cancel/);
    expect(cancelWords({ ...acted, status: 'COOLING_OFF' })).toEqual([
      'Nothing of it runs at Smart Flows now. It ends at once as canceled, and nothing is started any more.',
    ]);
    expect(cancelWords({ ...acted, status: 'STARTING' })[0]).toContain('A start is under way');
  });

  it('warns that a job may be done twice', () => {
    expect(rerunWords({ ...acted, status: 'SUCCEEDED', businessKey: 'K-1' }).join(' ')).toMatch(
      /business key \(K-1\).*done a second time/,
    );
    expect(rerunWords({ ...acted, status: 'FAILED' }).join(' ')).toContain('may be done a second time');
  });
});
