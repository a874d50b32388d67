import { useMemo, useState } from 'react';
import type { Run, RunEvent } from '../../api/types.ts';
import { timelineRows } from '../../model/timeline-rows.ts';
import { countWords } from '../../model/word-list.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import { TimelineRowsView } from './timeline-rows-view.tsx';

interface TimelineCardProps {
  readonly run: Run;
  readonly events: readonly RunEvent[] | undefined;
  readonly error: Error | null;
}

/** Everything that happened, with what Errand made of it. */
export function TimelineCard({ run, events, error }: TimelineCardProps) {
  const [isNewestFirst, setNewestFirst] = useState(true);
  const { duration } = run;
  const rows = useMemo(() => timelineRows(events ?? [], duration), [events, duration]);
  const shown = isNewestFirst ? rows.toReversed() : rows;
  return (
    <Card
      title="Timeline"
      actions={
        <>
          {events !== undefined && <span>{countWords(events.length, 'entry', 'entries')}</span>}
          <Button kind="quiet" onClick={() => setNewestFirst(!isNewestFirst)}>
            {isNewestFirst ? 'Newest first' : 'Oldest first'}
            <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              <path d="M3.5 1v10M1 8.5 3.5 11 6 8.5M8.5 11V1M6 3.5 8.5 1 11 3.5" fill="none" stroke="currentColor" />
            </svg>
            <span className="spoken">, turn it round</span>
          </Button>
        </>
      }
    >
      {error !== null && <ErrorNote error={error} title="The timeline could not be read." />}
      {events === undefined && error === null && <Loading label="Loading the timeline" />}
      <p role="status" className="spoken">
        {events?.at(-1)?.message}
      </p>
      <TimelineRowsView key={String(isNewestFirst)} rows={shown} isNewestFirst={isNewestFirst} />
    </Card>
  );
}
