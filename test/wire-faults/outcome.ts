import type { Run } from '../../lib/domain/run.ts';
import type { Outcome } from './expectations.ts';
import type { Operation } from './platforms.ts';
import type { Rig } from './rig.ts';

/** What the record says came of the struck call; a text that is no outcome says what it shows instead. */
export function outcomeOf(rig: Rig, operation: Operation, before: Run, after: Run): Outcome | string {
  if (before.version === after.version && rig.door.seen.connections === 0) return 'no call';
  return { start: ofStart, poll: ofPoll, fetch: ofFetch }[operation](before, after) ?? shown(after);
}

function ofStart(_before: Run, after: Run): Outcome | undefined {
  const isOpen = after.endedAt === undefined;
  if (after.status === 'ACCEPTED' && after.intent === undefined && lastEvent(after) === 'not-started')
    return 'not sent';
  if (after.status === 'STARTING' && after.intent !== undefined && lastEvent(after) === 'trouble') return 'in doubt';
  if (after.fallout?.reason === 'AMBIGUOUS_START') return 'in doubt';
  if (after.remoteId !== undefined && (isOpen || after.status === 'HANDED_OFF')) return 'accepted';
  return undefined;
}

function ofPoll(before: Run, after: Run): Outcome | undefined {
  if (after.status === before.status && after.troubles === 1 && lastEvent(after) === 'trouble') return 'nothing learnt';
  if (after.status === 'SUCCEEDED' || after.status === 'FETCHING_OUTPUT') return 'seen';
  return undefined;
}

function ofFetch(before: Run, after: Run): Outcome | undefined {
  const isSame = after.status === before.status && after.verdict?.status === 'SUCCEEDED';
  if (isSame && after.output === undefined && lastEvent(after) === 'trouble') return 'nothing kept';
  if (after.status === 'SUCCEEDED' && after.output !== undefined) return 'whole';
  if (after.fallout?.reason === 'OUTPUT_TOO_LARGE' && after.output === undefined) return 'too large';
  return undefined;
}

function lastEvent(run: Run) {
  return run.events.at(-1)?.type;
}

function shown({ status, fallout, events }: Run): string {
  const reason = fallout === undefined ? '' : ` ${fallout.reason}`;
  return `${status}${reason} (${events.at(-1)?.message})`;
}
