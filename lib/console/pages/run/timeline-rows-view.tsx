import { useState } from 'react';
import type { TimelineRow } from '../../model/timeline-rows.ts';
import { Button } from '../../ui/button.tsx';
import styles from './timeline-card.module.css';
import { TimelineRowView } from './timeline-row.tsx';

/** A run that waits for weeks has thousands; all at once would bring the page to a halt. */
const AT_ONCE = 200;

interface TimelineRowsViewProps {
  /** In the order in which they are shown. */
  readonly rows: readonly TimelineRow[];
  readonly isNewestFirst: boolean;
}

/** The first of them, and more on demand. */
export function TimelineRowsView({ rows, isNewestFirst }: TimelineRowsViewProps) {
  const [limit, setLimit] = useState(AT_ONCE);
  const left = rows.length - limit;
  return (
    <>
      <ol className={styles.list}>
        {rows.slice(0, limit).map((row) => (
          <TimelineRowView key={`${row.kind} ${row.key}`} row={row} isNewestFirst={isNewestFirst} />
        ))}
      </ol>
      {left > 0 && (
        <Button onClick={() => setLimit(limit + AT_ONCE)}>
          {isNewestFirst ? 'Show older ones' : 'Show newer ones'} ({left})
        </Button>
      )}
    </>
  );
}
