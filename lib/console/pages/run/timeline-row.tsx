import { useState } from 'react';
import type { EventRow, FoldRow, TimelineRow } from '../../model/timeline-rows.ts';
import { Instant } from '../../ui/instant.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { STATUS_LOOKS, StatusBadge } from '../../ui/status-badge.tsx';
import { EVENT_LOOKS, EventIcon } from './event-icon.tsx';
import styles from './timeline-card.module.css';
import { TimelineRowsView } from './timeline-rows-view.tsx';

interface TimelineRowProps {
  readonly row: TimelineRow;
  readonly isNewestFirst: boolean;
}

/** A line of the timeline, the time between two of them, or many that say the same. */
export function TimelineRowView({ row, isNewestFirst }: TimelineRowProps) {
  if (row.kind === 'gap')
    return (
      <li className={styles.gap}>
        <span className="spoken">between them: </span>
        {row.words}
      </li>
    );
  if (row.kind === 'event') return <EventView row={row} />;
  return <FoldView row={row} isNewestFirst={isNewestFirst} />;
}

/** What is folded is drawn once somebody wants to see it. */
function FoldView({ row: { words, rows }, isNewestFirst }: { readonly row: FoldRow; readonly isNewestFirst: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.fold}>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{words}</summary>
        {isOpen && <TimelineRowsView rows={isNewestFirst ? rows.toReversed() : rows} isNewestFirst={isNewestFirst} />}
      </details>
    </li>
  );
}

function EventView({ row: { event, next, data, status } }: { readonly row: EventRow }) {
  const { type, at, message } = event;
  const { label } = EVENT_LOOKS[type];
  // How it ended says more than that it ended.
  const tone =
    type === 'ended' && event.status !== undefined ? STATUS_LOOKS[event.status].tone : EVENT_LOOKS[type].tone;
  return (
    <li className={`${styles.event} ${styles[tone] ?? ''} ${STRONG.has(type) ? (styles.strong ?? '') : ''}`}>
      <span className={styles.icon} title={label}>
        <EventIcon type={type} />
        <span className="spoken">{label}: </span>
      </span>
      <div className={styles.what}>
        <p className={styles.message}>{message}</p>
        {next !== undefined && <p className={styles.next}>{next}</p>}
        {data !== undefined && <Data value={data} label={`the data of ${label}`} />}
      </div>
      <div className={styles.when}>
        {status !== undefined && <StatusBadge status={status} />}
        <Instant at={at} />
      </div>
    </li>
  );
}

function Data({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.data} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Data</summary>
      {isOpen && <JsonTree value={value} label={label} />}
    </details>
  );
}

/** What changed the course of the run. */
const STRONG: ReadonlySet<string> = new Set(['decision', 'trouble', 'ended', 'waiting', 'slow', 'cancel']);
