/** One seed: a world, what is asked of it, what goes wrong, and whether every promise held. */
import { createHash } from 'node:crypto';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { Definition } from '../../lib/local/definition.ts';
import { QUEUES } from '../../lib/local/messaging.ts';
import { seeded } from '../helpers/random.ts';
import { createCallers, drawRequests } from './callers.ts';
import { END_CHECKS, type EndState } from './end-state.ts';
import type { Dated, Violation } from './facts.ts';
import { flowOf, TEST_CONFIG } from './flows.ts';
import { createWatcher } from './invariants.ts';
import { openSchedule } from './schedule.ts';
import { createStrikes, type Strike } from './strikes.ts';
import type { VirtualThread } from './virtual-thread.ts';
import { letItRain } from './weather.ts';
import { openWorld, type World } from './world.ts';

export interface SimulationOptions {
  readonly thread: VirtualThread;
  readonly definition: Definition;
  readonly seed: number;
  /** Only the first so many faults. @default all */
  readonly limit?: number | undefined;
  readonly without?: ReadonlySet<number> | undefined;
  /** Hears of everything that happens. */
  readonly see?: (fact: Dated) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly runs: readonly Run[];
  readonly strikes: readonly Strike[];
  readonly violations: readonly Violation[];
  /** Of everything that happened, to the byte. */
  readonly digest: string;
}

const BEGIN_MS = Date.parse('2026-03-02T07:58:20Z');
const FAULTS_MS = 240_000;
/** A run may take its deadline, and its slot a lease, before everything is at rest. */
const LIMIT_MS = 4 * 3_600_000;
const SWEEP_MS = 60_000;

/** Only some have a schedule: its slots go on for ever. */
function configOf(seed: number): typeof TEST_CONFIG {
  if (seed % 4 === 0) return TEST_CONFIG;
  const { schedule: _, ...newsletter } = TEST_CONFIG.flows.newsletter ?? {};
  return { ...TEST_CONFIG, flows: { ...TEST_CONFIG.flows, newsletter } } as typeof TEST_CONFIG;
}

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { thread, seed, definition, limit, without } = options;
  const chance = seeded(Math.imul(seed, 2_654_435_761) ^ 0x5eed);
  thread.reset(BEGIN_MS, seeded(Math.imul(seed + 1, 0x9e3779b1)));
  const strikes = createStrikes({ seed, random: chance, now: thread.now, limit, without });
  const hash = createHash('sha256');
  let world: World | undefined;
  const watcher = createWatcher(() => world?.keys.all() ?? []);
  const see = (fact: Dated) => {
    hash.update(describe(fact));
    watcher.see(fact);
    options.see?.(fact);
  };
  const opening = openWorld({ thread, strikes, config: configOf(seed), definition, see }).then(async (opened) => {
    world = opened;
    return live({ world: opened, strikes, seed });
  });
  const ended = opening.catch((error: unknown) => error as Error);
  await thread.run(BEGIN_MS + LIMIT_MS, () => false);
  const came = await Promise.race([ended, Promise.resolve(new Error('the world did not come to rest'))]);
  if (came instanceof Error) throw new Error(`seed ${seed}: ${came.message}`, { cause: came });
  const violations = [
    ...watcher.violations,
    ...Object.entries(END_CHECKS).flatMap(([invariant, check]) =>
      check(came).map((message) => ({ invariant, message, atMs: came.atMs })),
    ),
  ];
  return { seed, runs: came.runs, strikes: [...strikes.struck], violations, digest: hash.digest('hex').slice(0, 16) };
}

interface Life {
  readonly world: World;
  readonly strikes: ReturnType<typeof createStrikes>;
  readonly seed: number;
}

