/** How a connection is, what that means, and what to do about it. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import { countWords } from './word-list.ts';

export type Health = 'ok' | 'paused' | 'failing' | 'refused' | 'recovering' | 'told-to-wait';
export type HealthTone = 'green' | 'red' | 'amber' | 'blue' | 'grey';

interface HealthWords {
  readonly label: string;
  readonly tone: HealthTone;
  readonly means: string;
  /** Absent where nothing needs to be done. */
  readonly remedy?: string;
}

export const HEALTH_WORDS: Readonly<Record<Health, HealthWords>> = {
  ok: { label: 'OK', tone: 'green', means: 'Calls go through.' },
  paused: {
    label: 'Paused',
    tone: 'amber',
    means:
      'Somebody holds it back. Nothing is sent but cancellations and the last look at a deadline; runs are accepted and wait.',
    remedy: 'Resume it once the reason is gone. Deadlines go on meanwhile.',
  },
  failing: {
    label: 'Failing',
    tone: 'red',
    means: 'Call after call failed, so calls are held back. Single ones are let through to see whether it works again.',
    remedy: 'Check that the platform is up and can be reached from here. It goes on by itself once a call succeeds.',
  },
  refused: {
    label: 'Refused',
    tone: 'red',
    means: 'The platform does not accept our key, so calls are held back. Single ones are let through to see.',
    remedy: 'Put a valid key into the secret of this connection. It is read again by itself; no restart is needed.',
  },
  recovering: {
    label: 'Recovering',
    tone: 'blue',
    means:
      'It works again. Calls are let through in growing numbers, so that it is not overrun; that takes two minutes.',
  },
  'told-to-wait': {
    label: 'Told to wait',
    tone: 'amber',
    means: 'The platform asked to be left alone for a while, and is.',
    remedy: 'Nothing, if it is rare. If it is not, set a lower limit of requests per second for this connection.',
  },
};

/** What a pause does, told before somebody asks for it. */
export const PAUSE_MEANS = [
  'Nothing is sent there but cancellations, and the last look at a run whose deadline has come.',
  'Runs are still accepted. They wait, and start after the pause.',
  'Jobs under way there go on; that they have ended is noticed after the pause.',
  'Deadlines go on. A run whose deadline comes during the pause times out.',
] as const;

/** Said where the API does not let a key hold back what it shows. */
export const NOT_ALL_ITS_FLOWS =
  'A key that is limited to flows may do this only where it may see all flows of the connection.';

export const RESUME_MEANS = 'Runs that waited come back within minutes, not all at once.';

interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open';
  readonly failures: number;
  readonly nextCanaryAt?: string | undefined;
}

/** The breaker without its jargon; when it was opened is told beside it. */
export function breakerWords({ state, failures, nextCanaryAt }: Breaker, now: number): string {
  if (state === 'closed')
    return failures === 0 ? 'Closed: no failures' : `Closed, after ${countWords(failures, 'failure')} in a row`;
  if (state === 'half-open')
    return nextCanaryAt === undefined
      ? 'Half-open: ever more calls are let through'
      : 'Half-open: the next call is let through to see';
  const dueMs = nextCanaryAt === undefined ? 0 : Date.parse(nextCanaryAt) - now;
  return dueMs < 1_000 ? 'Open: one call may go now to see' : `Open: one call goes in ${formatDuration(dueMs)} to see`;
}

interface Requests {
  readonly busyForMs: number;
  readonly startsWaitMs: number;
}

/** How full the request budget is. */
export function requestsWords({ busyForMs, startsWaitMs }: Requests): string {
  if (busyForMs === 0 && startsWaitMs === 0) return 'Free: the next call goes at once';
  const taken = `Taken for the next ${formatDuration(busyForMs)}`;
  return startsWaitMs === 0
    ? `${taken}; a start goes at once`
    : `${taken}; a start waits ${formatDuration(startsWaitMs)}`;
}

/** "5 per second", "one every 4s". */
export function rateWords(requestsPerSecond: number): string {
  if (requestsPerSecond >= 1) return `at most ${requestsPerSecond} a second`;
  return `at most one every ${formatDuration(1_000 / requestsPerSecond)}`;
}

/** "7 connections: 5 OK, one paused, one failing", the troubled ones last. */
export function healthSummary(states: readonly Health[]): string {
  const counts = (Object.keys(HEALTH_WORDS) as Health[])
    .map((health) => ({ health, count: states.filter((state) => state === health).length }))
    .filter(({ count }) => count > 0);
  const [only] = counts;
  if (counts.length === 1 && only?.health === 'ok')
    return states.length === 1 ? 'It is OK.' : `All ${states.length} are OK.`;
  const parts = counts.map(
    ({ health, count }) => `${count} ${health === 'ok' ? 'OK' : HEALTH_WORDS[health].label.toLowerCase()}`,
  );
  return parts.join(', ');
}
