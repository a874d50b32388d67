/** How long a run has been going, or took. Pure. */
import { isTerminal, type Status } from '../../domain/status.ts';

export interface Timed {
  readonly status: Status;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
}

/** From its start to its end, or to now; undefined while nothing has begun. */
export function elapsedMs({ status, startedAt, endedAt }: Timed, now: number): number | undefined {
  if (startedAt === undefined) return undefined;
  if (isTerminal(status) && endedAt === undefined) return undefined;
  return Math.max(0, (endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt));
}

export interface Learnt {
  readonly p50Ms?: number | undefined;
  readonly p95Ms?: number | undefined;
}

/** What is usual: as it was known when the run was planned, else as its flow knows it now. */
export function usualOf(
  planned: Learnt | undefined,
  ofFlow: Learnt | undefined,
): { readonly p50Ms: number; readonly p95Ms: number } | undefined {
  for (const { p50Ms, p95Ms } of [planned ?? {}, ofFlow ?? {}])
    if (p50Ms !== undefined && p95Ms !== undefined) return { p50Ms, p95Ms };
  return undefined;
}
