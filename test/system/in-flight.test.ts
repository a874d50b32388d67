import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const JOB_MINUTES = 5;

const flows = {
  forecast: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, deadline: '6h' },
};

const start = () =>
  startVirtualErrand(onTestFinished, {
    flows,
    limits: { invision: { inFlight: 1, requestsPerSecond: 2 } },
    platforms: { invision: { durationMs: () => JOB_MINUTES * MINUTE } },
  });

/** One after the other: of two that come at the same moment, either may be the first to ask for the slot. */
async function accept({ api, runtime }: VirtualErrand, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    ids.push((await api.start('forecast', {})).id);
    await runtime.idle();
  }
  return ids;
}

/** The states that each execution of a run entered, by generation. */
async function traces({ runtime }: VirtualErrand, runId: string): Promise<readonly string[]> {
  const sfn = new SFNClient({});
  onTestFinished(() => sfn.destroy());
  const stateMachineArn = runtime.environment[ENV.stateMachine];
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  const own = executions
    .filter(({ name }) => name?.startsWith(runId))
    .sort((a, b) => String(a.name).localeCompare(String(b.name)));
  return Promise.all(
    own.map(async ({ executionArn }) => {
      const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
      return events.flatMap(({ stateEnteredEventDetails: entered }) => entered?.name ?? []).join(' ');
    }),
  );
}

const startsAt = ({ invision }: VirtualErrand['fleet']) =>
  invision.requests.filter(({ method }) => method === 'POST').length;

/** `GOING`: at the platform, whose words for it are not what this is about. */
const statuses = ({ api }: VirtualErrand, ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await api.run(id)).status.replace(/^(QUEUED|RUNNING)$/, 'GOING')));

describe('a platform that takes one job at a time', { timeout: 120_000 }, () => {
  it('has one after the other in order of their acceptance, and who waits has no execution', async () => {
    const errand = await start();
    const { advance, ended, fleet, printed, runtime } = errand;
    const ids = await accept(errand, 3);
    await advance(2 * MINUTE);
    expect(await statuses(errand, ids)).toEqual(['GOING', 'ACCEPTED', 'ACCEPTED']);
    expect(startsAt(fleet)).toBe(1);
    expect(runtime.executions.countRunning()).toBe(1);

    await advance(JOB_MINUTES * MINUTE);
    expect(await statuses(errand, ids)).toEqual(['SUCCEEDED', 'GOING', 'ACCEPTED']);
    expect(startsAt(fleet)).toBe(2);

    await advance(3 * JOB_MINUTES * MINUTE);
    for (const id of ids) expect((await ended(id, 5_000)).status).toBe('SUCCEEDED');
    expect(startsAt(fleet)).toBe(3);
    expect(runtime.executions.countRunning()).toBe(0);
    expect(printed.filter((line) => line.includes('failed'))).toEqual([]);

    const looks = '( WaitToPoll Poll WhatNext)+';
    const [first, second] = await Promise.all(ids.slice(0, 2).map((id) => traces(errand, id)));
    expect(first).toEqual([
      expect.stringMatching(new RegExp(`^HowBegun Start WhatNext${looks} ReleaseSlot WhatNext Succeeded$`)),
    ]);
    expect(second).toEqual([
      'HowBegun Start WhatNext Parked',
      expect.stringMatching(new RegExp(`^HowBegun Start WhatNext${looks} ReleaseSlot WhatNext Succeeded$`)),
    ]);
  });

  it('passes over one that was canceled while it waited', async () => {
    const errand = await start();
    const { advance, fleet, key, runtime } = errand;
    const ids = await accept(errand, 3);
    await advance(MINUTE);
    const cancel = { method: 'POST', headers: { 'x-api-key': key } } as const;
    const { status } = await fetch(new URL(`/v1/runs/${ids[1]}/cancel`, runtime.apiUrl), cancel);
    expect(status).toBeLessThan(300);
    await advance(MINUTE);
    expect(await statuses(errand, ids)).toEqual(['GOING', 'CANCELED', 'ACCEPTED']);
    await advance(3 * JOB_MINUTES * MINUTE);
    expect(await statuses(errand, ids)).toEqual(['SUCCEEDED', 'CANCELED', 'SUCCEEDED']);
    expect(startsAt(fleet)).toBe(2);
  });
});
