import type { Context } from 'hono';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies } from '../workflow/ports.ts';

/** HTTP API cuts a call at 30 s; 25 leave time to answer. */
const MAX_WAIT_MS = 25_000;
const PAUSE_MS = 250;

/** How long the caller wants to wait for the end: `?await=true`, or `Prefer: wait=N` (RFC 7240) in seconds. */
export function waitWanted(context: Context): number {
  if (context.req.query('await') === 'true') return MAX_WAIT_MS;
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?/i.exec(context.req.header('prefer') ?? '')?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds) * 1_000, MAX_WAIT_MS);
}

/** The run as soon as it has ended, or as it is when the time is up. */
export async function awaitRun({ store, clock }: Dependencies, run: Run, waitMs: number): Promise<Run> {
  const until = clock.now() + waitMs;
  let current = run;
  while (!isTerminal(current.status) && clock.now() < until) {
    await clock.sleep(Math.min(PAUSE_MS, until - clock.now()));
    // The run is accepted: a failed read must not read as a failed request, or the caller would start it again.
    current = (await store.get(run.id).catch(() => undefined)) ?? current;
  }
  return current;
}
