/** What goes wrong while the soak runs, each kind at random moments a stated time apart on average. */
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import type { SoakPlatforms } from './platforms.ts';
import type { Thread } from './runtime-process.ts';

export interface FaultWorld {
  readonly platforms: SoakPlatforms;
  readonly random: () => number;
  readonly count: (fault: string) => void;
  /** Starts at the platforms are spared: what is in doubt is judged only after the fence. */
  readonly onlyLooks: boolean;
  crash(thread: Thread): Promise<boolean>;
  putSecret(id: ProviderId, secret: JsonObject): Promise<void>;
}

export interface FaultPlan {
  /** Ends all of it, what is planted at the platforms included. */
  stop(): void;
}

type Strike = (world: FaultWorld) => Promise<void> | void;

interface Planned {
  /** On average. */
  readonly everyMs: number;
  readonly strike: Strike;
}

const TICK_MS = 100;
/** How long a platform takes the key before the one in the secret, at most. */
const OVERLAP_MS = 2_000;

function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

/** A fault that nobody meets is over: while a circuit is open they would pile up, and each canary would meet one. */
const FAULT_MS = 3_000;

/** The next requests, one to three, of any platform. */
function wire(fault: (random: () => number) => FaultRule['fault']): Strike {
  return ({ platforms, random, onlyLooks }) => {
    const { faults } = platforms[pick(random, PROVIDER_IDS)].simulator;
    const times = 1 + Math.floor(random() * 3);
    faults.add({ ...(onlyLooks && { method: 'GET' }), times, forMs: FAULT_MS, fault: fault(random) });
  };
}

const HTML = '<!doctype html><html><body><h1>Please sign in</h1></body></html>';
const json = (body: string) => ({ body, headers: { 'content-type': 'application/json' } });

function crash(thread: Thread): Strike {
  return async ({ crash: crashOne }) => void (await crashOne(thread));
}

/** The secret and the platform change one after the other, either first. */
const rotate: Strike = async ({ platforms, random, putSecret }) => {
  const id = pick(random, PROVIDER_IDS);
  const platform = platforms[id];
  const secret = platform.renew();
  const lagMs = random() * OVERLAP_MS;
  if (random() < 0.5) {
    platform.retire();
    await new Promise((resolve) => setTimeout(resolve, lagMs));
    await putSecret(id, secret);
    return;
  }
  await putSecret(id, secret);
  setTimeout(() => platform.retire(), lagMs);
};

/** Their mean distances at a rate of five runs a second; every other rate gets its share. */
export const FAULTS = {
  reset: { everyMs: 6_000, strike: wire(() => ({ kind: 'reset' })) },
  'reset-after': { everyMs: 8_000, strike: wire(() => ({ kind: 'reset-after' })) },
  'server-error': {
    everyMs: 6_000,
    strike: wire((random) => ({ kind: 'reply', status: pick(random, [500, 502, 503, 504]), body: 'Bad Gateway' })),
  },
  'server-error-after': {
    everyMs: 12_000,
    strike: wire((random) => ({ kind: 'reply-after', status: pick(random, [500, 502]), body: '' })),
  },
  throttled: {
    everyMs: 8_000,
    strike: wire((random) => ({
      kind: 'reply',
      status: 429,
      headers: { 'retry-after': pick(random, ['1', '2', '']) },
    })),
  },
  slow: { everyMs: 3_000, strike: wire((random) => ({ kind: 'delay', ms: 200 + Math.floor(random() * 3_000) })) },
  hang: { everyMs: 60_000, strike: wire((random) => ({ kind: pick(random, ['hang', 'hang-after'] as const) })) },
  'sign-in-page': {
    everyMs: 10_000,
    strike: wire(() => ({ kind: 'reply', status: 200, body: HTML, headers: { 'content-type': 'text/html' } })),
  },
  garbage: {
    everyMs: 10_000,
    strike: wire((random) => ({
      kind: pick(random, ['reply', 'reply-after'] as const),
      status: 200,
      ...json(pick(random, ['{"data":{"st', 'null', '[]', '', '"ok"'])),
    })),
  },
  'cut-body': {
    everyMs: 10_000,
    strike: wire((random) => ({ kind: 'cut-body', bytes: Math.floor(random() * 40), announceLength: random() < 0.5 })),
  },
  drip: { everyMs: 30_000, strike: wire(() => ({ kind: 'drip', everyMs: 10 })) },
  rotation: { everyMs: 20_000, strike: rotate },
  'function-crash': { everyMs: 20_000, strike: crash('function') },
  'table-crash': { everyMs: 120_000, strike: crash('table') },
} as const satisfies Readonly<Record<string, Planned>>;
export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
/** Those after which nothing takes longer than a few seconds. */
export const QUICK_FAULTS = FAULT_NAMES.filter((name) => !/crash|hang|drip/.test(name));

const RATE_OF_PLAN = 5;

/** Begins to strike, each kind at its own random moments. */
export function beginFaults(world: FaultWorld, names: readonly FaultName[], rate: number): FaultPlan {
  const { random, count, platforms } = world;
  const tick = () => {
    for (const name of names) {
      const { everyMs, strike }: Planned = FAULTS[name];
      if (random() >= (TICK_MS / everyMs) * (rate / RATE_OF_PLAN)) continue;
      count(name);
      // A runtime that has ended is told of elsewhere.
      Promise.resolve(strike(world)).catch(() => {});
    }
  };
  const timer = setInterval(tick, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      for (const id of PROVIDER_IDS) platforms[id].simulator.faults.clear();
    },
  };
}
