/** Why the next look is when it is, in words for people. Pure; the command line and the console say the same. */
import { formatDuration } from './duration.ts';
import type { LookReason } from './look-plan.ts';

/** How long runs usually take, as the API tells it. */
export interface UsualDuration {
  readonly p05Ms?: number | undefined;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly runs?: number | undefined;
}

export interface NextLookSeen {
  readonly why: LookReason;
  /** Until the look. */
  readonly inMs: number;
  readonly duration?: UsualDuration | undefined;
}

/** "next look in 42s: 90 % of runs end between 4m 40s and 5m 20s". */
export function lookWords({ why, inMs, duration }: NextLookSeen): string {
  const when = inMs < 1_000 ? 'next look now' : `next look in ${formatDuration(inMs)}`;
  return `${when}: ${REASONS[why](duration)}`;
}

const REASONS: Readonly<Record<LookReason, (duration: UsualDuration | undefined) => string>> = {
  usual: usualWords,
  early: () => 'little is known yet of how long such runs take',
  'retry-after': () => 'the platform asked to be left alone until then',
  progress: () => 'by the progress that the platform reports',
  waiting: () => 'it waits for a person, and looks become rarer',
  deadline: () => 'then its time is up',
  trouble: () => 'the last try told nothing',
};

function usualWords(duration: UsualDuration | undefined): string {
  if (duration === undefined) return 'by how long earlier runs took';
  const { p05Ms, p50Ms, p95Ms } = duration;
  const [middle, late] = [formatDuration(p50Ms), formatDuration(p95Ms)];
  if (p05Ms === undefined) return `half of the runs end within ${middle}, 95 % within ${late}`;
  const early = formatDuration(p05Ms);
  return early === late ? `90 % of runs end after about ${late}` : `90 % of runs end between ${early} and ${late}`;
}
