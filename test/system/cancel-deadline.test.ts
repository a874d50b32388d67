import { expect, it, onTestFinished } from 'vitest';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { jobsOf, openDoors } from './doors.ts';
import { startVirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const SLOW = { timeout: 120_000 };
const HOUR = 60 * MINUTE;

const late = { startBy: '10m', deadline: '3h' };
const early = { deadline: '5m' };
const flows = {
  busy: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, ...late },
  gone: {
    connection: 'phixflow',
    target: { application: 'Orders', endpoint: 'Import Orders', mode: 'async' },
    ...late,
  },
  stopped: { connection: 'smart-flows', target: { flowId: SMART_FLOWS.nightly, rootElement: 'Job' }, ...early },
  unstopped: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.assessment }, ...early },
};

const start = async () => {
  const errand = await startVirtualErrand(onTestFinished, { flows });
  return { ...errand, ...openDoors(errand) };
};

it(
  'work that could not be started within its time is not started any more, once its platform is well again',
  SLOW,
  async () => {
    const { fleet, post, run, advance, clock } = await start();
    const busy = { kind: 'reply', status: 429 } as const;
    fleet.invision.faults.add({ method: 'POST', times: 10_000, fault: busy });
    await fleet.phixflow.close();
    const acceptedAtMs = clock.now();
    const ids = await Promise.all(
      ['busy', 'gone'].map(async (flowId) => (await post(`/v1/flows/${flowId}/runs`)).body.id),
    );
    await advance(HOUR);
    fleet.invision.faults.clear();
    await advance(2 * HOUR);
    for (const id of ids) {
      const ended = await run(id);
      expect(ended).toMatchObject({ status: 'TIMED_OUT', error: { code: 'START_BY' } });
      expect(ended.error?.message).toContain('Nothing was started');
      expect(ended.remoteId).toBeUndefined();
      // Counted from its acceptance, tries and pauses included.
      const tookMs = Date.parse(String(ended.endedAt)) - acceptedAtMs;
      expect(tookMs).toBeGreaterThanOrEqual(10 * MINUTE);
      expect(tookMs).toBeLessThan(12 * MINUTE);
    }
    expect(await jobsOf(fleet.invision)).toEqual(new Map());
  },
);

it(
  'a job that goes on past its deadline is stopped where that is possible, and said to go on where it is not',
  SLOW,
  async () => {
    const { fleet, start: begin, run, advance } = await start();
    const [stopped, unstopped] = await Promise.all([begin('stopped'), begin('unstopped')]);
    await advance(4 * MINUTE);
    expect((await run(stopped.id)).status).toBe('QUEUED');
    await advance(2 * MINUTE);
    const [one, other] = await Promise.all([run(stopped.id), run(unstopped.id)]);
    expect(one).toMatchObject({ status: 'TIMED_OUT', error: { code: 'DEADLINE' }, cancel: { remote: 'confirmed' } });
    expect((await jobsOf(fleet['smart-flows'])).get(String(one.remoteId))).toMatchObject({ status: 'Canceled' });
    expect(other).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'DEADLINE' },
      cancel: { remote: 'unsupported' },
    });
    expect(other.error?.message).toContain('may still be running');
    expect((await jobsOf(fleet.bryter)).get(String(other.remoteId))).toMatchObject({ state: 'running' });
  },
);
