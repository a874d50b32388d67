/** Which write of a run's record the world outside is told of, and as what. Pure. */
import { NEWS, type News } from '../contract.ts';
import type { EventType, Run } from './run.ts';
import { isTerminal, REMOTE_STATUSES, type Status } from './status.ts';

/** Lines that can end a run, for records whose older lines do not say a status. */
const ENDING: readonly EventType[] = ['ended', 'decision', 'cancel'];

function isAtPlatform(status: Status | undefined): boolean {
  return (REMOTE_STATUSES as readonly (Status | undefined)[]).includes(status);
}

/**
 * What the present version of a record tells; undefined when it tells nothing that was not told before. It goes by the
 * move that the newest line records, so a late line on a run that has ended is no news.
 */
export function newsOf(run: Run): News | undefined {
  const [before, last] = run.events.length < 2 ? [undefined, run.events.at(-1)] : run.events.slice(-2);
  if (last === undefined) return undefined;
  const { status } = run;
  const hasMoved = before?.status !== status;
  if (isTerminal(status)) {
    const hasEnded = before === undefined || (before.status === undefined ? ENDING.includes(last.type) : hasMoved);
    if (!hasEnded) return undefined;
    return status === 'FALLOUT' ? NEWS.fellOut : NEWS.ended;
  }
  if (last.type === 'accepted') return NEWS.accepted;
  // A new question while the last one stood is news; looks at the same question are lines of another type.
  if (last.type === 'waiting') return status === 'WAITING_FOR_INPUT' ? NEWS.waiting : undefined;
  if (last.type === 'slow') return isAtPlatform(status) ? NEWS.slow : undefined;
  const beginsThere = isAtPlatform(status) && !isAtPlatform(before?.status);
  // A person who takes up a remote run by hand begins it as much as an answered start does.
  const isAdopted = last.type === 'decision' && before?.status === 'FALLOUT';
  return beginsThere && (last.type === 'started' || isAdopted) ? NEWS.started : undefined;
}
