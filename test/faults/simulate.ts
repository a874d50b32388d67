/** One seed: a world, what is asked of it, what goes wrong, and whether every promise held. */
import type { Run } from '../../lib/domain/run.ts';
import type { Definition } from '../../lib/local/definition.ts';
import { seeded } from '../helpers/random.ts';
import { type Asked, drawRequests } from './callers.ts';
import { END_CHECKS, type EndState } from './end-state.ts';
import type { Dated, Violation } from './facts.ts';
import type { FaultKind } from './fault-kinds.ts';
import { flowOf, TEST_CONFIG } from './flows.ts';
import { createWatcher } from './invariants.ts';
import { live } from './live.ts';
import type { Stage } from './stage.ts';
import { createStrikes, type Strike } from './strikes.ts';
import type { VirtualThread } from './virtual-thread.ts';
import { openWorld, type World } from './world.ts';

export interface SimulationOptions {
  readonly thread: VirtualThread;
  readonly definition: Definition;
  readonly seed: number;
  /** Only the first so many faults. @default all */
  readonly limit?: number | undefined;
  readonly without?: ReadonlySet<number> | undefined;
  /** Only these faults; none at all when empty. @default what the seed chooses */
  readonly kinds?: readonly FaultKind[];
  /** @default what the seed asks for */
  readonly asked?: readonly Asked[];
  /** How long things go wrong. */
  readonly faultsMs?: number;
  /** Hears of everything that happens. */
  readonly see?: (fact: Dated) => void;
  /** Given the stage before anything happens on it. */
  readonly prepare?: (stage: Stage) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly runs: readonly Run[];
  readonly strikes: readonly Strike[];
  readonly violations: readonly Violation[];
}

const BEGIN_MS = Date.parse('2026-03-02T07:58:20Z');
const FAULTS_MS = 120_000;
const DAY_MS = 86_400_000;
/** A run may take its deadline, and its slot a lease, before everything is at rest. */
const LIMIT_MS = 4 * 3_600_000;

/** Only some: slots go on for ever, so such a world takes longer. */
export const hasSchedule = (seed: number) => seed % 20 === 0;

function configOf(seed: number): typeof TEST_CONFIG {
  if (hasSchedule(seed)) return TEST_CONFIG;
  const { schedule: _, ...newsletter } = TEST_CONFIG.flows.newsletter ?? {};
  return { ...TEST_CONFIG, flows: { ...TEST_CONFIG.flows, newsletter } } as typeof TEST_CONFIG;
}

/** In every third world the platforms' clocks are up to a day off. */
const aheadMsOf = (seed: number, chance: number) => (seed % 3 === 0 ? Math.round((2 * chance - 1) * DAY_MS) : 0);

/** @throws Error when one of the functions does what none should. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { thread, seed, definition, limit, without, kinds, faultsMs = FAULTS_MS } = options;
  const chance = seeded(Math.imul(seed, 2_654_435_761) ^ 0x5eed);
  thread.reset(BEGIN_MS, seeded(Math.imul(seed + 1, 0x9e3779b1)));
  const strikes = createStrikes({ seed, random: chance, now: thread.now, limit, without, kinds });
  const watcher = createWatcher();
  const see = (fact: Dated) => {
    watcher.see(fact);
    options.see?.(fact);
  };
  let world: World | undefined;
  const life = async () => {
    const platformsAheadMs = aheadMsOf(seed, thread.random());
    world = await openWorld({ thread, strikes, config: configOf(seed), definition, see, platformsAheadMs });
    options.prepare?.(world.stage);
    const asked = options.asked ?? drawRequests(thread.random, seed);
    return live({ world, strikes, asked, faultsUntilMs: thread.now() + faultsMs });
  };
  const ended = life().catch((error: unknown) => error as Error);
  const crash = (cause: Error) => new Error(`seed ${seed}: ${cause.message}`, { cause });
  await thread.run(BEGIN_MS + LIMIT_MS).catch((error: unknown) => {
    throw crash(error as Error);
  });
  const came = await Promise.race([ended, Promise.resolve('unrest' as const)]);
  if (came instanceof Error) throw crash(came);
  return {
    seed,
    runs: [...(world?.records.runs.values() ?? [])],
    strikes: [...strikes.struck],
    violations: [...watcher.violations, ...(came === 'unrest' ? [unrestAt(thread.now())] : brokenIn(came))],
  };
}

const unrestAt = (atMs: number): Violation => ({ invariant: 'I16', message: 'the world did not come to rest', atMs });

function brokenIn(end: EndState): readonly Violation[] {
  return Object.entries(END_CHECKS).flatMap(([invariant, check]) =>
    check(end).map((message) => ({ invariant, message, atMs: end.atMs })),
  );
}

export const isListed = (run: Run) => flowOf(run.flowId).lists;
