import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowGraph } from '../../infra/workflow-graph.ts';
import { workflowStates } from '../../infra/workflow-states.ts';
import { type PathEvent, type PathRun, pathTaken } from '../../lib/console/model/path-taken.ts';
import { ENV } from '../../lib/contract.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type Doors, openDoors } from '../system/doors.ts';
import { startVirtualErrand, type VirtualErrand } from '../system/virtual-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const invision = (flow: keyof typeof INVISION_FLOWS) => ({
  connection: 'invision',
  target: { dataFlowId: INVISION_FLOWS[flow] },
});
const smart = (flow: keyof typeof SMART_FLOWS) => ({
  connection: 'smart-flows',
  target: { flowId: SMART_FLOWS[flow], rootElement: 'Data' },
});
const bryter = (module: keyof typeof BRYTER_MODULES) => ({
  connection: 'bryter',
  target: { publishedModuleId: BRYTER_MODULES[module] },
});
const robot = { connection: 'assist-edge', target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' } };

const flows = {
  quick: { ...bryter('onboarding'), deadline: '1h' },
  minutes: { ...bryter('assessment'), deadline: '5h' },
  hours: { ...invision('forecast'), deadline: '9h' },
  offer: { ...smart('offer'), deadline: '1h' },
  question: { ...smart('onboarding'), deadline: '10d' },
  fails: { ...invision('brokenImport'), deadline: '1h', retry: { maxAttempts: 3, coolOff: '40s', on: ['FAILED'] } },
  sync: { connection: 'phixflow', target: PHIXFLOW_TARGETS.createOrder },
  'handed-off': { ...robot, parameters: { folder: { type: 'text', required: true } } },
};

const RELEASE = ['ReleaseSlot WhatNext', 'WhatNext ReleaseSlot'] as const;

/**
 * Of an execution that wakes and finds that another one carries the run: it goes, and says nothing. Whether it wakes
 * before the other has ended the run hangs on the speed of the machine.
 */
const OVERTAKEN: readonly string[] = ['RollOver RolledOver', 'WhatNext RollOver'];

const machine = workflowGraph(workflowStates());

let errand: VirtualErrand;
let doors: Doors;
let sfn: SFNClient;
beforeAll(async () => {
  errand = await startVirtualErrand(afterAll, {
    flows,
    limits: { invision: { inFlight: 1 } },
    platforms: { invision: { durationMs: (id: string) => (id === INVISION_FLOWS.forecast ? 2 * HOUR : undefined) } },
  });
  doors = openDoors(errand);
  sfn = new SFNClient({});
}, 120_000);
afterAll(() => sfn.destroy());

/** What each execution of the run entered, in order. */
async function entered(runId: string): Promise<readonly (readonly string[])[]> {
  const stateMachineArn = errand.runtime.environment[ENV.stateMachine];
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  const own = executions.filter(({ name }) => name?.startsWith(runId)).reverse();
  return Promise.all(
    own.map(async ({ executionArn }) => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
      return events.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
    }),
  );
}

async function drawn(runId: string) {
  const [run, events] = await Promise.all([doors.run(runId), doors.timeline(runId)]);
  return pathTaken(machine, run as unknown as PathRun, events as unknown as readonly PathEvent[]);
}

const edgesOf = (states: readonly string[]) => states.slice(1).map((state, index) => `${states[index]} ${state}`);
const countOf = (all: readonly string[], one: string) => all.filter((other) => other === one).length;

/** The drawing shows nothing that was not, and leaves nothing out but what nobody told. */
async function expectTrue(runId: string, { untold = [] as readonly string[] } = {}) {
  await errand.runtime.idle();
  const executions = await entered(runId);
  const states = executions.flat();
  const edges = executions.flatMap(edgesOf);
  const path = await drawn(runId);
  const where = JSON.stringify(executions);
  for (const [state, count] of path.states)
    expect(count, `${state} in ${where}`).toBeLessThanOrEqual(countOf(states, state));
  for (const [edge, count] of path.edges)
    expect(count, `${edge} in ${where}`).toBeLessThanOrEqual(countOf(edges, edge));
  const perhapsUntold = executions.length > 1 ? OVERTAKEN : [];
  const missing = new Set(edges.filter((edge) => !path.edges.has(edge) && !perhapsUntold.includes(edge)));
  expect([...missing].sort(), where).toEqual([...untold].sort());
  if (executions.length === 1 && !path.isLowerBound && untold.length === 0)
    expect(
      [...path.states.values()].reduce((sum, count) => sum + count, 0),
      where,
    ).toBe(states.length);
  return { path, states };
}

