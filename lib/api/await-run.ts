import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies } from '../workflow/ports.ts';

/** HTTP API cuts a call at 30 s; 25 leave time to answer. */
const MAX_WAIT_MS = 25_000;
const PAUSE_MS = 250;

/** `wait` among the preferences of RFC 7240, its value as a token or quoted; the first one counts. */
const WAIT = /(?:^|[,;])\s*wait\s*=\s*(?:"(\d{1,6})"|(\d{1,6}))\s*(?:$|[,;])/i;

export interface Wanted {
  readonly await?: boolean | undefined;
  readonly Prefer?: string | undefined;
}

export interface Wait {
  readonly waitMs: number;
  /** For the header `Preference-Applied`, where a preference was granted. */
  readonly applied?: string;
}

/** How long the caller wants to wait for the end: `?await=true`, or `Prefer: wait=N` in seconds; at most 25 s. */
export function waitWanted({ await: untilEnd, Prefer: prefer }: Wanted): Wait {
  const [, quoted, token] = WAIT.exec(prefer ?? '') ?? [];
  const seconds = quoted ?? token;
  if (seconds === undefined) return { waitMs: untilEnd === true ? MAX_WAIT_MS : 0 };
  const preferredMs = Math.min(Number(seconds) * 1_000, MAX_WAIT_MS);
  return { waitMs: untilEnd === true ? MAX_WAIT_MS : preferredMs, applied: `wait=${preferredMs / 1_000}` };
}

/** The run as soon as it has ended, or as it is when the time is up. */
export function awaitRun(dependencies: Dependencies, run: Run, waitMs: number): Promise<Run> {
  return watchRun(dependencies, run, { waitMs, until: ({ status }) => isTerminal(status) });
}

export interface Watch {
  readonly waitMs: number;
  readonly until: (run: Run) => boolean;
}

/** The run as soon as it is as wanted, or as it is when the time is up. */
export async function watchRun({ store, clock }: Dependencies, run: Run, { waitMs, until }: Watch): Promise<Run> {
  const end = clock.now() + waitMs;
  let current = run;
  while (!until(current) && clock.now() < end) {
    await clock.sleep(Math.min(PAUSE_MS, end - clock.now()));
    // What was asked for is done: a failed read must not read as a failed request, or the caller would ask again.
    current = (await store.get(run.id).catch(() => undefined)) ?? current;
  }
  return current;
}
