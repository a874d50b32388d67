import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it, onTestFinished } from 'vitest';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { shareOf } from '../helpers/share.ts';
import { jobsOf, openDoors, type SeenRun, until } from './doors.ts';
import { startVirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const LONG = '00000000-0000-4000-8000-0000000000b1';
const ASKING = '00000000-0000-4000-8000-0000000000b2';
const PRINTING = '00000000-0000-4000-8000-0000000000b3';

const step = { percentage: 1, message: 'Working' };
const scenario = { displayName: 'Stopped', description: 'Stopped by hand', input: 'any' } as const;
const done = { state: 'Success', ...step } as const;
const platforms = {
  'smart-flows': {
    scenarios: {
      [LONG]: { ...scenario, steps: [{ state: 'Running', forMs: 120 * MINUTE, ...step }, done] },
      [ASKING]: {
        ...scenario,
        steps: [{ state: 'UserInput', until: 'answered', ...step }, done],
        questions: { city: 'City' },
      },
      [PRINTING]: {
        ...scenario,
        steps: [{ state: 'Running', forMs: 100, ...step }, done],
        documents: [{ displayName: 'Page', contentType: 'application/pdf' }],
      },
    },
  },
} as const;
const smart = (flowId: string) => ({
  connection: 'smart-flows',
  target: { flowId, rootElement: 'Job' },
  deadline: '5h',
});
const flows = {
  working: smart(LONG),
  asking: smart(ASKING),
  printing: smart(PRINTING),
  approval: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.approval }, deadline: '5h' },
};

/** A hundred in all, or forty. */
const RUNS = {
  working: shareOf(35, 14),
  asking: shareOf(25, 10),
  approval: shareOf(15, 6),
  printing: shareOf(10, 4),
  young: shareOf(15, 6),
} as const;

it('settles each run within two minutes of the stop of its execution, wherever it was, and stops its job', {
  timeout: 120_000,
}, async () => {
  const errand = await startVirtualErrand(onTestFinished, { platforms, flows });
  const doors = openDoors(errand);
  const { clock, runtime, fleet, advance } = errand;
  const sfn = new SFNClient({ endpoint: runtime.services.stepFunctions });
  onTestFinished(async () => sfn.destroy());
  // The documents of what has ended cannot be had.
  fleet['smart-flows'].faults.add({
    method: 'GET',
    path: 'documents',
    times: 10_000,
    fault: { kind: 'reply', status: 503 },
  });

  const start = (flowId: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => doors.start(flowId)));
  const { young, ...settled } = RUNS;
  const begun = await Promise.all(Object.entries(settled).map(([flowId, count]) => start(flowId, count)));
  await until(async () => {
    await advance(2_000);
    const now = await Promise.all(begun.flat().map(({ id }) => doors.run(id)));
    const wanted = {
      working: 'RUNNING',
      asking: 'WAITING_FOR_INPUT',
      approval: 'WAITING_FOR_INPUT',
      printing: 'FETCHING_OUTPUT',
    };
    return now.every(({ flowId, status }) => status === wanted[flowId as keyof typeof wanted]);
  }, 60_000);

  // Some of these are stopped before, some during, some after the call that starts them.
  const runs: readonly SeenRun[] = [...begun.flat(), ...(await start('working', young))];
  expect(runs).toHaveLength(shareOf(100, 40));

  await Promise.all(runs.map(({ links }) => sfn.send(new StopExecutionCommand({ executionArn: links.execution }))));
  const stoppedAtMs = clock.now();
  await advance(2 * MINUTE, { stepMs: MINUTE });

  const ended = await Promise.all(runs.map(({ id }) => doors.run(id)));
  const jobs = {
    ...Object.fromEntries(await jobsOf(fleet['smart-flows'])),
    ...Object.fromEntries(await jobsOf(fleet.bryter)),
  };
  for (const run of ended) {
    expect(isTerminal(run.status as Status), `${run.flowId} is ${run.status}`).toBe(true);
    expect(Date.parse(String(run.endedAt)) - stoppedAtMs).toBeLessThan(2 * MINUTE);
    const job = jobs[String(run.remoteId)];
    if (run.flowId === 'printing') expect(run).toMatchObject({ status: 'SUCCEEDED', output: { available: false } });
    else expect(run.status).toBe('CANCELED');
    if (run.flowId === 'approval') expect(run.cancel?.remote).toBe('unsupported');
    if (run.flowId === 'asking' || run.flowId === 'working') expect(job?.status ?? 'none').toMatch(/^(Canceled|none)$/);
    if (job?.status === 'Canceled') expect(run.cancel?.remote).toBe('confirmed');
  }
  // No job that nobody knows of.
  const known = new Set(ended.map(({ remoteId }) => remoteId));
  expect(Object.keys(jobs).filter((id) => !known.has(id))).toEqual([]);
});
