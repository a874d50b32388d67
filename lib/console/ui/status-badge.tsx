import type { Status } from '../../domain/status.ts';
import styles from './status-badge.module.css';

export type Tone = 'green' | 'red' | 'amber' | 'blue' | 'violet' | 'grey';

interface Look {
  readonly tone: Tone;
  readonly label: string;
}

/** How each status looks and is called, everywhere on the page. */
export const STATUS_LOOKS: Readonly<Record<Status, Look>> = {
  ACCEPTED: { tone: 'grey', label: 'Accepted' },
  STARTING: { tone: 'blue', label: 'Starting' },
  QUEUED: { tone: 'blue', label: 'Queued' },
  RUNNING: { tone: 'blue', label: 'Running' },
  WAITING_FOR_INPUT: { tone: 'violet', label: 'Waiting for input' },
  WAITING_FOR_EVENT: { tone: 'violet', label: 'Waiting for event' },
  FETCHING_OUTPUT: { tone: 'blue', label: 'Fetching output' },
  COOLING_OFF: { tone: 'grey', label: 'Cooling off' },
  SUCCEEDED: { tone: 'green', label: 'Succeeded' },
  SUCCEEDED_WITH_WARNINGS: { tone: 'green', label: 'Succeeded, warnings' },
  FAILED: { tone: 'red', label: 'Failed' },
  CANCELED: { tone: 'grey', label: 'Canceled' },
  TIMED_OUT: { tone: 'red', label: 'Timed out' },
  HANDED_OFF: { tone: 'green', label: 'Handed off' },
  FALLOUT: { tone: 'amber', label: 'Fallout' },
};

export function StatusBadge({ status }: { readonly status: Status }) {
  const { tone, label } = STATUS_LOOKS[status];
  return (
    <span className={`${styles.badge} ${styles[tone]}`} title={status}>
      {label}
    </span>
  );
}
