import { expect, it, onTestFinished } from 'vitest';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { startLocalErrand } from './local-errand.ts';
import { createRequests, listRuns } from './requests.ts';
import { createAdvance } from './virtual-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MARCH = 2;
const OCTOBER = 9;

/** 01:00 UTC of the last Sunday of a month: when the clocks of the European Union change. */
function changeIn(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0));
  return last.getTime() - last.getUTCDay() * DAY + HOUR;
}

function nextChange(afterMs: number, month: number): number {
  const year = new Date(afterMs).getUTCFullYear();
  const change = changeIn(year, month);
  return change - DAY > afterMs ? change : changeIn(year + 1, month);
}

const dayOf = (ms: number) => `${new Date(ms).getUTCDate()} ${new Date(ms).getUTCMonth() + 1}`;
const at = (cron: string) => ({
  connection: 'invision',
  target: { dataFlowId: INVISION_FLOWS.forecast },
  schedule: { cron, timezone: 'Europe/Brussels' },
});

it.each([
  // 02:00 to 03:00 is left out: what was due then runs at the first instant after it.
  { night: 'leaves an hour out', month: MARCH, due: '02:30', afterChangeMs: 0 },
  // 02:00 to 03:00 comes twice: what is due then runs the first time.
  { night: 'has an hour twice', month: OCTOBER, due: '02:30', afterChangeMs: -30 * MINUTE },
])(
  'a night that $night runs once what is due within that hour, and what is due around it',
  {
    timeout: 60_000,
  },
  async ({ month, due, afterChangeMs }) => {
    const clock = adjustableClock();
    const change = nextChange(clock.now(), month);
    clock.advance(change - 90 * MINUTE - clock.now());
    const [hour, minute] = due.split(':').map(Number);
    const flows = {
      within: at(`${minute} ${hour} ${dayOf(change)} *`),
      before: at(`50 1 ${dayOf(change)} *`),
      after: at(`10 3 ${dayOf(change)} *`),
    };
    const { runtime, key } = await startLocalErrand(onTestFinished, { clock, flows });
    const requests = createRequests(onTestFinished, runtime.environment);
    const advance = createAdvance(clock, async () => {
      do await runtime.idle();
      while ((await requests.count()) > 0);
      await runtime.idle();
    });
    await advance(165 * MINUTE, { stepMs: 2 * MINUTE });

    const slotsOf = async (flowId: string) => {
      const runs = await listRuns(runtime.apiUrl, key, `&flow=${flowId}`);
      // The sweep fires what the scheduler leaves out, within five minutes; the run is of its slot all the same.
      return runs.map(({ createdAt }) => Math.floor((Date.parse(String(createdAt)) - change) / MINUTE / 5) * 5);
    };
    const minutes = (ms: number) => ms / MINUTE;
    expect(await slotsOf('within')).toEqual([minutes(afterChangeMs)]);
    expect(await slotsOf('before')).toEqual([month === MARCH ? -10 : -70]);
    expect(await slotsOf('after')).toEqual([month === MARCH ? 10 : 70]);
  },
);
