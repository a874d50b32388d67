import { describe, expect, it } from 'vitest';
import type { Paint } from '../../lib/cli/frame/status-paint.ts';
import { falloutLines } from '../../lib/cli/runs/fallout-words.ts';
import { headLines } from '../../lib/cli/runs/run-head.ts';
import { changeLines, liveLines } from '../../lib/cli/runs/run-live.ts';
import { summaryLines } from '../../lib/cli/runs/run-summary.ts';
import { timelineLines } from '../../lib/cli/runs/run-timeline.ts';
import { nextWords, progressWords, troubleOf, waitingWords } from '../../lib/cli/runs/run-words.ts';
import { runsTable } from '../../lib/cli/runs/runs-table.ts';
import type { ShownEvent, ShownRun } from '../../lib/cli/runs/shown-run.ts';

const plain = (text: string) => text;
const paint: Paint = { status: (status, text = status) => text, strong: plain, weak: plain, alarm: plain };
const BEGIN = Date.parse('2026-03-02T08:00:00Z');
const at = (seconds: number) => new Date(BEGIN + seconds * 1_000).toISOString();
const later = (seconds: number) => BEGIN + seconds * 1_000;
const duration = { p05Ms: 280_000, p50Ms: 300_000, p95Ms: 320_000, runs: 20 };

const run: ShownRun = {
  id: 'run_1',
  flowId: 'f',
  connection: 'acme',
  provider: 'bryter',
  status: 'RUNNING',
  remoteStatus: 'running',
  attempt: 1,
  maxAttempts: 1,
  trigger: 'api',
  createdAt: at(0),
  startedAt: at(1),
  updatedAt: at(1),
  deadline: at(600),
  looks: 1,
  parameters: {},
  links: { execution: 'arn' },
};
let seq = 0;
const event = (type: string, seconds: number, message = type, data?: ShownEvent['data']): ShownEvent => {
  seq += 1;
  return { seq, at: at(seconds), type, message, ...(data && { data }) };
};

