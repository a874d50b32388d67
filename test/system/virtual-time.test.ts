import { describe, expect, it, onTestFinished } from 'vitest';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import type { LocalClock } from '../../lib/local/clock.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { startLocalErrand } from './local-errand.ts';
import { createAdvance, startVirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LONG_FLOW = '00000000-0000-4000-8000-000000000002';

const platforms = {
  'smart-flows': {
    scenarios: {
      [LONG_FLOW]: {
        displayName: 'Long',
        description: 'Works for two hours',
        input: 'any',
        steps: [
          { state: 'Running', forMs: 2 * HOUR, percentage: 1, message: 'Working' },
          { state: 'Success', percentage: 100, message: 'Done' },
        ],
        documents: [{ displayName: 'Report', contentType: 'application/pdf', size: 5_000_000 }],
      },
    },
  },
} as const;

const flows = {
  long: { connection: 'smart-flows', target: { flowId: LONG_FLOW, rootElement: 'Long' }, deadline: '4h' },
  approval: { connection: 'bryter', target: { publishedModuleId: BRYTER_MODULES.approval }, deadline: '40d' },
  forecast: { connection: 'invision', target: { dataFlowId: INVISION_FLOWS.forecast }, deadline: '1d' },
};

const start = () => startVirtualErrand(onTestFinished, { platforms, flows });

describe('time that is put forward', () => {
  it('takes a job of two hours to its end, with no more looks than two real hours would bring', async () => {
    const { api, advance, ended, clock } = await start();
    const { id } = await api.start('long', {});
    await advance(2 * HOUR - MINUTE);
    const during = await api.run(id);
    expect(during.status).toBe('RUNNING');
    await advance(10 * MINUTE);
    const run = await ended(id, 5_000);
    expect(run.status).toBe('SUCCEEDED');
    // Look k comes 1.5 k² seconds after the start, the 70th first after 7,200 s; one that jitter made early comes twice.
    expect(Number(run.looks)).toBeGreaterThanOrEqual(70);
    expect(Number(run.looks)).toBeLessThanOrEqual(120);
    const tookMs = Date.parse(String(run.endedAt)) - Date.parse(String(run.createdAt));
    expect(tookMs).toBeGreaterThanOrEqual(2 * HOUR);
    expect(tookMs).toBeLessThan(2 * HOUR + 9 * MINUTE);
    expect(Date.parse(String(run.endedAt))).toBeLessThanOrEqual(clock.now());
  });

  it('stands still while a stopped execution is settled, although the function that it had called still waits', async () => {
    const { api, advance, runtime } = await start();
    const { id } = await api.start('long', {});
    await advance(5_000);
    expect(runtime.busy()).toBe(0);
    await runtime.executions.stop(`${id}-g1`, {});
    await runtime.idle();
    expect((await api.run(id)).status).toBe('CANCELED');
    expect(runtime.busy()).toBe(0);
  });

  it('may leap over everything, as a machine does that slept', async () => {
    const { api, advance, ended, runtime, clock } = await start();
    const { id } = await api.start('long', {});
    await advance(5_000);
    clock.advance(26 * HOUR);
    await runtime.idle();
    const run = await ended(id, 5_000);
    // Past its deadline of four hours, but the one look found it ended.
    expect(run.status).toBe('SUCCEEDED');
    expect(Number(run.looks)).toBeLessThan(10);
  });

  it('is the time of a pause before the next try to start', async () => {
    const { api, advance, ended, fleet } = await start();
    const fault = { kind: 'reply', status: 429, headers: { 'retry-after': '3600' } } as const;
    fleet.invision.faults.add({ method: 'POST', path: 'invision', fault });
    const starts = () => fleet.invision.requests.filter(({ method }) => method === 'POST').length;
    const { id } = await api.start('forecast', {});
    await advance(HOUR - MINUTE);
    expect(starts()).toBe(1);
    await advance(10 * MINUTE);
    expect(starts()).toBe(2);
    expect((await ended(id, 5_000)).status).toBe('SUCCEEDED');
  });

  it('is the time by which a signed link ends', async () => {
    const { api, key, runtime, advance, ended } = await start();
    const { id } = await api.start('long', {});
    await advance(3 * HOUR);
    await ended(id, 5_000);
    const { files } = await api.output(id);
    const reply = await fetch(new URL(files[0]?.href ?? '', runtime.apiUrl), {
      headers: { 'x-api-key': key },
      redirect: 'manual',
    });
    const link = String(reply.headers.get('location'));
    expect((await fetch(link)).status).toBe(200);
    await advance(4 * MINUTE);
    expect((await fetch(link)).status).toBe(200);
    await advance(2 * MINUTE);
    expect((await fetch(link)).status).toBe(403);
  });

  it('brings a sweep a minute where it goes in steps of one, and a single one where it leaps', async () => {
    const clock = adjustableClock();
    let sweeps = 0;
    const after: LocalClock['after'] = (ms, callback, urgency) => {
      if (urgency !== 'routine') return clock.after(ms, callback, urgency);
      const counted = () => {
        sweeps += 1;
        callback();
      };
      return clock.after(ms, counted, urgency);
    };
    const { runtime } = await startLocalErrand(onTestFinished, { clock: { ...clock, after } });
    const advance = createAdvance(clock, runtime.idle);
    await advance(30 * MINUTE, { stepMs: MINUTE });
    // The machine's own pace makes the last step a little shorter than a minute.
    expect([29, 30]).toContain(sweeps);
    sweeps = 0;
    await advance(30 * DAY);
    expect(sweeps).toBe(1);
    expect(runtime.busy()).toBe(0);
  });

  it('keeps a run open that waits for a person over a long weekend', { timeout: 120_000 }, async () => {
    const { api, advance, printed } = await start();
    const { id } = await api.start('approval', {});
    await advance(3 * DAY);
    const run = await api.run(id);
    expect(run.status).toBe('WAITING_FOR_INPUT');
    // No more than one each quarter of an hour; whole months are told in T62.
    expect(Number(run.looks)).toBeGreaterThan(250);
    expect(Number(run.looks)).toBeLessThanOrEqual(310);
    expect(printed.filter((line) => line.includes('failed'))).toEqual([]);
  });
});
