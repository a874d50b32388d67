/** What a run takes from the runs before it, and leaves to those after it: never worth failing for. */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { Patch } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { tookOf } from '../polling/next-look.ts';
import { planLooks } from '../polling/plan-looks.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';

/** Longer values are cut: two that begin alike share a history. */
const MAX_BUCKET = 64;

/** Runs that take alike: those of a flow on its connection, or of them those with the same value of one parameter. */
export function historyKeyOf(dependencies: Dependencies, run: Run): string | undefined {
  const flow = placeOf(dependencies, run)?.flow;
  if (flow === undefined) return undefined;
  const { historyBy } = flow.looks;
  const value = historyBy === undefined ? undefined : run.input.parameters[historyBy];
  return historyKeyBy(run.flowId, run.connection, historyBy, value);
}

/** @param value of the parameter `historyBy`; undefined for runs that were started without it. */
export function historyKeyBy(
  flowId: string,
  connection: string,
  historyBy: string | undefined,
  value: Json | undefined,
): string {
  const base = `${flowId}/${connection}`;
  return historyBy === undefined ? base : `${base}/${(JSON.stringify(value) ?? '').slice(0, MAX_BUCKET)}`;
}

/** When to look at the attempt that is about to begin. */
export async function planFor(dependencies: Dependencies, run: Run): Promise<Pick<Patch, 'plan' | 'historyKey'>> {
  const historyKey = historyKeyOf(dependencies, run);
  if (historyKey === undefined) return { plan: undefined, historyKey };
  try {
    const history = await dependencies.histories.get(historyKey);
    return { plan: planLooks(history, placeOf(dependencies, run)?.flow.looks.noticeWithin), historyKey };
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return { plan: undefined, historyKey };
  }
}

/**
 * Remembers how long an attempt took whose end was just seen. Not one that we stopped, and not one that ended while a
 * person was answering: nobody knows how much of that time was theirs.
 */
export async function remember({ clock, histories }: Dependencies, run: Run, finishedAt?: string): Promise<void> {
  if (run.historyKey === undefined || run.attemptStartedAt === undefined) return;
  if (run.cancel !== undefined || run.status === 'WAITING_FOR_INPUT') return;
  const startedMs = Date.parse(run.attemptStartedAt);
  const { fromMs, toMs } = tookOf({
    startedMs,
    seenGoingMs: run.seenGoingAt === undefined ? startedMs : Date.parse(run.seenGoingAt),
    seenEndedMs: clock.now(),
    ...(finishedAt === undefined ? {} : { finishedMs: Date.parse(finishedAt) }),
  });
  const { waitedMs = 0 } = run;
  const took = { fromMs: Math.max(0, fromMs - waitedMs), toMs: Math.max(0, toMs - waitedMs) };
  await histories.remember(run.historyKey, took);
}
