import { describe, expect, it } from 'vitest';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { newRun } from '../helpers/runs.ts';
import { type Evidence, judge } from './judge.ts';
import type { RemoteJob } from './platforms.ts';

const NO_JOBS = Object.fromEntries(PROVIDER_IDS.map((id) => [id, []])) as unknown as Evidence['jobs'];

function ended(fields: Partial<Run> = {}): Run {
  const own = { flowId: 'onboard', connection: 'bryter', provider: 'bryter', businessKey: 'soak-1', remoteId: 'r1' };
  return newRun({ ...own, status: 'SUCCEEDED', ...fields });
}

const job = (id: string, tag = 'soak-1'): RemoteJob => ({ id, moduleId: 'm', parameters: { employee_name: tag } });

function evidence(fields: Partial<Evidence> = {}): Evidence {
  const run = fields.runs?.[0] ?? ended();
  const wish = {
    tag: 'soak-1',
    flowId: run.flowId,
    door: 'api',
    acknowledged: true,
    runIds: new Set([run.id]),
  } as const;
  return {
    wishes: [wish],
    runs: [run],
    jobs: { ...NO_JOBS, bryter: [job('r1')] },
    slotHolders: [],
    toldFallout: [],
    leftInQueues: 0,
    running: 0,
    slots: { least: 0, most: 0 },
    ...fields,
  };
}

describe('a soak in which all went well', () => {
  it('has no findings', () => {
    expect(judge(evidence()).findings).toEqual([]);
  });

  it('may have starts in doubt: the job that nobody knows is theirs, and its slot as well', () => {
    const { remoteId: _, ...run } = ended({ status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } });
    const seen = evidence({ runs: [run], toldFallout: [run.id], slotHolders: [run.id] });
    expect(judge(seen).findings).toEqual([]);
  });
});

describe('what a soak finds', () => {
  const again = ended({ id: 'run_00000000000000000000000009' });
  it.each<[string, Partial<Evidence>, object]>([
    ['an acknowledged request without a run', { runs: [], jobs: NO_JOBS }, { lost: 2 }],
    ['a request with two runs', { runs: [ended(), again] }, { duplicateRuns: 1 }],
    ['a second job of one attempt', { jobs: { ...NO_JOBS, bryter: [job('r1'), job('r2')] } }, { duplicateStarts: 1 }],
    ['a job that its record does not know', { jobs: { ...NO_JOBS, bryter: [job('r2')] } }, { orphans: 1 }],
    ['a job of nobody', { jobs: { ...NO_JOBS, bryter: [job('r1'), job('r2', 'soak-9')] } }, { orphans: 1 }],
    [
      'a job of a platform that keeps no parameters',
      {
        jobs: {
          ...NO_JOBS,
          bryter: [job('r1')],
          invision: [{ id: 'x', dataFlowId: '2b0f1a48-4963-43b3-ba06-000000000001' }],
        },
      },
      { orphans: 1 },
    ],
    ['a failure of what cannot fail', { runs: [ended({ status: 'FAILED' })] }, { falseFailures: 1 }],
    ['a run that goes on', { runs: [ended({ status: 'RUNNING' })] }, { openRuns: 1 }],
    ['an execution that goes on', { running: 1 }, { openRuns: 1 }],
    ['a slot of a run that has ended', { slotHolders: [ended().id] }, { slotsLeaked: 1 }],
    ['a slot of no run', { slotHolders: ['run_x'] }, { slotsLeaked: 1 }],
    ['messages that nobody took', { leftInQueues: 2 }, { leftInQueues: 2 }],
    ['a slot of the schedule without a run', { slots: { least: 1, most: 2 } }, { missedSlots: 1 }],
  ])('%s', (_what, fields, counts) => {
    const verdict = judge(evidence(fields));
    expect(verdict).toMatchObject(counts);
    expect(verdict.findings.length).toBeGreaterThan(0);
  });

  it('fallout that the fallout queue was not told of', () => {
    const run = ended({ status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } });
    expect(judge(evidence({ runs: [run] }))).toMatchObject({ untoldFallout: 1 });
  });
});
