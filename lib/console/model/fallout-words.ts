/** What each reason of fallout means for whoever has to decide, in plain words. Pure. */
import type { FalloutReason } from '../../domain/status.ts';

export interface FalloutWords {
  /** A few words, in place of the code. */
  readonly title: string;
  /** What has happened, and what nobody knows now. */
  readonly meaning: string;
  /** What to look at before deciding. */
  readonly check: string;
}

export const FALLOUT_WORDS: Readonly<Record<FalloutReason, FalloutWords>> = {
  AMBIGUOUS_START: {
    title: 'Nobody knows whether it started',
    meaning: 'The start was sent and its answer was lost, so the job may or may not be running.',
    check: 'Look at the platform for a job that began just after the start was sent, with these parameters.',
  },
  AUTH_FAILED: {
    title: 'The key is refused',
    meaning: 'The platform has refused the key for longer than Errand may wait.',
    check: 'Put a working key into the secret of this connection first; otherwise it happens again.',
  },
  REMOTE_LOST: {
    title: 'The platform no longer knows the job',
    meaning: 'The job was accepted, and then the platform said again and again that there is no such job.',
    check: 'See whether somebody deleted the job there, and whether its work was done before that.',
  },
  UNKNOWN_STATUS: {
    title: 'The platform cannot say how it ended',
    meaning: 'The platform gave an answer from which nobody can tell whether the job is done.',
    check: 'Open the job at the platform, or look at what it was to bring about.',
  },
  OUTPUT_MISSING: {
    title: 'It succeeded, but its output is missing',
    meaning: 'The job is done, and the platform has nothing, or nothing any more, to fetch.',
    check: 'See whether the platform still has the output; if so, adopt the job to have it fetched again.',
  },
  OUTPUT_TOO_LARGE: {
    title: 'It succeeded, but its output is too large',
    meaning: 'The job is done; what it brought back is larger than Errand stores.',
    check: 'Fetch the output from the platform yourself, then close the run.',
  },
  OUTPUT_INVALID: {
    title: 'It succeeded, but its output cannot be read',
    meaning: 'The job is done; what it brought back is broken, or not of the shape that is agreed.',
    check: 'Look at the output at the platform; if it is well there, adopt the job to have it fetched again.',
  },
  SECRET_UNAVAILABLE: {
    title: 'The key could not be read',
    meaning: 'The secret of this connection could not be read, so the platform could not be called.',
    check: 'See that the secret exists and that Errand may read it; otherwise it happens again.',
  },
  INPUT_REJECTED: {
    title: 'The platform refused the request',
    meaning: 'The platform took nothing: the parameters or the target do not suit it. Nothing runs there.',
    check: 'Read what the platform said. Starting anew with the same parameters helps only if that is mended there.',
  },
  DEADLINE_UNRESOLVED: {
    title: 'No answer in time',
    meaning:
      'The job asked a person for input, and the time for the answer is over; as far as is known it still waits there.',
    check: 'Look at the platform: answer there and adopt the job again, or stop it there and close the run.',
  },
  ORCHESTRATOR_FAULT: {
    title: 'Errand itself failed',
    meaning: 'Something went wrong inside Errand or its settings, not at the platform.',
    check: 'Read what went wrong, and see whether a job was started before.',
  },
  POISON_MESSAGE: {
    title: 'A message that cannot be taken in',
    meaning: 'A message in the queue asks for nothing that can be run; nothing was started.',
    check: 'Have its sender correct it and send it again, then close this run.',
  },
};
