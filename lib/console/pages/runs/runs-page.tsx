import { useMemo, useState } from 'react';
import { useFlows } from '../../api/queries.ts';
import { hasFilters, toSearch } from '../../model/run-filters.ts';
import { Card } from '../../ui/card.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Loading } from '../../ui/loading.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { FilterBar } from './filter-bar.tsx';
import { NoMatch } from './no-match.tsx';
import { NoRuns } from './no-runs.tsx';
import styles from './runs-page.module.css';
import { RunsTable } from './runs-table.tsx';
import { useFilters } from './use-filters.ts';
import { type FoundRuns, useFoundRuns } from './use-found-runs.ts';

/** All runs, newest first, live. */
export function RunsPage() {
  const filters = useFilters();
  const [inSight, setInSight] = useState<string>();
  const found = useFoundRuns(filters.filters, inSight);
  const flows = useFlows().data;
  const usual = useMemo(() => new Map(flows?.map(({ id, duration }) => [id, duration])), [flows]);
  const isFiltered = hasFilters(filters.filters);
  const isEmpty = found.runs.length === 0;
  // Where nobody has answered, nothing is known: not even that there is nothing.
  const isKnown = !found.isPending && found.error === null;
  const isNew = isEmpty && !isFiltered && isKnown;
  return (
    <div className={styles.page}>
      <PageHeader
        title="Runs"
        actions={
          <p role="status" className={styles.summary}>
            {summary(found)}
          </p>
        }
      />
      {!isNew && <FilterBar {...filters} flows={flows} counted={found.counted} />}
      {found.error !== null && <ErrorNote title="The list is not fresh." error={found.error} onRetry={found.retry} />}
      <Card flush>
        {isEmpty && found.isPending && found.error === null && <Loading label="Loading the runs" />}
        {isNew && <NoRuns />}
        {isEmpty && isKnown && isFiltered && (
          <NoMatch filters={filters.filters} isAsking={found.isAsking} onReset={filters.reset} />
        )}
        {!isEmpty && <RunsTable found={found} usual={usual} view={toSearch(filters.filters)} onSight={setInSight} />}
      </Card>
    </div>
  );
}

function summary({ runs, hasMore, isPending }: FoundRuns): string {
  if (isPending || runs.length === 0) return '';
  const count = runs.length === 1 ? '1 run' : `${runs.length} runs`;
  return hasMore ? `${count}, more as you scroll` : count;
}
