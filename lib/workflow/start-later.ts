/** A start that has not happened, or may happen twice without harm, to be tried again; and the limits of starting. */
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import type { MaybeStarted, Run } from '../domain/run.ts';
import { type NextLook, nextLook, nextTry } from '../polling/next-look.ts';
import { NOT_HELD } from './held-back.ts';
import { momentOf } from './look-moment.ts';
import { type Place, startAfter } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { update } from './update.ts';

/** First attempts count from acceptance to `startBy`; later ones have the deadline. */
export function startLimitOf(run: Run): number {
  return Date.parse(run.startedAt === undefined ? run.startBy : run.deadline);
}

export interface Later {
  readonly retryAfterMs?: number | undefined;
  readonly refusedKey?: boolean;
  /** The call may have been accepted, and another one does no harm. */
  readonly maybeStarted?: boolean;
}

/** Back to where a start may be tried again, with a growing pause and never past the limit. */
export async function startLater(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  message: string,
  { retryAfterMs, refusedKey = false, maybeStarted = false }: Later,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const troubles = (run.troubles ?? 0) + 1;
  const remainingMs = Math.max(0, startLimitOf(run) - now);
  const { waitMs: pauseMs } = nextTry({ elapsedMs: 0, seed: run.id, retryAfterMs, remainingMs }, troubles);
  // Canceled meanwhile: nothing will be tried again, and somebody waits for the end.
  const waitMs = run.cancel === undefined ? pauseMs : 0;
  const patch = {
    status: run.attempt > 1 && run.status !== 'ACCEPTED' ? 'COOLING_OFF' : 'ACCEPTED',
    ...(maybeStarted && { maybeStarted: run.maybeStarted ?? callOf(run) }),
    ...(maybeStarted || run.maybeStarted ? {} : { target: undefined }),
    intent: undefined,
    ...NOT_HELD,
    troubles,
    nextLookAt: isoTime(now + waitMs),
    authTroubleSince: refusedKey ? (run.authTroubleSince ?? isoTime(now)) : undefined,
  } as const;
  const later = await update(dependencies, run, patch, { type: maybeStarted ? 'trouble' : 'not-started', message });
  return startAfter(place, later, waitMs, message);
}

function callOf({ intent }: Run): MaybeStarted | undefined {
  if (intent === undefined) return undefined;
  const { at, configDigest } = intent;
  return { at, ...(configDigest && { configDigest }) };
}

/** When to look first after a start. */
export function firstLook({ config }: Dependencies, run: Run, now: number, retryAfterMs?: number): NextLook {
  const begun = { ...run, attemptStartedAt: run.attemptStartedAt ?? isoTime(now) };
  const limitMs = Date.parse(run.deadline);
  return nextLook(momentOf(begun, now, { flow: config.flows[run.flowId], limitMs, retryAfterMs }));
}
