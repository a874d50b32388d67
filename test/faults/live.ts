/** The life of a world: requests come in, things go wrong for a while, and then it comes to rest. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { connectionKey } from '../../lib/aws/table-keys.ts';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import { QUEUES } from '../../lib/local/messaging.ts';
import { type Asked, createCallers } from './callers.ts';
import type { EndState } from './end-state.ts';
import { openSchedule } from './schedule.ts';
import { TABLE_NAME } from './services/table.ts';
import type { Strikes } from './strikes.ts';
import { letItRain } from './weather.ts';
import type { World } from './world.ts';

export interface Life {
  readonly world: World;
  readonly strikes: Strikes;
  readonly asked: readonly Asked[];
  readonly faultsUntilMs: number;
}

const SWEEP_MS = 60_000;
/** Of the requests: within a minute, or at once where there is one. */
const SPREAD_MS = 60_000;
/** Two sweeps after everything has ended, what was left undone is done. */
const SWEEPS_AT_REST = 2;
/** A slot may be held for so long after its lease. */
export const AFTER_LEASE_MS = 120_000;

export async function live({ world, strikes, asked, faultsUntilMs }: Life): Promise<EndState> {
  const { thread, functions } = world;
  const callers = await createCallers(world);
  const schedule = openSchedule(world);
  const sweep = async () => void (await functions.invoke('sweep', {}));
  let open = asked.length;
  for (const one of asked)
    thread.background(async () => {
      if (asked.length > 1) await thread.sleep(thread.random() * SPREAD_MS);
      await callers.ask(one);
      open -= 1;
    });
  thread.background(() => letItRain({ world, strikes, callers, asked, schedule, sweep }, faultsUntilMs));
  for (let rest = 0; rest < SWEEPS_AT_REST; ) {
    await thread.sleep(SWEEP_MS);
    if (thread.now() >= faultsUntilMs) strikes.stop();
    await sweep();
    const hasEnded = thread.now() >= faultsUntilMs && open === 0 && allHaveEnded(world);
    const freeAtMs = hasEnded ? await freeAt(world) : 0;
    rest = hasEnded && freeAtMs <= thread.now() ? rest + 1 : 0;
    if (freeAtMs > thread.now()) await thread.sleep(freeAtMs - thread.now());
  }
  schedule.close();
  const state = await endStateOf(world, callers.acknowledged, schedule.due);
  await world.close();
  return state;
}

function allHaveEnded({ records: { runs }, queues, executionStore }: World): boolean {
  const { visible, notVisible, delayed } = queues.state(QUEUES.requests);
  if (visible + notVisible + delayed > 0 || [...runs.values()].some(({ status }) => !isTerminal(status))) return false;
  return executionStore.all().every(({ status }) => status !== 'RUNNING');
}

/** A slot of a run that died on its way is given back when its lease is over. */
async function freeAt(world: World): Promise<number> {
  const holders = await holdersOf(world);
  return Math.max(0, ...holders.map(({ leaseUntil }) => leaseUntil + AFTER_LEASE_MS));
}

interface Slots {
  readonly holders?: { readonly M: Readonly<Record<string, { readonly N: string }>> };
}

async function holdersOf({ table, config }: World): Promise<EndState['holders']> {
  const keys = Object.keys(config.connections).map((connection) => marshall(connectionKey(connection, 'SLOTS')));
  const read = await table.call('BatchGetItem', { RequestItems: { [TABLE_NAME]: { Keys: keys } } });
  const { Responses } = read as unknown as { readonly Responses: Readonly<Record<string, readonly Slots[]>> };
  return (Responses[TABLE_NAME] ?? []).flatMap(({ holders }) =>
    Object.entries(holders?.M ?? {}).map(([runId, { N }]) => ({ runId, leaseUntil: Number(N) })),
  );
}

async function endStateOf(world: World, acknowledged: ReadonlySet<string>, due: readonly string[]): Promise<EndState> {
  const { machine, records, accepted, platforms, executionStore, objects, served, queues, thread } = world;
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
    runs: [...records.runs.values()],
    acknowledged,
    accepted: accepted.map(({ provider, nth, runId }) => ({ provider, runId, jobId: jobIds[provider]?.[nth] ?? '' })),
    due,
    slots: records.slots,
    schedulesSince: records.schedulesSince,
    executions: executionStore.all(),
    historyLength: executionStore.length,
    objects,
    served,
    notices: await bodies(QUEUES.fallout),
    dead: await bodies(QUEUES.requestsDead),
    holders: await holdersOf(world),
    stoodStill: machine.downUntilMs > 0,
    atMs: thread.now(),
  };
}
