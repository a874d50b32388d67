import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCost } from '../../lib/domain/run-cost.ts';
import { BRYTER_MODULES, type BryterScenario } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { type LetRunOptions, type MeteredErrand, type MeteredRun, startMeteredErrand } from './metered-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Nearly all of its time it waits for a person. */
const HUMAN: BryterScenario = {
  description: 'waits for a person',
  script: [
    { state: 'created', forMs: 1 },
    { state: 'running', forMs: 1 },
    { state: 'waiting_for_input', forMs: 10_000 },
    { state: 'running', forMs: 1 },
    { state: 'completed' },
  ],
};
const forecast = { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, deadline: '10d' };
const flows = {
  forecast,
  fails: {
    ...forecast,
    target: { dataFlowId: INVISION_FLOWS.brokenImport },
    retry: { maxAttempts: 3, coolOff: '2m' },
  },
  approval: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.approval }, deadline: '10d' },
  offer: {
    connection: 'smart-flows',
    target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' },
    parameters: { customer: { type: 'text' } },
    deadline: '1d',
  },
};

let errand: MeteredErrand;
let jobMs = 0;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const durationMs = () => jobMs;
  errand = await startMeteredErrand((task) => void closing.push(task), {
    platforms: {
      invision: { durationMs },
      bryter: { durationMs, scenarios: { [BRYTER_MODULES.approval]: HUMAN } },
    },
    flows,
    limits: { 'smart-flows': { inFlight: 3 } },
  });
  await letRun('forecast', 2_000);
  await letRun('approval', 1_000);
  await letRun('offer', 0, { parameters: { customer: 'Jane' } });
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

function letRun(flowId: string, durationMs: number, options?: LetRunOptions): Promise<MeteredRun> {
  jobMs = durationMs;
  return errand.letRun(flowId, options);
}

/** The estimate keeps to what was counted; the states of the machine, nearly all of the cost, are counted alike. */
function judge({ run, events, metered }: MeteredRun): void {
  const { dollars, transitions } = runCost(run, events);
  expect(transitions).toBe(metered.transitions);
  expect(dollars / metered.dollars).toBeGreaterThan(0.75);
  expect(dollars / metered.dollars).toBeLessThan(1.25);
}

describe('what a run has cost by its timeline is within a quarter of what the meter says', () => {
  it('of one that is over before the second look', async () => {
    judge(await letRun('forecast', 2_000));
  });

  it('of one of five minutes, while nothing is known and once it is', async () => {
    const unknown = await letRun('forecast', 5 * MINUTE);
    judge(unknown);
    for (let run = 0; run < 12; run += 1) await letRun('forecast', 5 * MINUTE + (run % 7) * 4_000);
    const learnt = await letRun('forecast', 5 * MINUTE);
    judge(learnt);
    expect(runCost(learnt.run, learnt.events).dollars).toBeLessThan(runCost(unknown.run, unknown.events).dollars);
  });

  it('of one that is tried three times', async () => {
    const failed = await letRun('fails', 20_000);
    expect(failed.run.status).toBe('FAILED');
    judge(failed);
  });

  it('of one that waits for a person, answered or canceled', async () => {
    judge(await letRun('approval', 2 * HOUR));
    const canceled = await letRun('approval', 2 * HOUR, {
      meanwhile: { afterMs: 20 * MINUTE, path: 'cancel', body: {} },
    });
    expect(canceled.run.status).toBe('CANCELED');
    judge(canceled);
  });

  it('of one that brings a document, and gives back its place at the platform', async () => {
    const offer = await letRun('offer', 0, { parameters: { customer: 'Jane' } });
    expect(offer.events.map(({ type, data }) => [type, data?.slot])).toContainEqual(['intent', true]);
    judge(offer);
  });

  it('of one whose start is told to come later', async () => {
    const fault = { kind: 'reply', status: 429, headers: { 'retry-after': '60' } } as const;
    errand.fleet.invision.faults.add({ method: 'POST', path: 'invision', fault });
    const later = await letRun('forecast', 20_000);
    expect(later.events.map(({ type }) => type)).toContain('not-started');
    judge(later);
  });
});
