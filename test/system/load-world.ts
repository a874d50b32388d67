import { configSchema } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { createFleet, type Fleet, type FleetOptions } from '../helpers/fleet.ts';
import { createLoadPlatform, type LoadPlatform, type LoadPlatformOptions } from '../helpers/load-platform.ts';
import { seeded } from '../helpers/random.ts';
import { shareRecords } from '../helpers/share-records.ts';
import { createVirtualTime, type VirtualTime } from '../helpers/virtual-time.ts';
import { createWorld, START_OF_TIME, type World, type WorldOptions } from '../helpers/world.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** When every test begins. */
export const T0 = START_OF_TIME;

export interface LoadOptions {
  readonly seed: number;
  readonly limits?: { readonly inFlight?: number; readonly requestsPerSecond?: number };
  readonly settings?: object;
  readonly flow?: object;
  readonly platform?: Partial<LoadPlatformOptions>;
  readonly fleet?: Pick<FleetOptions, 'storeMs' | 'strikes'>;
  /** For thousands of runs. */
  readonly isHuge?: boolean;
  readonly open?: (platform: LoadPlatform, time: VirtualTime) => WorldOptions['open'];
}

export interface Load {
  readonly time: VirtualTime;
  readonly platform: LoadPlatform;
  readonly world: World;
  readonly fleet: Fleet;
  readonly random: () => number;
}

/** A world of one connection and one flow, a platform with limits, and a machine for all its executions. */
export function createLoad({ seed, limits = {}, settings = {}, flow = {}, ...options }: LoadOptions): Load {
  const time = createVirtualTime(T0);
  const random = seeded(seed);
  const platform = createLoadPlatform({ time, random, durationMs: () => 10 * MINUTE, ...options.platform });
  const config = configSchema.parse({
    connections: {
      acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme', limits, settings },
    },
    flows: { onboard: { connection: 'acme', target: {}, deadline: '24h', ...flow } },
  });
  const open = options.open?.(platform, time);
  const world = createWorld({ session: platform.session(), config, ...(open && { open }) });
  if (options.isHuge) shareRecords(world);
  const fleet = createFleet({ world, time, random, ...options.fleet });
  return { time, platform, world, fleet, random };
}

/** How many runs ended how: `{ SUCCEEDED: 500 }`, `{ 'FALLOUT AUTH_FAILED': 200 }`. */
export function endings({ world }: Load): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(world.store.all(), endingOf)).map(([ending, runs]) => [ending, runs?.length ?? 0]),
  );
}

function endingOf({ status, fallout, error }: Run): string {
  return [status, ...(fallout === undefined ? [] : [fallout.reason]), ...(status === 'TIMED_OUT' ? [error?.code] : [])]
    .filter((part) => part !== undefined)
    .join(' ');
}

export function lastEndMs({ world }: Load): number {
  return Math.max(...world.store.all().map(({ endedAt = '' }) => Date.parse(endedAt)));
}

/** By how many places the run that started most out of its turn was early or late. */
export function mostOutOfTurn({ platform }: Load, accepted: readonly string[]): number {
  const placeOf = new Map(accepted.map((id, place) => [id, place]));
  return Math.max(...platform.jobs.map(({ runId }, place) => Math.abs(place - (placeOf.get(runId) ?? 0))));
}
