/** Each check of what is left over is shown something that it must refuse. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../lib/domain/run.ts';
import type { ExecutionRecord } from '../../lib/local/execution-store.ts';
import { newRun } from '../helpers/runs.ts';
import { END_CHECKS, type EndState } from './end-state.ts';

const AT_MS = Date.parse('2026-03-02T09:00:00Z');
const SLOT = '2026-03-02T08:10:00.000Z';
const BODY = Buffer.from('a document');
const sha256 = createHash('sha256').update(BODY).digest('hex');
const KEY = `runs/run_1/0-${sha256}`;
const FILE = { name: 'Offer.pdf', mediaType: 'application/pdf', bytes: BODY.length, sha256, key: KEY };

const RUN = newRun({
  id: 'run_1',
  flowId: 'offer',
  businessKey: 'one',
  status: 'SUCCEEDED',
  remoteId: 'job-1',
  output: { files: [FILE], bytes: BODY.length },
});

const FALLEN: Partial<Run> = { status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } };
const notice = (version: number) => JSON.stringify({ runId: 'run_1', reason: 'AMBIGUOUS_START', version });
const execution = { name: 'run_1', status: 'RUNNING' } as ExecutionRecord;

const WELL: EndState = {
  runs: [RUN, newRun({ id: 'run_2', flowId: 'newsletter', trigger: 'schedule', status: 'CANCELED' })],
  acknowledged: new Set(['one']),
  accepted: [{ provider: 'smart-flows', runId: 'run_1', jobId: 'job-1' }],
  due: [`newsletter ${SLOT}`],
  slots: [{ flowId: 'newsletter', slot: SLOT, at: SLOT, outcome: 'started', runId: 'run_2' }],
  schedulesSince: new Map([['newsletter', Date.parse(SLOT) - 60_000]]),
  executions: [],
  historyLength: () => 100,
  objects: new Map([[KEY, BODY]]),
  served: new Map([['run_1', new Set([sha256])]]),
  notices: [],
  dead: [],
  holders: [],
  stoodStill: false,
  atMs: AT_MS,
};

const withRun = (fields: Partial<Run>): Partial<EndState> => ({ runs: [{ ...RUN, ...fields }, ...WELL.runs.slice(1)] });

const broken = (change: Partial<EndState>) =>
  Object.entries(END_CHECKS).flatMap(([invariant, check]) => check({ ...WELL, ...change }).map(() => invariant));

describe('what is left over', () => {
  it('where all is well breaks nothing', () => {
    expect(broken({})).toEqual([]);
    expect(broken({ ...withRun(FALLEN), notices: [notice(7), notice(7)] })).toEqual([]);
    expect(broken({ dead: ['{"requestId":"two"}'], acknowledged: new Set(['one', 'two']) })).toEqual([]);
  });

  it.each<readonly [string, string, Partial<EndState>]>([
    ['I1', 'an acknowledged request without a run', { acknowledged: new Set(['one', 'two']) }],
    ['I1', 'a slot of which nobody knows', { slots: [], runs: [RUN] }],
    ['I1', 'a scheduled run of which its slot knows nothing', { slots: [], due: [] }],
    ['I6', 'a job that is recorded nowhere', withRun({ remoteId: 'job-2' })],
    ['I6', 'a job of a run that is nowhere', { runs: WELL.runs.slice(1), acknowledged: new Set() }],
    [
      'I11',
      'a history that is full',
      { executions: [{ ...execution, status: 'SUCCEEDED' }], historyLength: () => 25_000 },
    ],
    ['I14', 'an execution that still runs', { executions: [execution] }],
    ['I15', 'an output that is not there', { objects: new Map() }],
    ['I15', 'an output of other bytes than recorded', { objects: new Map([[KEY, BODY.subarray(1)]]) }],
    ['I15', 'an output that never came whole', { served: new Map() }],
    ['I15', 'a success without the document of its job', withRun({ output: { files: [], bytes: 0 } })],
    ['I16', 'a run that has not ended', withRun({ status: 'RUNNING' })],
    ['I16', 'a run that is late although nothing kept it', withRun({ status: 'TIMED_OUT' })],
    ['I17', 'fallout of which nobody was told', withRun(FALLEN)],
    ['I17', 'fallout that was told differently', { ...withRun(FALLEN), notices: [notice(7), notice(8)] }],
    ['I18', 'a dead message of a run that is well', { dead: ['{"businessKey":"one"}'] }],
    ['I19', 'a slot that is held after the end', { holders: [{ runId: 'run_1', leaseUntil: AT_MS - 120_001 }] }],
  ])('breaks %s with %s', (invariant, _, change) => {
    expect(broken(change)).toContain(invariant);
  });
});
