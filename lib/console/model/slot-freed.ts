/** Whether a run that had one of its connection's slots gave it back at its end. Pure. */
import type { FalloutReason, Status } from '../../domain/status.ts';

/** Of a run, as the API tells it. */
export interface SlotRun {
  readonly status: Status;
  readonly remoteId?: string | undefined;
  readonly fallout?: { readonly reason: FalloutReason } | undefined;
  readonly cancel?: { readonly remote?: string | undefined } | undefined;
}

/** Fallout that says nothing of a job. */
const NO_JOB: readonly FalloutReason[] = ['INPUT_REJECTED', 'OUTPUT_INVALID', 'OUTPUT_MISSING', 'OUTPUT_TOO_LARGE'];

/** False while the platform may still be at work on the job. */
export function freesSlot({ status, remoteId, fallout, cancel }: SlotRun): boolean {
  if (status === 'HANDED_OFF') return false;
  if (status === 'FALLOUT') {
    if (fallout === undefined || fallout.reason === 'AMBIGUOUS_START') return false;
    return remoteId === undefined || NO_JOB.includes(fallout.reason);
  }
  const isStopped = status === 'CANCELED' || status === 'TIMED_OUT';
  return !(isStopped && remoteId !== undefined && cancel !== undefined && cancel.remote !== 'confirmed');
}