async function live({ world, strikes, seed }: Life): Promise<EndState> {
  const { thread, functions } = world;
  const asked = drawRequests(thread.random, seed);
  const callers = await createCallers(world);
  const schedule = openSchedule(world);
  const sweep = async () => void (await functions.invoke('sweep', {}));
  const faultsUntilMs = thread.now() + FAULTS_MS;
  let open = asked.length;
  for (const one of asked)
    thread.background(async () => {
      await thread.sleep(thread.random() * 60_000);
      await callers.ask(one);
      open -= 1;
    });
  thread.background(() => letItRain({ world, strikes, callers, asked, schedule, sweep }, faultsUntilMs));
  let rest = 0;
  // Two sweeps after everything has ended, what was left undone is done.
  while (rest < 2) {
    await thread.sleep(SWEEP_MS);
    if (thread.now() >= faultsUntilMs) strikes.stop();
    await sweep();
    const isOver = thread.now() >= faultsUntilMs && open === 0 && (await isAtRest(world));
    rest = isOver ? rest + 1 : 0;
  }
  schedule.close();
  const state = await endStateOf(world, callers.acknowledged);
  await world.close();
  return state;
}

async function isAtRest({ runs, queues, executionStore, table, thread }: World): Promise<boolean> {
  const { visible, notVisible, delayed } = queues.state(QUEUES.requests);
  if (visible + notVisible + delayed > 0 || [...runs.values()].some(({ status }) => !isTerminal(status))) return false;
  if (executionStore.all().some(({ status }) => status === 'RUNNING')) return false;
  // A slot of a run that died on its way is given back when its lease is over.
  return (await holdersOf(table)).every(({ leaseUntil }) => leaseUntil + 120_000 < thread.now());
}

async function holdersOf(table: World['table']): Promise<EndState['holders']> {
  const { Items = [] } = (await table.call('Scan', { TableName: 'errand' })) as { readonly Items?: readonly Slots[] };
  return Items.filter(({ sk }) => sk?.S === 'SLOTS').flatMap(({ holders }) =>
    Object.entries(holders?.M ?? {}).map(([runId, { N }]) => ({ runId, leaseUntil: Number(N) })),
  );
}

interface Slots {
  readonly sk?: { readonly S: string };
  readonly holders?: { readonly M: Readonly<Record<string, { readonly N: string }>> };
}

async function endStateOf(world: World, acknowledged: ReadonlySet<string>): Promise<EndState> {
  const { runs, accepted, platforms, executionStore, objects, queues, table, thread } = world;
  const jobIds = Object.fromEntries(PROVIDER_IDS.map((id) => [id, platforms.jobIds(id)]));
  const bodies = async (queue: string) => {
    const found: string[] = [];
    for (let more = await queues.receive(queue, { maxMessages: 10 }); more.length > 0; ) {
      found.push(...more.map(({ body }) => body));
      more = await queues.receive(queue, { maxMessages: 10 });
    }
    return found;
  };
  return {
    runs: [...runs.values()],
    acknowledged,
    accepted: accepted.map(({ provider, nth, runId }) => ({ provider, runId, jobId: jobIds[provider]?.[nth] ?? '' })),
    executions: executionStore.all(),
    historyLength: executionStore.length,
    objects,
    notices: await bodies(QUEUES.fallout),
    dead: await bodies(QUEUES.requestsDead),
    holders: await holdersOf(table),
    atMs: thread.now(),
  };
}

/** The same for the same seed, whatever else the thread has done before. */
export function describe(fact: Dated): string {
  if (fact.type === 'text') return `${fact.atMs} ${fact.sink} ${fact.text}\n`;
  if (fact.type === 'record') return `${fact.atMs} ${fact.run.id} ${fact.run.version}\n`;
  if (fact.type === 'sent' || fact.type === 'answered' || fact.type === 'output') {
    const { invocation, ...rest } = fact;
    return `${JSON.stringify({ ...rest, by: invocation.name, runId: invocation.runId })}\n`;
  }
  return `${JSON.stringify(fact)}\n`;
}

export const isListed = (run: Run) => flowOf(run.flowId).lists;
