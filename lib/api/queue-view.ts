/** Where a run stands that waits to be started at its platform. */
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Status } from '../domain/status.ts';
import { usualOf } from '../polling/flow-history.ts';
import { historyKeyOf } from '../workflow/flow-learning.ts';
import type { Dependencies } from '../workflow/ports.ts';

export interface QueueView {
  readonly since: string;
  /** From 1 on, in the line for a place at its platform. */
  readonly position?: number;
  readonly expectedStartAt?: string;
}

const BEFORE_START: readonly Status[] = ['ACCEPTED', 'COOLING_OFF'];

/** As far as the record alone tells it; undefined for a run that waits in no line. */
export function queueOf({ status, queuedAt, turnAt, heldBack, createdAt }: Run): QueueView | undefined {
  if (!BEFORE_START.includes(status)) return undefined;
  if (queuedAt !== undefined) return { since: queuedAt };
  return turnAt === undefined ? undefined : { since: heldBack?.since ?? createdAt, expectedStartAt: turnAt };
}

/** As it is now, with the run's place in line and what can be expected of that. @throws StoreUnavailableError */
export async function queueNow(dependencies: Dependencies, run: Run): Promise<QueueView | undefined> {
  const queue = queueOf(run);
  if (queue === undefined || run.queuedAt === undefined) return queue;
  const [ahead, perPlaceMs] = await Promise.all([
    dependencies.inFlight.ahead(run.connection, run.id),
    msPerPlace(dependencies, run),
  ]);
  const position = ahead + 1;
  if (perPlaceMs === undefined) return { ...queue, position };
  return { ...queue, position, expectedStartAt: isoTime(dependencies.clock.now() + position * perPlaceMs) };
}

/** How often a place at the platform gets free, if all its runs took as long as those of this flow. */
async function msPerPlace(dependencies: Dependencies, run: Run): Promise<number | undefined> {
  const { config, histories } = dependencies;
  const places = config.connections[run.connection]?.limits.inFlight;
  const key = historyKeyOf(dependencies, run);
  if (places === undefined || key === undefined) return undefined;
  const usual = usualOf(await histories.get(key));
  return usual && usual.p50Ms / places;
}