describe('the path drawn is the path taken', { timeout: 120_000 }, () => {
  it('of a run that succeeds soon', async () => {
    const { id } = await doors.start('quick');
    await errand.advance(2 * MINUTE);
    const { path } = await expectTrue(id);
    expect(path.states.has('Succeeded')).toBe(true);
    expect(path.current).toBeUndefined();
  });

  it('of a run that takes minutes, whose laps are counted where looks are far apart', async () => {
    const { id } = await doors.start('minutes');
    await errand.advance(4 * MINUTE);
    const { path: open, states } = await expectTrue(id);
    expect(open.current).toBe(states.at(-1));
    await errand.advance(20 * MINUTE);
    const { path } = await expectTrue(id);
    expect(path.states.get('Poll')).toBeGreaterThan(2);
    expect(path.states.has('Succeeded')).toBe(true);
  });

  it('of a run whose output is fetched', async () => {
    const { id } = await doors.start('offer');
    await errand.advance(2 * MINUTE);
    const { path } = await expectTrue(id);
    expect([...path.states.keys()].slice(-2)).toEqual(['FetchOutput', 'Succeeded']);
  });

  it('of a run that waits for a person and goes on with the answer in another execution', async () => {
    const { id } = await doors.start('question');
    await errand.advance(10 * MINUTE);
    const { path: waiting, states } = await expectTrue(id);
    expect(waiting.current).toBe(states.at(-1));
    const { waitingFor } = await doors.run(id);
    const { schema } = (waitingFor as { form: { schema: { properties: object } } }).form;
    const values = Object.fromEntries(Object.keys(schema.properties).map((key) => [key, 'Ghent']));
    await doors.post(`/v1/runs/${id}/input`, { values });
    await errand.ended(id, 20_000);
    await expectTrue(id);
    await errand.advance(2 * HOUR);
    const { path } = await expectTrue(id);
    expect(path.states.get('HowBegun')).toBe(2);
    expect(path.states.has('Succeeded')).toBe(true);
  });

  it('of a run whose start is in doubt, which falls out of Start', async () => {
    errand.fleet.bryter.faults.add({ method: 'POST', fault: { kind: 'reset-after' } });
    const { id } = await doors.start('quick');
    await errand.advance(5 * MINUTE);
    expect((await doors.run(id)).status).toBe('FALLOUT');
    const { path } = await expectTrue(id);
    expect([...path.states.keys()]).toEqual(['HowBegun', 'Start', 'WhatNext', 'Failed']);
    const decision = { decision: 'not-started', reason: 'Their list has no such session.' };
    expect((await doors.post(`/v1/runs/${id}/resolve`, decision)).status).toBe(200);
    await errand.advance(5 * MINUTE);
    expect((await doors.run(id)).status).toBe('SUCCEEDED');
    await expectTrue(id);
  });

  it('of a start that is looked up at the platform before it goes on', async () => {
    errand.fleet['smart-flows'].faults.add({ method: 'POST', fault: { kind: 'reset-after' } });
    const { id } = await doors.start('offer');
    await errand.advance(10 * MINUTE);
    const { path } = await expectTrue(id);
    expect(path.states.get('CoolOff')).toBeGreaterThan(0);
  });

  it('of a run that is tried again after a pause, whose slot is free meanwhile', async () => {
    const { id } = await doors.start('fails');
    await errand.advance(10 * MINUTE);
    expect((await doors.run(id)).status).toBe('FAILED');
    // It had its slot without a word in the timeline, so that it gave it back is not told either.
    const { path } = await expectTrue(id, { untold: RELEASE });
    expect(path.states.get('Start')).toBe(3);
  });

  it('of runs one after the other: who waits in line has no execution, and gives back what it was given', async () => {
    const first = await doors.start('hours');
    await errand.advance(MINUTE);
    const second = await doors.start('hours');
    await errand.advance(MINUTE);
    const { path: parked } = await expectTrue(second.id);
    expect(parked.current).toBe('Parked');
    await errand.advance(7 * HOUR);
    await expectTrue(first.id, { untold: RELEASE });
    const { path } = await expectTrue(second.id);
    expect(RELEASE.every((edge) => path.edges.has(edge))).toBe(true);
  });

  it('of a run that is canceled where it runs', async () => {
    const { id } = await doors.start('minutes');
    await errand.advance(2 * MINUTE);
    await doors.post(`/v1/runs/${id}/cancel`);
    await errand.ended(id, 20_000);
    await errand.advance(HOUR);
    const { path } = await expectTrue(id);
    expect(path.states.has('Failed')).toBe(true);
  });

  it('of a run that is canceled while a question is open', async () => {
    const { id } = await doors.start('question');
    await errand.advance(2 * MINUTE);
    await doors.post(`/v1/runs/${id}/cancel`);
    await errand.ended(id, 20_000);
    await errand.advance(HOUR);
    const { path } = await expectTrue(id);
    expect(path.states.has('Failed')).toBe(true);
  });

  it('of a run that the API ends while its connection is paused, as far as that is told', async () => {
    await doors.post('/v1/connections/bryter/pause', { reason: 'Upgrade' });
    const { id } = await doors.start('quick');
    await errand.runtime.idle();
    expect((await expectTrue(id)).path.current).toBe('CoolOff');
    await doors.post(`/v1/runs/${id}/cancel`);
    const { path } = await expectTrue(id);
    expect(path.states.has('Failed')).toBe(false);
    await doors.post('/v1/connections/bryter/resume', {});
  });

  it('of runs that end in their start', async () => {
    const sync = await doors.start('sync', {});
    const handed = await doors.start('handed-off', { folder: 'x' });
    await errand.advance(5 * MINUTE);
    await expectTrue(sync.id);
    const { path } = await expectTrue(handed.id);
    expect([...path.states.keys()]).toEqual(['HowBegun', 'Start', 'WhatNext', 'Succeeded']);
  });

  it('of a run that outlives looks that tell nothing', async () => {
    const { id } = await doors.start('minutes');
    await errand.advance(MINUTE);
    for (let count = 0; count < 6; count += 1)
      errand.fleet.bryter.faults.add({ method: 'GET', fault: { kind: 'reply', status: 503 } });
    await errand.advance(30 * MINUTE);
    expect((await doors.timeline(id)).some(({ type }) => type === 'trouble')).toBe(true);
    await expectTrue(id);
  });
});