describe('how far a run is', () => {
  it('is what the platform says, in per cent', () => {
    const words = progressWords({ ...run, progress: { percentage: 50, message: 'Half\u001b[2J' } }, later(2));
    expect(words).toBe(`${'█'.repeat(12)}${'░'.repeat(12)} 50 %  Half?[2J`);
    expect(progressWords({ ...run, progress: { percentage: 140 } }, later(2))).toContain(`${'█'.repeat(24)} 140 %`);
  });

  it('is else what earlier runs let expect, and never done before it is', () => {
    const expected = { ...run, expectedEndAt: at(301), duration };
    expect(progressWords(expected, later(151))).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)} about 2m 30s to go (half of the runs end within 5m, 95 % within 5m 20s)`,
    );
    expect(progressWords(expected, later(300))).toContain('░');
    expect(progressWords(expected, later(400))).toContain('longer than usual (half');
  });

  it('is unknown where nobody knows', () => {
    expect(progressWords(run, later(5))).toBeUndefined();
  });
});

describe('what comes next', () => {
  it('is the next look with its reason', () => {
    expect(nextWords({ ...run, nextLookAt: at(44), nextLookWhy: 'usual', duration }, later(2))).toBe(
      'next look in 42s: 90 % of runs end between 4m 40s and 5m 20s',
    );
    expect(nextWords({ ...run, nextLookAt: at(44), nextLookWhy: 'a newer word' }, later(2))).toBe('next look in 42s');
  });

  it('is the next try before the start, and the place in line while it waits for one', () => {
    const { startedAt: _, ...waiting } = run;
    expect(nextWords({ ...waiting, nextLookAt: at(7) }, later(2))).toBe('next try in 5s');
    expect(nextWords({ ...waiting, nextLookAt: at(1) }, later(2))).toBe('next try now');
    expect(nextWords({ ...waiting, queue: { since: at(0), position: 3 } }, later(2))).toBe(
      'place 3 in line for the platform',
    );
  });

  it('is nothing after the end', () => {
    expect(nextWords({ ...run, status: 'FAILED', nextLookAt: at(44) }, later(2))).toBeUndefined();
  });

  it('is an answer, by the command or at its link, where the run waits for one', () => {
    const waiting = { ...run, status: 'WAITING_FOR_INPUT' };
    const url = 'https://acme.example/s';
    expect(waitingWords({ ...waiting, waitingFor: { kind: 'input', answerable: true } })).toBe(
      'It waits for an answer: errand answer run_1',
    );
    expect(waitingWords({ ...waiting, waitingFor: { kind: 'input', url } })).toContain(`a person gives at ${url}`);
    expect(waitingWords(run)).toBeUndefined();
  });
});

describe('what is in the way', () => {
  it('is told since the first trouble in a row, whatever is tried in between', () => {
    const row = [event('accepted', 0), event('intent', 1), event('not-started', 2, 'a'), event('intent', 7)];
    expect(troubleOf([...row, event('not-started', 8, 'b'), event('intent', 20)])).toEqual({
      since: at(2),
      message: 'b',
    });
  });

  it('is over with the first thing that goes well', () => {
    expect(troubleOf([event('not-started', 1), event('intent', 2), event('started', 3)])).toBeUndefined();
    expect(troubleOf([event('trouble', 1), event('look', 2), event('trouble', 3, 'new')])?.since).toBe(at(3));
  });
});

describe('a run that is waited for', () => {
  const trouble = { since: at(1), message: 'The platform refused our key; nothing was started.' };

  it('shows trouble with what to do on a terminal, and how to stop watching', () => {
    const lines = liveLines({ run: { ...run, status: 'ACCEPTED', maxAttempts: 3 }, trouble }, later(5), paint);
    expect(lines[0]).toBe('ACCEPTED  "running"  5s  attempt 1 of 3');
    expect(lines.join('\n')).toMatch(/refused our key; nothing was started\. \(since .+\)\nWhat to do: Check the key/);
    expect(lines.at(-1)).toBe('Ctrl-C stops watching; the run goes on.');
  });

  it('prints a line for each change and none for what stays', () => {
    const seen = { run };
    expect(changeLines(undefined, seen, later(1))).toEqual([expect.stringMatching(/ {2}RUNNING {2}"running"$/)]);
    expect(changeLines(seen, { run: { ...run, nextLookAt: at(9), looks: 2 } }, later(2))).toEqual([]);
    expect(changeLines(seen, { run: { ...run, progress: { percentage: 10.4 } } }, later(2))).toEqual([
      expect.stringContaining('RUNNING  "running"  10 %'),
    ]);
    const troubled = { run, trouble };
    expect(changeLines(seen, troubled, later(2))).toEqual([
      expect.stringContaining('refused our key'),
      expect.stringContaining('What to do: Check the key and the target'),
    ]);
    expect(changeLines(troubled, { run, trouble: { ...trouble } }, later(3))).toEqual([]);
  });

  it('says once that Errand itself does not answer', () => {
    const away = { run, unreachable: 'No Errand answers.' };
    expect(changeLines({ run }, away, later(1))).toEqual([expect.stringContaining('trying again. No Errand answers.')]);
    expect(changeLines(away, { ...away, unreachable: 'Status 503.' }, later(2))).toEqual([]);
  });
});

describe('a run in full', () => {
  const failed: ShownRun = {
    ...run,
    status: 'FAILED',
    endedAt: at(61),
    error: { code: 'PROVIDER_FAILED', message: 'It broke.\u001b[2J' },
    attempt: 2,
    maxAttempts: 2,
    attempts: [{ attempt: 1, status: 'FAILED', endedAt: at(30), error: 'PROVIDER_FAILED', remoteId: 'r1' }],
    parameters: { email: '***', sum: 12 },
    tags: { team: 'sales' },
    cancel: { requestedAt: at(50), remote: 'unsupported' },
    rerunOf: 'run_0',
    duration,
  };

  it('has its error, times, lineage, parameters and cost', () => {
    const text = headLines(failed, [], { dollars: 0.000123, transitions: 9 }, later(90), paint).join('\n');
    expect(text).toMatch(/^run_1 {2}FAILED {2}PROVIDER_FAILED {2}"running"\n/);
    for (const part of [
      'It broke.?[2J',
      'errand rerun run_1',
      'after 1m 1s (half of such runs end within 5m',
      'f on acme (bryter)',
      'attempt 1     FAILED, PROVIDER_FAILED, ended',
      'as r1',
      'rerun of      run_0',
      'email=***  sum=12',
      'team=sales',
      'the platform cannot cancel',
      'about 0.012 cents (9 state transitions, 1 look)',
    ])
      expect(text).toContain(part);
  });

  it('has a timeline with the reasons of its looks, and a new line for each day', () => {
    const events = [
      event('look', 1, 'The platform says "running".', { nextLookInMs: 42_000, why: 'usual' }),
      event('trouble', 90_000, 'Bad.\n', { nextLookInMs: 5_000, why: 'a newer word' }),
    ];
    const lines = timelineLines(failed, events, paint);
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^ {2}\d\d:\d\d:01 {2}look {8}The platform says "running"\.$/);
    expect(lines[2]).toContain('next look in 42s: 90 % of runs end between 4m 40s and 5m 20s');
    expect(lines[4]).toContain('trouble     Bad.?');
  });

  it('ends in a summary with what it brought', () => {
    const files = [{ name: 'a.pdf', mediaType: '', bytes: 1_500, sha256: '', href: '/a.pdf' }];
    const lines = summaryLines(
      { run: { ...run, status: 'SUCCEEDED', endedAt: at(3) }, output: { value: { a: 1 }, files } },
      later(9),
      paint,
    );
    expect(lines).toEqual([
      'SUCCEEDED  "running"  after 3s',
      'Output: {"a":1}',
      'Files: a.pdf (1.5 kB)',
      'Get it: errand output run_1',
      'Look again: errand show run_1',
    ]);
    expect(summaryLines({ run: failed }, later(90), paint)).toContainEqual(expect.stringContaining('What to do: '));
  });

  it('is a row in a table, with what it usually takes', () => {
    const [, row] = runsTable([{ ...failed, businessKey: 'k\u0007' }], later(90), paint).split('\n');
    expect(row).toMatch(/^run_1 {2}f +FAILED +.+ 1m 1s \(usually 5m\) +k\?$/);
  });

  it('that fell out comes with its evidence and the way out', () => {
    const fallout = { reason: 'AMBIGUOUS_START', evidence: { calledAt: at(1), text: 'x'.repeat(300) } };
    const text = falloutLines({ ...failed, status: 'FALLOUT', fallout, orphans: ['r9'] }, later(90), paint).join('\n');
    expect(text).toMatch(/^run_1 {2}AMBIGUOUS_START {2}f on acme/);
    expect(text).toContain(`calledAt=${at(1)}`);
    expect(text).toContain('xxx…');
    expect(text).toContain('also started r9');
    expect(text).toContain('errand fallout resolve run_1');
  });
});
