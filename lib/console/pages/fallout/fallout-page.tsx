import { useEffect, useRef, useState } from 'react';
import { useRuns } from '../../api/queries.ts';
import type { Run } from '../../api/types.ts';
import type { RunFilters } from '../../model/run-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { STATUS_LOOKS } from '../../ui/status-badge.tsx';
import { FalloutItem } from './fallout-item.tsx';
import styles from './fallout-page.module.css';
import { ResolveDialog } from './resolve-dialog.tsx';

const IN_FALLOUT: RunFilters = { statuses: ['FALLOUT'] };

/** What waits for a person: each run that only a person can judge, newest first, with what is known of it. */
export function FalloutPage() {
  const { runs, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useRuns(IN_FALLOUT);
  const [decided, setDecided] = useState<Run>();
  const [said, say] = useState({ words: '' });
  const heading = useRef<HTMLDivElement>(null);
  const close = () => setDecided(undefined);
  const resolved = (run: Run) =>
    say({ words: `${nameOf(run)} has left the inbox. It is now ${STATUS_LOOKS[run.status].label.toLowerCase()}.` });
  // The button that opened the dialog goes with its run, and the focus would be lost.
  useEffect(() => {
    if (said.words !== '') heading.current?.focus();
  }, [said]);
  return (
    <div className={styles.page}>
      <div ref={heading} tabIndex={-1} className={styles.heading}>
        <PageHeader title="Fallout" subtitle={subtitle(runs.length, hasNextPage, isPending)} />
      </div>
      <p role="status" className={said.words === '' ? 'spoken' : styles.said}>
        {said.words}
      </p>
      {error !== null && <ErrorNote title="The inbox is not fresh." error={error} onRetry={() => void refetch()} />}
      {isPending && error === null && <Loading label="Loading the inbox" />}
      {!isPending && error === null && runs.length === 0 && (
        <Empty title="Nothing waits for you">
          Runs come here when only a person can find out what became of them. There are none now.
        </Empty>
      )}
      <ul className={styles.list} aria-label="Runs to decide on">
        {runs.map((run) => (
          <FalloutItem key={run.id} run={run} onDecide={setDecided} />
        ))}
      </ul>
      {hasNextPage && (
        <Button className={styles.more} busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show older ones
        </Button>
      )}
      {decided !== undefined && (
        <ResolveDialog
          key={decided.id}
          run={runs.find(({ id }) => id === decided.id) ?? decided}
          open
          onClose={close}
          onResolved={resolved}
        />
      )}
    </div>
  );
}

function nameOf({ businessKey, flowId }: Run): string {
  return businessKey === undefined ? flowId : `${businessKey} (${flowId})`;
}

function subtitle(count: number, hasMore: boolean, isPending: boolean): string {
  if (isPending || count === 0) return 'What only a person can judge.';
  if (count === 1) return 'One run waits for a person to find out what became of it.';
  return `${count}${hasMore ? ' or more' : ''} runs wait for a person to find out what became of them.`;
}
