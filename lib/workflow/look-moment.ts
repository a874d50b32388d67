/** What deciding on the next look needs to know of a run. Pure. */
import type { Flow } from '../domain/config.ts';
import type { JsonObject } from '../domain/json.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import type { Progress, Run } from '../domain/run.ts';
import { expectedEndMs, type LookMoment, type NextLook } from '../polling/next-look.ts';
import { limitOf } from './waiting.ts';

/** The platform's own time with the present attempt: what people took is not counted. */
export function elapsedMsOf(run: Run, now: number): number {
  const startedMs = Date.parse(run.attemptStartedAt ?? run.startedAt ?? run.createdAt);
  // Clocks differ from machine to machine, and are put back.
  return Math.max(0, now - startedMs - (run.waitedMs ?? 0));
}

export interface MomentOptions {
  readonly retryAfterMs?: number | undefined;
  /** When it must have ended. */
  readonly limitMs?: number;
  readonly flow?: Flow | undefined;
  readonly progress?: Progress | undefined;
}

export function momentOf(
  run: Run,
  now: number,
  { retryAfterMs, limitMs = limitOf(run), flow, progress }: MomentOptions = {},
): LookMoment {
  const percentage = flow?.looks.trustProgress ? progress?.percentage : undefined;
  return {
    elapsedMs: elapsedMsOf(run, now),
    seed: `${run.id}/${run.attempt}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(run.plan === undefined ? {} : { plan: run.plan }),
    ...(flow?.looks.noticeWithin === undefined ? {} : { budget: flow.looks.noticeWithin }),
    ...(percentage === undefined ? {} : { progress: { percentage } }),
    remainingMs: Math.max(0, limitMs - now),
  };
}

/** When it has most likely ended, by runs like it; undefined when nothing is known, or when it is later than all of them. */
export function expectedEndOf(run: Run, now: number): number | undefined {
  const elapsedMs = elapsedMsOf(run, now);
  const endMs = expectedEndMs(run.plan?.usual, elapsedMs);
  return endMs === undefined ? undefined : now + endMs - elapsedMs;
}

/** What the record says of the next look. */
export function nextLookPatch(now: number, { waitMs, why }: NextLook): Pick<Patch, 'nextLookAt' | 'nextLookWhy'> {
  return { nextLookAt: isoTime(now + waitMs), nextLookWhy: why };
}

/** What a line of the timeline says of it. */
export function nextLookData({ waitMs, why }: NextLook): JsonObject {
  return { nextLookInMs: waitMs, why };
}
