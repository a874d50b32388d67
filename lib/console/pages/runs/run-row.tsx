import { memo, useState } from 'react';
import { Link } from 'wouter';
import { serverNow } from '../../api/server-time.ts';
import type { Flow, Run } from '../../api/types.ts';
import { Instant } from '../../ui/instant.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { DurationCell, NextCell } from './live-cells.tsx';
import styles from './runs-table.module.css';

/** A row that was drawn for a run of which something happened so shortly before is marked as new. */
const NEW_MS = 5_000;

export interface RunRowProps {
  readonly run: Run;
  readonly index: number;
  readonly topPx: number;
  readonly usualOfFlow: Flow['duration'] | undefined;
}

/** One run; all of the row leads to it. */
export const RunRow = memo(function RunRow({ run, index, topPx, usualOfFlow }: RunRowProps) {
  const { id, flowId, status, businessKey, remoteId, createdAt, startedAt } = run;
  const [first] = useState(() => ({ status, isNew: serverNow() - Date.parse(momentOf(run)) < NEW_MS }));
  const [wasMarked, setMarked] = useState(false);
  if (!wasMarked && status !== first.status) setMarked(true);
  const mark = first.isNew || wasMarked;
  return (
    <tr aria-rowindex={index + 2} className={styles.row} style={{ transform: `translateY(${topPx}px)` }}>
      <td className={styles.status}>
        {mark && <span key={status} className={styles.mark} aria-hidden="true" />}
        <StatusBadge status={status} />
      </td>
      <td className={styles.flow}>
        <Link href={`/runs/${id}`} className={styles.link}>
          {flowId}
          <span className="spoken"> {id}</span>
        </Link>
      </td>
      <td className={styles.duration}>
        <DurationCell run={run} usualOfFlow={usualOfFlow} />
      </td>
      <td className={styles.next}>
        <NextCell run={run} />
      </td>
      <td className={styles.started}>
        <Instant at={startedAt ?? createdAt} />
      </td>
      <td className={styles.key} title={businessKey}>
        {businessKey}
      </td>
      <td className={styles.remote} title={remoteId}>
        {remoteId}
      </td>
    </tr>
  );
});

/** When it came to what it is, as nearly as a list tells. */
function momentOf({ createdAt, startedAt, endedAt }: Run): string {
  return endedAt ?? startedAt ?? createdAt;
}
