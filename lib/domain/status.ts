/** The closed set of statuses and the only moves between them. */

export const OPEN_STATUSES = [
  'ACCEPTED',
  'STARTING',
  'QUEUED',
  'RUNNING',
  'WAITING_FOR_INPUT',
  'WAITING_FOR_EVENT',
  'FETCHING_OUTPUT',
  'COOLING_OFF',
] as const;

export const TERMINAL_STATUSES = [
  'SUCCEEDED',
  'SUCCEEDED_WITH_WARNINGS',
  'FAILED',
  'CANCELED',
  'TIMED_OUT',
  'HANDED_OFF',
  'FALLOUT',
] as const;

export const STATUSES = [...OPEN_STATUSES, ...TERMINAL_STATUSES] as const;

export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];
export type Status = (typeof STATUSES)[number];

/** Statuses of a run that is alive at the platform. */
export const REMOTE_STATUSES = ['QUEUED', 'RUNNING', 'WAITING_FOR_INPUT', 'WAITING_FOR_EVENT'] as const;
export type RemoteStatus = (typeof REMOTE_STATUSES)[number];

/** Why a run needs a human. */
export const FALLOUT_REASONS = [
  'AMBIGUOUS_START',
  'AUTH_FAILED',
  'REMOTE_LOST',
  'UNKNOWN_STATUS',
  'OUTPUT_MISSING',
  'OUTPUT_TOO_LARGE',
  'OUTPUT_INVALID',
  'SECRET_UNAVAILABLE',
  'INPUT_REJECTED',
  'DEADLINE_UNRESOLVED',
  'ORCHESTRATOR_FAULT',
  'POISON_MESSAGE',
] as const;
export type FalloutReason = (typeof FALLOUT_REASONS)[number];

/** Statuses that end an execution in the green. */
export const GOOD_STATUSES = ['SUCCEEDED', 'SUCCEEDED_WITH_WARNINGS', 'HANDED_OFF'] as const;

const ALIVE: readonly Status[] = ['RUNNING', 'WAITING_FOR_INPUT', 'WAITING_FOR_EVENT'];
const AFTER_START: readonly Status[] = ['FETCHING_OUTPUT', 'COOLING_OFF', ...TERMINAL_STATUSES];

/**
 * Allowed moves; staying in place is always allowed for open statuses. `STARTING` goes back to `ACCEPTED` only with
 * proof that the platform took nothing, or the operator's word that it takes the same start twice without harm. A platform
 * that reports a run back in its queue does not move ours back.
 */
export const TRANSITIONS: Readonly<Record<Status, readonly Status[]>> = {
  ACCEPTED: ['STARTING', 'CANCELED', 'TIMED_OUT', 'FALLOUT'],
  STARTING: ['ACCEPTED', 'QUEUED', ...ALIVE, ...AFTER_START],
  QUEUED: [...ALIVE, ...AFTER_START],
  RUNNING: [...ALIVE, ...AFTER_START],
  WAITING_FOR_INPUT: [...ALIVE, ...AFTER_START],
  WAITING_FOR_EVENT: [...ALIVE, ...AFTER_START],
  FETCHING_OUTPUT: TERMINAL_STATUSES,
  COOLING_OFF: ['STARTING', 'CANCELED', 'TIMED_OUT', 'FALLOUT'],
  SUCCEEDED: [],
  SUCCEEDED_WITH_WARNINGS: [],
  FAILED: [],
  CANCELED: [],
  TIMED_OUT: [],
  HANDED_OFF: [],
  // Only a human's decision leaves FALLOUT: a new attempt, an adopted remote run, or a closing status.
  FALLOUT: ['ACCEPTED', 'QUEUED', 'SUCCEEDED', 'FAILED', 'CANCELED'],
};

export function isTerminal(status: Status): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly Status[]).includes(status);
}

export function isGood(status: Status): boolean {
  return (GOOD_STATUSES as readonly Status[]).includes(status);
}

/** True when the record may move from one status to another. */
export function canMove(from: Status, to: Status): boolean {
  return (from === to && !isTerminal(from)) || TRANSITIONS[from].includes(to);
}
