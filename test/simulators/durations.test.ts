import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProviderId } from '../../lib/domain/config.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { providerOf } from '../../lib/providers/registry.ts';
import { BRYTER_MODULES } from '../../lib/simulators/bryter.ts';
import { type Fleet, SAMPLE_SECRETS, startFleet } from '../../lib/simulators/fleet.ts';
import { INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { openSession } from '../helpers/session.ts';

const BEGIN = Date.UTC(2026, 0, 5, 9);
/** Of the first and of the second job. */
const DURATIONS = [20_000, 90_000];
/** Before a robot is free. */
const QUEUE_MS = 500;
const durationMs = (_flow: string, nth: number) => DURATIONS[nth];

const FLOWS: readonly {
  readonly id: ProviderId;
  readonly path?: string;
  readonly target: Record<string, Json>;
  readonly parameters?: JsonObject;
}[] = [
  { id: 'bryter', target: { publishedModuleId: BRYTER_MODULES.calculation }, parameters: { insured_sum: 7 } },
  { id: 'smart-flows', target: { flowId: SMART_FLOWS.offer, rootElement: 'Offer' } },
  { id: 'phixflow', path: '/phixflow', target: { ...PHIXFLOW_TARGETS.importOrders } },
  { id: 'invision', path: '/invision', target: { dataFlowId: INVISION_FLOWS.forecast } },
];

interface Began {
  readonly startedAt?: number;
  readonly createdAt?: number;
}

async function openFleet(now: () => number): Promise<Fleet> {
  const each = { durationMs };
  const platforms = { bryter: each, 'smart-flows': each, phixflow: each, 'assist-edge': each, invision: each };
  const fleet = await startFleet({ now, platforms });
  onTestFinished(() => fleet.close());
  return fleet;
}

const signal = new AbortController().signal;
const request = { runId: 'r', attempt: 1, correlation: 'r-1', parameters: {}, remainingMs: 60_000 };

describe('a job of a given duration', () => {
  it.each(FLOWS)('lasts so long at $id, whatever its flow says, and each job its own time', async (flow) => {
    const clock = { now: BEGIN };
    const fleet = await openFleet(() => clock.now);
    const definition = providerOf(flow.id);
    const session = openSession(definition, {
      baseUrl: `${fleet[flow.id].origin}${flow.path ?? ''}`,
      target: flow.target,
      credentials: SAMPLE_SECRETS[`errand/sample-${flow.id}`],
    });
    const begin = async () => {
      // A held call looks at the platform's clock, which somebody has to move.
      const starting = session.start({ ...request, parameters: flow.parameters ?? {} }, { signal });
      while ((await Promise.race([starting, sleep(20, 'held')])) === 'held') clock.now += 500;
      const started = await starting;
      if (started.kind !== 'accepted') throw new Error('expected an accepted start');
      return started.handle;
    };
    const first = await begin();
    const second = await begin();
    // A slow machine moves the clock before the call has arrived.
    const jobs = (await (await fetch(`${fleet[flow.id].origin}/_simulator/jobs`)).json()) as readonly Began[];
    const [began = 0, secondBegan = 0] = jobs.map(({ startedAt, createdAt }) => startedAt ?? createdAt);
    const kindAt = async (handle: Json, ms: number) => {
      clock.now = ms;
      return (await session.poll?.(handle, { signal }))?.kind;
    };
    expect(await kindAt(first, began + 19_999)).toBe('going');
    expect(await kindAt(first, began + 20_000)).toBe('ended');
    expect(await kindAt(second, secondBegan + 89_999)).toBe('going');
    expect(await kindAt(second, secondBegan + 90_000)).toBe('ended');
  });

  it('lasts so long in a queue of AssistEdge too', async () => {
    const fleet = await openFleet(() => BEGIN);
    const session = openSession(providerOf('assist-edge'), {
      baseUrl: fleet['assist-edge'].origin,
      target: { processName: 'ArchiveDocuments', profileName: 'ArchiveBot' },
      credentials: SAMPLE_SECRETS['errand/sample-assist-edge'],
    });
    for (const _ of DURATIONS)
      await session.start({ ...request, parameters: { folder: 'x' }, remainingMs: 3_600_000 }, { signal });
    const jobs = await (await fetch(`${fleet['assist-edge'].origin}/_simulator/jobs`)).json();
    expect(jobs).toMatchObject(DURATIONS.map((ms) => ({ acceptedAt: BEGIN, endsAt: BEGIN + QUEUE_MS + ms })));
  });
});
