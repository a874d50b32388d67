import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRuntime } from '../../lib/local/runtime.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { type Doors, openDoors } from './doors.ts';
import { createRequests, listRuns, type Requests } from './requests.ts';
import { type Advance, createAdvance, startVirtualErrand, type VirtualErrand } from './virtual-errand.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TWELVE_MINUTES = '2b0f1a48-4963-43b3-ba06-0000000000aa';

const platforms = {
  invision: {
    scenarios: {
      [INVISION_FLOWS.forecast]: {
        description: 'Two seconds',
        script: [{ state: 'Running', forMs: 2_000 }, { state: 'Succeeded' }],
      },
      [TWELVE_MINUTES]: {
        description: 'Twelve minutes',
        script: [{ state: 'Running', forMs: 12 * MINUTE }, { state: 'Succeeded' }],
      },
    },
  },
} as const;

const flow = (schedule: object, dataFlowId: string = INVISION_FLOWS.forecast) => ({
  connection: 'invision',
  target: { dataFlowId },
  deadline: '6h',
  schedule,
});
const flows = {
  'every-ten': flow({ cron: '*/10 1 * * *' }),
  'overlap-allow': flow({ cron: '*/5 3 * * *', overlap: 'allow' }, TWELVE_MINUTES),
  'overlap-skip': flow({ cron: '*/5 3 * * *', overlap: 'skip' }, TWELVE_MINUTES),
  'overlap-queue': flow({ cron: '*/5 3 * * *', overlap: 'queue' }, TWELVE_MINUTES),
  'missed-skip': flow({ cron: '30 * * * *', missed: 'skip' }),
  'missed-one': flow({ cron: '30 * * * *', missed: 'one' }),
  'missed-all': flow({ cron: '30 * * * *', missed: 'all' }),
};

let errand: VirtualErrand;
let requests: Requests;
let doors: Doors;
let advance: Advance;
let midnight: number;

/** A slot is a message before it is a run. */
async function settled(): Promise<void> {
  do await errand.runtime.idle();
  while ((await requests.count()) > 0);
  await errand.runtime.idle();
}

const advanceTo = (atMs: number, stepMs?: number) =>
  advance(atMs - errand.clock.now(), stepMs === undefined ? {} : { stepMs });
const isoTime = (atMs: number) => new Date(atMs).toISOString();
const runsOf = (flowId: string) => listRuns(errand.runtime.apiUrl, errand.key, `&flow=${flowId}`);
const slotsTold = (flowId: string, outcome: string, afterMs: number) =>
  doors
    .events()
    .filter(({ detail }) => detail.flowId === flowId && detail.outcome === outcome)
    .map(({ detail }) => String(detail.slot))
    .filter((slot) => Date.parse(slot) > afterMs);

// One day, in the order of its hours.
beforeAll(async () => {
  errand = await startVirtualErrand(afterAll, { platforms, flows });
  requests = createRequests(afterAll, errand.runtime.environment);
  doors = openDoors(errand);
  advance = createAdvance(errand.clock, settled);
  await settled();
  midnight = Math.ceil(errand.clock.now() / (24 * HOUR)) * 24 * HOUR;
  errand.clock.advance(midnight + 40 * MINUTE - errand.clock.now());
  await settled();
}, 120_000);

describe('slots of a schedule', () => {
  it('make one run each, delivered up to four times more by a scheduler that tries again, at once and an hour late', {
    timeout: 60_000,
  }, async () => {
    const slots = [0, 10, 20, 30, 40, 50].map((minute) => midnight + HOUR + minute * MINUTE);
    const deliver = (slotMs: number, times: number) =>
      requests.send(
        ...Array.from({ length: times }, () => ({
          schedule: { flowId: 'every-ten', scheduledTime: isoTime(slotMs) },
        })),
      );
    for (const [index, slotMs] of slots.entries()) {
      await advanceTo(slotMs);
      if (index > 0) await deliver(slotMs, index % 5);
    }
    await advanceTo(midnight + 2 * HOUR + 10 * MINUTE);
    for (const slotMs of slots) await deliver(slotMs, 2);
    await advance(3 * MINUTE, { stepMs: MINUTE });
    const runs = await runsOf('every-ten');
    expect(runs.map(({ trigger, status }) => `${trigger} ${status}`)).toEqual(slots.map(() => 'schedule SUCCEEDED'));
    // Each in its own minute: the run of no slot was begun by another's delivery.
    expect(runs.map(({ createdAt }) => `${String(createdAt).slice(0, 16)}:00.000Z`).sort()).toEqual(slots.map(isoTime));
    expect(slotsTold('every-ten', 'missed', midnight)).toEqual([]);
  });
});

