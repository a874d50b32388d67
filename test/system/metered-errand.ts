/** The embedded runtime in virtual time, with every operation counted and priced: what a run costs by the meter. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createTally, type Line, type Totals } from '../../bench/cost/tally.ts';
import { startVirtualRuntime } from '../../bench/cost/virtual-runtime.ts';
import { createKeys } from '../../bench/keys.ts';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import type { CostedEvent, CostedRun } from '../../lib/domain/run-cost.ts';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { buildStack } from '../../lib/local/build.ts';
import { type Fleet, type PlatformOptions, startFleet } from '../../lib/simulators/fleet.ts';
import { createAdvance } from './virtual-errand.ts';

/** What the table's thread tells may come a moment after the answer. */
const SETTLE_MS = 20;
const PATHS: Readonly<Partial<Record<ProviderId, string>>> = { phixflow: '/phixflow', invision: '/invision' };

export interface MeteredRun {
  readonly run: CostedRun & { readonly id: string; readonly status: string; readonly looks: number };
  readonly events: readonly CostedEvent[];
  readonly metered: Totals;
  readonly lines: readonly Line[];
}

export interface MeteredErrand {
  readonly fleet: Fleet;
  /** Starts a run and lets time pass until it has ended. */
  letRun(flowId: string, options?: LetRunOptions): Promise<MeteredRun>;
}

export interface LetRunOptions {
  readonly parameters?: object;
  /** What somebody does to it while it goes on. */
  readonly meanwhile?: { readonly afterMs: number; readonly path: string; readonly body: object };
}

export interface MeteredErrandOptions {
  readonly platforms: PlatformOptions;
  /** On connections that are named after their platforms. */
  readonly flows: Readonly<Record<string, object>>;
  readonly limits?: Readonly<Record<string, object>>;
}

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startMeteredErrand(
  cleanUp: (task: () => Promise<void>) => void,
  { platforms, flows, limits = {} }: MeteredErrandOptions,
): Promise<MeteredErrand> {
  const clock = adjustableClock();
  const fleet = await startFleet({ platforms, now: clock.now });
  cleanUp(() => fleet.close());
  const connections = PROVIDER_IDS.map((provider) => {
    const baseUrl = `${fleet[provider].origin}${PATHS[provider] ?? ''}`;
    const own = limits[provider] === undefined ? {} : { limits: limits[provider] };
    return [provider, { provider, baseUrl, secret: `errand/sample-${provider}`, ...own }];
  });
  const config = { connections: Object.fromEntries(connections), flows };
  const build = await buildStack('errand.config.ts', () => {}, new Date());
  let tally = createTally(build.template.memory);
  const { runtime, untilEnded, close } = await startVirtualRuntime({
    clock,
    config,
    build,
    meter: (use) => tally.add(use),
  });
  cleanUp(close);
  const nextKey = await createKeys(runtime);

  const advance = createAdvance(clock, runtime.idle);

  // biome-ignore lint/suspicious/noExplicitAny: what the API answers, of which each caller reads its own.
  async function call(path: string, init: RequestInit = {}): Promise<any> {
    const headers = { 'x-api-key': nextKey(), 'content-type': 'application/json' };
    const reply = await fetch(new URL(path, runtime.apiUrl), { ...init, headers });
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
    return reply.json();
  }

  return {
    fleet,
    async letRun(flowId, { parameters = {}, meanwhile } = {}) {
      await sleep(SETTLE_MS);
      tally = createTally(build.template.memory);
      const body = JSON.stringify({ parameters });
      const { id } = await call(`/v1/flows/${flowId}/runs`, { method: 'POST', body });
      if (meanwhile !== undefined) {
        await advance(meanwhile.afterMs);
        await call(`/v1/runs/${id}/${meanwhile.path}`, { method: 'POST', body: JSON.stringify(meanwhile.body) });
      }
      await untilEnded();
      await sleep(SETTLE_MS);
      const metered = tally;
      // What an onlooker asks is not the run's.
      tally = createTally({});
      const run = await call(`/v1/runs/${id}`);
      const { items } = await call(`/v1/runs/${id}/events`);
      return { run, events: items, metered: metered.totals(), lines: metered.lines() };
    },
  };
}