describe('runs of twelve minutes, due every five', () => {
  interface Span {
    readonly from: number;
    readonly to: number;
  }
  const slotCount = 6;
  beforeAll(async () => {
    await advanceTo(midnight + 3 * HOUR - MINUTE);
    await advanceTo(midnight + 3 * HOUR + slotCount * 5 * MINUTE - 10_000, MINUTE);
  }, 120_000);

  async function spansOf(flowId: string): Promise<readonly Span[]> {
    const runs = await runsOf(flowId);
    return runs.map(({ createdAt, endedAt }) => ({
      from: Date.parse(String(createdAt)),
      to: endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(endedAt)),
    }));
  }

  const mostAtOnce = (spans: readonly Span[]) =>
    Math.max(...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length));

  it.each([
    { overlap: 'allow', runs: 6, atOnce: 3, skipped: [0] },
    { overlap: 'skip', runs: 2, atOnce: 1, skipped: [4] },
    // One is waiting at the end, or its turn has come and the next one waits.
    { overlap: 'queue', runs: 3, atOnce: 1, skipped: [2, 3] },
  ])(
    'with overlap "$overlap" are $runs runs of six slots, $atOnce at once, and the others are told of',
    async (row) => {
      const spans = await spansOf(`overlap-${row.overlap}`);
      const skipped = slotsTold(`overlap-${row.overlap}`, 'skipped', midnight);
      expect(spans).toHaveLength(row.runs);
      expect(mostAtOnce(spans)).toBe(row.atOnce);
      expect(row.skipped).toContain(skipped.length);
      expect(new Set(skipped).size).toBe(skipped.length);
    },
  );
});

describe.each(['slept', 'was down'])('26 slots that passed while the machine %s', (how) => {
  let fromMs: number;
  let before: Readonly<Record<string, number>>;
  const FLOWS = ['missed-skip', 'missed-one', 'missed-all'] as const;
  const counts = async () =>
    Object.fromEntries(await Promise.all(FLOWS.map(async (flowId) => [flowId, (await runsOf(flowId)).length])));

  beforeAll(async () => {
    const quarterTo = Math.ceil(errand.clock.now() / HOUR) * HOUR - 15 * MINUTE;
    await advanceTo(quarterTo < errand.clock.now() ? quarterTo + HOUR : quarterTo, 5 * MINUTE);
    before = await counts();
    fromMs = errand.clock.now();
    if (how === 'slept') errand.clock.advance(26 * HOUR);
    else await restartAfter(26 * HOUR);
    await settled();
    await advance(2 * MINUTE, { stepMs: MINUTE });
  }, 120_000);

  async function restartAfter(downMs: number): Promise<void> {
    const { runtime, clock, dataDir, configFile } = errand;
    await runtime.close();
    clock.advance(downMs);
    const next = await startRuntime({ dataDir, configFile, port: 0, log: () => {}, clock });
    afterAll(() => next.close());
    errand = { ...errand, runtime: next };
    requests = createRequests(afterAll, next.environment);
    doors = openDoors(errand);
  }

  it.each([
    ['missed-skip', 0],
    ['missed-one', 1],
    ['missed-all', 10],
  ] as const)('are made up for by %s with %i runs, and each of the others is told of once', async (flowId, made) => {
    await doors.told(flowId, 26 - made);
    const runs = await runsOf(flowId);
    expect(runs.length - (before[flowId] ?? 0)).toBe(made);
    expect(runs.every(({ trigger }) => trigger === 'schedule')).toBe(true);
    const missed = slotsTold(flowId, 'missed', fromMs);
    expect(new Set(missed).size).toBe(26 - made);
    expect(missed).toHaveLength(26 - made);
  });
});
